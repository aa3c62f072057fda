/**
 * Invariant 8 from outside: what erasing a subject takes away, what it leaves, and that nothing else is touched; over HTTP
 * and by the command line, against the real service and its database.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../ledger/ports.ts';
import type { Bundle, Receipt } from '../../ledger/types.ts';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import {
  ADMIN_KEY,
  install,
  makeKeys,
  start,
  workFolder,
  type Call,
  type RealService,
} from '../harness/real-service.ts';
import { caller } from '../harness/served.ts';
import { spawnCli } from '../support/cli.ts';
import type { Compiled } from '../support/compiled.ts';

const ERASED = 'MRN-erased';
const OTHER = 'MRN-other';
/** What is told below, without the records of reading it. */
const TYPES = ['prediction', 'explanation', 'outcome', 'clinician_feedback'];

let compiled: Compiled;
let folder: Awaited<ReturnType<typeof workFolder>>;
let service: RealService;
let call: Call;
let vkey: string;

interface Story {
  readonly prediction: string;
  /** Everything that is about the subject, by type. */
  readonly ids: Readonly<Record<string, string>>;
}

const receipts = new Map<string, Receipt>();
const bodies = new Map<string, Record<string, unknown>>();

async function post(role: Role, body: Record<string, unknown>): Promise<string> {
  const answer = await call('POST', '/v1/events', { role, body });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  const receipt = answer.json<Receipt>();
  receipts.set(receipt.id, receipt);
  bodies.set(receipt.id, { ...body, id: receipt.id });
  return receipt.id;
}

/** A prediction that names the subject, and what others say about it without naming it. */
async function tell(subject: string): Promise<Story> {
  const about = { occurredAt: '2026-11-23T10:15:00Z' };
  const model = { name: 'readmission', version: '3.1.0' };
  const prediction = await post('integrator', {
    ...about,
    type: 'prediction',
    id: crypto.randomUUID(),
    subject,
    encounter: `E-${subject}`,
    actor: { id: 'clinician' },
    model,
    payload: { riskScore: 0.83, note: `about ${subject}` },
  });
  const refs = [prediction];
  const explanation = await post('integrator', {
    ...about,
    type: 'explanation',
    refs,
    payload: { method: 'lime', text: `why ${subject}` },
  });
  const outcome = await post('integrator', {
    ...about,
    type: 'outcome',
    refs,
    payload: { observed: true, note: `what became of ${subject}` },
  });
  const feedback = await post('clinician', {
    ...about,
    type: 'clinician_feedback',
    refs,
    payload: { outcome: 'overridden', userComment: `I know ${subject}` },
  });
  const named = await post('integrator', { ...about, type: 'outcome', subject, refs, payload: { observed: false } });
  return { prediction, ids: { prediction, explanation, outcome, feedback, named } };
}

const all = (story: Story): string[] => Object.values(story.ids);
const bundleOf = async (role: Role, id: string, query = ''): Promise<Bundle> => {
  const answer = await call('GET', `/v1/events/${id}/proof${query}`, { role });
  expect([id, answer.status]).toEqual([id, 200]);
  return answer.json<Bundle>();
};
const cli = (args: readonly string[], key: string) =>
  spawnCli([...args, '--url', service.url], { env: { VERICLIN_API_KEY: key }, cwd: folder.path });

let keys: Readonly<Record<Role, string>>;
let erased: Story;
let other: Story;
let pseudonym = '';
const before = new Map<string, Bundle>();

beforeAll(async () => {
  compiled = install();
  folder = await workFolder();
  service = await start(compiled, { dataDir: join(folder.path, 'data') });
  keys = await makeKeys(service.url);
  call = caller(service.url, keys);
  vkey = (await (await fetch(`${service.url}/log/key`)).text()).trim();
  await writeFile(join(folder.path, 'log.vkey'), vkey);
  erased = await tell(ERASED);
  other = await tell(OTHER);
});
afterAll(async () => {
  await service.stop();
  await folder.remove();
  compiled.remove();
});

async function verify(bundles: readonly unknown[], name: string): Promise<{ code: number; out: string }> {
  const path = join(folder.path, name);
  await mkdir(path);
  for (const [at, bundle] of bundles.entries()) await writeFile(join(path, `${at}.json`), JSON.stringify(bundle));
  return spawnCli(['verify', path, '--key', join(folder.path, 'log.vkey')]);
}

