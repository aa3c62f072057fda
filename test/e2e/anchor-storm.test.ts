/**
 * Anchoring under kill -9: service, peers, orderer, chaincode processes and the service's postmaster are killed at random
 * moments under load. Whatever was acknowledged is in the log and in the blocks of every organisation's peer, once, in the
 * log's order, and every answer that carries evidence verifies.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { Receipt } from '../../ledger/types.ts';
import { expectAnswersHold } from '../harness/answers-against-log.ts';
import { expectChainHoldsLog } from '../harness/chain-against-log.ts';
import { readChainLog } from '../harness/chain-log.ts';
import { ownerConnection } from '../harness/check-log.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import {
  install,
  isReady,
  killHard,
  launch,
  makeKeys,
  pause,
  postmasterOf,
  processesBelow,
  start,
  until,
  workFolder,
  type RealService,
} from '../harness/real-service.ts';
import { Answers, postUntil, readUntil } from '../harness/storm-load.ts';
import type { Compiled } from '../support/compiled.ts';
import { chooseSeed, seededRandom, type SeededRandom } from '../support/seeded-random.ts';

const KILLS = 45;
const POSTERS = 6;
/** Share of the requests that wait for the chain. */
const WAITING = 0.3;
const SAMPLE = 8;
/** Generous: what is measured is printed. */
const CURRENT_WITHIN_SECONDS = 120;
const VICTIMS = [
  'service',
  'service',
  'service',
  'peer1',
  'peer1',
  'peer2',
  'peer2',
  'orderer1',
  'orderer1',
  'chaincode1',
  'chaincode2',
  'postmaster',
] as const;
const isUnavailable = devnetUnavailable() !== undefined;

let compiled: Compiled;

interface Anchoring {
  readonly anchor: string;
  readonly anchoring: { readonly reason?: string; readonly size: number; readonly lagEntries: number };
}

async function readiness(url: string): Promise<Anchoring | undefined> {
  try {
    return (await (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) })).json()) as Anchoring;
  } catch {
    return undefined;
  }
}

/** Waits until a batch is anchored after now. */
async function firstBatch(url: string): Promise<void> {
  const size = (await readiness(url))?.anchoring.size;
  await until(
    async () => (await readiness(url))?.anchoring.size !== size,
    'a batch is anchored again',
    CURRENT_WITHIN_SECONDS,
  );
}

/** Network and service under attack: what was done to them, and what they did about it. */
class Storm {
  readonly kills: Record<string, number> = {};
  /** Batches by outcome, of all processes of the service that there were; `adopted` is "committed despite an error". */
  readonly batches: Record<string, number> = {};
  readonly #random: SeededRandom;
  readonly #devnet: TestDevnet;
  readonly #env: Readonly<Record<string, string>>;
  readonly #dataDir: string;
  readonly #port: number;
  readonly #restarts = new Set<Promise<void>>();
  /** Nodes between the command that starts them and their first connection, and those of them that were killed then. */
  readonly #starting = new Set<string>();
  readonly #hitWhileStarting = new Set<string>();
  #service: RealService;

  constructor(random: SeededRandom, service: RealService, devnet: TestDevnet, env: Readonly<Record<string, string>>) {
    this.#random = random;
    this.#devnet = devnet;
    this.#env = env;
    this.#service = service;
    this.#dataDir = service.dataDir;
    this.#port = service.port;
  }

  get service(): RealService {
    return this.#service;
  }
  get total(): number {
    return Object.values(this.kills).reduce((sum, count) => sum + count, 0);
  }

  async strike(): Promise<void> {
    const victim = this.#random.pick(VICTIMS);
    if (victim === 'service') await this.#killService('service');
    else if (victim === 'postmaster') this.#count(victim, killHard(postmasterOf(this.#dataDir)));
    else await this.#killNode(victim);
  }

