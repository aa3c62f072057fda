/**
 * The thread that computes audits: one message in, one out, in order.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { WindowRows } from '../api/audit/audit-computer.ts';
import { createComputeAudit } from '../api/audit/compute-audit.ts';
import { BodyRuleError } from '../api/body-error.ts';
import { loadDocument } from '../api/document.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Fault, Job, Outcome } from './audit-threads.ts';

const { version } = workerData as { readonly version: string };
const compute = createComputeAudit(loadDocument(), version);

function faultOf(error: unknown): Fault {
  if (!(error instanceof LedgerError)) return { kind: 'unexpected', error };
  const { code, message, pointer, offset } = error;
  const isDocument = error instanceof BodyRuleError;
  return { kind: 'ledger', code, message, isDocument, pointer, offset };
}

function run({ kind, input }: Job): Outcome {
  try {
    const value = kind === 'read' ? compute.read(input as Uint8Array) : compute.window(input as WindowRows);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

parentPort?.on('message', (job: Job) => {
  parentPort?.postMessage(run(job));
});
