/**
 * What an instance shows of anchoring, and who of several anchors, on a real PostgreSQL and a scripted chain: one has the lease,
 * all of them know how far it is.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnchorDeps } from '../../ledger/anchor/anchor-deps.ts';
import type { AnchorStore } from '../../ledger/anchor/anchor-store.ts';
import { createAnchoring, type RunningAnchoring } from '../../ledger/anchor/anchoring.ts';
import type { Chain } from '../../ledger/anchor/chain.ts';
import { StoreUnavailableError } from '../../ledger/store/log-store.ts';
import { QUICK, startAnchoredLog, takeLease, type AnchoredLog } from '../harness/anchored-log.ts';
import { ScriptedChain } from '../support/scripted-chain.ts';

const OPTIONS = { ...QUICK, leaseMs: 500, inspectMs: 50, lagToleranceMs: 60_000 };
const WAIT_MS = 20_000;

let log: AnchoredLog;
let size = 0;
let channels = 0;
let channel: string;
const running: RunningAnchoring[] = [];

beforeAll(async () => {
  log = await startAnchoredLog();
});
beforeEach(async () => {
  channel = `channel-${(channels += 1)}`;
  await append(3);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});
afterAll(async () => {
  await log.stop();
});

async function append(count: number): Promise<void> {
  await log.append(count);
  size += count;
  for (const one of running) one.notify(size);
}

/** Several instances have connections of their own to one chain. */
function through(chain: ScriptedChain): Chain {
  const { chaincode, certificates, appendLeaves, head, endorsedCheckpoint, block, height } = chain;
  const close = (): void => undefined;
  return {
    channel: chain.channel,
    chaincode,
    log: chain.log,
    certificates,
    appendLeaves,
    head,
    endorsedCheckpoint,
    block,
    height,
    close,
  };
}

function start(chain: Chain, changed: Partial<AnchorDeps> = {}): RunningAnchoring {
  const anchoring = createAnchoring(log.depsFor(chain, { options: OPTIONS, ...changed }));
  running.push(anchoring);
  return anchoring;
}

const until = (anchoring: RunningAnchoring, expected: object): Promise<void> =>
  expect.poll(() => anchoring.status(), { timeout: WAIT_MS, interval: 10 }).toMatchObject(expected);

