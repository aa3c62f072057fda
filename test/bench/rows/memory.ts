/** Memory of the service while everything happens at once on a large log. @module */
import { BATCH_CONNECTIONS, nextSeed } from '../bench-log.ts';
import type { BenchContext, Row } from '../context.ts';
import type { Figure } from '../figures.ts';
import { SINGLE_CONNECTIONS } from './single.ts';

const PROOF_CONNECTIONS = 16;
const MOST_MB = 350;

async function run(context: BenchContext): Promise<Figure[]> {
  const { logSizes, memory } = context.sizes;
  const growing = await context.growing();
  const { log, memory: sampler } = growing;
  await growing.fillTo(Math.max(...logSizes));
  const before = sampler.now();
  const maxOfFilling = sampler.max;
  sampler.reset();
  context.tell(`batches, single events and proofs at once, from ${before.toFixed(0)} MB on`);
  const paths = log.someIds(memory.proofs, nextSeed()).map((id) => `/v1/events/${id}/proof`);
  await Promise.all([
    log.appendBatches(memory.batched),
    log.appendSingles(memory.single, SINGLE_CONNECTIONS),
    log.read('integrator', { paths, connections: PROOF_CONNECTIONS }),
  ]);
  const end = sampler.now();
  const row = 'memory';
  const unit = 'MB';
  const target = { is: 'at most', value: MOST_MB } as const;
  const size = log.acknowledged.toLocaleString('en-US');
  return [
    {
      row,
      what: `RSS of the service, largest under load at ${size} entries`,
      value: sampler.max,
      unit,
      target,
      note: `${sampler.count} samples, one a second; batches (${BATCH_CONNECTIONS} connections), single events (${SINGLE_CONNECTIONS}) and bundles (${PROOF_CONNECTIONS}) at once; MB of 10^6 bytes, without PostgreSQL`,
    },
    { row, what: 'RSS, largest since the start, while filling', value: maxOfFilling, unit, target },
    { row, what: 'RSS, at the end of the load', value: end, unit },
  ];
}

/** Row `memory`. */
export const memoryRow: Row = { name: 'memory', about: 'RSS of the service under load at 10^6 entries', run };
