/**
 * The client rule: what the chain's head says about the batch in flight. Pure.
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import { encodeHex } from '../canonical/base64.ts';
import type { ChainHead } from './chain.ts';
import type { AnchorReason } from './status.ts';

/** The batch in flight, with our roots at both ends; `to` equals `from` where none is. */
export interface Flight {
  readonly from: ChainHead;
  readonly to: ChainHead;
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

function compareRoots(head: ChainHead, ours: ChainHead, kind: 'at_start' | 'landed'): Verdict {
  if (equalBytes(head.root, ours.root)) return { kind };
  const detail = `at ${head.size} entries the chain's root is ${short(head.root)}…, this log's ${short(ours.root)}…`;
  return { kind: 'disagrees', reason: 'root_differs', detail };
}

/**
 * @param head what a peer answered
 * @param flight our roots come from our own signed checkpoints
 * @param logSize entries in this log, read after the head was
 */
export function settle(head: ChainHead, flight: Flight, logSize: number): Verdict {
  const { from, to } = flight;
  if (head.size === from.size) return compareRoots(head, from, 'at_start');
  if (head.size === to.size) return compareRoots(head, to, 'landed');
  if (head.size < from.size) return { kind: 'lagging' };
  if (head.size > logSize) {
    const detail = `the chain holds ${head.size} entries of this log, the database only ${logSize}`;
    return { kind: 'disagrees', reason: 'chain_ahead', detail };
  }
  const detail = `the chain is at ${head.size} entries, where no batch of this service leads: from ${from.size} to ${to.size}`;
  return { kind: 'disagrees', reason: 'another_writer', detail };
}
