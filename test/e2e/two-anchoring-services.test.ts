/**
 * Two services that anchor one log: one of them at a time, whatever happens to it. A leader that is killed is replaced; one
 * that is stopped for longer than its lease finds itself replaced, and does no harm.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { Role } from '../../ledger/ports.ts';
import type { Receipt } from '../../ledger/types.ts';
import { expectAnswersHold } from '../harness/answers-against-log.ts';
import { expectChainHoldsLog } from '../harness/chain-against-log.ts';
import { readChainLog } from '../harness/chain-log.ts';
import { ownerConnection, withOwner } from '../harness/check-log.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import {
  install,
  killHard,
  makeKeys,
  pause,
  start,
  until,
  workFolder,
  type RealService,
} from '../harness/real-service.ts';
import { caller } from '../harness/served.ts';
import { Answers, postUntil } from '../harness/storm-load.ts';
import type { Compiled } from '../support/compiled.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';

const isUnavailable = devnetUnavailable() !== undefined;
const STOPS = 3;
/** A lease lives 10 s. */
const LONGER_THAN_THE_LEASE_MS = 12_000;
const TAKE_OVER_WITHIN_SECONDS = 60;

interface Anchoring {
  readonly anchor: string;
  readonly anchoring: { readonly isLeader: boolean; readonly size: number; readonly lagEntries: number };
}

