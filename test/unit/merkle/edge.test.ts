import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHex } from '../../../ledger/canonical/base64.ts';
import { CompactRange } from '../../../ledger/merkle/compact-range.ts';
import { TreeEdge } from '../../../ledger/merkle/edge.ts';
import { hashNode } from '../../../ledger/merkle/hash.ts';
import { partialTiles } from '../../../ledger/merkle/tile-layout.ts';
import { TilePyramid } from '../../../ledger/merkle/tile-pyramid.ts';
import { verifyConsistency, verifyInclusion } from '../../../ledger/merkle/verify-proof.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';

const { sha256 } = nodePrimitives;
const leaf = (i: number): Uint8Array => sha256(Buffer.from(`leaf ${i}`));
const refusal = (code: string) => expect.objectContaining({ code }) as Error;

function edgeOf(size: number): TreeEdge {
  const edge = TreeEdge.empty(sha256);
  for (let i = 0; i < size; i++) edge.append(leaf(i));
  return edge;
}

describe('TilePyramid', () => {
  test('holds every perfect subtree of its hashes', () => {
    const pyramid = new TilePyramid(sha256);
    const levels: Uint8Array[][] = [Array.from({ length: 256 }, (_, i) => leaf(i))];
    for (let s = 1; s <= 8; s++) {
      const below = levels[s - 1]!;
      levels.push(
        Array.from({ length: below.length / 2 }, (_, i) => hashNode(sha256, below[2 * i]!, below[2 * i + 1]!)),
      );
    }
    for (let width = 0; width <= 256; width++) {
      expect(pyramid.width).toBe(width);
      for (let s = 0; s <= 8; s++) {
        const complete = width >> s;
        expect(pyramid.has(s, complete)).toBe(false);
        expect(() => pyramid.node(s, complete)).toThrow(refusal('not_in_log'));
        if (complete > 0) expect(encodeHex(pyramid.node(s, complete - 1))).toBe(encodeHex(levels[s]![complete - 1]!));
      }
      if (width < 256) pyramid.append(leaf(width));
    }
    expect(pyramid.isFull).toBe(true);
    expect(encodeHex(pyramid.root())).toBe(encodeHex(levels[8]![0]!));
    expect(encodeHex(pyramid.hashes())).toBe(levels[0]!.map(encodeHex).join(''));
  });

  test('refuses a 257th hash, hashes of other lengths, and tiles of other lengths', () => {
    const full = TilePyramid.fromHashes(sha256, new Uint8Array(8192));
    expect(() => {
      full.append(leaf(0));
    }).toThrow(refusal('invalid_value'));
    expect(() => {
      new TilePyramid(sha256).append(new Uint8Array(31));
    }).toThrow(refusal('invalid_value'));
    expect(() => TilePyramid.fromHashes(sha256, new Uint8Array(33))).toThrow(refusal('invalid_value'));
    expect(() => TilePyramid.fromHashes(sha256, new Uint8Array(8224))).toThrow(refusal('invalid_value'));
    expect(() => new TilePyramid(sha256).root()).toThrow(refusal('not_in_log'));
    expect(() => full.node(0, -1)).toThrow(refusal('not_in_log'));
  });

  test('a clone grows on its own', () => {
    const pyramid = TilePyramid.fromHashes(sha256, leaf(1));
    const clone = pyramid.clone();
    clone.append(leaf(2));
    expect([pyramid.width, clone.width]).toEqual([1, 2]);
    expect(encodeHex(clone.node(0, 0))).toBe(encodeHex(leaf(1)));
  });
});

