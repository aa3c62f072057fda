/**
 * Invariants 3, 7 and 8 with two services on one database: no fork, no loss, one event for one id, one data key for one
 * subject, and what one of them destroys is destroyed for the other at once.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { Role } from '../../ledger/ports.ts';
import type { Bundle, Receipt } from '../../ledger/types.ts';
import { expectAnswersHold } from '../harness/answers-against-log.ts';
import { ownerConnection, withOwner } from '../harness/check-log.ts';
import {
  install,
  isReady,
  makeKeys,
  pause,
  start,
  until,
  workFolder,
  type Call,
  type RealService,
} from '../harness/real-service.ts';
import { caller } from '../harness/served.ts';
import { Answers, postUntil, readUntil } from '../harness/storm-load.ts';
import type { Compiled } from '../support/compiled.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';

const LOAD_MS = 8_000;
const SAME_IDS = 60;
const SHREDDINGS = 10;
const ROTATIONS = 3;

let compiled: Compiled;
let folder: Awaited<ReturnType<typeof workFolder>>;
let services: readonly [RealService, RealService];
let calls: readonly [Call, Call];
let keys: Readonly<Record<Role, string>>;
let vkey: string;
let kekFile: string;

beforeAll(async () => {
  compiled = install();
  folder = await workFolder();
  const dataDir = join(folder.path, 'one');
  const one = await start(compiled, { dataDir });
  keys = await makeKeys(one.url);
  kekFile = join(dataDir, 'kek.json');
  const two = await start(compiled, {
    dataDir: join(folder.path, 'two'),
    env: {
      DATABASE_URL: `postgres://vericlin@/vericlin?host=${encodeURIComponent(join(dataDir, 'postgres'))}`,
      VERICLIN_LOG_KEY_FILE: join(dataDir, 'log.key'),
      VERICLIN_KEK_FILE: kekFile,
    },
  });
  services = [one, two];
  calls = [caller(one.url, keys), caller(two.url, keys)];
  vkey = (await (await fetch(`${two.url}/log/key`)).text()).trim();
});
afterAll(async () => {
  // The second first: the database belongs to the first.
  for (const service of services.toReversed()) expect((await service.stop()).code).toBe(0);
  await folder.remove();
  compiled.remove();
});

const prediction = (subject: string | undefined, members: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: crypto.randomUUID(),
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  ...(subject !== undefined && { subject }),
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.5, note: `about ${subject ?? 'nobody'}` },
  ...members,
});

async function post(at: 0 | 1, body: Record<string, unknown>): Promise<{ status: number; receipt: Receipt }> {
  const answer = await calls[at]('POST', '/v1/events', { role: 'integrator', body });
  if (answer.status !== 201 && answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return { status: answer.status, receipt: answer.json<Receipt>() };
}

async function opening(at: 0 | 1, id: string): Promise<Bundle> {
  const answer = await calls[at]('GET', `/v1/events/${id}/proof?opening=true`, { role: 'privacy-officer' });
  expect([id, answer.status]).toEqual([id, 200]);
  return answer.json<Bundle>();
}

async function pseudonymsOf(ids: readonly string[]): Promise<readonly (string | null)[]> {
  return withOwner(ownerConnection(services[0].dataDir), async (client) => {
    const { rows } = await client.query<{ pseudonym: string | null }>(
      'select e.pseudonym from unnest($1::uuid[]) with ordinality as u(id, ord) join events e using (id) order by ord',
      [ids],
    );
    return rows.map((row) => row.pseudonym);
  });
}

describe('two services on one database', () => {
  it('neither fork nor lose anything under load', async () => {
    const seed = chooseSeed();
    onTestFailed(() => {
      process.stderr.write(`two services: repeat with TEST_SEED=${seed}\n`);
    });
    const answers = new Answers();
    let isOver = false;
    const load = services.flatMap((service, at) => {
      const target = { url: () => service.url, integrator: keys.integrator, auditor: keys.auditor };
      return [
        postUntil(() => isOver, target, seededRandom(seed + 10 * at), answers),
        postUntil(() => isOver, target, seededRandom(seed + 10 * at + 1), answers),
        readUntil(() => isOver, target, seededRandom(seed + 10 * at + 2), answers),
      ];
    });
    await pause(LOAD_MS);
    isOver = true;
    await Promise.all(load);
    const log = await expectAnswersHold(answers, ownerConnection(services[0].dataDir), vkey);
    expect(answers.acknowledged.size).toBeGreaterThan(100);
    expect(answers.counts.unanswered).toBe(0);
    process.stdout.write(
      `two services: ${JSON.stringify({ seed, ...answers.counts, acknowledged: answers.acknowledged.size, checkpoints: answers.checkpoints.size, size: log.size })}\n`,
    );
  });

  it('one id posted to both at once is one event with two receipts of one index', async () => {
    const bodies = Array.from({ length: SAME_IDS }, (_, i) => prediction(i % 3 === 0 ? undefined : `same-${i}`));
    const outcomes = await Promise.all(bodies.map((body) => Promise.all([post(0, body), post(1, body)])));
    for (const [one, two] of outcomes) {
      expect(two.receipt.index).toBe(one.receipt.index);
      expect(two.receipt.entry).toBe(one.receipt.entry);
      expect([one.status, two.status].sort()).toEqual([200, 201]);
    }
  });

  it('one id with other contents posted to both at once: one of them is refused', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => {
        const id = crypto.randomUUID();
        return Promise.all(
          ([0, 1] as const).map(async (at) => {
            const body = prediction('conflict', { id, payload: { riskScore: at / 2 } });
            return (await calls[at]('POST', '/v1/events', { role: 'integrator', body })).status;
          }),
        );
      }),
    );
    for (const statuses of outcomes) expect(statuses.sort()).toEqual([201, 409]);
  });

  it('each sees at once what the other acknowledged', async () => {
    for (let i = 0; i < 20; i += 1) {
      const at = (i % 2) as 0 | 1;
      const there = (1 - at) as 0 | 1;
      const subject = `seen-${i}`;
      // It has just looked at the head, and knows less than it will be asked for.
      await calls[there]('GET', '/log/checkpoint', { role: 'auditor' });
      const { receipt } = await post(at, prediction(subject));
      const { size } = receipt.proof;
      const width = size % 256;
      for (const path of [
        `/log/tile/0/${String(Math.floor(size / 256)).padStart(3, '0')}.p/${width}`,
        `/log/tile/entries/${String(Math.floor(size / 256)).padStart(3, '0')}.p/${width}`,
        `/log/consistency?from=1&to=${size}`,
      ]) {
        if (width === 0) continue;
        const shown = await calls[there]('GET', path, { role: 'auditor' });
        expect([path, shown.status]).toEqual([path, 200]);
      }
      expect((await opening(there, receipt.id)).opening?.envelope.subject).toBe(subject);
      const found = await calls[there]('POST', '/v1/events:search', {
        role: 'privacy-officer',
        body: { subject, type: 'prediction' },
      });
      expect(found.json({ events: [{ id: '' }] }).events.map(({ id }) => id)).toEqual([receipt.id]);
      const referring = prediction(subject, { refs: [receipt.id] });
      expect((await post(there, referring)).status).toBe(201);
      expect((await post(at, referring)).status).toBe(200);
    }
  });

  it('agree on the data key of a subject that both meet for the first time at once', async () => {
    const subjects = Array.from({ length: 30 }, (_, i) => `both-${i}`);
    const ids = await Promise.all(
      subjects.flatMap((subject) =>
        ([0, 1] as const).map(async (at) => (await post(at, prediction(subject))).receipt.id),
      ),
    );
    const pseudonyms = await pseudonymsOf(ids);
    for (let i = 0; i < ids.length; i += 2) expect(pseudonyms[i]).toBe(pseudonyms[i + 1]);
    expect(new Set(pseudonyms).size).toBe(subjects.length);
    for (const [at, id] of ids.entries()) {
      expect((await opening(((at + 1) % 2) as 0 | 1, id)).opening?.envelope.subject).toBe(subjects[at >> 1]);
    }
  });

  it('a subject that one shredded is a new one for the other at once', async () => {
    for (let i = 0; i < SHREDDINGS; i += 1) {
      const at = (i % 2) as 0 | 1;
      const there = (1 - at) as 0 | 1;
      const subject = `shred-${i}`;
      // Both have the key in memory.
      const old = [
        (await post(at, prediction(subject))).receipt.id,
        (await post(there, prediction(subject))).receipt.id,
      ];
      const shredded = await calls[at]('POST', '/v1/subjects:shred', {
        role: 'privacy-officer',
        body: { subject, reason: 'request of the patient' },
      });
      expect([shredded.status, shredded.json({ erasedEvents: 0 }).erasedEvents]).toEqual([200, 2]);
      const fresh = (await post(there, prediction(subject))).receipt.id;
      const [first, second, third] = await pseudonymsOf([...old, fresh]);
      expect([second, third === first]).toEqual([first, false]);
      for (const reader of [0, 1] as const) {
        for (const id of old) {
          const bundle = await opening(reader, id);
          expect([bundle.opening, bundle.erasure]).toEqual([undefined, expect.any(Object)]);
        }
        expect((await opening(reader, fresh)).opening?.envelope.subject).toBe(subject);
      }
    }
  });

  it('shredding at one while the other posts about the subject: what is acknowledged is erased or readable', async () => {
    let isOver = false;
    const posted: string[] = [];
    const subject = 'busy';
    const posting = ([0, 1] as const).map(async (at) => {
      while (!isOver) posted.push((await post(at, prediction(subject))).receipt.id);
    });
    await until(() => posted.length > 4, 'events are posted');
    let shreddings = 0;
    while (shreddings < 4) {
      const answer = await calls[(shreddings % 2) as 0 | 1]('POST', '/v1/subjects:shred', {
        role: 'privacy-officer',
        body: { subject, reason: 'request of the patient' },
      });
      expect(['200', '503 overloaded', '404 unknown_subject']).toContain(
        answer.status === 200 ? '200' : `${answer.status} ${answer.json({ code: '' }).code}`,
      );
      if (answer.status === 200) shreddings += 1;
      await pause(100);
    }
    isOver = true;
    await Promise.all(posting);
    let open = 0;
    for (const [at, id] of posted.entries()) {
      const bundle = await opening((at % 2) as 0 | 1, id);
      expect([id, (bundle.opening === undefined) !== (bundle.erasure === undefined)]).toEqual([id, true]);
      if (bundle.opening !== undefined) open += 1;
    }
    expect(posted.length - open).toBeGreaterThan(0);
  });

  it('KEK rotation at one while the other posts: everything stays readable, and the old KEKs are gone', async () => {
    const kekIds = async (): Promise<string[]> =>
      Object.keys((JSON.parse(await readFile(kekFile, 'utf8')) as { keys: object }).keys);
    const before = await kekIds();
    let isOver = false;
    const posted: { id: string; subject: string }[] = [];
    const posting = ([0, 1] as const).map(async (at) => {
      for (let i = 0; !isOver; i += 1) {
        const subject = `kek-${at}-${i % 3 === 0 ? 'again' : i}`;
        posted.push({ id: (await post(at, prediction(subject))).receipt.id, subject });
      }
    });
    for (let i = 0; i < ROTATIONS; i += 1) {
      await pause(300);
      const rotated = await calls[(i % 2) as 0 | 1]('POST', '/v1/kek:rotate', { role: 'admin' });
      expect([rotated.status, rotated.text]).toEqual([200, expect.any(String)]);
    }
    await pause(300);
    isOver = true;
    await Promise.all(posting);
    const after = await kekIds();
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
    await withOwner(ownerConnection(services[0].dataDir), async (client) => {
      const { rows } = await client.query<{ kek_id: string }>(
        'select distinct kek_id from (select kek_id from subjects where wrapped_key is not null union all select kek_id from log_secrets) k',
      );
      expect(rows).toEqual([{ kek_id: after[0] }]);
    });
    for (const [at, { id, subject }] of posted.entries()) {
      expect((await opening((at % 2) as 0 | 1, id)).opening?.envelope.subject).toBe(subject);
    }
    expect(posted.length).toBeGreaterThan(20);
  });

  it('rotation at both at once, again and again, leaves one KEK and everything readable', async () => {
    const { receipt } = await post(0, prediction('both-rotate'));
    for (let i = 0; i < 5; i += 1) {
      const rotated = await Promise.all(
        [...calls, ...calls].map((call) => call('POST', '/v1/kek:rotate', { role: 'admin' })),
      );
      expect(rotated.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    }
    for (const at of [0, 1] as const) {
      expect((await opening(at, receipt.id)).opening?.envelope.subject).toBe('both-rotate');
      expect((await post(at, prediction(`after-${at}`))).status).toBe(201);
    }
    const { keys: left } = JSON.parse(await readFile(kekFile, 'utf8')) as { keys: object };
    expect(Object.keys(left)).toHaveLength(1);
  });

  it('both stay ready, and the log is whole', async () => {
    for (const { url } of services) expect(await isReady(url)).toBe(true);
    await expectAnswersHold(new Answers(), ownerConnection(services[0].dataDir), vkey);
  });
});
