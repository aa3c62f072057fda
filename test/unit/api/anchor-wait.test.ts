import { describe, expect, it } from 'vitest';
import { AnchorWaits, MAX_WAITING_EVENTS, RECEIPT_WEIGHT } from '../../../api/anchor-wait.ts';
import { NO_ANCHOR, type AnchorState } from '../../../ledger/anchor/status.ts';
import type { Anchoring, Ledger } from '../../../ledger/ports.ts';
import type { AnchorEvidence, Receipt } from '../../../ledger/types.ts';

const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const receipt = { index: 3, anchor: null } as unknown as Receipt;
const evidence = { size: 4 } as AnchorEvidence;
const refused = (code: string): Error => expect.objectContaining({ code }) as Error;

/** As much of a ledger as waiting looks at. */
function waitsOver(reached: Anchoring['reached'] | undefined, state: AnchorState = 'current'): AnchorWaits {
  const anchoring = reached === undefined ? undefined : { reached };
  const ledger = {
    anchoring,
    status: () => ({ anchor: { ...NO_ANCHOR, state } }),
    read: { anchorOf: () => Promise.resolve(evidence) },
  };
  return new AnchorWaits(ledger as unknown as Ledger, silent);
}
const { signal } = new AbortController();

describe('waiting for the chain', () => {
  it('is refused without a chain, and while it disagrees; in every other state it is not', () => {
    expect(() => waitsOver(undefined).admit({})).toThrow(refused('anchor_unavailable'));
    const never = (): Promise<boolean> => Promise.resolve(false);
    expect(() => waitsOver(never, 'disagrees').admit({})).toThrow(refused('anchor_unavailable'));
    for (const state of ['catching-up', 'current', 'stalled'] as const) {
      expect(waitsOver(never, state).admit({}).headers).toEqual([]);
    }
  });

  it('takes in no more than memory is meant for, and more when a wait is over', async () => {
    const finish: ((reached: boolean) => void)[] = [];
    const waits = waitsOver(() => new Promise((resolve) => finish.push(resolve)));
    const batch = waits.reached(waits.admit({}), { index: 9_999, weight: MAX_WAITING_EVENTS - RECEIPT_WEIGHT, signal });
    const single = waits.evidenceOf(waits.admit({}), receipt, signal);
    expect(() => waits.admit({})).toThrow(refused('overloaded'));
    finish[1]?.(true);
    expect(await single).toBe(evidence);
    waits.admit({});
    finish[0]?.(false);
    expect(await batch).toBe(false);
  });

  it('frees the place of a client that is gone, though the chain goes on', async () => {
    const waits = waitsOver(() => new Promise(() => undefined));
    const client = new AbortController();
    const weight = MAX_WAITING_EVENTS;
    const wait = waits.reached(waits.admit({}), { index: 1, weight, signal: client.signal });
    expect(() => waits.admit({})).toThrow(refused('overloaded'));
    client.abort();
    expect(await wait).toBe(false);
    waits.admit({});
  });

  it('does not wait for evidence that the receipt has already', async () => {
    const waits = waitsOver(() => Promise.reject(new Error('nobody asks')));
    expect(await waits.evidenceOf(waits.admit({}), { ...receipt, anchor: evidence }, signal)).toBe(evidence);
  });

  it('counts the time that storing took as part of the wait', async () => {
    const asked: number[] = [];
    const waits = waitsOver((_index, timeoutMs) => {
      asked.push(timeoutMs);
      return Promise.resolve(false);
    });
    const { anchoring, headers } = waits.admit({ prefer: 'wait=1' });
    await waits.reached({ anchoring, headers, deadlineMs: performance.now() - 5 }, { index: 1, weight: 1, signal });
    expect(asked).toEqual([0]);
  });

  it('says when to look again by the state', () => {
    const retryAfter = (state: AnchorState): string | undefined => {
      const waits = waitsOver(() => Promise.resolve(false), state);
      const admitted = { anchoring: { reached: () => Promise.resolve(false) }, deadlineMs: 0, headers: [] };
      return waits.headersInVain(admitted)[1];
    };
    expect(Number(retryAfter('stalled'))).toBeGreaterThan(Number(retryAfter('catching-up')));
  });
});
