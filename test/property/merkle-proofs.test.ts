import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CompactRange } from '../../ledger/merkle/compact-range.ts';
import { TreeEdge } from '../../ledger/merkle/edge.ts';
import { hashLeaf, hashNode } from '../../ledger/merkle/hash.ts';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  type NodeId,
  type NodeSource,
  rootNodes,
  rootOf,
} from '../../ledger/merkle/proof.ts';
import { rootFromInclusionProof, verifyConsistency, verifyInclusion } from '../../ledger/merkle/verify-proof.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';

const { sha256 } = nodePrimitives;
const COUNT = 300;
const leaves = Array.from({ length: COUNT }, (_, i) => hashLeaf(sha256, new TextEncoder().encode(`entry ${i}`)));

/** RFC 6962 §2.1 as it is written down: recursive, over slices. Remembers roots, nothing more. */
const known = new Map<string, Uint8Array>();
function mth(start: number, end: number): Uint8Array {
  const count = end - start;
  if (count === 0) return createHash('sha256').digest();
  if (count === 1) return leaves[start]!;
  const key = `${start}-${end}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  let k = 1;
  while (k * 2 < count) k *= 2;
  const root = createHash('sha256')
    .update(Uint8Array.of(1))
    .update(mth(start, start + k))
    .update(mth(start + k, end))
    .digest();
  known.set(key, root);
  return root;
}

/** RFC 6962 §2.1.1. */
function path(m: number, start: number, end: number): Uint8Array[] {
  const n = end - start;
  if (n === 1) return [];
  let k = 1;
  while (k * 2 < n) k *= 2;
  return m < k
    ? [...path(m, start, start + k), mth(start + k, end)]
    : [...path(m - k, start + k, end), mth(start, start + k)];
}

/** RFC 6962 §2.1.2. */
function subproof(m: number, start: number, end: number, isComplete: boolean): Uint8Array[] {
  const n = end - start;
  if (m === n) return isComplete ? [] : [mth(start, end)];
  let k = 1;
  while (k * 2 < n) k *= 2;
  return m <= k
    ? [...subproof(m, start, start + k, isComplete), mth(start + k, end)]
    : [...subproof(m - k, start + k, end, false), mth(start, start + k)];
}

const nodes: NodeSource = (level, index) => mth(index * 2 ** level, (index + 1) * 2 ** level);
const plain = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));

/** A source that hands out only what was listed beforehand. */
function only(listed: readonly NodeId[], source: NodeSource): NodeSource {
  const allowed = new Set(listed.map(({ level, index }) => `${level}/${index}`));
  return (level, index) => {
    if (!allowed.has(`${level}/${index}`)) throw new Error(`node ${level}/${index} was not listed`);
    return source(level, index);
  };
}

describe('every tree of 0 to 300 entries', () => {
  test('roots: from nodes, from the edge, and streaming', () => {
    const edge = TreeEdge.empty(sha256);
    const range = new CompactRange(sha256);
    for (let size = 0; size <= COUNT; size++) {
      const expected = Buffer.from(mth(0, size)).toString('hex');
      expect(plain([rootOf(sha256, size, only(rootNodes(size), nodes)), edge.root(), range.root()])).toEqual([
        expected,
        expected,
        expected,
      ]);
      if (size === COUNT) break;
      expect(edge.append(leaves[size]!)).toBe(size);
      range.append(leaves[size]!);
    }
  });

  test('inclusion: every index of every size is proven as the RFC defines it, and verifies', () => {
    for (let size = 1; size <= COUNT; size++) {
      const root = mth(0, size);
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(sha256, index, size, only(inclusionNodes(index, size), nodes));
        const expected = path(index, 0, size);
        if (
          proof.hashes.length !== expected.length ||
          !proof.hashes.every((hash, i) => Buffer.compare(hash, expected[i]!) === 0)
        ) {
          expect(plain(proof.hashes)).toEqual(plain(expected));
        }
        if (!verifyInclusion(sha256, proof, leaves[index]!, root)) expect.unreachable(`index ${index} of ${size}`);
      }
    }
  });

  test('consistency: every pair of sizes is proven as the RFC defines it, and verifies', () => {
    for (let to = 1; to <= COUNT; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = consistencyProof(sha256, from, to, only(consistencyNodes(from, to), nodes));
        const expected = subproof(from, 0, to, true);
        if (
          proof.hashes.length !== expected.length ||
          !proof.hashes.every((hash, i) => Buffer.compare(hash, expected[i]!) === 0)
        ) {
          expect(plain(proof.hashes)).toEqual(plain(expected));
        }
        if (!verifyConsistency(sha256, proof, mth(0, from), mth(0, to))) expect.unreachable(`${from} to ${to}`);
      }
    }
  });
});

/** Index below size, both up to 300. */
const position = fc.integer({ min: 1, max: COUNT }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
const flip = (hash: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(hash);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

describe('no other proof is accepted', () => {
  test('inclusion: flipped bits, hashes added, dropped or swapped, other indices and sizes', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.nat(255), fc.nat(COUNT + 5), ([index, size], at, bit, other) => {
        const root = mth(0, size);
        const leaf = leaves[index]!;
        const { hashes } = inclusionProof(sha256, index, size, nodes);
        const verify = (changed: object, hash = leaf, under = root) =>
          verifyInclusion(sha256, { index, size, hashes, ...changed }, hash, under);
        const i = hashes.length === 0 ? 0 : at % hashes.length;
        expect(verify({})).toBe(true);
        if (hashes.length > 0) {
          expect(verify({ hashes: hashes.with(i, flip(hashes[i]!, bit)) })).toBe(false);
          expect(verify({ hashes: hashes.toSpliced(i, 1) })).toBe(false);
          expect(verify({ hashes: hashes.with(i, hashes[i]!.subarray(1)) })).toBe(false);
        }
        expect(verify({ hashes: [...hashes, root] })).toBe(false);
        expect(verify({ hashes: [leaf, ...hashes] })).toBe(false);
        if (hashes.length > 1) expect(verify({ hashes: hashes.toReversed() })).toBe(false);
        if (other !== index) expect(verify({ index: other })).toBe(false);
        expect(verify({}, flip(leaf, bit))).toBe(false);
        expect(verify({}, leaf, flip(root, bit))).toBe(false);
        expect(verify({}, leaf, root.subarray(0, 31))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('consistency: flipped bits, hashes added, dropped or swapped, and roots of other trees', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.nat(255), ([last, to], at, bit) => {
        const from = last + 1;
        const [fromRoot, toRoot] = [mth(0, from), mth(0, to)];
        const { hashes } = consistencyProof(sha256, from, to, nodes);
        const verify = (changed: object, old = fromRoot, now = toRoot) =>
          verifyConsistency(sha256, { from, to, hashes, ...changed }, old, now);
        const i = hashes.length === 0 ? 0 : at % hashes.length;
        expect(verify({})).toBe(true);
        if (hashes.length > 0) {
          expect(verify({ hashes: hashes.with(i, flip(hashes[i]!, bit)) })).toBe(false);
          expect(verify({ hashes: hashes.toSpliced(i, 1) })).toBe(false);
        }
        expect(verify({ hashes: [...hashes, toRoot] })).toBe(false);
        expect(verify({ hashes: [fromRoot, ...hashes] })).toBe(false);
        expect(verify({}, flip(fromRoot, bit))).toBe(false);
        expect(verify({}, fromRoot, flip(toRoot, bit))).toBe(false);
        if (from < to) expect(verify({ from: to, to: from })).toBe(false);
        if (from > 1) expect(verify({}, mth(0, from - 1))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('a proof is for one pair of sizes where the tree shape differs; the verifier never takes a fork', () => {
    for (let from = 1; from < 40; from++) {
      for (let to = from + 1; to < 40; to++) {
        const { hashes } = consistencyProof(sha256, from, to, nodes);
        const fork = sha256(mth(0, from));
        expect(verifyConsistency(sha256, { from, to, hashes }, fork, mth(0, to))).toBe(false);
        expect(verifyConsistency(sha256, { from, to, hashes: [] }, mth(0, from), mth(0, to))).toBe(false);
      }
    }
  });

  test.each([-1, 0.5, NaN, Infinity, 2 ** 53, '1' as unknown as number])('numbers that are no position: %s', (bad) => {
    const root = mth(0, 2);
    const proof = inclusionProof(sha256, 0, 2, nodes);
    expect(rootFromInclusionProof(sha256, { ...proof, index: bad }, leaves[0]!)).toBeUndefined();
    expect(rootFromInclusionProof(sha256, { ...proof, size: bad }, leaves[0]!)).toBeUndefined();
    expect(verifyConsistency(sha256, { from: bad, to: 2, hashes: [] }, root, root)).toBe(false);
    expect(verifyConsistency(sha256, { from: 2, to: bad, hashes: [] }, root, root)).toBe(false);
    expect(() => inclusionNodes(bad, 2)).toThrow();
    expect(() => consistencyNodes(1, bad)).toThrow();
  });

  test('the empty tree: everything extends it, nothing is in it', () => {
    const empty = mth(0, 0);
    expect(verifyConsistency(sha256, { from: 0, to: 5, hashes: [] }, empty, mth(0, 5))).toBe(true);
    expect(verifyConsistency(sha256, { from: 0, to: 0, hashes: [] }, empty, empty)).toBe(true);
    expect(verifyConsistency(sha256, { from: 0, to: 0, hashes: [] }, empty, mth(0, 1))).toBe(false);
    expect(verifyConsistency(sha256, { from: 0, to: 5, hashes: [] }, mth(0, 1), mth(0, 5))).toBe(false);
    expect(verifyConsistency(sha256, { from: 0, to: 5, hashes: [empty] }, empty, mth(0, 5))).toBe(false);
    expect(verifyInclusion(sha256, { index: 0, size: 0, hashes: [] }, leaves[0]!, empty)).toBe(false);
  });
});

/**
 * A log of up to 2^53-1 equal leaves: a perfect subtree's hash depends on its level alone, so nodes exist without being
 * stored, and roots of any size follow by the definition.
 */
const uniform: Uint8Array[] = [leaves[0]!];
for (let level = 1; level <= 53; level++) uniform.push(hashNode(sha256, uniform[level - 1]!, uniform[level - 1]!));
const uniformNodes: NodeSource = (level) => uniform[level]!;

/** By the recursive definition, on BigInt. */
function uniformRoot(size: bigint): Uint8Array {
  const bits = size.toString(2).length - 1;
  const power = 1n << BigInt(bits);
  if (power === size) return uniform[bits]!;
  return hashNode(sha256, uniform[bits]!, uniformRoot(size - power));
}

const hugeSize = fc.oneof(
  fc.maxSafeNat().map((n) => Math.max(1, n)),
  fc.integer({ min: 1, max: 52 }).map((bits) => 2 ** bits),
  fc.integer({ min: 1, max: 52 }).map((bits) => 2 ** bits - 1),
  fc.integer({ min: 1, max: 52 }).map((bits) => 2 ** bits + 1),
  fc.constant(Number.MAX_SAFE_INTEGER),
);

describe('trees beyond 32 bits', () => {
  test('inclusion and root up to 2^53-1 entries', () => {
    fc.assert(
      fc.property(hugeSize, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (size, part) => {
        const index = Math.min(size - 1, Math.floor(part * size));
        const root = uniformRoot(BigInt(size));
        const listed = inclusionNodes(index, size);
        const proof = inclusionProof(sha256, index, size, only(listed, uniformNodes));
        expect(plain([rootOf(sha256, size, uniformNodes)])).toEqual(plain([root]));
        expect(verifyInclusion(sha256, proof, uniform[0]!, root)).toBe(true);
        expect(listed.every(({ level, index: at }) => (at + 1) * 2 ** level <= size)).toBe(true);
        expect(proof.hashes.length).toBeLessThanOrEqual(53);
      }),
      { numRuns: 300 },
    );
  });

  test('consistency up to 2^53-1 entries', () => {
    fc.assert(
      fc.property(hugeSize, hugeSize, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const proof = consistencyProof(sha256, from, to, only(consistencyNodes(from, to), uniformNodes));
        const [fromRoot, toRoot] = [uniformRoot(BigInt(from)), uniformRoot(BigInt(to))];
        expect(verifyConsistency(sha256, proof, fromRoot, toRoot)).toBe(true);
        if (from < to)
          expect(verifyConsistency(sha256, proof, uniformRoot(BigInt(from + 1)), toRoot)).toBe(from + 1 === 1);
      }),
      { numRuns: 300 },
    );
  });
});
