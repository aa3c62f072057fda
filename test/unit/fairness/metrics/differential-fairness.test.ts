import { describe, expect, it } from 'vitest';
import {
  biasAmplification,
  differentialFairness,
  type OutcomeCounts,
} from '../../../../fairness/metrics/differential-fairness.ts';
import { createRandom } from '../../../../numerics/random.ts';

/** Over all pairs, by the definition. */
function slowEpsilon(groups: readonly OutcomeCounts[], c: number): { epsilon: number; pair: [number, number] } {
  let epsilon = -1;
  let pair: [number, number] = [-1, -1];
  for (const [i, a] of groups.entries()) {
    for (const [j, b] of groups.entries()) {
      if (i === j || a.n === 0 || b.n === 0) continue;
      for (const count of [(of: OutcomeCounts) => of.favourable, (of: OutcomeCounts) => of.n - of.favourable]) {
        const p = (count(a) + c / 2) / (a.n + c);
        const q = (count(b) + c / 2) / (b.n + c);
        const distance = Math.log(p) - Math.log(q);
        if (distance > epsilon) [epsilon, pair] = [distance, [i, j]];
      }
    }
  }
  return { epsilon, pair };
}

describe('differential fairness', () => {
  it('is the largest of all pairs, and names the pair', () => {
    const random = createRandom('differential fairness');
    for (let i = 0; i < 300; i += 1) {
      const groups = Array.from({ length: 2 + random.below(6) }, () => {
        const n = 1 + random.below(30);
        return { n, favourable: random.below(n + 1) };
      });
      const c = 0.5 + random.next();
      const { measured, worstPair } = differentialFairness(groups, c);
      const slow = slowEpsilon(groups, c);
      expect(measured.value).toBeCloseTo(slow.epsilon, 12);
      expect(measured).toMatchObject({ form: 'log' });
      expect(Math.log(measured.numerator! / measured.denominator!)).toBe(measured.value);
      const [high, low] = worstPair!;
      const pair = differentialFairness([groups[high]!, groups[low]!], c);
      expect(pair.measured.value).toBeCloseTo(slow.epsilon, 12);
    }
  });

  it('says which outcome the two differ in', () => {
    const rare = [
      { favourable: 99, n: 100 },
      { favourable: 90, n: 100 },
    ];
    expect(differentialFairness(rare, 0)).toMatchObject({ outcome: 'unfavourable', worstPair: [1, 0] });
    expect(differentialFairness(rare, 0).measured.value).toBeCloseTo(Math.log(10), 14);
  });

  it('keeps digits near 1, where 1 − p loses them', () => {
    const near = [
      { favourable: 999_999_999, n: 1_000_000_000 },
      { favourable: 1_999_999_999, n: 2_000_000_000 },
    ];
    expect(differentialFairness(near, 0).measured.value).toBeCloseTo(Math.log(2), 14);
  });

  it('is undefined with one group, and with a pure group and no prior', () => {
    expect(differentialFairness([{ favourable: 1, n: 3 }], 1).measured).toMatchObject({ reason: 'one_group' });
    const empty = [
      { favourable: 1, n: 3 },
      { favourable: 0, n: 0 },
    ];
    expect(differentialFairness(empty, 1).measured).toMatchObject({ status: 'undefined', reason: 'one_group' });
    const pure = [
      { favourable: 1, n: 3 },
      { favourable: 0, n: 4 },
    ];
    expect(differentialFairness(pure, 0)).toMatchObject({
      measured: { status: 'undefined', reason: 'pure_group' },
      worstPair: [0, 1],
    });
    expect(differentialFairness(pure, 1).measured.status).toBe('ok');
  });

  it('is 0 where nobody has the outcome, with or without a prior', () => {
    const none = [
      { favourable: 0, n: 3 },
      { favourable: 0, n: 3 },
    ];
    for (const c of [0, 1]) expect(differentialFairness(none, c).measured.value).toBe(0);
  });

  it('amplifies by the difference of the two, as one fraction', () => {
    const labels = [
      { favourable: 5, n: 10 },
      { favourable: 4, n: 10 },
    ];
    const predictions = [
      { favourable: 8, n: 10 },
      { favourable: 2, n: 10 },
    ];
    const [of, before] = [differentialFairness(predictions, 1).measured, differentialFairness(labels, 1).measured];
    const amplified = biasAmplification(of, before);
    expect(amplified.value).toBeCloseTo(of.value! - before.value!, 13);
    const single = differentialFairness([], 1).measured;
    expect(biasAmplification(single, before)).toMatchObject({ reason: 'one_group' });
    expect(biasAmplification(of, single)).toMatchObject({ reason: 'one_group' });
  });
});
