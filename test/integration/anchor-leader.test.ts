/**
 * The leader over a real PostgreSQL and the real contract, on a chain whose calls fail as a script says: wherever it dies, and
 * whatever the chain does, every leaf ends up on the chain, in order, exactly once.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnchorDeps } from '../../ledger/anchor/anchor-deps.ts';
import type { AnchorStore } from '../../ledger/anchor/anchor-store.ts';
import { ChainError } from '../../ledger/anchor/chain.ts';
import { DisagreementError, LeaseLostError } from '../../ledger/anchor/patient-chain.ts';
import {
  anchorRows,
  leadToTheEnd,
  QUICK,
  startAnchoredLog,
  takeLease,
  type AnchoredLog,
} from '../harness/anchored-log.ts';
import { ownerConnection, withOwner } from '../harness/check-log.ts';
import { RecursiveTree } from '../support/recursive-tree.ts';
import { ScriptedChain, type Script } from '../support/scripted-chain.ts';
import { chooseSeed } from '../support/seeded-random.ts';

let log: AnchoredLog;
let leaves: readonly Buffer[];
let channels = 0;
/** A channel that nobody anchored on before. */
const newChannel = (): string => `channel-${(channels += 1)}`;

beforeAll(async () => {
  log = await startAnchoredLog();
  for (const count of [1, 30, 33, 1, 64, 20, 60, 50, 7]) await log.append(count);
  leaves = await log.leaves();
});
afterAll(async () => {
  await log.stop();
});

/** The end of every scenario: the chain is the log, and the database has evidence for every batch of it. */
async function expectAnchoredOnce(chain: ScriptedChain): Promise<void> {
  expect(chain.leaves).toHaveLength(leaves.length);
  expect(Buffer.concat(chain.leaves).equals(Buffer.concat(leaves))).toBe(true);
  const tree = new RecursiveTree();
  tree.append(Buffer.concat(leaves));
  const rows = await anchorRows(log, chain.channel);
  expect(rows.at(-1)?.size).toBe(leaves.length);
  for (const { size, root } of rows) expect(root).toBe(tree.root(size));
  const position = await log.store.position(chain);
  expect(position).toMatchObject({ size: leaves.length, flightTo: undefined });
  expect(await log.store.covering(chain, leaves.length - 1)).toMatchObject({ size: leaves.length });
}

class Died extends Error {}

type Step = 'open' | 'takeOff' | 'append' | 'head' | 'evidence' | 'land';
const STEPS: readonly Step[] = ['open', 'takeOff', 'append', 'head', 'evidence', 'land'];

/** Dies before or after the effect of the `nth` time of a step. */
function dying(
  chain: ScriptedChain,
  { step, when, nth }: { readonly step: Step; readonly when: 'before' | 'after'; readonly nth: number },
): AnchorDeps {
  let seen = 0;
  async function at<T>(name: Step, run: () => Promise<T>): Promise<T> {
    const isHere = name === step && (seen += 1) === nth;
    if (isHere && when === 'before') throw new Died();
    const result = await run();
    if (isHere) throw new Died();
    return result;
  }
  const { store } = log;
  const dyingStore: AnchorStore = {
    ...store,
    open: (...args) => at('open', () => store.open(...args)),
    takeOff: (...args) => at('takeOff', () => store.takeOff(...args)),
    land: (...args) => at('land', () => store.land(...args)),
  };
  const dyingChain = {
    channel: chain.channel,
    chaincode: chain.chaincode,
    log: chain.log,
    certificates: [],
    appendLeaves: (start: number, batch: Uint8Array) => at('append', () => chain.appendLeaves(start, batch)),
    head: () => at('head', () => chain.head()),
    endorsedCheckpoint: (size: number) => at('evidence', () => chain.endorsedCheckpoint(size)),
    block: chain.block,
    height: chain.height,
    close: chain.close,
  };
  return log.depsFor(dyingChain, { store: dyingStore });
}

describe('a leader that dies', () => {
  const deaths = STEPS.flatMap((step) =>
    (['before', 'after'] as const).flatMap((when) => [1, 2].map((nth) => ({ step, when, nth }))),
  );
  it.each(deaths)('$when $step, time $nth: the next one anchors every leaf exactly once', async (death) => {
    const chain = new ScriptedChain(newChannel());
    const first = leadToTheEnd(log, { deps: dying(chain, death) });
    // A leader opens its position and looks at the chain once or twice: it does not die at what it does not do.
    const isReached = death.step !== 'open' || death.nth === 1;
    if (isReached) await expect(first).rejects.toBeInstanceOf(Died);
    else await first;
    await leadToTheEnd(log, { deps: log.depsFor(chain) });
    await expectAnchoredOnce(chain);
  });

  it('over and over, at each step in turn', async () => {
    const chain = new ScriptedChain(newChannel());
    for (let round = 0; round < 24; round += 1) {
      const step = STEPS[round % STEPS.length]!;
      const when = round % 4 < 2 ? 'before' : 'after';
      await leadToTheEnd(log, { deps: dying(chain, { step, when, nth: 1 }) }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Died);
      });
    }
    await leadToTheEnd(log, { deps: log.depsFor(chain) });
    await expectAnchoredOnce(chain);
  });
});

