/** Who waits for the chain, and what the loop sleeps on. Time is vitest's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Waiters } from '../../../ledger/anchor/waiters.ts';
import { Wake } from '../../../ledger/anchor/wake.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether it is settled, and with what, once everything that is due has run. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let found: unknown = 'pending';
  void promise.then((value) => {
    found = value;
  });
  await vi.advanceTimersByTimeAsync(0);
  return found;
}

describe('waiters', () => {
  it('an index is reached by a size above it, and by no other', async () => {
    const waiters = new Waiters();
    const seven = waiters.wait(7, 1_000);
    const eight = waiters.wait(8, 1_000);
    waiters.reached(7);
    expect([await outcome(seven), await outcome(eight)]).toEqual(['pending', 'pending']);
    waiters.reached(8);
    expect([await outcome(seven), await outcome(eight)]).toEqual([true, 'pending']);
    expect(waiters.isEmpty).toBe(false);
    waiters.reached(9);
    expect([await outcome(eight), waiters.isEmpty]).toEqual([true, true]);
  });

  it('time, a signal and giving up answer false, each once', async () => {
    const waiters = new Waiters();
    const gone = new AbortController();
    const late = waiters.wait(0, 100);
    const left = waiters.wait(0, 10_000, gone.signal);
    const given = waiters.wait(0, 10_000);
    await vi.advanceTimersByTimeAsync(99);
    expect(await outcome(late)).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect([await outcome(late), await outcome(left)]).toEqual([false, 'pending']);
    gone.abort();
    expect([await outcome(left), await outcome(given)]).toEqual([false, 'pending']);
    waiters.giveUp();
    expect([await outcome(given), waiters.isEmpty]).toEqual([false, true]);
    waiters.reached(1);
    expect(await outcome(given)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a signal that fired before', async () => {
    const waiters = new Waiters();
    expect(await outcome(waiters.wait(0, 1_000, AbortSignal.abort()))).toBe(false);
    expect([waiters.isEmpty, vi.getTimerCount()]).toEqual([true, 0]);
  });
});

describe('wake', () => {
  it('ends a sleep early, once', async () => {
    const wake = new Wake();
    const first = wake.sleep(1_000).then(() => 'awake');
    expect(await outcome(first)).toBe('pending');
    wake.call();
    wake.call();
    expect([await outcome(first), vi.getTimerCount()]).toEqual(['awake', 0]);
    const second = wake.sleep(1_000).then(() => 'awake');
    expect(await outcome(second)).toBe('pending');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcome(second)).toBe('awake');
  });

  it('a call while nobody sleeps is not lost', async () => {
    const wake = new Wake();
    wake.call();
    expect(await outcome(wake.sleep(1_000).then(() => 'awake'))).toBe('awake');
    expect(await outcome(wake.sleep(1_000))).toBe('pending');
  });
});
