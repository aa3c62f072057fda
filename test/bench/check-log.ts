/** After the load: is everything there, and does it prove? @module */
import { decodeBase64 } from '../../ledger/canonical/base64.ts';
import { verifyConsistency } from '../../ledger/merkle/verify-proof.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { type BenchLog, nextSeed } from './bench-log.ts';
import { BenchFault } from './fault.ts';

/** What was checked of a log, in numbers. */
export interface Checked {
  readonly acknowledged: number;
  readonly bundles: number;
  readonly consistencyProofs: number;
}

const BUNDLES = 100;

/**
 * The log grew by exactly the acknowledged events; bundles of random ones verify; each checkpoint seen extends the earlier
 * ones.
 * @throws BenchFault
 */
export async function checkLog(log: BenchLog): Promise<Checked> {
  const first = log.checkpoints[0]!;
  const last = await log.checkpoint();
  const grown = last.size - first.size;
  if (grown !== log.acknowledged) {
    throw new BenchFault(`${log.acknowledged} events were acknowledged, but the log grew by ${grown}`);
  }
  const bundles = Math.min(BUNDLES, log.acknowledged);
  for (const id of log.someIds(bundles, nextSeed())) await checkBundle(log, id);
  const earlier = log.checkpoints.slice(0, -1);
  for (const { size, root } of earlier) {
    const text = await log.get(`/log/consistency?from=${size}&to=${last.size}`, 'auditor');
    const { hashes } = JSON.parse(text) as { hashes: string[] };
    const proof = { from: size, to: last.size, hashes: hashes.map((hash) => decodeBase64(hash) ?? new Uint8Array()) };
    if (!verifyConsistency(nodePrimitives.sha256, proof, root, last.root)) {
      throw new BenchFault(`the log of ${last.size} entries does not extend that of ${size}`);
    }
  }
  return { acknowledged: log.acknowledged, bundles, consistencyProofs: earlier.length };
}

async function checkBundle(log: BenchLog, id: string): Promise<void> {
  const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [log.vkey] });
  const { outcome, facts, checks } = verifier.verifyBundle(await log.get(`/v1/events/${id}/proof`, 'integrator'));
  if (outcome === 'valid' && facts.id === id) return;
  const reason = checks.find(({ status }) => status === 'failed')?.detail ?? `it is about ${facts.id ?? 'nothing'}`;
  throw new BenchFault(`the bundle of ${id} is ${outcome}: ${reason}`);
}