  /** Everything runs again, and the service answers. */
  async recover(): Promise<void> {
    await Promise.all(this.#restarts);
    await this.#service.ready;
    await until(() => isReady(this.#service.url), 'the service is ready again');
    expect(this.#service.hasExited()).toBe(false);
  }

  /** Before they are lost with the process. */
  async keepCounts(): Promise<void> {
    try {
      const text = await (await fetch(`${this.#service.url}/metrics`)).text();
      for (const [, outcome = '', count] of text.matchAll(
        /^vericlin_anchor_batches_total\{outcome="(\w+)"\} (\d+)$/gm,
      )) {
        this.batches[outcome] = (this.batches[outcome] ?? 0) + Number(count);
      }
    } catch {
      // It is being killed while it starts.
    }
  }

  #count(kind: string, wasKilled: boolean): void {
    if (wasKilled) this.kills[kind] = (this.kills[kind] ?? 0) + 1;
  }

  async #killService(kind: string): Promise<void> {
    await this.keepCounts();
    this.#count(kind, killHard(this.#service.pid));
    await this.#service.exited;
    this.#service = launch(compiled, { dataDir: this.#dataDir, port: this.#port, env: this.#env });
    if (this.#random.next() > 0.2) return;
    await pause(this.#random.between(50, 1_500));
    await this.#killService('service while starting');
  }

  async #killNode(role: string): Promise<void> {
    if (this.#devnet.pidOf(role) === undefined) return;
    const isStarting = this.#starting.has(role);
    if (isStarting) this.#hitWhileStarting.add(role);
    await this.#devnet.kill(role);
    this.#count(isStarting ? `${role} while starting` : role, true);
    if (isStarting) return;
    const downMs = this.#random.between(0, 2_500);
    const restart = pause(downMs).then(() => this.#startNode(role));
    this.#restarts.add(restart);
    // Awaited by recover; a failure shows there.
    restart.then(
      () => this.#restarts.delete(restart),
      () => undefined,
    );
  }

  async #startNode(role: string): Promise<void> {
    this.#starting.add(role);
    do {
      this.#hitWhileStarting.delete(role);
      try {
        await this.#devnet.start(role);
      } catch (error) {
        if (!this.#wasHit(role)) throw error;
      }
    } while (this.#wasHit(role));
    this.#starting.delete(role);
  }

  #wasHit(role: string): boolean {
    return this.#hitWhileStarting.has(role);
  }
}

describe.skipIf(isUnavailable)(`kill -9 while anchoring${devnetSkipNote()}`, () => {
  let devnet: TestDevnet;
  beforeAll(async () => {
    compiled = install();
    devnet = await newDevnet();
  });
  afterAll(async () => {
    await devnet.close();
    compiled.remove();
  });

  it(`anchors everything once: ${KILLS} kills of service, peers, orderer, chaincode and PostgreSQL under load`, async () => {
    const seed = chooseSeed();
    onTestFailed(() => {
      process.stderr.write(`anchor storm: repeat with TEST_SEED=${seed}\n`);
    });
    const folder = await workFolder();
    const began = Date.now();
    let storm: Storm | undefined;
    try {
      const env = { VERICLIN_LOG_LEVEL: 'warn', VERICLIN_FABRIC_PROFILE: devnet.profile };
      const first = await start(compiled, { dataDir: join(folder.path, 'data'), env });
      const keys = await makeKeys(first.url);
      const { url } = first;
      const vkey = (await (await fetch(`${url}/log/key`)).text()).trim();
      const random = seededRandom(seed);
      storm = new Storm(random, first, devnet, env);
      const answers = new Answers();
      const target = { url: () => url, integrator: keys.integrator, auditor: keys.auditor, waiting: WAITING };
      let isOver = false;
      const load = [
        ...Array.from({ length: POSTERS }, (_, i) =>
          postUntil(() => isOver, target, seededRandom(seed + i + 1), answers),
        ),
        readUntil(() => isOver, target, seededRandom(seed + 100), answers).then(() => 0),
      ];

      while (storm.total < KILLS) {
        await pause(random.between(200, 2_500));
        await storm.strike();
        // Often the next blow falls while the last one is still being recovered from.
        if (random.next() < 0.4) await storm.recover();
      }
      await storm.recover();
      await devnet.up();
      const restored = Date.now();
      isOver = true;
      const anchoredAgain = firstBatch(url).then(() => (Date.now() - restored) / 1000);
      const openAtTheEnd = (await Promise.all(load)).reduce((sum, open) => sum + open, 0);
      const posted = Date.now();
      await until(
        async () => {
          const now = await readiness(url);
          expect(now?.anchor).not.toBe('disagrees');
          return now?.anchor === 'current' && now.anchoring.lagEntries === 0;
        },
        'everything is anchored',
        CURRENT_WITHIN_SECONDS,
      );
      const currentAfter = (Date.now() - posted) / 1000;
      await storm.keepCounts();

      const connection = ownerConnection(storm.service.dataDir);
      const log = await expectAnswersHold(answers, connection, vkey);
      expect(answers.acknowledged.size).toBeGreaterThan(500);
      const chains = [];
      for (const { mspId } of devnet.organizations) {
        chains.push(await expectChainHoldsLog(await readChainLog(devnet.profile, vkey, mspId), connection));
      }
      expectAuditsAgree(vkey, { url, key: keys.auditor }, folder.path);
      const evidence = answers.receipts.filter(({ anchor }) => anchor !== null);
      expect(evidence.length).toBeGreaterThan(SAMPLE);
      expectEvidenceVerifies(evidence, vkey, { random, folder: folder.path });

      expect(await storm.service.stop()).toEqual({ code: 0, signal: null });
      expect(processesBelow(folder.path)).toEqual([]);
      process.stdout.write(
        `anchor storm: ${JSON.stringify({ seed, seconds: (Date.now() - began) / 1000, kills: storm.kills, batches: storm.batches, ...answers.counts, ...answers.waits, openAtTheEnd, acknowledged: answers.acknowledged.size, withEvidence: evidence.length, anchoredAgain: await anchoredAgain, currentAfter, size: log.size, chains })}\n`,
      );
    } catch (error) {
      process.stderr.write(
        `${storm?.service.out().slice(-4_000) ?? ''}\n${storm?.service.err().slice(-4_000) ?? ''}\n`,
      );
      throw error;
    } finally {
      await folder.remove();
    }
  });

  function expectAuditsAgree(vkey: string, service: { url: string; key: string }, cwd: string): void {
    for (const { mspId, profile } of devnet.organizations) {
      const args = ['audit-peer', '--profile', profile, '--gateway', mspId, '--key', vkey, '--url', service.url];
      const { status, stdout, stderr } = run(args, cwd, { VERICLIN_API_KEY: service.key });
      expect([mspId, status, stdout, stderr]).toEqual([mspId, 0, expect.any(String), expect.any(String)]);
    }
  }

  /** With the command, as anybody would who has the file and the organisations' CA certificates. */
  function expectEvidenceVerifies(
    receipts: readonly Receipt[],
    vkey: string,
    { random, folder }: { random: SeededRandom; folder: string },
  ): void {
    const cas = devnet.organizations.flatMap(({ mspId, ca }) => ['--ca', `${mspId}=${ca}`]);
    for (let i = 0; i < SAMPLE; i += 1) {
      const { entry, proof, checkpoint, anchor } = random.pick(receipts);
      const file = join(folder, `bundle-${i}.json`);
      writeFileSync(file, JSON.stringify({ format: 'vericlin-bundle/1', entry, proof, checkpoint, key: vkey, anchor }));
      const { status, stdout, stderr } = run(['verify', file, '--key', vkey, ...cas, '--json'], folder);
      expect([status, stdout, stderr]).toEqual([0, expect.any(String), '']);
      const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string }[] };
      const anchored = checks.filter(({ name }) => ['anchor', 'endorsements'].includes(name));
      expect(anchored.map((check) => check.status)).toEqual(['passed', 'passed']);
    }
  }

  function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    return spawnSync(process.execPath, [compiled.main, ...args], {
      cwd,
      encoding: 'utf8',
      timeout: 120_000,
      env: { PATH: process.env['PATH'], ...env },
    });
  }
});