/** Tells whether a promise settles by itself while nothing else happens for a while. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol('nothing');
  return (await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 200, nothing))])) === nothing;
}

describe('one instance', () => {
  it('catches up, is current, and answers those who wait', async () => {
    const chain = new ScriptedChain(channel);
    const anchoring = start(through(chain));
    expect(anchoring.status()).toMatchObject({ state: 'catching-up', size: 0, isLeader: false });
    const waiting = anchoring.reached(size - 1, WAIT_MS);
    const later = anchoring.reached(size, WAIT_MS);
    await anchoring.start();
    expect(await waiting).toBe(true);
    await until(anchoring, {
      state: 'current',
      size,
      lagEntries: 0,
      lagSeconds: 0,
      isLeader: true,
      endorsers: ['Org1MSP', 'Org2MSP'],
    });
    expect(await isPending(later)).toBe(true);
    await append(1);
    expect(await later).toBe(true);
    expect(await anchoring.reached(0, 0)).toBe(true);
  });

  it('is stalled while nobody answers, says since when entries wait, and is current again by itself', async () => {
    const chain = new ScriptedChain(channel);
    const troubles: (string | undefined)[] = [];
    const { observer } = log.depsFor(chain);
    const anchoring = start(through(chain), {
      observer: { ...observer, trouble: (reason) => troubles.push(reason) },
    });
    await anchoring.start();
    // `current` is said of a lag of a few seconds, too.
    await until(anchoring, { state: 'current', size });
    const down = Array.from({ length: 10_000 }, () => 'unreachable' as const);
    chain.script({ head: down, append: down, read: down });
    await append(2);
    const waiting = anchoring.reached(size - 1, WAIT_MS);
    await until(anchoring, { state: 'stalled', reason: 'unreachable', detail: 'nobody answers', lagEntries: 2 });
    await expect.poll(() => anchoring.status().lagSeconds, { timeout: WAIT_MS }).toBeGreaterThan(0.5);
    chain.script({});
    expect(await waiting).toBe(true);
    await until(anchoring, { state: 'current', reason: undefined, detail: undefined, lagEntries: 0, lagSeconds: 0 });
    expect(troubles).toEqual(['unreachable', undefined]);
  });

  it('start ends though nobody answers, and though the chain hangs a stop ends too', async () => {
    const chain = new ScriptedChain(channel, { head: Array.from({ length: 10_000 }, () => 'unreachable') });
    const anchoring = start(chain);
    await anchoring.start();
    expect(anchoring.status()).toMatchObject({ state: 'stalled', reason: 'unreachable' });
    chain.gate = new Promise(() => undefined);
    chain.script({});
    const waiting = anchoring.reached(size - 1, WAIT_MS);
    expect(await isPending(waiting)).toBe(true);
    await anchoring.stop();
    expect(await waiting).toBe(false);
    expect(await anchoring.reached(size - 1, WAIT_MS)).toBe(false);
  });

  it('says that the database does not answer, or that its own log cannot be read, and goes on when it can', async () => {
    let fault: Error | undefined = new StoreUnavailableError(new Error('gone'));
    const failing: AnchorStore = {
      ...log.store,
      open: (...args) => (fault === undefined ? log.store.open(...args) : Promise.reject(fault)),
    };
    const anchoring = start(through(new ScriptedChain(channel)), { store: failing });
    await anchoring.start();
    expect(anchoring.status()).toMatchObject({ state: 'stalled', reason: 'store_unavailable' });
    fault = new Error('a leaf hash is missing');
    await until(anchoring, { state: 'stalled', reason: 'internal', detail: 'a leaf hash is missing' });
    fault = undefined;
    await until(anchoring, { state: 'current', reason: undefined, size });
  });
});

describe('invariant 11: disagreement stops', () => {
  it('it is known when start ends, nobody waits any more, and only a new start looks again', async () => {
    const chain = new ScriptedChain(channel);
    await chain.commit(0, Buffer.alloc(32, 0xee));
    const found: string[] = [];
    const { observer } = log.depsFor(chain);
    const changed = {
      observer: { ...observer, disagrees: (reason: string) => found.push(reason) },
    };
    const anchoring = start(through(chain), changed);
    const waiting = anchoring.reached(0, WAIT_MS);
    await anchoring.start();
    expect(await waiting).toBe(false);
    expect(found).toEqual(['root_differs']);
    expect(anchoring.status()).toMatchObject({ state: 'disagrees', reason: 'root_differs' });
    expect(await anchoring.reached(0, WAIT_MS)).toBe(false);
    chain.reset();
    await append(2);
    expect(await isPending(new Promise(() => undefined))).toBe(true);
    expect(anchoring.status()).toMatchObject({ state: 'disagrees', reason: 'root_differs' });
    expect(chain.leaves).toHaveLength(0);
    // A person settled it.
    const next = start(through(chain), changed);
    await next.start();
    await until(next, { state: 'current', reason: undefined, size });
    expect(anchoring.status().state).toBe('disagrees');
  });

  it('the next instance may look for itself at once', async () => {
    const chain = new ScriptedChain(channel);
    await chain.commit(0, Buffer.alloc(32, 0xee));
    const anchoring = start(through(chain), { options: { ...OPTIONS, leaseMs: 60_000 } });
    await anchoring.start();
    await until(anchoring, { state: 'disagrees', isLeader: false });
    const { holder } = log.depsFor(chain);
    const lease = await log.store.acquire(holder, 1_000);
    expect(lease).toBeDefined();
    await log.store.release(lease!);
  });

  it('every instance finds it for itself, and shows it', async () => {
    const chain = new ScriptedChain(channel);
    const found: string[] = [];
    const { observer } = log.depsFor(chain);
    const disagrees = (reason: string): void => {
      found.push(reason);
    };
    const one = start(through(chain), { observer: { ...observer, disagrees } });
    const other = start(through(chain), { observer: { ...observer, disagrees } });
    await one.start();
    await other.start();
    await until(other, { state: 'current', size });
    await chain.commit(size, Buffer.alloc(32, 0xee));
    const waiting = other.reached(size + 5, WAIT_MS);
    await until(one, { state: 'disagrees', reason: 'chain_ahead' });
    await until(other, { state: 'disagrees', reason: 'chain_ahead' });
    expect(await waiting).toBe(false);
    await expect.poll(() => found, { timeout: WAIT_MS }).toEqual(['chain_ahead', 'chain_ahead']);
  });
});

describe('several instances', () => {
  it('one anchors, the others follow, and one of them goes on when it stops', async () => {
    const chain = new ScriptedChain(channel);
    const one = start(through(chain));
    await one.start();
    await until(one, { isLeader: true });
    const other = start(through(chain));
    await other.start();
    const waiting = other.reached(size, WAIT_MS);
    await append(1);
    expect(await waiting).toBe(true);
    expect(other.status()).toMatchObject({ isLeader: false, size });
    await one.stop();
    await append(1);
    expect(await other.reached(size - 1, WAIT_MS)).toBe(true);
    await until(other, { isLeader: true, state: 'current', size });
    expect(chain.leaves).toHaveLength(size);
  });

  it('one that stalled and lost the lease shows what the new leader says', async () => {
    const chain = new ScriptedChain(channel);
    const cutOff = new ScriptedChain(channel, { head: Array.from({ length: 10_000 }, () => 'unreachable') });
    const one = start(cutOff);
    await one.start();
    expect(one.status()).toMatchObject({ state: 'stalled', reason: 'unreachable' });
    const other = log.depsFor(through(chain), { options: OPTIONS });
    await takeLease(other, log.composed.dataDir);
    const next = createAnchoring(other);
    running.push(next);
    await next.start();
    await until(next, { state: 'current', size });
    await until(one, { state: 'current', reason: undefined, size, isLeader: false });
  });

  it('two that append and wait at once: everything is anchored, once', async () => {
    const chain = new ScriptedChain(channel);
    const both = [start(through(chain)), start(through(chain))];
    for (const one of both) await one.start();
    for (let round = 0; round < 10; round += 1) {
      await append(1 + (round % 3));
      const [a, b] = both.map((one) => one.reached(size - 1, WAIT_MS));
      expect([await a, await b]).toEqual([true, true]);
    }
    expect(Buffer.concat(chain.leaves).equals(Buffer.concat(await log.leaves()))).toBe(true);
  });
});
