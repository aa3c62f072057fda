import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../ledger/anchor/backoff.ts';

describe('waits between attempts', () => {
  it.each([
    [0, [12.5, 25, 50, 100, 200, 250, 250]],
    [1 - Number.EPSILON, [25, 50, 100, 200, 400, 500, 500]],
  ])('double up to the longest, with %d of the spread', (random, expected) => {
    const backoff = new Backoff(25, 500, () => random);
    for (const wait of expected) expect(backoff.next()).toBeCloseTo(wait, 6);
  });

  it('begin anew after a success', () => {
    const backoff = new Backoff(25, 500, () => 0);
    const first = backoff.next();
    expect(backoff.next()).toBeGreaterThan(first);
    backoff.reset();
    expect(backoff.next()).toBe(first);
  });

  it('stay finite after failures without number', () => {
    const backoff = new Backoff(25, 5_000, () => 0.999);
    for (let n = 0; n < 10_000; n += 1) expect(backoff.next()).toBeLessThanOrEqual(5_000);
  });
});
