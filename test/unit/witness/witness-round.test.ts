import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cosign } from '../../../ledger/checkpoint/cosignature.ts';
import type { PolicyWitness } from '../../../ledger/checkpoint/policy.ts';
import { formatSignatureLine, parseNote } from '../../../ledger/checkpoint/note.ts';
import { parseAddCheckpoint } from '../../../ledger/checkpoint/witness-request.ts';
import type { Fetch } from '../../../ledger/witness/witness-client.ts';
import { DEFAULT_WITNESS_LIMITS, type WitnessLoopDeps } from '../../../ledger/witness/witness-deps.ts';
import { createWitnessLoop, type WitnessCosignature, type WitnessLoop } from '../../../ledger/witness/witness-round.ts';
import { newMemoryLog, newWitnessSigner, primitives } from '../../harness/memory-log.ts';

const log = newMemoryLog();
const signer = newWitnessSigner();
/** Unlike any wait after a failure. */
const INTERVAL_MS = 1;
const WITNESS: PolicyWitness = { kind: 'witness', name: 'w1', key: signer.key, url: 'http://witness.example' };

interface Setting {
  readonly loop: WitnessLoop;
  readonly saved: WitnessCosignature[];
  /** Old size and size of each request. */
  readonly asked: [number, number][];
  /** Waits after failures. */
  readonly slept: number[];
  /** Pauses after the start of a round. */
  readonly pauses: number[];
  /** Lets a request that the witness holds go on. */
  readonly release: () => void;
  readonly notify: (size: number) => void;
}

type Answer = (
  body: { readonly oldSize: number; readonly size: number; readonly note: string },
  call: number,
) => Response;

/** A loop whose witness answers as told, whose sleeps are written down and end at once, and whose store is a list. */
function set(
  answer: Answer,
  options: { hold?: boolean; states?: WitnessCosignature[]; deps?: Partial<WitnessLoopDeps> } = {},
): Setting {
  const saved: WitnessCosignature[] = [];
  const asked: [number, number][] = [];
  const slept: number[] = [];
  const pauses: number[] = [];
  const held: (() => void)[] = [];
  const witness: Fetch = async (_url, init) => {
    const { oldSize, checkpoint: note } = parseAddCheckpoint(init.body as string);
    const size = Number(note.split('\n')[1]);
    asked.push([oldSize, size]);
    if (options.hold === true) await new Promise<void>((resolve) => held.push(resolve));
    return answer({ oldSize, size, note }, asked.length);
  };
  const loop = createWitnessLoop({
    witnesses: [WITNESS],
    store: {
      states: () => Promise.resolve(options.states ?? []),
      saveCosignature: (cosignature) => {
        saved.push(cosignature);
        return Promise.resolve();
      },
    },
    prove: log.prove,
    primitives,
    fetch: witness,
    random: () => 0.5,
    sleep: async (ms) => {
      if (ms === INTERVAL_MS) pauses.push(ms);
      else slept.push(ms);
      await turn();
    },
    limits: { minIntervalMs: INTERVAL_MS },
    ...options.deps,
  });
  return {
    loop,
    saved,
    asked,
    slept,
    pauses,
    release: () => held.shift()?.(),
    notify: (size) => {
      loop.notify(size, log.note(size));
    },
  };
}

function cosigned({ note }: { readonly note: string }): Response {
  return new Response(formatSignatureLine(cosign(parseNote(note).text, 1_800_000_000, signer)));
}

function conflict(size: number): Response {
  return new Response(`${size}\n`, { status: 409, headers: { 'content-type': 'text/x.tlog.size' } });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns += 1) {
    if (turns > 10_000) throw new Error('it did not come about');
    await turn();
  }
}

