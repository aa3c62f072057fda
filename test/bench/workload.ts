/** The events of the benchmarks: predictions of about 600 bytes, made from a seed so that every run sends the same. @module */

/** A number below 2^32, the same for the same arguments and without any pattern that matters here. */
export function mix(seed: number, at: number): number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b)) >>> 0;
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
  return (state ^ (state >>> 15)) >>> 0;
}

/** The id of `benchEvent(seed, at)`: no two seeds share one. */
export function benchEventId(seed: number, at: number): string {
  const hex = [0, 1, 2, 3]
    .map((word) =>
      mix(seed * 4 + word, at)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** One event as JSON: its own id, one of 20,000 subjects, an encounter of its own. */
export function benchEvent(seed: number, at: number): string {
  const risk = mix(seed, at) / 2 ** 32;
  return JSON.stringify({
    id: benchEventId(seed, at),
    type: 'prediction',
    occurredAt: '2026-11-23T10:15:00.125Z',
    subject: `MRN-${(mix(seed + 1, at) % 20_000).toString().padStart(7, '0')}`,
    encounter: `E-${seed}-${at}`,
    model: { name: 'readmission-30d', version: '3.1.0' },
    actor: { id: 'svc-scoring', purposeOfUse: 'TREAT' },
    payload: {
      riskScore: Number(risk.toFixed(6)),
      confidenceInterval: [Number((risk * 0.9).toFixed(6)), Number((risk * 0.9 + 0.1).toFixed(6))],
      anomalyFlag: risk > 0.99,
      inputDigest: `sha256:${mix(seed + 2, at)
        .toString(16)
        .padStart(64, '0')}`,
      threshold: 0.35,
      features: {
        number_inpatient: at % 7,
        number_emergency: at % 5,
        time_in_hospital: (at % 13) + 1,
        num_medications: at % 31,
      },
      unit: 'ward 7b, medical admissions unit',
    },
  });
}