describe('a chain that fails', () => {
  const scripts: readonly (readonly [string, Script])[] = [
    [
      'nobody answers at first',
      { head: ['unreachable', 'unreachable'], append: ['unreachable'], read: ['unreachable'] },
    ],
    ['batches are lost after they were handed in', { append: ['lost', 'lost', undefined, 'lost'] }],
    ['batches are committed and the answer is lost', { append: ['answer_lost', undefined, 'answer_lost'] }],
    ['batches are committed late, after the same was sent again', { append: ['late', undefined, 'late', 'late'] }],
    ['the peer lags behind', { head: [undefined, 'lagging', 'lagging'], append: [undefined, 'lost', 'answer_lost'] }],
    ['the other peer lags behind when it is to sign', { read: ['lagging', 'lagging', undefined, 'lagging'] }],
  ];
  it.each(scripts)('%s: every leaf once', async (_name, script) => {
    const chain = new ScriptedChain(newChannel(), script);
    await leadToTheEnd(log, { deps: log.depsFor(chain) });
    await expectAnchoredOnce(chain);
  });

  it('in any way, with any deaths: every leaf once', { timeout: 300_000 }, async () => {
    const seed = chooseSeed();
    const append = fc.option(fc.constantFrom('unreachable', 'lost', 'answer_lost', 'late'), { nil: undefined });
    const head = fc.option(fc.constantFrom('unreachable', 'lagging'), { nil: undefined });
    const script = fc.record({
      append: fc.array(append, { maxLength: 12 }),
      head: fc.array(head, { maxLength: 12 }),
      read: fc.array(head, { maxLength: 6 }),
    });
    const death = fc.record({
      step: fc.constantFrom(...STEPS),
      when: fc.constantFrom('before' as const, 'after' as const),
      nth: fc.integer({ min: 1, max: 4 }),
    });
    await fc
      .assert(
        fc.asyncProperty(fc.array(fc.tuple(script, death), { maxLength: 4 }), script, async (lives, last) => {
          const chain = new ScriptedChain(newChannel());
          for (const [faults, end] of lives) {
            chain.script(faults);
            await leadToTheEnd(log, { deps: dying(chain, end) }).catch((error: unknown) => {
              if (!(error instanceof Died)) throw error;
            });
          }
          chain.script(last);
          await leadToTheEnd(log, { deps: log.depsFor(chain) });
          await expectAnchoredOnce(chain);
        }),
        { seed, numRuns: 60, endOnFailure: true },
      )
      .catch((error: unknown) => {
        throw new Error(`TEST_SEED=${seed}`, { cause: error });
      });
  });
});

