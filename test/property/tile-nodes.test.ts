import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TreeEdge } from '../../ledger/merkle/edge.ts';
import { FullTile } from '../../ledger/merkle/full-tile.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import { createTileNodes, type TileHashes } from '../../ledger/merkle/tile-nodes.ts';
import { TilePyramid } from '../../ledger/merkle/tile-pyramid.ts';
import { verifyConsistency, verifyInclusion } from '../../ledger/merkle/verify-proof.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const SIZE = 66_000;
const leaves = Array.from({ length: SIZE }, (_, at) => hashLeaf(sha256, Buffer.from(`entry ${at}`)));

/** Hashes of each tile level, whole. */
const levels: Uint8Array[][] = [leaves];
while (levels.at(-1)!.length >= 256) {
  const below = levels.at(-1)!;
  const roots = Array.from({ length: Math.floor(below.length / 256) }, (_, n) =>
    TilePyramid.fromHashes(sha256, Buffer.concat(below.slice(n * 256, (n + 1) * 256))).root(),
  );
  levels.push(roots);
}
const roots = new Map<number, Uint8Array>();
function rootOf(size: number): Uint8Array {
  const known = roots.get(size);
  if (known !== undefined) return known;
  const edge = TreeEdge.empty(sha256);
  for (const leaf of leaves.slice(0, size)) edge.append(leaf);
  roots.set(size, edge.root());
  return edge.root();
}

let reads = 0;
const source: TileHashes = {
  full: async ({ level, n }) => {
    // Some tiles have no row of their own, as where the store computes them.
    if (n % 3 === 2) return undefined;
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const hashes = Buffer.concat(levels[level]!.slice(n * 256, (n + 1) * 256));
    const tile = FullTile.fromPyramid(sha256, TilePyramid.fromHashes(sha256, hashes));
    return { hashes: tile.hashes(), nodes: tile.nodes() };
  },
  read: async ({ level, n }, from, to) => {
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return Buffer.concat(levels[level]!.slice(n * 256 + from, n * 256 + to));
  },
};

describe('proofs from tiles', () => {
  it('a full tile has the nodes of the pyramid that it was made of', () => {
    const pyramid = TilePyramid.fromHashes(sha256, Buffer.concat(leaves.slice(0, 256)));
    const made = FullTile.fromPyramid(sha256, pyramid);
    const tile = FullTile.fromStored(sha256, made.hashes(), made.nodes());
    for (let sublevel = 0; sublevel <= 8; sublevel += 1) {
      for (let index = 0; index < 256 >> sublevel; index += 1) {
        expect(Buffer.compare(tile.node(sublevel, index), pyramid.node(sublevel, index))).toBe(0);
      }
      expect(() => tile.node(sublevel, 256 >> sublevel)).toThrow();
      expect(() => tile.node(sublevel, -1)).toThrow();
    }
    expect(Buffer.compare(tile.hashes(), pyramid.hashes())).toBe(0);
    expect(() => FullTile.fromPyramid(sha256, new TilePyramid(sha256))).toThrow();
    expect(() => FullTile.fromStored(sha256, made.hashes(), made.hashes())).toThrow();
  });

  it('many readers at once, at any sizes, with a cache that is emptied under them: every proof verifies', async () => {
    const sizes = [1, 2, 255, 256, 257, 511, 512, 4_000, 65_535, 65_536, 65_537, SIZE];
    for (const capacity of [1, 3, 1_000]) {
      const nodes = createTileNodes(sha256, source, capacity);
      const property = fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...sizes), fc.nat(), fc.boolean()), { minLength: 1, maxLength: 12 }),
        async (asks) => {
          await Promise.all(
            asks.map(async ([size, pick, forget]) => {
              const index = pick % size;
              const proof = nodes.inclusion(index, size);
              const from = 1 + (pick % size);
              const consistency = nodes.consistency(from, size);
              if (forget && pick % 5 === 0) setImmediate(nodes.forget);
              expect(verifyInclusion(sha256, await proof, leaves[index]!, rootOf(size))).toBe(true);
              const joined = await consistency;
              expect(verifyConsistency(sha256, joined.proof, joined.fromRoot, joined.toRoot)).toBe(true);
              expect(Buffer.compare(joined.toRoot, rootOf(size))).toBe(0);
              if (sizes.includes(from)) expect(Buffer.compare(joined.fromRoot, rootOf(from))).toBe(0);
              expect(Buffer.compare((await nodes.edgeAt(size)).root(), rootOf(size))).toBe(0);
            }),
          );
        },
      );
      await fc.assert(property, { numRuns: 60 });
    }
  });

  it('what is in the cache is not read again, and reads grow with the logarithm of the size', async () => {
    const nodes = createTileNodes(sha256, source, 1_000);
    reads = 0;
    await nodes.inclusion(12_345, SIZE);
    expect(reads).toBeLessThanOrEqual(4);
    reads = 0;
    await nodes.inclusion(12_346, SIZE);
    expect(reads).toBe(0);
  });
});
