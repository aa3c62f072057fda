/**
 * Invariants 3 and 11: a database restored from an older backup, another log's database, a changed key or a forked head is
 * detected at start and while running; the service refuses to sign and still serves reads.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { hashSecret, newSecret, secretPrefix } from '../../api/auth/api-keys.ts';
import { startServer } from '../../api/server.ts';
import { signCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { openLogKey } from '../../ledger/keys/log-key.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';
import { startSecondLedger } from '../harness/second-ledger.ts';
import { SERVER_OPTIONS } from '../harness/served.ts';

const integrator = principal('integrator');
const fill = (composed: Composed, count: number) =>
  composed.service.ledger.append(
    Array.from({ length: count }, () => envelope()),
    integrator,
  );

async function waitForRefusal(composed: Composed): Promise<string | undefined> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { refusal } = composed.service.ledger.status();
    if (refusal !== undefined) return refusal.reason;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

/** Copies with owners and modes, which PostgreSQL checks. */
function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}

describe('refusing to sign', () => {
  let composed: Composed;
  afterEach(async () => {
    await composed.stop();
  });

  async function expectRefused(reason: string): Promise<void> {
    const { ledger } = composed.service;
    expect(ledger.status()).toMatchObject({ signing: 'refused', refusal: { reason } });
    await expect(ledger.appendOne(envelope(), integrator)).rejects.toMatchObject({ code: 'log_refuses_to_sign' });
    await expect(fill(composed, 2)).rejects.toMatchObject({ code: 'log_refuses_to_sign' });
  }

  it('a database restored from an older backup is detected at start, and still read', async () => {
    composed = await startComposed();
    const kept = envelope();
    await composed.service.ledger.appendOne(kept, integrator);
    await fill(composed, 300);
    await composed.service.stop();
    const backup = join(composed.dataDir, 'backup');
    copyFolder(join(composed.dataDir, 'postgres'), backup);
    await composed.restart();
    await fill(composed, 1);
    await composed.service.stop();
    await rm(join(composed.dataDir, 'postgres'), { recursive: true });
    copyFolder(backup, join(composed.dataDir, 'postgres'));
    const { ledger } = await composed.restart();
    await expectRefused('database_older_than_checkpoint');
    const event = await ledger.read.findEvent(kept.id);
    expect(await ledger.read.open(event!)).toMatchObject({ kind: 'open', opening: { envelope: kept } });
    expect((await ledger.read.receipt(event!)).index).toBe(0);
    // Refusing is not forgotten by starting again.
    await composed.restart();
    await expectRefused('database_older_than_checkpoint');
  });

  it('the same while running', async () => {
    composed = await startComposed();
    await fill(composed, 5);
    const { note, root } = await withOwner(ownerConnection(composed.dataDir), async (client) => {
      return (await client.query<{ note: string; root: Buffer }>('select note, root from log_head')).rows[0]!;
    });
    await fill(composed, 20);
    // A restore by SQL, with triggers off, as a careless administrator would do it.
    await withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query(`set session_replication_role = replica`);
      await client.query('delete from events where idx >= 5');
      await client.query('delete from event_index where idx >= 5');
      await client.query('delete from checkpoints where size > 5');
      await client.query('update log_head set size = 5, note = $1, root = $2', [note, root]);
    });
    // Invariant 3: idle or not, it is noticed.
    expect(await waitForRefusal(composed)).toBe('database_older_than_checkpoint');
    await expectRefused('database_older_than_checkpoint');
  });

  it('and when the next thing that happens is an append', async () => {
    composed = await startComposed();
    await fill(composed, 20);
    await withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query(`set session_replication_role = replica`);
      await client.query(`update log_head set size = 19`);
    });
    await expect(fill(composed, 1)).rejects.toMatchObject({ code: 'log_refuses_to_sign' });
    expect(composed.service.ledger.status().signing).toBe('refused');
  });

  it('an emptied database is no new log', async () => {
    composed = await startComposed();
    await fill(composed, 3);
    await composed.service.stop();
    await rm(join(composed.dataDir, 'postgres'), { recursive: true });
    await rm(join(composed.dataDir, 'kek.json'));
    await composed.restart();
    await expectRefused('database_older_than_checkpoint');
  });

  it('a changed log key', async () => {
    composed = await startComposed();
    await fill(composed, 3);
    await composed.service.stop();
    await rm(join(composed.dataDir, 'log.key'));
    await composed.restart();
    await expectRefused('key_changed');
  });

  it('says why in /readyz and metrics, and over HTTP reads go on while posts are told', async () => {
    composed = await startComposed({ VERICLIN_BOOTSTRAP_KEY: 'vk_bootstrap-of-this-test-alone-0123456789' });
    const kept = envelope();
    await composed.service.ledger.appendOne(kept, integrator);
    const secret = newSecret();
    await composed.service.ledger.apiKeys.create({
      id: randomUUID(),
      role: 'integrator',
      name: 'ehr',
      actor: 'ehr',
      grants: [],
      prefix: secretPrefix(secret),
      expiresAt: undefined,
      hash: hashSecret(secret),
    });
    await composed.service.stop();
    await rm(join(composed.dataDir, 'log.key'));
    await composed.restart();
    const server = await startServer(composed.service.edge, SERVER_OPTIONS);
    try {
      const ready = await fetch(`${server.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ ready: false, log: { signing: 'refused', reason: 'key_changed' } });
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toContain('vericlin_signing_refused{reason="key_changed"} 1');
      expect(metrics).toContain('vericlin_signing_ok 0');
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
      const body = JSON.stringify({
        type: 'prediction',
        occurredAt: kept.occurredAt,
        model: kept.model,
        payload: kept.payload,
      });
      const posted = await fetch(`${server.url}/v1/events`, { method: 'POST', headers, body });
      expect([posted.status, await posted.json()]).toMatchObject([503, { code: 'log_refuses_to_sign' }]);
      expect(await composed.service.ledger.read.findEvent(kept.id)).toMatchObject({ index: 0 });
      const schema = await fetch(`${server.url}/v1/schemas/prediction`, { headers });
      expect(schema.status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it("another log's database", async () => {
    composed = await startComposed();
    await fill(composed, 3);
    await composed.service.stop();
    await composed.stop();
    composed = await startComposed({ VERICLIN_LOG_ORIGIN: 'one.example/log' });
    await fill(composed, 3);
    await composed.service.stop();
    const folder = join(composed.dataDir, '..', `${composed.dataDir.split('/').at(-1)!}-moved`);
    await mkdir(folder);
    copyFolder(`${composed.dataDir}/.`, folder);
    await rm(composed.dataDir, { recursive: true });
    composed = await startComposed({ VERICLIN_DATA_DIR: folder, VERICLIN_LOG_ORIGIN: 'two.example/log' });
    await expectRefused('other_log');
    await rm(folder, { recursive: true, force: true });
  });

  it('a forked head: the same size, other entries, signed with the very key', async () => {
    composed = await startComposed();
    const data = join(composed.dataDir, 'postgres');
    await fill(composed, 10);
    await composed.service.stop();
    copyFolder(data, join(composed.dataDir, 'fork'));
    const watermark = await readFile(join(composed.dataDir, 'newest-checkpoint'));
    await composed.restart();
    await fill(composed, 7);
    await composed.service.stop();
    const newest = await readFile(join(composed.dataDir, 'newest-checkpoint'));
    // The other branch grows from the copy, with the same key, to the same size and beyond.
    await rm(data, { recursive: true });
    copyFolder(join(composed.dataDir, 'fork'), data);
    await writeFile(join(composed.dataDir, 'newest-checkpoint'), watermark);
    await composed.restart();
    await fill(composed, 9);
    await composed.service.stop();
    await checkFork();
    await writeFile(join(composed.dataDir, 'newest-checkpoint'), newest);
    const { ledger } = await composed.restart();
    await expectRefused('forked_head');
    await expect(ledger.read.tiles.checkpoint()).rejects.toMatchObject({ code: 'log_refuses_to_sign' });
    expect((await ledger.read.search({ order: 'asc', limit: 5 })).events).toHaveLength(5);
    async function checkFork(): Promise<void> {
      const restarted = await composed.restart();
      expect(restarted.ledger.status()).toMatchObject({ signing: 'ok', size: 19 });
      await composed.service.stop();
    }
  });

  it('a head whose root its entries do not give, though signed with the very key', async () => {
    composed = await startComposed();
    await fill(composed, 4);
    const signer = await openLogKey(join(composed.dataDir, 'log.key'), 'vericlin.local/log', nodePrimitives.sha256);
    const root = new Uint8Array(32).fill(7);
    const note = signCheckpoint({ origin: 'vericlin.local/log', size: 5, root }, signer);
    await withOwner(ownerConnection(composed.dataDir), (client) =>
      client.query('update log_head set size = 5, root = $1, note = $2', [root, note]),
    );
    expect(await waitForRefusal(composed)).toMatch(/head_corrupt|forked_head/);
  });

  it('an entry changed behind the back of the service is seen at the next start', async () => {
    composed = await startComposed();
    await fill(composed, 10);
    await withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query(`set session_replication_role = replica`);
      await client.query(`update events set leaf_hash = sha256('other') where idx = 9`);
    });
    await composed.restart();
    expect(composed.service.ledger.status().signing).toBe('refused');
    await expect(checkLog(ownerConnection(composed.dataDir))).rejects.toThrow('leaf hash of 9');
  });

  it('a torn watermark file does not keep an honest log from starting', async () => {
    composed = await startComposed();
    await fill(composed, 3);
    await composed.service.stop();
    const path = join(composed.dataDir, 'newest-checkpoint');
    const bytes = await readFile(path);
    bytes.fill(0x41, 100, 140);
    await writeFile(path, bytes);
    await cp(path, `${path}.seen`);
    const { ledger } = await composed.restart();
    expect(ledger.status()).toMatchObject({ signing: 'ok', size: 3 });
  });
});

it('stops signing under load as well: nothing that waits keeps the log going', async () => {
  const composed = await startComposed();
  const second = await startSecondLedger(composed.dataDir);
  try {
    const startSize = second.ledger.status().size;
    let appended = 0;
    const poster = async (): Promise<unknown> => {
      for (;;) {
        try {
          await second.ledger.append([envelope()], integrator);
          appended += 1;
        } catch (error) {
          return (error as { code?: unknown }).code;
        }
      }
    };
    // Enough of them that the sequencer is never idle.
    const posters = Array.from({ length: 32 }, poster);
    while (appended < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    second.sequencer.refuse('database_older_than_checkpoint', 'said by the test');
    expect(new Set(await Promise.all(posters))).toEqual(new Set(['log_refuses_to_sign']));
    // What was answered is there, and nothing of what was refused.
    expect(second.ledger.status().size - startSize).toBe(appended);
  } finally {
    await second.stop();
    await composed.stop();
  }
});
