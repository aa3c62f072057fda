/**
 * A fault at each effect of the commit path: what is left behind, what the poster is told, and that posting again heals it.
 * Invariants 1 (durable before acknowledged), 3 (no fork) and 7 (idempotent).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError, type LogStore } from '../../ledger/store/log-store.ts';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';
import { memoryWatermark, startSecondLedger, type SecondLedger } from '../harness/second-ledger.ts';

const integrator = principal('integrator');
const lost = (): never => {
  throw new StoreUnavailableError(new Error('connection lost'));
};

/** Fails the next calls as scripted; `undefined` lets one pass. */
class Script {
  #steps: ('before' | 'after' | undefined)[] = [];

  set(...steps: ('before' | 'after' | undefined)[]): void {
    this.#steps = steps;
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    const step = this.#steps.shift();
    if (step === 'before') lost();
    const result = await action();
    if (step === 'after') lost();
    return result;
  }
}

describe('faults at each effect of the commit', () => {
  let composed: Composed;
  let faulty: SecondLedger;
  const scripts = { commit: new Script(), loadHead: new Script(), findIds: new Script(), covering: new Script() };
  let isDiskFull = false;
  let afterCommit: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    composed = await startComposed();
    const memory = memoryWatermark();
    faulty = await startSecondLedger(composed.dataDir, {
      unavailableAfterMs: 1_500,
      watermark: {
        ...memory,
        write: (note) => {
          if (isDiskFull) throw Object.assign(new Error('disk'), { code: 'ENOSPC' });
          memory.write(note);
        },
      },
      wrapStore: (store): LogStore => ({
        ...store,
        commit: (batch) =>
          scripts.commit.run(async () => {
            const outcome = await store.commit(batch);
            await afterCommit?.();
            return outcome;
          }),
        loadHead: () => scripts.loadHead.run(() => store.loadHead()),
        findIds: (ids) => scripts.findIds.run(() => store.findIds(ids)),
        checkpointCovering: (index) => scripts.covering.run(() => store.checkpointCovering(index)),
      }),
    });
  });
  afterAll(async () => {
    await faulty.stop();
    await composed.stop();
  });

  const size = async () => (await checkLog(ownerConnection(composed.dataDir))).size;
  const post = (event = envelope()) => faulty.ledger.appendOne(event, integrator);

  async function expectTakenInOnce(attempt: () => ReturnType<typeof post>, added = 1): Promise<void> {
    const before = await size();
    const { receipt, repeated } = await attempt();
    expect(repeated).toBe(false);
    expect(await size()).toBe(before + added);
    const again = await composed.service.ledger.read.receipt(
      (await composed.service.ledger.read.findEvent(receipt.id))!,
    );
    expect(again).toEqual(receipt);
  }

  it('the connection is lost before the commit: tried again, taken in once', async () => {
    scripts.commit.set('before');
    await expectTakenInOnce(post);
  });

  it('the answer of the commit is lost: found by its checkpoint, taken in once', async () => {
    scripts.commit.set('after');
    await expectTakenInOnce(post);
  });

  it('the answer is lost, and another instance appends before the head is read again', async () => {
    scripts.commit.set('after');
    afterCommit = async () => {
      afterCommit = undefined;
      await composed.service.ledger.append([envelope(), envelope()], integrator);
    };
    await expectTakenInOnce(post, 3);
  });

  it('the answer is lost and so are the next readings of the head', async () => {
    scripts.commit.set('after');
    scripts.loadHead.set('before', 'after', 'before');
    scripts.covering.set('before');
    await expectTakenInOnce(post);
  });

  it('several lost answers in a row', async () => {
    scripts.commit.set('before', 'before', 'after');
    await expectTakenInOnce(post);
  });

  it('another instance moved the head: built again on its head', async () => {
    await composed.service.ledger.append([envelope(), envelope()], integrator);
    await expectTakenInOnce(post);
  });

  it('looking up a repeated id fails once: still answered as repeated', async () => {
    const event = envelope();
    await post(event);
    scripts.findIds.set('before');
    const before = await size();
    expect(await post(event)).toMatchObject({ repeated: true });
    expect(await size()).toBe(before);
  });

  it('the watermark cannot be written: nothing is acknowledged; posting again answers the first receipt', async () => {
    const event = envelope();
    isDiskFull = true;
    await expect(post(event)).rejects.toMatchObject({ code: 'store_unavailable' });
    isDiskFull = false;
    const { receipt, repeated } = await post(event);
    expect(repeated).toBe(true);
    expect(await composed.service.ledger.read.findEvent(event.id)).toMatchObject({ index: receipt.index });
    await checkLog(ownerConnection(composed.dataDir));
  });

  it('the watermark comes back within the wait: acknowledged as new, once', async () => {
    isDiskFull = true;
    setTimeout(() => {
      isDiskFull = false;
    }, 300);
    await expectTakenInOnce(post);
  });

  it('the database stays away: store_unavailable, nothing stored, posting again is new', async () => {
    const event = envelope();
    scripts.commit.set(...Array.from({ length: 50 }, () => 'before' as const));
    const before = await size();
    await expect(post(event)).rejects.toMatchObject({ code: 'store_unavailable', retryAfterSeconds: 2 });
    scripts.commit.set();
    expect(await size()).toBe(before);
    await expectTakenInOnce(() => post(event));
  });

  it('one bad request in a group harms no other', async () => {
    const known = envelope();
    await post(known);
    const other = { ...known, payload: { riskScore: 0.1 } };
    const dangling = envelope({ refs: ['00000000-0000-4000-8000-000000000001'] });
    const good = [envelope(), envelope({ refs: [known.id] })];
    const before = await size();
    const results = await Promise.allSettled([
      post(other),
      post(dangling),
      ...good.map((event) => post(event)),
      post(known),
    ]);
    expect(
      results.map((result) =>
        result.status === 'rejected' ? (result.reason as { code: string }).code : result.value.repeated,
      ),
    ).toEqual(['id_conflict', 'unknown_ref', false, false, true]);
    expect(await size()).toBe(before + 2);
  });

  it('two requests with one id and different content at once: one is taken in, the other conflicts, whichever comes first', async () => {
    const event = envelope();
    const rival = { ...event, payload: { riskScore: 0.2 } };
    const results = await Promise.allSettled([post(event), post(rival), post(event), post(rival)]);
    const outcome = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : result.value.repeated,
    );
    expect(outcome).toEqual([false, 'id_conflict', true, 'id_conflict']);
    await checkLog(ownerConnection(composed.dataDir));
  });

  it('a data key that a crash took with it: the events are sealed again under a new one', async () => {
    const subject = 'MRN-lost';
    await post(envelope({ subject }));
    const pseudonym = (await composed.service.ledger.subjects.resolve(subject))!;
    // What an unflushed insert looks like after a crash: the row never was. (The event about it stays; it is another subject's.)
    await withOwner(ownerConnection(composed.dataDir), (client) =>
      client.query(
        `update subjects set wrapped_key = null, blind = null, kek_id = null, shredded_by = gen_random_uuid() where pseudonym = $1`,
        [pseudonym],
      ),
    );
    const event = envelope({ subject });
    await expectTakenInOnce(() => post(event));
    const stored = (await composed.service.ledger.read.findEvent(event.id))!;
    expect(stored.pseudonym).not.toBe(pseudonym);
    expect(await composed.service.ledger.read.open(stored)).toMatchObject({ kind: 'open' });
  });

  it('more events waiting than allowed: overloaded, with a time to come back, and nothing of it stored', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const small = await startSecondLedger(composed.dataDir, {
      maxPendingEvents: 10,
      wrapStore: (store) => ({ ...store, commit: (batch) => gate.then(() => store.commit(batch)) }),
    });
    const before = await size();
    const batches = Array.from({ length: 6 }, () => Array.from({ length: 4 }, () => envelope()));
    const refusals: unknown[] = [];
    const posted = Promise.allSettled(
      batches.map((batch) =>
        small.ledger.append(batch, principal('integrator', `many-${batch[0]!.id}`)).catch((error: unknown) => {
          refusals.push(error);
          throw error;
        }),
      ),
    );
    while (refusals.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    open();
    const taken = (await posted).filter(({ status }) => status === 'fulfilled').length;
    expect(taken).toBe(2);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
    await small.stop();
    expect(await size()).toBe(before + taken * 4);
  });

  it('one principal does not fill the queue alone: told to come again, while others are taken in', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const small = await startSecondLedger(composed.dataDir, {
      maxPendingEvents: 10,
      wrapStore: (store) => ({ ...store, commit: (batch) => gate.then(() => store.commit(batch)) }),
    });
    const greedy = principal('integrator', 'greedy');
    const first = small.ledger.append([envelope(), envelope(), envelope()], greedy);
    await expect(small.ledger.append([envelope(), envelope(), envelope()], greedy)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterSeconds: 1,
    });
    const other = small.ledger.append([envelope(), envelope(), envelope()], principal('integrator', 'modest'));
    open();
    expect((await first).events).toHaveLength(3);
    expect((await other).events).toHaveLength(3);
    expect((await small.ledger.append([envelope(), envelope(), envelope()], greedy)).events).toHaveLength(3);
    await small.stop();
  });

  it('stopping answers what was accepted and refuses the rest', async () => {
    const third = await startSecondLedger(composed.dataDir);
    const events = Array.from({ length: 40 }, () => envelope());
    const posted = Promise.allSettled(events.map((event) => third.ledger.appendOne(event, integrator)));
    while (third.ledger.status().pendingEvents === 0) await new Promise((resolve) => setImmediate(resolve));
    await third.sequencer.stop();
    const outcomes = await posted;
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const [at, outcome] of outcomes.entries()) {
      const stored = await composed.service.ledger.read.findEvent(events[at]!.id);
      expect(stored !== undefined).toBe(outcome.status === 'fulfilled');
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'stopping' });
    }
    await expect(third.ledger.appendOne(envelope(), integrator)).rejects.toMatchObject({ code: 'stopping' });
    await third.stop();
  });
});
