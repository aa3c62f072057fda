import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { formatVerifierKey, parseVerifierKey } from '../../ledger/checkpoint/key.ts';
import { openLogKey } from '../../ledger/keys/log-key.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';
import { findLitewitness, startLitewitness, type Litewitness } from '../harness/litewitness.ts';
import { skipNote } from '../harness/outside-tools.ts';

const ORIGIN = 'hospital.example/log';
const INTEGRATOR = principal('integrator');
const found = findLitewitness();

describe.skipIf(found.kind === 'missing')(`a service with two real witnesses, both asked for${skipNote(found)}`, () => {
  let folder: string;
  let witnesses: Litewitness[];
  let composed: Composed;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vericlin-witnessed-'));
    const keyFile = join(folder, 'log.key');
    const { key } = await openLogKey(keyFile, ORIGIN, nodePrimitives.sha256);
    const log = { origin: ORIGIN, vkey: formatVerifierKey(key) };
    witnesses = await Promise.all(
      ['witness.example/w1', 'witness.example/w2'].map((name) => startLitewitness({ ...log, name })),
    );
    const lines = witnesses.map(({ vkey, url }, i) => `witness w${i + 1} ${vkey} ${url}`);
    const policyFile = join(folder, 'policy');
    await writeFile(policyFile, [`log ${log.vkey}`, ...lines, 'group both all w1 w2', 'quorum both', ''].join('\n'));
    composed = await startComposed({
      VERICLIN_LOG_ORIGIN: ORIGIN,
      VERICLIN_LOG_KEY_FILE: keyFile,
      VERICLIN_WITNESS_POLICY_FILE: policyFile,
    });
  });
  afterAll(async () => {
    await composed.stop();
    await Promise.all(witnesses.map((witness) => witness.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  /** The published checkpoint, once it covers `size` entries; verified against the log's key and both witnesses'. */
  async function publishedCheckpoint(size: number): Promise<{ size: number; cosigners: string[] }> {
    const { ledger } = composed.service;
    const keys = [ledger.vkey, ...witnesses.map(({ vkey }) => vkey)].map((vkey) =>
      parseVerifierKey(nodePrimitives.sha256, vkey),
    );
    for (let tries = 0; tries < 300; tries += 1) {
      const opening = openCheckpoint(await ledger.read.tiles.checkpoint(), keys, nodePrimitives);
      if (opening.kind === 'rejected') throw new Error(opening.reason);
      const cosigners = opening.cosignatures.map(({ key }) => key.name).sort();
      if (opening.checkpoint.size >= size && cosigners.length === 2)
        return { size: opening.checkpoint.size, cosigners };
      await delay(50);
    }
    throw new Error('no cosigned checkpoint came');
  }

  async function append(count: number): Promise<void> {
    await composed.service.ledger.append(
      Array.from({ length: count }, () => envelope()),
      INTEGRATOR,
    );
  }

  it('publishes checkpoints that both have cosigned', async () => {
    await append(10);
    expect((await publishedCheckpoint(10)).cosigners).toEqual(['witness.example/w1', 'witness.example/w2']);
  });

  it('goes on doing so while the log grows, and appends do not wait for it', async () => {
    for (let batch = 0; batch < 40; batch += 1) await append(5);
    expect((await publishedCheckpoint(210)).size).toBeGreaterThanOrEqual(210);
    expect(composed.service.ledger.status().witnesses).toMatchObject([
      { name: 'w1', state: 'ok' },
      { name: 'w2', state: 'ok' },
    ]);
  });

  it('goes on where it stopped after a restart', async () => {
    await composed.restart();
    await append(7);
    expect((await publishedCheckpoint(217)).cosigners).toHaveLength(2);
  });

  it('appends all the same when a witness is gone; the last checkpoint that both cosigned stays published', async () => {
    const before = await publishedCheckpoint(217);
    await witnesses[1]!.stop();
    await append(3);
    for (let tries = 0; composed.service.ledger.status().witnesses[1]?.state !== 'failing'; tries += 1) {
      if (tries > 300) throw new Error('the loss was not noticed');
      await delay(50);
    }
    expect((await publishedCheckpoint(1)).size).toBe(before.size);
    expect(composed.service.ledger.status().size).toBeGreaterThan(before.size);
  });
});
