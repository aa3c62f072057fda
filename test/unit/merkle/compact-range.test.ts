/** Appending many at once, and the frontier: what is read back goes on as if it had never been put away. */
import { describe, expect, test } from 'vitest';
import { LedgerError } from '../../../ledger/errors.ts';
import { CompactRange } from '../../../ledger/merkle/compact-range.ts';
import { decodeFrontier, encodeFrontier } from '../../../ledger/merkle/frontier.ts';
import { hashLeaf } from '../../../ledger/merkle/hash.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';

const { sha256 } = nodePrimitives;
const leaves = Array.from({ length: 130 }, (_, i) => hashLeaf(sha256, new TextEncoder().encode(`entry ${i}`)));
const joined = (from: number, to: number): Uint8Array => Buffer.concat(leaves.slice(from, to));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function rangeOf(size: number): CompactRange {
  const range = new CompactRange(sha256);
  for (const leaf of leaves.slice(0, size)) range.append(leaf);
  return range;
}

const roots = leaves.map((_, size) => hex(rangeOf(size).root()));

describe('appendAll', () => {
  test('is append for each, from every size to every size', () => {
    for (let from = 0; from < roots.length; from += 1) {
      for (let to = from; to < roots.length; to += 1) {
        const range = rangeOf(from);
        range.appendAll(joined(from, to));
        if (range.size !== to || hex(range.root()) !== roots[to]) expect.unreachable(`${from} to ${to}`);
      }
    }
  });

  test('refuses what is not whole hashes, and appends nothing of it', () => {
    for (const length of [1, 31, 33, 63, 65]) {
      const range = rangeOf(3);
      expect(() => {
        range.appendAll(new Uint8Array(length));
      }).toThrow(LedgerError);
      expect(hex(range.root())).toBe(roots[3]);
    }
  });

  test('keeps no view of its input', () => {
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [0, 3],
      [2, 7],
    ] as const) {
      const range = rangeOf(from);
      const input = Uint8Array.from(joined(from, to));
      range.appendAll(input);
      input.fill(0);
      expect(hex(range.root())).toBe(roots[to]);
    }
  });
});

describe('frontier', () => {
  test('goes on where it was left, at every size', () => {
    for (let size = 0; size < roots.length; size += 1) {
      const frontier = decodeFrontier(encodeFrontier(rangeOf(size).frontier()));
      expect(frontier.size).toBe(size);
      expect(frontier.roots).toHaveLength(size.toString(2).replaceAll('0', '').length);
      const range = CompactRange.fromFrontier(sha256, frontier);
      expect([range.size, hex(range.root())]).toEqual([size, roots[size]]);
      range.appendAll(joined(size, roots.length - 1));
      expect(hex(range.root())).toBe(roots.at(-1));
    }
  });

  test('lists the largest subtree first', () => {
    const { roots: subtrees } = rangeOf(7).frontier();
    const expected = [
      [0, 4],
      [4, 6],
      [6, 7],
    ].map(([from, to]) => {
      const part = new CompactRange(sha256);
      part.appendAll(joined(from!, to!));
      return hex(part.root());
    });
    expect(subtrees.map(hex)).toEqual(expected);
  });

  test('its bytes are the size, big-endian, and the roots', () => {
    const range = rangeOf(6);
    const [first, second] = range.frontier().roots;
    expect(hex(encodeFrontier(range.frontier()))).toBe(`0000000000000006${hex(first!)}${hex(second!)}`);
  });

  test('neither shares memory with the range nor with what it is loaded from', () => {
    const range = rangeOf(7);
    for (const root of range.frontier().roots) root.fill(0);
    range.root().fill(0);
    const perfect = rangeOf(4);
    perfect.root().fill(0);
    expect(hex(perfect.root())).toBe(roots[4]);
    expect(hex(range.root())).toBe(roots[7]);
    const bytes = encodeFrontier(range.frontier());
    const loaded = CompactRange.fromFrontier(sha256, decodeFrontier(bytes));
    bytes.fill(0);
    expect(hex(loaded.root())).toBe(roots[7]);
  });

  test('of 2^53-1 entries has 53 subtrees, and takes no further entry', () => {
    const hash = leaves[0]!;
    const size = Number.MAX_SAFE_INTEGER;
    const frontier = { size, roots: Array.from({ length: 53 }, () => hash) };
    const range = CompactRange.fromFrontier(sha256, decodeFrontier(encodeFrontier(frontier)));
    expect(range.size).toBe(size);
    const root = hex(range.root());
    for (const append of [range.append.bind(range), range.appendAll.bind(range)]) {
      expect(() => {
        append(hash);
      }).toThrow(LedgerError);
    }
    expect([range.size, hex(range.root())]).toEqual([size, root]);
  });

  test('refuses subtrees that do not fit the size', () => {
    const frontier = rangeOf(6).frontier();
    const [first, second] = frontier.roots;
    const misfits: readonly (readonly Uint8Array[])[] = [
      [],
      [first!],
      [first!, second!, second!],
      [first!, second!.subarray(1)],
      [new Uint8Array(33), second!],
      [new Uint8Array(0), second!],
    ];
    for (const subtrees of misfits) {
      expect(() => CompactRange.fromFrontier(sha256, { size: 6, roots: subtrees })).toThrow(LedgerError);
    }
    for (const size of [-1, 0.5, NaN, Infinity, 2 ** 53, 7, 0]) {
      expect(() => CompactRange.fromFrontier(sha256, { ...frontier, size })).toThrow(LedgerError);
    }
  });

  test('refuses bytes that are no frontier', () => {
    const bytes = encodeFrontier(rangeOf(6).frontier());
    for (const length of [0, 1, 7, 9, 39, bytes.length - 1]) {
      expect(() => decodeFrontier(bytes.subarray(0, length))).toThrow(LedgerError);
    }
    for (const size of ['0020000000000000', 'ffffffffffffffff', '8000000000000000']) {
      expect(() => decodeFrontier(Buffer.from(size, 'hex'))).toThrow(LedgerError);
    }
    for (const size of [-1, 0.5, 2 ** 53, NaN]) {
      expect(() => encodeFrontier({ size, roots: [] })).toThrow(LedgerError);
    }
  });
});
