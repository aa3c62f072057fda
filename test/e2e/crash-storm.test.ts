/**
 * Invariants 1, 3 and 7 under kill -9: service, postmaster and single processes of PostgreSQL are killed at random moments
 * under load. Whatever was acknowledged is there, every receipt verifies, every checkpoint extends all earlier ones.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { expectAnswersHold } from '../harness/answers-against-log.ts';
import { ownerConnection } from '../harness/check-log.ts';
import {
  backendsOf,
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

const KILLS = 48;
const POSTERS = 4;
const VICTIMS = [
  'service',
  'service',
  'service',
  'postmaster',
  'postmaster',
  'backend',
  'backend',
  'backend',
  'both',
] as const;

let compiled: Compiled;
beforeAll(() => {
  compiled = install();
});
afterAll(() => {
  compiled.remove();
});

/** The service under attack: who it is now, and what was done to it. */
class Storm {
  readonly kills: Record<string, number> = {};
  readonly #random: SeededRandom;
  readonly #dataDir: string;
  readonly #env: Readonly<Record<string, string>>;
  #service: RealService;
  readonly #port: number;

  constructor(random: SeededRandom, service: RealService, env: Readonly<Record<string, string>>) {
    this.#random = random;
    this.#service = service;
    this.#dataDir = service.dataDir;
    this.#port = service.port;
    this.#env = env;
  }

  get service(): RealService {
    return this.#service;
  }
  get total(): number {
    return Object.values(this.kills).reduce((sum, count) => sum + count, 0);
  }

  #count(kind: string, wasKilled: boolean): void {
    if (wasKilled) this.kills[kind] = (this.kills[kind] ?? 0) + 1;
  }

  async #killService(kind: string): Promise<void> {
    this.#count(kind, killHard(this.#service.pid));
    await this.#service.exited;
    this.#service = launch(compiled, { dataDir: this.#dataDir, port: this.#port, env: this.#env });
  }

  async strike(): Promise<void> {
    const random = this.#random;
    const victim = random.pick(VICTIMS);
    if (victim === 'postmaster' || victim === 'both') this.#count('postmaster', killHard(postmasterOf(this.#dataDir)));
    if (victim === 'backend') {
      const title =
        random.next() < 0.7 ? /postgres: vericlin / : /postgres: (checkpointer|walwriter|background writer)/;
      const backends = backendsOf(this.#dataDir, title);
      if (backends.length > 0) this.#count('backend', killHard(random.pick(backends)));
    }
    if (victim !== 'service' && victim !== 'both') return;
    await this.#killService('service');
    if (random.next() < 0.3) {
      await pause(random.between(50, 1_500));
      await this.#killService('service while starting');
    }
  }

  /** Ready again by itself: after a database's death without a new process. */
  async recover(): Promise<void> {
    await this.#service.ready;
    await until(() => isReady(this.#service.url), 'the service is ready again');
    expect(this.#service.hasExited()).toBe(false);
  }
}

describe('kill -9', () => {
  it(`loses nothing: ${KILLS} kills of service and PostgreSQL under load`, async () => {
    const seed = chooseSeed();
    onTestFailed(() => {
      process.stderr.write(`crash storm: repeat with TEST_SEED=${seed}\n`);
    });
    const folder = await workFolder();
    const began = Date.now();
    let storm: Storm | undefined;
    try {
      const env = { VERICLIN_LOG_LEVEL: 'warn' };
      const first = await start(compiled, { dataDir: join(folder.path, 'data'), env });
      const keys = await makeKeys(first.url);
      const vkey = (await (await fetch(`${first.url}/log/key`)).text()).trim();
      const random = seededRandom(seed);
      storm = new Storm(random, first, env);
      const answers = new Answers();
      const { url } = first;
      const target = { url: () => url, integrator: keys.integrator, auditor: keys.auditor };
      let isOver = false;
      const load = [
        ...Array.from({ length: POSTERS }, (_, i) =>
          postUntil(() => isOver, target, seededRandom(seed + i + 1), answers),
        ),
        readUntil(() => isOver, target, seededRandom(seed + 100), answers).then(() => 0),
      ];

      while (storm.total < KILLS) {
        await pause(random.between(100, 1_400));
        await storm.strike();
        // Sometimes the next blow falls while the last one is still being recovered from.
        if (random.next() < 0.75) await storm.recover();
      }
      await storm.recover();
      isOver = true;
      const openAtTheEnd = (await Promise.all(load)).reduce((sum, open) => sum + open, 0);

      expect(await storm.service.stop()).toEqual({ code: 0, signal: null });
      expect(processesBelow(folder.path)).toEqual([]);
      const last = await start(compiled, { dataDir: join(folder.path, 'data'), env });
      const log = await expectAnswersHold(answers, ownerConnection(last.dataDir), vkey);
      expect(answers.acknowledged.size).toBeGreaterThan(500);
      expect(await last.stop()).toEqual({ code: 0, signal: null });
      expect(processesBelow(folder.path)).toEqual([]);
      process.stdout.write(
        `crash storm: ${JSON.stringify({ seed, seconds: (Date.now() - began) / 1000, kills: storm.kills, ...answers.counts, openAtTheEnd, acknowledged: answers.acknowledged.size, receipts: answers.receipts.length, bundles: answers.bundles.length, checkpoints: answers.checkpoints.size, size: log.size })}\n`,
      );
    } catch (error) {
      process.stderr.write(`${storm?.service.err().slice(-4_000) ?? ''}\n`);
      throw error;
    } finally {
      await folder.remove();
    }
  });
});
