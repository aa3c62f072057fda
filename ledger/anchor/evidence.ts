/**
 * Puts the chain's evidence for one entry together: the signed read of an anchored size, and what joins it to the file that
 * carries it. Every proof is verified here before it is handed out (invariant 4).
 *
 * @module
 */
import { equalBytes } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { TileNodes } from '../merkle/tile-nodes.ts';
import { verifyConsistency } from '../merkle/verify-proof.ts';
import { consistencyJson, proofJson } from '../proof-json.ts';
import type {
  AnchorEvidence,
  BlockEvidence,
  ConsistencyJson,
  InclusionProof,
  Primitives,
  ProofJson,
} from '../types.ts';
import type { Anchor, AnchorStore, ChainName } from './anchor-store.ts';

export interface EvidenceDeps {
  readonly chain: ChainName;
  readonly store: Pick<AnchorStore, 'covering' | 'newest'>;
  readonly tiles: TileNodes;
  readonly primitives: Primitives;
  readonly nowMs: () => number;
  /** How long the newest anchor read from the store serves, ms. */
  readonly freshMs: number;
  /** Verified proof of the entry in the tree of `size` entries with this root. */
  readonly prove: (
    event: { index: number; entry: Uint8Array },
    size: number,
    root: Uint8Array,
  ) => Promise<InclusionProof>;
  /** The block, with the position of the transaction that appended up to `size`. @throws LedgerError `anchor_unavailable` */
  readonly blockOf: (anchor: Anchor) => Promise<BlockEvidence>;
}

/** The file that carries the evidence: where its entry stands, and what its checkpoint covers. */
export interface Carrier {
  readonly event: { readonly index: number; readonly entry: Uint8Array };
  /** Size of the file's checkpoint. */
  readonly size: number;
}

export interface Evidence {
  /** The first anchored size that covers the index; the same from then on. */
  readonly covering: (index: number) => Promise<Anchor | undefined>;
  /** The newest anchor; one that was read a moment ago serves where it covers the index. */
  readonly newest: (index: number) => Promise<Anchor | undefined>;
  readonly assemble: (anchor: Anchor, carrier: Carrier, withBlock: boolean) => Promise<AnchorEvidence>;
}

export function createEvidence(deps: EvidenceDeps): Evidence {
  const { chain, store, tiles, primitives } = deps;

  async function joinTo(anchor: Anchor, size: number): Promise<ConsistencyJson> {
    const { proof, fromRoot, toRoot } = await tiles.consistency(
      Math.min(anchor.size, size),
      Math.max(anchor.size, size),
    );
    const ours = anchor.size <= size ? fromRoot : toRoot;
    if (!equalBytes(ours, anchor.root) || !verifyConsistency(primitives.sha256, proof, fromRoot, toRoot)) {
      throw new LedgerError('internal', 'a proof did not verify before it left: see /readyz and run vericlin fsck');
    }
    return consistencyJson(proof);
  }

  async function joinsOf(
    anchor: Anchor,
    { event, size }: Carrier,
  ): Promise<{ proof?: ProofJson; consistency?: ConsistencyJson }> {
    if (anchor.size === size) return {};
    const proof = proofJson(await deps.prove(event, anchor.size, anchor.root));
    return { proof, consistency: await joinTo(anchor, size) };
  }

  let known: { readonly anchor: Anchor; readonly atMs: number } | undefined;
  async function newest(index: number): Promise<Anchor | undefined> {
    const isFresh = known !== undefined && deps.nowMs() - known.atMs < deps.freshMs;
    if (known !== undefined && isFresh && known.anchor.size > index) return known.anchor;
    const atMs = deps.nowMs();
    const anchor = await store.newest(chain);
    // Two reads may end in the other order; anchors only grow.
    if (anchor !== undefined && anchor.size >= (known?.anchor.size ?? 0)) known = { anchor, atMs };
    return anchor;
  }

  return {
    covering: (index) => store.covering(chain, index),
    newest,
    assemble: async (anchor, carrier, withBlock) => ({
      format: 'vericlin-anchor/1',
      channel: chain.channel,
      chaincode: chain.chaincode,
      log: chain.log,
      size: anchor.size,
      root: Buffer.from(anchor.root).toString('base64'),
      ...(await joinsOf(anchor, carrier)),
      read: anchor.read,
      ...(withBlock && { block: await deps.blockOf(anchor) }),
    }),
  };
}