describe('a witness that answers', () => {
  it('is asked for each checkpoint, from the size that it cosigned last, and its line is kept', async () => {
    const { loop, notify, asked, saved } = set(cosigned);
    notify(3);
    await loop.settled();
    notify(8);
    await loop.settled();
    expect(asked).toEqual([
      [0, 3],
      [3, 8],
    ]);
    expect(saved.map(({ witness, size }) => [witness, size])).toEqual([
      ['w1', 3],
      ['w1', 8],
    ]);
    expect(saved[1]!.line).toMatch(/^— witness\.example\/w1 \S+\n$/);
    expect(loop.status()).toEqual([{ name: 'w1', size: 8, state: 'ok', reason: undefined }]);
  });

  it('goes on where the process before this one stopped', async () => {
    const { loop, notify, asked } = set(cosigned, { states: [{ witness: 'w1', size: 5, line: '', cosignedAt: '' }] });
    notify(9);
    await loop.settled();
    expect(asked).toEqual([[5, 9]]);
  });

  it('has one request under way, and gets the newest checkpoint next: those between are left out', async () => {
    const { loop, notify, asked, release } = set(cosigned, { hold: true });
    notify(1);
    await until(() => asked.length === 1);
    for (let size = 2; size <= 50; size += 1) notify(size);
    expect(loop.status()[0]).toMatchObject({ size: 0, state: 'behind' });
    await turn();
    expect(asked).toEqual([[0, 1]]);
    release();
    await until(() => asked.length === 2);
    release();
    await loop.settled();
    expect(asked).toEqual([
      [0, 1],
      [1, 50],
    ]);
  });

  it('is left alone with what it has, with an empty tree, and with older checkpoints that come late', async () => {
    const { loop, notify, asked } = set(cosigned);
    notify(0);
    notify(5);
    await loop.settled();
    notify(5);
    notify(4);
    await loop.settled();
    expect(asked).toEqual([[0, 5]]);
  });

  it('is not asked more often than the interval says', async () => {
    let endPause: (() => void) | undefined;
    const { loop, notify, asked } = set(cosigned, {
      deps: { sleep: () => new Promise((resolve) => (endPause = resolve)) },
    });
    notify(2);
    await until(() => loop.status()[0]!.size === 2);
    notify(3);
    notify(4);
    await turn();
    expect(asked).toEqual([[0, 2]]);
    endPause!();
    await until(() => loop.status()[0]!.size === 4);
    expect(asked).toEqual([
      [0, 2],
      [2, 4],
    ]);
    expect(DEFAULT_WITNESS_LIMITS.minIntervalMs).toBe(1_000);
  });
});

describe('a witness that fails', () => {
  it('is asked again after waits that double up to a minute, with jitter', async () => {
    let random = 0;
    const { loop, notify, slept } = set(
      (request, call) => (call <= 12 ? new Response('', { status: 500 }) : cosigned(request)),
      {
        deps: { random: () => (random = random === 0 ? 0.999_999 : 0) },
      },
    );
    notify(2);
    await loop.settled();
    const ceilings = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000];
    expect(slept).toHaveLength(12);
    ceilings.forEach((ceilingMs, i) => {
      expect(slept[i]).toBeCloseTo(i % 2 === 0 ? ceilingMs : ceilingMs / 2, -1);
    });
    expect(loop.status()).toEqual([{ name: 'w1', size: 2, state: 'ok', reason: undefined }]);
  });

  it('is proven to from the size it named, in the next round', async () => {
    const { loop, notify, asked } = set((request, call) => (call <= 2 ? conflict(2 + call) : cosigned(request)));
    notify(9);
    await loop.settled();
    expect(asked).toEqual([
      [0, 9],
      [3, 9],
      [4, 9],
    ]);
  });

  it('that answers 409 for ever costs two requests a round and says why', async () => {
    const { loop, notify, asked, slept } = set((_request, call) => conflict(1 + (call % 2)));
    notify(9);
    await until(() => slept.length >= 8);
    expect(loop.status()).toEqual([{ name: 'w1', size: 0, state: 'failing', reason: 'conflict' }]);
    await loop.stop();
    expect(asked.length).toBeLessThanOrEqual(2 * slept.length + 2);
    expect(slept[7]).toBe(45_000);
  });

  it('with a bad signature gets nothing kept', async () => {
    const impostor = newWitnessSigner();
    const { loop, notify, saved, slept } = set(
      ({ note }) => new Response(formatSignatureLine(cosign(parseNote(note).text, 1_800_000_000, impostor))),
    );
    notify(9);
    await until(() => slept.length >= 3);
    expect(loop.status()).toEqual([{ name: 'w1', size: 0, state: 'failing', reason: 'bad_cosignature' }]);
    await loop.stop();
    expect(saved).toEqual([]);
  });

  it('that saw a larger log gets nothing until the log has caught up', async () => {
    const { loop, notify, asked, slept, saved } = set((request) =>
      request.size < 20 ? conflict(20) : cosigned(request),
    );
    notify(9);
    await until(() => slept.length >= 1);
    expect(loop.status()[0]).toMatchObject({ state: 'failing', reason: 'witness_ahead' });
    notify(25);
    await loop.settled();
    expect(asked.at(-1)).toEqual([0, 25]);
    expect(saved.map(({ size }) => size)).toEqual([25]);
  });

  it('is told of a checkpoint that came during the wait, not of the one that failed', async () => {
    const { loop, notify, asked, slept } = set((request, call) =>
      call === 1 ? new Response('', { status: 503 }) : cosigned(request),
    );
    notify(2);
    await until(() => slept.length === 1);
    notify(7);
    await loop.settled();
    expect(asked).toEqual([
      [0, 2],
      [0, 7],
    ]);
  });
});