describe('batches', () => {
  it('end at checkpoints, hold as much as fits, and are as large as those of the profile at most', async () => {
    const chain = new ScriptedChain(newChannel());
    await leadToTheEnd(log, { deps: log.depsFor(chain) });
    // Commits of 1, 30, 33 | 1 | 64 | 20 | 60 | 50, 7.
    const sizes = (await anchorRows(log, chain.channel)).map(({ size }) => size);
    expect(sizes).toEqual([64, 65, 129, 149, 209, 266]);
  });

  it('one that went out is not regrown when more entries come', async () => {
    const chain = new ScriptedChain(newChannel());
    const deps = dying(chain, { step: 'append', when: 'before', nth: 1 });
    await expect(leadToTheEnd(log, { deps })).rejects.toBeInstanceOf(Died);
    expect(await log.store.position(chain)).toMatchObject({ size: 0, flightTo: 64 });
    const options = { ...QUICK, maxBatchLeaves: 16_384 };
    await leadToTheEnd(log, { deps: log.depsFor(chain, { options }) });
    expect((await anchorRows(log, chain.channel)).map(({ size }) => size)).toEqual([64, 266]);
    await expectAnchoredOnce(chain);
  });

  it('a commit that fits into no batch is a fault that is told, not an endless wait', async () => {
    const chain = new ScriptedChain(newChannel());
    const options = { ...QUICK, maxBatchLeaves: 32 };
    await expect(leadToTheEnd(log, { deps: log.depsFor(chain, { options }) })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('the lease', () => {
  it('is one instance’s alone until it ends, and its own at once after a crash', async () => {
    const one = log.depsFor(new ScriptedChain(newChannel()));
    const other = log.depsFor(new ScriptedChain(newChannel()));
    const lease = await takeLease(one, log.composed.dataDir);
    expect(await log.store.acquire(other.holder, 1_000)).toBeUndefined();
    const again = await log.store.acquire(one.holder, 60_000);
    expect(again?.epoch).toBe(lease.epoch + 1);
    expect(await log.store.renew(lease, 60_000)).toBe(false);
    expect(await log.store.renew(again!, 60_000)).toBe(true);
    await log.store.release(lease);
    expect(await log.store.acquire(other.holder, 1_000)).toBeUndefined();
    await log.store.release(again!);
    expect(await log.store.acquire(other.holder, 1_000)).toMatchObject({ epoch: lease.epoch + 2 });
  });

  it('lost: nothing is written under it any more', async () => {
    const chain = new ScriptedChain(newChannel());
    const deps = log.depsFor(chain);
    const old = await takeLease(deps, log.composed.dataDir);
    const position = await log.store.open(old, chain, { size: 0, root: deps.emptyRoot });
    await takeLease(log.depsFor(chain), log.composed.dataDir);
    expect(await log.store.takeOff(old, position!.chain, 64)).toBe(false);
    const checkpoint = { ...(await chain.commit(0, Buffer.concat(leaves.slice(0, 64)))), block: 1, transaction: 0 };
    const landed = await log.store.land(
      old,
      position!.chain,
      { ...checkpoint, read: {} as never, endorsers: [] },
      Date.now(),
    );
    expect(landed).toBe(false);
    await log.store.report(old, position!.chain, { reason: 'unreachable', detail: 'x' });
    expect(await log.store.position(chain)).toEqual(position);
    expect(await anchorRows(log, chain.channel)).toEqual([]);
  });

  it.each(['append', 'head', 'evidence'] as const)(
    'an instance that slept at %s while another did the work raises no alarm and anchors nothing twice',
    async (sleepsAt) => {
      const chain = new ScriptedChain(newChannel());
      let wakeUp: () => void = () => undefined;
      const asleep = new Promise<void>((resolve) => {
        wakeUp = resolve;
      });
      let reached: () => void = () => undefined;
      const isAsleep = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const slow = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
        if (name === sleepsAt) {
          reached();
          await asleep;
        }
        return run();
      };
      const sleeping = log.depsFor({
        ...log.depsFor(chain).chain,
        channel: chain.channel,
        chaincode: chain.chaincode,
        log: chain.log,
        certificates: [],
        appendLeaves: (start, batch) => slow('append', () => chain.appendLeaves(start, batch)),
        head: () => slow('head', () => chain.head()),
        endorsedCheckpoint: (size) => slow('evidence', () => chain.endorsedCheckpoint(size)),
      });
      const first = leadToTheEnd(log, { deps: sleeping });
      const ended = expect(first).rejects.toBeInstanceOf(LeaseLostError);
      await isAsleep;
      await leadToTheEnd(log, { deps: log.depsFor(chain) });
      wakeUp();
      await ended;
      await expectAnchoredOnce(chain);
    },
  );

  it('two instances that take it from each other all the time', async () => {
    const chain = new ScriptedChain(newChannel());
    const lead = async (): Promise<void> => {
      for (;;) {
        try {
          await leadToTheEnd(log, { deps: log.depsFor(chain) });
          return;
        } catch (error) {
          if (!(error instanceof LeaseLostError)) throw error;
        }
      }
    };
    await Promise.all([lead(), lead(), lead()]);
    await expectAnchoredOnce(chain);
  });
});

describe('invariant 11: disagreement stops', () => {
  const junk = Buffer.alloc(32, 0xee);

  async function expectStopped(chain: ScriptedChain, reason: string): Promise<void> {
    const before = chain.leaves.length;
    const ended = leadToTheEnd(log, { deps: log.depsFor(chain) });
    await expect(ended).rejects.toBeInstanceOf(DisagreementError);
    await expect(ended).rejects.toMatchObject({ reason });
    expect(chain.leaves).toHaveLength(before);
  }
  /** A chain with the whole log on it. */
  async function anchored(): Promise<ScriptedChain> {
    const chain = new ScriptedChain(newChannel());
    await leadToTheEnd(log, { deps: log.depsFor(chain) });
    return chain;
  }
  /** A chain with a batch of the log on it, and the next in flight. */
  async function begun(): Promise<ScriptedChain> {
    const chain = new ScriptedChain(newChannel());
    const deps = dying(chain, { step: 'append', when: 'before', nth: 2 });
    await expect(leadToTheEnd(log, { deps })).rejects.toBeInstanceOf(Died);
    return chain;
  }

  it('the chain holds more than the log', async () => {
    const chain = await anchored();
    await chain.commit(leaves.length, junk);
    await expectStopped(chain, 'chain_ahead');
  });

  it('somebody else appended, at a place where the log has another entry', async () => {
    const chain = await begun();
    await chain.commit(64, junk);
    await expectStopped(chain, 'root_differs');
  });

  it('somebody else appended entries of this log', async () => {
    const chain = await begun();
    await chain.commit(64, Buffer.concat(leaves.slice(64, 70)));
    await expectStopped(chain, 'another_writer');
  });

  it('the same, though the batch in flight ends there too soon', async () => {
    const chain = await begun();
    await chain.commit(64, Buffer.concat(leaves.slice(64, 129)));
    await expectStopped(chain, 'another_writer');
  });

  it('another history under the log’s name, before anything was anchored', async () => {
    const chain = new ScriptedChain(newChannel());
    await chain.commit(0, Buffer.concat([junk, ...leaves.slice(1, 10)]));
    await expectStopped(chain, 'root_differs');
    expect(await anchorRows(log, chain.channel)).toEqual([]);
  });

  it('the chain went back, for longer than a peer may lag', async () => {
    const chain = await anchored();
    const troubles: (string | undefined)[] = [];
    chain.reset();
    const ended = leadToTheEnd(log, { deps: log.depsFor(chain), trouble: (reason) => troubles.push(reason) });
    await expect(ended).rejects.toMatchObject({ reason: 'chain_went_back' });
    expect(troubles).toContain('peers_lag');
    expect(chain.leaves).toHaveLength(0);
  });

  it('the chain was made anew, and holds another history of a smaller size', async () => {
    const chain = await anchored();
    chain.reset();
    await chain.commit(0, junk);
    await expectStopped(chain, 'root_differs');
  });

  it('the peers answer a batch, or sign a checkpoint, with another root', async () => {
    const lies = {
      appendLeaves: (chain: ScriptedChain) => async (start: number, batch: Uint8Array) => ({
        ...(await chain.appendLeaves(start, batch)),
        root: junk,
      }),
      endorsedCheckpoint: (chain: ScriptedChain) => async (size: number) => ({
        ...(await chain.endorsedCheckpoint(size)),
        root: junk,
      }),
    };
    for (const lie of Object.keys(lies) as (keyof typeof lies)[]) {
      const chain = new ScriptedChain(newChannel());
      const lying = Object.assign(new ScriptedChain(chain.channel), { [lie]: lies[lie](chain) });
      if (lie === 'endorsedCheckpoint') lying.appendLeaves = chain.appendLeaves;
      await expect(leadToTheEnd(log, { deps: log.depsFor(lying) })).rejects.toMatchObject({ reason: 'root_differs' });
      expect(await anchorRows(log, chain.channel)).toEqual([]);
    }
  });
});

describe('what the chain holds already', () => {
  it('is adopted where the position is lost and the roots agree', async () => {
    const chain = new ScriptedChain(newChannel());
    const deps = dying(chain, { step: 'takeOff', when: 'before', nth: 3 });
    await expect(leadToTheEnd(log, { deps })).rejects.toBeInstanceOf(Died);
    expect(chain.leaves).toHaveLength(65);
    await withOwner(ownerConnection(log.composed.dataDir), async (client) => {
      await client.query('set session_replication_role = replica');
      await client.query('delete from anchors where chain in (select chain from anchor_positions where channel = $1)', [
        chain.channel,
      ]);
      await client.query('delete from anchor_positions where channel = $1', [chain.channel]);
    });
    const outcomes: string[] = [];
    const { observer } = log.depsFor(chain);
    const landed = ({ outcome }: { readonly outcome: string }): void => {
      outcomes.push(outcome);
    };
    await leadToTheEnd(log, { deps: log.depsFor(chain, { observer: { ...observer, landed } }) });
    await expectAnchoredOnce(chain);
    expect(outcomes.slice(0, 2)).toEqual(['adopted', 'committed']);
    expect(await log.store.covering(chain, 0)).toMatchObject({ size: 65 });
  });

  it('evidence that does not verify is never stored (invariant 4)', async () => {
    const chain = new ScriptedChain(newChannel());
    const troubles: (string | undefined)[] = [];
    const { endorsedCheckpoint } = chain;
    let faults = 20;
    chain.endorsedCheckpoint = (size) =>
      faults-- > 0
        ? Promise.reject(new ChainError('not_endorsed', 'the signature is not of that CA'))
        : endorsedCheckpoint(size);
    const failures: unknown[] = [];
    const { observer } = log.depsFor(chain);
    await leadToTheEnd(log, {
      deps: log.depsFor(chain, { observer: { ...observer, failed: (error) => failures.push(error) } }),
      trouble: (reason) => troubles.push(reason),
    });
    expect(failures).toHaveLength(20);
    expect(failures[0]).toBeInstanceOf(ChainError);
    expect(troubles).toContain('not_endorsed');
    expect(troubles.at(-1)).toBeUndefined();
    await expectAnchoredOnce(chain);
  });
});
