/**
 * The client rule: what the chain's head says about the batch in flight. Pure.
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import { encodeHex } from '../canonical/base64.ts';
import type { ChainHead } from './chain.ts';
import type { AnchorReason } from './status.ts';

/** Sizes before and after the batch in flight; `to` equals `from` where none is. */
export interface Flight {
  readonly from: number;
  readonly to: number;
}

export type Verdict =
  /** The chain is where the batch starts: send it (again), unchanged. */
  | { readonly kind: 'at_start' }
  /** The batch is committed. */
  | { readonly kind: 'landed' }
  /** The peer that answered has not seen yet what was seen committed before: wait and read again. */
  | { readonly kind: 'lagging' }
  /** Invariant 11. */
  | { readonly kind: 'disagrees'; readonly reason: AnchorReason; readonly detail: string };

const short = (root: Uint8Array): string => encodeHex(root).slice(0, 16);

function disagrees(reason: AnchorReason, detail: string): Verdict {
  return { kind: 'disagrees', reason, detail };
}

/**
 * The root is compared first, whatever the size: a lagging peer and another writer's entries have to be our history too.
 *
 * @param head what a peer answered
 * @param ours root of this log at `head.size`, found after the head was read; `undefined` if the log is smaller
 */
export function settle(head: ChainHead, { from, to }: Flight, ours: Uint8Array | undefined): Verdict {
  if (ours === undefined) {
    return disagrees('chain_ahead', `the chain holds ${head.size} entries of this log, and the database fewer`);
  }
  if (!equalBytes(head.root, ours)) {
    const detail = `at ${head.size} entries the chain's root is ${short(head.root)}…, this log's ${short(ours)}…`;
    return disagrees('root_differs', detail);
  }
  if (head.size < from) return { kind: 'lagging' };
  if (head.size === from) return { kind: 'at_start' };
  if (head.size === to) return { kind: 'landed' };
  const batch = from === to ? `it left the chain at ${from}` : `its batch leads from ${from} to ${to}`;
  return disagrees(
    'another_writer',
    `the chain is at ${head.size} entries, where this service did not lead it: ${batch}`,
  );
}