describe('erasing a subject', () => {
  it('before: everything opens for those entitled, and verifies with its opening', async () => {
    for (const id of [...all(erased), ...all(other)]) {
      const bundle = await bundleOf('privacy-officer', id, '?opening=true');
      expect(bundle.opening?.envelope.id).toBe(id);
      before.set(id, bundle);
      expect((await call('GET', `/v1/events/${id}`, { role: 'clinician' })).text).toContain('"envelope"');
    }
    const { code, out } = await verify([...before.values()], 'before');
    expect([code, out]).toEqual([0, expect.stringContaining(`${before.size} valid`)]);
  });

  it('what only refers to the prediction is sealed under the key of its subject', async () => {
    const rows = await withOwner(ownerConnection(service.dataDir), async (client) => {
      const { rows: found } = await client.query<{ pseudonym: string | null }>(
        'select distinct pseudonym from events where id = any($1::uuid[])',
        [all(erased)],
      );
      return found;
    });
    expect(rows).toEqual([{ pseudonym: expect.any(String) as string }]);
    pseudonym = rows[0]!.pseudonym!;
  });

  it('is refused under a legal hold, and nothing is lost', async () => {
    const hold = (value: boolean) =>
      call('POST', '/v1/subjects:hold', {
        role: 'privacy-officer',
        body: { subject: ERASED, reason: 'litigation', hold: value },
      });
    const shred = () =>
      call('POST', '/v1/subjects:shred', { role: 'privacy-officer', body: { subject: ERASED, reason: 'request' } });
    expect((await hold(true)).status).toBe(200);
    const refused = await shred();
    expect([refused.status, refused.json({ code: '' }).code]).toEqual([409, 'legal_hold']);
    expect(refused.text).not.toContain(ERASED);
    expect((await bundleOf('privacy-officer', erased.prediction, '?opening=true')).opening).toBeDefined();
    expect((await hold(false)).status).toBe(200);
    for (const role of ['integrator', 'clinician', 'auditor', 'admin', 'security-officer', 'ai-governance'] as const) {
      const denied = await call('POST', '/v1/subjects:shred', { role, body: { subject: ERASED, reason: 'request' } });
      expect([role, denied.status]).toEqual([role, 403]);
    }
    const done = await shred();
    expect([done.status, done.json()]).toEqual([
      200,
      expect.objectContaining({ pseudonym, erasedEvents: all(erased).length }),
    ]);
    expect((await shred()).json({ code: '' }).code).toBe('unknown_subject');
  });

  it('every receipt and bundle that was handed out before still verifies', async () => {
    const old = [
      ...before.values(),
      ...[...receipts.values()].map(({ entry, proof, checkpoint }) => ({
        format: 'vericlin-bundle/1',
        entry,
        proof,
        checkpoint,
        key: vkey,
      })),
    ];
    const { code, out } = await verify(old, 'old');
    expect([code, out]).toEqual([0, expect.stringContaining(`${old.length} valid`)]);
  });

  it('new bundles prove the entry and say "lawfully erased", with exit 3', async () => {
    for (const [at, role] of (['privacy-officer', 'auditor'] as const).entries()) {
      const bundles = await Promise.all(
        all(erased).map((id) => bundleOf(role, id, role === 'auditor' ? '' : '?opening=true')),
      );
      for (const bundle of bundles) expect([bundle.opening, bundle.erasure]).toEqual([undefined, expect.any(Object)]);
      const { code, out } = await verify(bundles, `erased-${at}`);
      expect([code, out]).toEqual([3, expect.stringContaining(`${all(erased).length} valid, content erased`)]);
      const one = await spawnCli(['verify', join(folder.path, `erased-${at}`, '0.json'), '--key', vkey, '--json']);
      expect([one.code, one.out]).toEqual([3, expect.stringContaining('"valid_erased"')]);
    }
    // The same by the command line alone.
    const file = join(folder.path, 'by-cli.json');
    expect((await cli(['events', 'proof', erased.prediction, '--out', file], keys.auditor)).code).toBe(0);
    const read = await spawnCli(['verify', file, '--key', join(folder.path, 'log.vkey')]);
    expect([read.code, read.out]).toEqual([3, expect.stringMatching(/lawfully erased/i)]);
  });

  it('the content is gone for everyone: second key, phi grant, clinician, search, provenance', async () => {
    const second = await call('POST', '/v1/keys', { role: 'admin', body: { role: 'privacy-officer', name: 'second' } });
    const granted = await call('POST', '/v1/keys', {
      role: 'admin',
      body: { role: 'auditor', name: 'granted', grants: ['phi'] },
    });
    const readers = [keys['privacy-officer'], second.json({ key: '' }).key, granted.json({ key: '' }).key];
    for (const key of readers) {
      for (const id of all(erased)) {
        const event = await call('GET', `/v1/events/${id}`, { key });
        expect(event.text).not.toContain(ERASED);
        expect(event.text).not.toContain('"envelope"');
        const provenance = await call('GET', `/v1/events/${id}/provenance`, { key });
        expect([provenance.status, provenance.text.includes(ERASED)]).toEqual([200, false]);
      }
      const found = await call('POST', '/v1/events:search', { key, body: { subject: ERASED } });
      expect([found.status, found.json()]).toEqual([200, { events: [], nextCursor: null }]);
      const encounters = await call('POST', '/v1/events:search', { key, body: { encounter: `E-${ERASED}` } });
      expect(encounters.json()).toEqual({ events: [], nextCursor: null });
    }
    for (const id of all(erased)) {
      const event = await call('GET', `/v1/events/${id}`, { role: 'clinician' });
      expect(event.text).not.toContain('"envelope"');
    }
    const search = await call('POST', '/v1/events:search', { role: 'clinician', body: { subject: ERASED } });
    expect(search.status).toBe(403);
  });

  it('the other subject is untouched', async () => {
    for (const id of all(other)) {
      const bundle = await bundleOf('privacy-officer', id, '?opening=true');
      expect(bundle.opening?.envelope).toEqual(before.get(id)?.opening?.envelope);
      expect((await call('GET', `/v1/events/${id}`, { role: 'clinician' })).text).toContain('"envelope"');
    }
    const found = await call('POST', '/v1/events:search', {
      role: 'privacy-officer',
      body: { subject: OTHER, types: TYPES },
    });
    expect(new Set(found.json({ events: [{ id: '' }] }).events.map(({ id }) => id))).toEqual(new Set(all(other)));
  });

  it('posting an erased event again says so, and nothing more can be said about what was erased', async () => {
    for (const id of all(erased)) {
      const role = id === erased.ids['feedback'] ? 'clinician' : 'integrator';
      const again = await call('POST', '/v1/events', { role, body: bodies.get(id) });
      expect([id, again.status, again.json({ code: '' }).code]).toEqual([id, 409, 'content_erased']);
      expect(again.text).not.toContain(ERASED);
    }
    const batch = await call('POST', '/v1/events:batch', {
      role: 'integrator',
      body: [{ ...bodies.get(other.prediction), id: crypto.randomUUID() }, bodies.get(erased.prediction)],
    });
    expect([batch.status, batch.json({ code: '' }).code]).toEqual([409, 'content_erased']);
    const late = await call('POST', '/v1/events', {
      role: 'integrator',
      body: {
        type: 'outcome',
        occurredAt: '2026-11-23T10:15:00Z',
        refs: [erased.prediction],
        payload: { observed: true, note: `late word on ${ERASED}` },
      },
    });
    expect([late.status, late.json({ code: '' }).code]).toEqual([409, 'content_erased']);
  });

  it('no live row has a wrapped key, a link or an index entry of the subject', async () => {
    await withOwner(ownerConnection(service.dataDir), async (client) => {
      const { rows } = await client.query(
        'select blind, wrapped_key, kek_id, hold from subjects where pseudonym = $1',
        [pseudonym],
      );
      expect(rows).toEqual([{ blind: null, wrapped_key: null, kek_id: null, hold: false }]);
      const indexed = await client.query(
        'select i.* from event_index i join events e using (idx) where e.id = any($1::uuid[])',
        [all(erased)],
      );
      expect(indexed.rows).toEqual([]);
      const kept = await client.query(
        'select 1 from event_index i join events e using (idx) where e.id = any($1::uuid[])',
        [all(other)],
      );
      expect(kept.rowCount).toBe(all(other).length);
    });
  });

  it('the same outside id later is another subject, which nothing links to the erased one', async () => {
    const again = await tell(ERASED);
    const found = await call('POST', '/v1/events:search', {
      role: 'privacy-officer',
      body: { subject: ERASED, types: TYPES },
    });
    expect(new Set(found.json({ events: [{ id: '' }] }).events.map(({ id }) => id))).toEqual(new Set(all(again)));
    await withOwner(ownerConnection(service.dataDir), async (client) => {
      const { rows } = await client.query<{ pseudonym: string }>(
        'select distinct pseudonym from events where id = any($1::uuid[])',
        [all(again)],
      );
      expect(rows).toHaveLength(1);
      expect(rows[0]!.pseudonym).not.toBe(pseudonym);
    });
    for (const id of all(erased)) {
      expect((await bundleOf('privacy-officer', id, '?opening=true')).erasure).toBeDefined();
    }
    expect((await bundleOf('privacy-officer', again.prediction, '?opening=true')).opening?.envelope.subject).toBe(
      ERASED,
    );
  });

  it('a rotation of the KEK and a restart bring nothing back, and the log is whole', async () => {
    expect((await cli(['keys', 'rotate-kek'], ADMIN_KEY)).code).toBe(0);
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    service = await start(compiled, { dataDir: service.dataDir });
    call = caller(service.url, keys);
    for (const id of all(erased)) {
      const bundle = await bundleOf('privacy-officer', id, '?opening=true');
      expect([bundle.opening, bundle.erasure]).toEqual([undefined, expect.any(Object)]);
    }
    for (const id of all(other)) {
      expect((await bundleOf('privacy-officer', id, '?opening=true')).opening).toBeDefined();
    }
    const log = await checkLog(ownerConnection(service.dataDir));
    const fsck = await spawnCli(['fsck', service.url, '--key', vkey], { env: { VERICLIN_API_KEY: keys.auditor } });
    expect([fsck.code, log.size]).toEqual([0, expect.any(Number)]);
  });
});