describe('our own side', () => {
  it('without a proof or a store: retried, and said', async () => {
    const attempts: unknown[] = [];
    let isBroken = true;
    const { loop, notify, slept, saved } = set(cosigned, {
      states: [{ witness: 'w1', size: 5, line: '', cosignedAt: '' }],
      deps: {
        prove: (from, to) => (isBroken ? Promise.reject(new Error('no store')) : log.prove(from, to)),
        onAttempt: (name, outcome) => attempts.push([name, outcome.kind]),
      },
    });
    notify(9);
    await until(() => slept.length === 2);
    expect(loop.status()[0]).toMatchObject({ size: 5, state: 'failing', reason: 'log_unavailable' });
    isBroken = false;
    await loop.settled();
    expect(saved.map(({ size }) => size)).toEqual([9]);
    expect(attempts.at(-1)).toEqual(['w1', 'cosigned']);
    expect(attempts[0]).toEqual(['w1', 'error']);
  });

  it('that cannot save asks again, and the 409 shows that the witness has it', async () => {
    let saves = 0;
    const saved: number[] = [];
    let held = 0;
    const { loop, notify, asked } = set(
      (request) => {
        if (request.oldSize !== held) return conflict(held);
        held = request.size;
        return cosigned(request);
      },
      {
        deps: {
          store: {
            states: () => Promise.resolve([]),
            saveCosignature: ({ size }) => {
              saves += 1;
              if (saves === 1) return Promise.reject(new Error('no database'));
              saved.push(size);
              return Promise.resolve();
            },
          },
        },
      },
    );
    notify(6);
    await loop.settled();
    expect(asked).toEqual([
      [0, 6],
      [0, 6],
      [6, 6],
    ]);
    expect(saved).toEqual([6]);
  });

  it('stops while a request is under way, and asks nothing after that', async () => {
    const { loop, notify, asked } = set(cosigned, {
      deps: {
        fetch: (_url, init) =>
          new Promise((_resolve, reject) => {
            asked.push([0, 0]);
            init.signal?.addEventListener('abort', () => {
              reject(new Error('aborted'));
            });
          }),
      },
    });
    notify(3);
    await until(() => asked.length === 1);
    await loop.stop();
    notify(4);
    await turn();
    expect(asked).toHaveLength(1);
  });

  it('leaves out witnesses without a URL, and asks nobody where there are none', async () => {
    const { loop, notify, asked } = set(cosigned, {
      deps: { witnesses: [{ kind: 'witness', name: 'silent', key: signer.key }] },
    });
    notify(3);
    await loop.settled();
    expect(loop.status()).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('several witnesses', () => {
  const slow = newWitnessSigner('slow.example/w');
  const fast = newWitnessSigner('fast.example/w');
  const witnesses: PolicyWitness[] = [
    { kind: 'witness', name: 'slow', key: slow.key, url: 'http://slow.example' },
    { kind: 'witness', name: 'fast', key: fast.key, url: 'http://fast.example' },
  ];

  /** Two honest witnesses; the slow one answers when told, or fails. */
  function setTwo(slowAnswers: () => Promise<boolean>): { loop: WitnessLoop; saved: WitnessCosignature[] } {
    const saved: WitnessCosignature[] = [];
    const { loop } = set(cosigned, {
      deps: {
        witnesses,
        fetch: async (url, init) => {
          const { checkpoint } = parseAddCheckpoint(init.body as string);
          const isSlow = url.startsWith('http://slow.example');
          if (isSlow && !(await slowAnswers())) return new Response('', { status: 503 });
          const by = isSlow ? slow : fast;
          return new Response(formatSignatureLine(cosign(parseNote(checkpoint).text, 1_800_000_000, by)));
        },
        store: {
          states: () => Promise.resolve([]),
          saveCosignature: (cosignature) => {
            saved.push(cosignature);
            return Promise.resolve();
          },
        },
      },
    });
    return { loop, saved };
  }

  function sizesOf(saved: readonly WitnessCosignature[], name: string): number[] {
    return saved.filter(({ witness }) => witness === name).map(({ size }) => size);
  }

  it('cosign the same checkpoints, however often there is a new one: a quorum of all can be met', async () => {
    const { loop, saved } = setTwo(async () => {
      for (let turns = 0; turns < 7; turns += 1) await turn();
      return true;
    });
    for (let size = 1; size <= 100; size += 1) {
      loop.notify(size, log.note(size));
      await turn();
    }
    await loop.settled();
    expect(sizesOf(saved, 'fast')).toEqual(sizesOf(saved, 'slow'));
    expect(sizesOf(saved, 'fast').at(-1)).toBe(100);
    expect(sizesOf(saved, 'fast').length).toBeGreaterThan(3);
    expect(sizesOf(saved, 'fast').length).toBeLessThan(100);
  });

  it('are not held up by one that fails; it catches up when it is back', async () => {
    let isBack = false;
    const { loop, saved } = setTwo(() => Promise.resolve(isBack));
    for (const size of [3, 5, 8]) {
      loop.notify(size, log.note(size));
      await until(() => sizesOf(saved, 'fast').at(-1) === size);
    }
    expect(loop.status().map(({ name, state }) => [name, state])).toEqual([
      ['slow', 'failing'],
      ['fast', 'ok'],
    ]);
    isBack = true;
    await loop.settled();
    expect(sizesOf(saved, 'slow')).toEqual([8]);
    expect(loop.status().map(({ state }) => state)).toEqual(['ok', 'ok']);
  });
});
