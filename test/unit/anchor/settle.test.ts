/** The client rule, over every relation of the chain's head, the batch in flight and the log. */
import { describe, expect, it } from 'vitest';
import { settle, type Verdict } from '../../../ledger/anchor/settle.ts';

const ROOT = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const LOG_SIZE = 9;
const SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

function judge(size: number, flight: { from: number; to: number }, root = ROOT): Verdict {
  return settle({ size, root }, flight, size <= LOG_SIZE ? ROOT : undefined);
}
const word = (verdict: Verdict): string => (verdict.kind === 'disagrees' ? verdict.reason : verdict.kind);

describe('what the head says about a batch from 4 to 7 of a log of 9', () => {
  it.each([
    [0, 'lagging', 'root_differs'],
    [3, 'lagging', 'root_differs'],
    [4, 'at_start', 'root_differs'],
    [5, 'another_writer', 'root_differs'],
    [6, 'another_writer', 'root_differs'],
    [7, 'landed', 'root_differs'],
    [8, 'another_writer', 'root_differs'],
    [9, 'another_writer', 'root_differs'],
    [10, 'chain_ahead', 'chain_ahead'],
  ])('at %i entries: %s with our root, %s with another', (size, same, different) => {
    expect(word(judge(size, { from: 4, to: 7 }))).toBe(same);
    expect(word(judge(size, { from: 4, to: 7 }, OTHER))).toBe(different);
  });
});

describe('with nothing in flight, at 4', () => {
  it.each([
    [3, 'lagging'],
    [4, 'at_start'],
    [5, 'another_writer'],
    [9, 'another_writer'],
    [10, 'chain_ahead'],
  ])('at %i entries: %s', (size, expected) => {
    expect(word(judge(size, { from: 4, to: 4 }))).toBe(expected);
  });
});

describe('for every head, batch and root', () => {
  const cases = SIZES.flatMap((size) =>
    SIZES.flatMap((from) =>
      SIZES.filter((to) => from <= to && to <= LOG_SIZE).flatMap((to) =>
        [ROOT, OTHER].map((root) => ({ size, from, to, root })),
      ),
    ),
  );
  it('a batch is sent only to a chain that ends where it starts, and has landed only where it leads, with our root', () => {
    expect(cases.length).toBeGreaterThan(1_000);
    for (const { size, from, to, root } of cases) {
      const { kind } = judge(size, { from, to }, root);
      if (kind === 'at_start') expect([size, root]).toEqual([from, ROOT]);
      if (kind === 'landed') expect([size, root]).toEqual([to, ROOT]);
    }
  });

  it('another root, or more entries than ours, is never waited out', () => {
    for (const { size, from, to, root } of cases) {
      if (root === OTHER || size > LOG_SIZE) expect(judge(size, { from, to }, root).kind).toBe('disagrees');
    }
  });

  it('a disagreement names the size, and where roots differ both of them', () => {
    for (const { size, from, to, root } of cases) {
      const verdict = judge(size, { from, to }, root);
      if (verdict.kind !== 'disagrees') continue;
      expect(verdict.detail).toContain(`${size} entries`);
      if (verdict.reason === 'root_differs') expect(verdict.detail).toMatch(/0202020202020202….*0101010101010101…/);
    }
  });
});