describe.skipIf(isUnavailable)(`two services that anchor one log${devnetSkipNote()}`, () => {
  let compiled: Compiled;
  let folder: Awaited<ReturnType<typeof workFolder>>;
  let devnet: TestDevnet;
  /** Owns the database and does not anchor, so that killing a service that does leaves the database alone. */
  let owner: RealService;
  const services = new Map<string, RealService>();
  let keys: Readonly<Record<Role, string>>;
  let vkey: string;
  const answers = new Answers();

  async function startAnchoring(name: string): Promise<void> {
    const { dataDir } = owner;
    const service = await start(compiled, {
      dataDir: join(folder.path, name),
      env: {
        DATABASE_URL: `postgres://vericlin@/vericlin?host=${encodeURIComponent(join(dataDir, 'postgres'))}`,
        VERICLIN_LOG_KEY_FILE: join(dataDir, 'log.key'),
        VERICLIN_KEK_FILE: join(dataDir, 'kek.json'),
        VERICLIN_FABRIC_PROFILE: devnet.profile,
      },
    });
    services.set(name, service);
  }

  beforeAll(async () => {
    compiled = install();
    folder = await workFolder();
    devnet = await newDevnet();
    owner = await start(compiled, { dataDir: join(folder.path, 'owner') });
    keys = await makeKeys(owner.url);
    vkey = (await (await fetch(`${owner.url}/log/key`)).text()).trim();
    await startAnchoring('one');
    await startAnchoring('two');
  });
  afterAll(async () => {
    for (const service of [...services.values(), owner]) expect((await service.stop()).code).toBe(0);
    await folder.remove();
    compiled.remove();
    await devnet.close();
  });

  const serviceOf = (name: string): RealService => services.get(name) as RealService;
  const otherThan = (name: string): string => (name === 'one' ? 'two' : 'one');

  async function anchoringOf(name: string): Promise<Anchoring> {
    return (await (await fetch(`${serviceOf(name).url}/readyz`)).json()) as Anchoring;
  }

  async function leaders(): Promise<readonly string[]> {
    const found = await Promise.all(
      ['one', 'two'].map(async (name) => ({ name, isLeader: (await anchoringOf(name)).anchoring.isLeader })),
    );
    return found.filter(({ isLeader }) => isLeader).map(({ name }) => name);
  }

  async function theLeader(): Promise<string> {
    await until(async () => (await leaders()).length === 1, 'one of the services leads', TAKE_OVER_WITHIN_SECONDS);
    return (await leaders())[0] as string;
  }

  const lease = async (): Promise<{ holder: string; epoch: string }> =>
    withOwner(ownerConnection(owner.dataDir), async (client) => {
      const { rows } = await client.query<{ holder: string; epoch: string }>('select holder, epoch from anchor_lease');
      return rows[0] as { holder: string; epoch: string };
    });

  async function postAnchored(name: string): Promise<Receipt> {
    const answer = await caller(serviceOf(name).url, keys)('POST', '/v1/events?wait=anchored', {
      role: 'integrator',
      headers: { prefer: 'wait=60' },
      body: {
        id: crypto.randomUUID(),
        type: 'prediction',
        occurredAt: '2026-11-23T10:15:00Z',
        model: { name: 'readmission', version: '3.1.0' },
        payload: { riskScore: 0.5 },
      },
    });
    expect([name, answer.status, answer.text]).toEqual([name, 201, expect.any(String)]);
    const receipt = answer.json<Receipt>();
    expect(receipt.anchor?.size).toBeGreaterThan(receipt.index);
    return receipt;
  }

  /** Load through the given services until the returned function is called. */
  function load(names: readonly string[], seed: number): () => Promise<void> {
    let isOver = false;
    const posting = names.flatMap((name, at) => {
      const target = {
        url: () => serviceOf(name).url,
        integrator: keys.integrator,
        auditor: keys.auditor,
        waiting: 0.3,
      };
      return [0, 1].map((i) => postUntil(() => isOver, target, seededRandom(seed + 10 * at + i), answers));
    });
    return async () => {
      isOver = true;
      await Promise.all(posting);
    };
  }

  async function expectCurrent(): Promise<void> {
    for (const name of ['one', 'two']) {
      await until(
        async () => {
          const { anchor, anchoring } = await anchoringOf(name);
          expect([name, anchor]).not.toEqual([name, 'disagrees']);
          return anchor === 'current' && anchoring.lagEntries === 0;
        },
        `${name} says that everything is anchored`,
        TAKE_OVER_WITHIN_SECONDS,
      );
    }
  }

  /** On the peers of both organisations. */
  async function expectAnchoredOnce(): Promise<unknown> {
    await expectCurrent();
    const chains = [];
    for (const { mspId } of devnet.organizations) {
      const chain = await readChainLog(devnet.profile, vkey, mspId);
      chains.push(await expectChainHoldsLog(chain, ownerConnection(owner.dataDir)));
    }
    return chains;
  }

  it('one of them anchors, and whoever waits for the chain gets evidence from both', async () => {
    const leader = await theLeader();
    const end = load(['one', 'two'], chooseSeed());
    const before = await lease();
    const seen = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const now = await leaders();
      expect(now).toHaveLength(1);
      for (const name of now) seen.add(name);
      if (i % 10 === 0) await Promise.all([postAnchored('one'), postAnchored('two')]);
      await pause(50);
    }
    await end();
    expect([...seen]).toEqual([leader]);
    expect(await lease()).toEqual(before);
    await expectAnchoredOnce();
  });

  it('a leader that is killed is replaced; nothing is lost and nothing anchored twice', async () => {
    const seed = chooseSeed();
    onTestFailed(() => {
      process.stderr.write(`two anchoring services: repeat with TEST_SEED=${seed}\n`);
    });
    const leader = await theLeader();
    const survivor = otherThan(leader);
    const end = load([survivor], seed);
    await pause(1_000);
    killHard(serviceOf(leader).pid);
    const killed = Date.now();
    await serviceOf(leader).exited;
    // Posted while nobody anchors.
    const waiting = postAnchored(survivor);
    await until(
      async () => (await anchoringOf(survivor)).anchoring.isLeader,
      'the other service leads',
      TAKE_OVER_WITHIN_SECONDS,
    );
    const tookOverMs = Date.now() - killed;
    await waiting;
    const anchoredMs = Date.now() - killed;
    await startAnchoring(leader);
    expect(await leaders()).toEqual([survivor]);
    await postAnchored(leader);
    await end();
    const chains = await expectAnchoredOnce();
    process.stdout.write(`leader killed: ${JSON.stringify({ seed, tookOverMs, anchoredMs, chains })}\n`);
  });

  it('a leader that is killed and started again takes its own lease at once', async () => {
    const leader = await theLeader();
    const other = serviceOf(otherThan(leader));
    const { holder, epoch } = await lease();
    // However long the start takes: nobody else is there to take over.
    other.signal('SIGSTOP');
    const killed = serviceOf(leader);
    killHard(killed.pid);
    await killed.exited;
    await startAnchoring(leader);
    await postAnchored(leader);
    other.signal('SIGCONT');
    expect(await leaders()).toEqual([leader]);
    expect(await lease()).toEqual({ holder, epoch: String(Number(epoch) + 1) });
  });

  it(`a leader that was stopped for longer than its lease writes nothing when it goes on, ${STOPS} times`, async () => {
    const seed = chooseSeed();
    onTestFailed(() => {
      process.stderr.write(`two anchoring services: repeat with TEST_SEED=${seed}\n`);
    });
    const random = seededRandom(seed);
    for (let round = 0; round < STOPS; round += 1) {
      const leader = await theLeader();
      const other = otherThan(leader);
      const before = await lease();
      const end = load([other, leader], seed + 100 * round);
      await pause(random.between(500, 1_500));
      serviceOf(leader).signal('SIGSTOP');
      await pause(LONGER_THAN_THE_LEASE_MS);
      await until(
        async () => (await anchoringOf(other)).anchoring.isLeader,
        'the other service leads',
        TAKE_OVER_WITHIN_SECONDS,
      );
      const during = await lease();
      expect(during.holder).not.toBe(before.holder);
      await postAnchored(other);
      serviceOf(leader).signal('SIGCONT');
      await until(
        async () => !(await anchoringOf(leader)).anchoring.isLeader,
        'the old leader knows that it is not',
        TAKE_OVER_WITHIN_SECONDS,
      );
      await Promise.all([postAnchored(leader), postAnchored(other)]);
      await end();
      expect(await leaders()).toEqual([other]);
      // Neither taken over again nor renewed by the old one: the epoch is still that of the take-over.
      expect(await lease()).toEqual(during);
      await expectAnchoredOnce();
    }
    process.stdout.write(
      `leader stopped: ${JSON.stringify({ seed, stops: STOPS, chains: await expectAnchoredOnce() })}\n`,
    );
  });

  it('what both answered holds', async () => {
    expect(answers.waits.anchored).toBeGreaterThan(20);
    await expectAnswersHold(answers, ownerConnection(owner.dataDir), vkey);
    process.stdout.write(`two anchoring services: ${JSON.stringify({ ...answers.counts, ...answers.waits })}\n`);
  });
});