describe('TreeEdge', () => {
  test('hands out each full tile once, in order, of every level', () => {
    const edge = edgeOf(256 * 256 + 300);
    const levels = edge.completed.map(({ level, n }) => `${level}/${n}`);
    expect(levels).toHaveLength(256 + 1 + 1);
    expect(levels.slice(0, 2)).toEqual(['0/0', '0/1']);
    expect(levels.slice(254)).toEqual(['0/254', '0/255', '1/0', '0/256']);
    for (const { pyramid } of edge.completed) expect(pyramid.isFull).toBe(true);
    const [first] = edge.completed;
    expect(encodeHex(first!.pyramid.hashes().subarray(0, 32))).toBe(encodeHex(leaf(0)));
    edge.dropCompleted();
    expect(edge.completed).toEqual([]);
    expect(() => edge.node(0, 0)).toThrow(refusal('not_in_log'));
    expect(edge.openTiles().map(({ level, n, pyramid }) => ({ level, n, width: pyramid.width }))).toEqual(
      partialTiles(edge.size),
    );
  });

  test('is rebuilt from partial tiles alone, and goes on identically', () => {
    for (const size of [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_800]) {
      const edge = edgeOf(size);
      const partial: Uint8Array[] = [];
      for (const { level, pyramid } of edge.openTiles()) partial[level] = pyramid.hashes().slice();
      const rebuilt = TreeEdge.fromTiles(sha256, size, partial);
      expect(encodeHex(rebuilt.root())).toBe(encodeHex(edge.root()));
      for (let i = size; i < size + 300; i++) {
        rebuilt.append(leaf(i));
        edge.append(leaf(i));
      }
      expect(encodeHex(rebuilt.root())).toBe(encodeHex(edge.root()));
      expect(rebuilt.size).toBe(size + 300);
    }
  });

  test('refuses tiles that do not fit the size', () => {
    const refused = refusal('invalid_value');
    expect(() => TreeEdge.fromTiles(sha256, 2, [leaf(0)])).toThrow(refused);
    expect(() => TreeEdge.fromTiles(sha256, 0, [leaf(0)])).toThrow(refused);
    expect(() => TreeEdge.fromTiles(sha256, 256, [])).toThrow(refused);
    expect(() => TreeEdge.fromTiles(sha256, 1, [leaf(0), leaf(1)])).toThrow(refused);
    expect(() => TreeEdge.fromTiles(sha256, -1, [])).toThrow(refused);
    expect(() => TreeEdge.fromTiles(sha256, 1.5, [leaf(0)])).toThrow(refused);
  });

  test('a batch tried on a clone: proofs for its entries, consistency with the size before, nothing changed if dropped', () => {
    fc.assert(
      fc.property(fc.nat(70_000), fc.integer({ min: 1, max: 700 }), fc.nat(), (size, batch, pick) => {
        const edge = bigEdge(size);
        const before = edge.root().slice();
        const clone = edge.clone();
        for (let i = size; i < size + batch; i++) clone.append(leaf(i));
        const root = clone.root();
        const index = size + (pick % batch);
        expect(verifyInclusion(sha256, clone.prove(index), leaf(index), root)).toBe(true);
        if (size > 0) expect(verifyConsistency(sha256, clone.proveConsistency(size), before, root)).toBe(true);
        expect(edge.size).toBe(size);
        expect(encodeHex(edge.root())).toBe(encodeHex(before));
        edge.append(leaf(-1));
        expect(encodeHex(clone.root())).toBe(encodeHex(root));
      }),
      { numRuns: 60 },
    );
  });

  test('its root is the streaming root', () => {
    const edge = TreeEdge.empty(sha256);
    const range = new CompactRange(sha256);
    for (let i = 0; i < 70_000; i++) {
      edge.append(leaf(i % 1000));
      range.append(leaf(i % 1000));
      if (i % 997 === 0) expect(encodeHex(edge.root())).toBe(encodeHex(range.root()));
    }
    expect(range.size).toBe(70_000);
    expect(() => {
      range.append(new Uint8Array(3));
    }).toThrow(refusal('invalid_value'));
  });
});

/** An edge of `size` leaves, rebuilt from the tiles of a log that is grown once. */
const tiles = new Map<string, Uint8Array>();
function bigEdge(size: number): TreeEdge {
  if (tiles.size === 0) {
    const grown = edgeOf(70_000);
    for (const { level, n, pyramid } of [...grown.completed, ...grown.openTiles()])
      tiles.set(`${level}/${n}`, pyramid.hashes());
  }
  const partial: Uint8Array[] = [];
  for (const { level, n, width } of partialTiles(size))
    partial[level] = tiles.get(`${level}/${n}`)!.slice(0, width * 32);
  return TreeEdge.fromTiles(sha256, size, partial);
}
