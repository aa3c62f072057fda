/** Evidence over a real tile tree: what joins an anchored size to the file that carries it, verified before it leaves. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Anchor } from '../../../ledger/anchor/anchor-store.ts';
import { createEvidence, type Evidence } from '../../../ledger/anchor/evidence.ts';
import { hashLeaf } from '../../../ledger/merkle/hash.ts';
import { createTileNodes, type TileHashes, type TileNodes } from '../../../ledger/merkle/tile-nodes.ts';
import { verifyConsistency, verifyInclusion } from '../../../ledger/merkle/verify-proof.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import type { AnchorEvidence, BlockEvidence, SignedRead } from '../../../ledger/types.ts';
import { RecursiveTree } from '../../support/recursive-tree.ts';

const { sha256 } = nodePrimitives;
const SIZE = 700;
const entries = Array.from({ length: SIZE }, (_, n) => Buffer.from(`entry ${n}`));
const leaves = entries.map((entry) => Buffer.from(hashLeaf(sha256, entry)));
const tree = new RecursiveTree();
for (const leaf of leaves) tree.append(leaf);
const rootAt = (size: number): Buffer => Buffer.from(tree.root(size), 'hex');

function subtreeRoot(n: number): Buffer {
  const subtree = new RecursiveTree();
  for (const leaf of leaves.slice(n * 256, (n + 1) * 256)) subtree.append(leaf);
  return Buffer.from(subtree.root(), 'hex');
}
const hashes = [leaves, [0, 1].map(subtreeRoot)];
const source: TileHashes = {
  full: () => Promise.resolve(undefined),
  read: ({ level, n }, from, to) => Promise.resolve(Buffer.concat(hashes[level]!.slice(n * 256 + from, n * 256 + to))),
};

const READ = { channelHeader: 'signed' } as unknown as SignedRead;
const BLOCK = { number: 7 } as unknown as BlockEvidence;
const anchorOf = (size: number, root = rootAt(size)): Anchor => ({ size, root, block: 7, read: READ });

let tiles: TileNodes;
let stored: Anchor[];
let reads: number;
let now: number;
let evidence: Evidence;

beforeEach(() => {
  tiles = createTileNodes(sha256, source, 10);
  stored = [];
  reads = 0;
  now = 0;
  evidence = createEvidence({
    chain: { channel: 'vericlin', chaincode: 'merkle-anchor', log: 'a-log' },
    store: {
      covering: (_chain, index) => Promise.resolve(stored.find(({ size }) => size > index)),
      newest: () => {
        reads += 1;
        return Promise.resolve(stored.at(-1));
      },
    },
    tiles,
    primitives: nodePrimitives,
    nowMs: () => now,
    freshMs: 100,
    prove: async ({ index, entry }, size, root) => {
      const proof = await tiles.inclusion(index, size);
      if (!verifyInclusion(sha256, proof, hashLeaf(sha256, entry), root)) throw new Error('not proven');
      return proof;
    },
    blockOf: () => Promise.resolve(BLOCK),
  });
});

const decoded = (list: readonly string[]): Uint8Array[] => list.map((hash) => Buffer.from(hash, 'base64'));

function expectJoined(found: AnchorEvidence, index: number, size: number): void {
  const { proof, consistency } = found;
  const inclusion = { ...proof!, hashes: decoded(proof!.hashes) };
  expect(inclusion).toMatchObject({ index, size: found.size });
  expect(verifyInclusion(sha256, inclusion, leaves[index]!, rootAt(found.size))).toBe(true);
  const [from, to] = [Math.min(size, found.size), Math.max(size, found.size)];
  const joining = { ...consistency!, hashes: decoded(consistency!.hashes) };
  expect(joining).toMatchObject({ from, to });
  expect(verifyConsistency(sha256, joining, rootAt(from), rootAt(to))).toBe(true);
}

describe('evidence', () => {
  it.each([
    [0, 1, 1],
    [5, 300, 300],
    [699, 700, 700],
  ])(
    'of entry %i in a file of %i entries, anchored at %i: needs nothing to join them',
    async (index, size, anchored) => {
      const carrier = { event: { index, entry: entries[index]! }, size };
      const found = await evidence.assemble(anchorOf(anchored), carrier, false);
      expect(found).toEqual({
        format: 'vericlin-anchor/1',
        channel: 'vericlin',
        chaincode: 'merkle-anchor',
        log: 'a-log',
        size: anchored,
        root: rootAt(anchored).toString('base64'),
        read: READ,
      });
    },
  );

  it.each([
    [0, 1, 2],
    [0, 1, 700],
    [255, 256, 257],
    [255, 300, 256],
    [511, 512, 700],
    [511, 700, 512],
    [3, 699, 7],
  ])(
    'of entry %i in a file of %i entries, anchored at %i: proof and consistency verify',
    async (index, size, anchored) => {
      const carrier = { event: { index, entry: entries[index]! }, size };
      expectJoined(await evidence.assemble(anchorOf(anchored), carrier, false), index, size);
    },
  );

  it('carries the block on request alone', async () => {
    const carrier = { event: { index: 3, entry: entries[3]! }, size: 9 };
    expect(await evidence.assemble(anchorOf(9), carrier, true)).toHaveProperty('block', BLOCK);
    expect(await evidence.assemble(anchorOf(9), carrier, false)).not.toHaveProperty('block');
  });

  it('is the same whenever it is asked for', async () => {
    const carrier = { event: { index: 3, entry: entries[3]! }, size: 9 };
    const first = JSON.stringify(await evidence.assemble(anchorOf(300), carrier, false));
    tiles.forget();
    expect(JSON.stringify(await evidence.assemble(anchorOf(300), carrier, false))).toBe(first);
  });

  it('invariant 4: a stored root that the tree does not have, or another entry, is not handed out', async () => {
    const event = { index: 3, entry: entries[3]! };
    const forged = anchorOf(300, Buffer.alloc(32, 7));
    await expect(evidence.assemble(forged, { event, size: 9 }, false)).rejects.toThrow();
    const other = { index: 3, entry: entries[4]! };
    await expect(evidence.assemble(anchorOf(300), { event: other, size: 9 }, false)).rejects.toThrow('not proven');
  });
});

describe('the newest anchor', () => {
  it('is read again after a while, and at once where the known one does not cover the index', async () => {
    stored.push(anchorOf(9));
    expect((await evidence.newest(8))?.size).toBe(9);
    expect((await evidence.newest(0))?.size).toBe(9);
    expect(reads).toBe(1);
    stored.push(anchorOf(12));
    expect((await evidence.newest(8))?.size).toBe(9);
    expect((await evidence.newest(9))?.size).toBe(12);
    expect(reads).toBe(2);
    stored.push(anchorOf(20));
    now = 100;
    expect((await evidence.newest(0))?.size).toBe(20);
  });

  it('is not there before the first, and then is', async () => {
    expect(await evidence.newest(0)).toBeUndefined();
    stored.push(anchorOf(1));
    expect((await evidence.newest(0))?.size).toBe(1);
  });

  it('the first that covers an index stays the one of its receipt', async () => {
    stored.push(anchorOf(4), anchorOf(9), anchorOf(20));
    expect([await evidence.covering(3), await evidence.covering(4)].map((anchor) => anchor?.size)).toEqual([4, 9]);
    expect(await evidence.covering(20)).toBeUndefined();
  });
});
