import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { parseVerifierKey } from '../../ledger/checkpoint/key.ts';
import { appendSignatures } from '../../ledger/checkpoint/note.ts';
import { parseWitnessPolicy } from '../../ledger/checkpoint/policy.ts';
import { parseCosignatureLines } from '../../ledger/checkpoint/witness-request.ts';
import { sleep } from '../../ledger/sleep.ts';
import { submitToWitness, type WitnessAnswer } from '../../ledger/witness/witness-client.ts';
import { createWitnessLoop, type WitnessCosignature } from '../../ledger/witness/witness-round.ts';
import { findLitewitness, startLitewitness, type Litewitness } from '../harness/litewitness.ts';
import { newMemoryLog, newSigner, primitives, type MemoryLog } from '../harness/memory-log.ts';
import { skipNote } from '../harness/outside-tools.ts';

const found = findLitewitness();
const signer = newSigner('test.example/log', 1);
const log = newMemoryLog({ signer });
/** The same key over other entries: a log that shows another history. */
const forked = newMemoryLog({ signer, seed: 'other' });

describe.skipIf(found.kind === 'missing')(`a real witness, litewitness 0.9.0${skipNote(found)}`, () => {
  let witness: Litewitness;

  beforeAll(async () => {
    witness = await startLitewitness({ origin: log.origin, vkey: log.vkey });
  });
  afterAll(async () => {
    await witness.stop();
  });

  async function submit(size: number, oldSize: number, from: MemoryLog = log): Promise<WitnessAnswer> {
    return await submitToWitness({
      fetch,
      primitives,
      url: witness.url,
      key: parseVerifierKey(primitives.sha256, witness.vkey),
      note: from.note(size),
      size,
      oldSize,
      prove: (old) => from.prove(old, size),
      timeoutMs: 10_000,
    });
  }

  it('cosigns the first checkpoint; the note with its line verifies against both keys', async () => {
    const answer = await submit(700, 0);
    if (answer.kind !== 'cosigned') throw new Error(JSON.stringify(answer));
    const note = appendSignatures(log.note(700), parseCosignatureLines(answer.line));
    const keys = [log.vkey, witness.vkey].map((vkey) => parseVerifierKey(primitives.sha256, vkey));
    const opening = openCheckpoint(note, keys, primitives);
    expect(opening).toMatchObject({ kind: 'opened', checkpoint: { size: 700 } });
    expect(opening.kind === 'opened' && opening.cosignatures.map(({ key }) => key.name)).toEqual([
      'witness.example/w1',
    ]);
  });

  it('cosigns a larger one after a lost answer: 409, its size, a proof from there', async () => {
    expect(await submit(1_000, 0)).toMatchObject({ kind: 'cosigned' });
    expect(await submit(1_024, 700)).toMatchObject({ kind: 'cosigned' });
  });

  it('cosigns the same checkpoint again', async () => {
    expect(await submit(1_024, 1_024)).toMatchObject({ kind: 'cosigned' });
  });

  it('refuses a smaller log, another history and an unknown log', async () => {
    expect(await submit(900, 0)).toEqual({ kind: 'refused', reason: 'witness_ahead', status: 409, size: 1_024 });
    expect(await submit(1_024, 1_024, forked)).toMatchObject({ kind: 'refused' });
    expect(await submit(2_000, 1_024, forked)).toEqual({ kind: 'refused', reason: 'proof_refused', status: 422 });
    const stranger = newMemoryLog({ signer: newSigner('stranger.example/log', 1) });
    expect(await submit(5, 0, stranger)).toEqual({ kind: 'refused', reason: 'unknown_log', status: 404 });
    const impostor = newMemoryLog({ signer: newSigner('test.example/log', 1) });
    expect(await submit(2_000, 1_024, impostor)).toEqual({ kind: 'refused', reason: 'signature_refused', status: 403 });
  });

  it('is kept on the newest checkpoint by the loop while the log grows', async () => {
    const saved: WitnessCosignature[] = [];
    const policy = parseWitnessPolicy(
      primitives.sha256,
      `log ${log.vkey}\nwitness w1 ${witness.vkey} ${witness.url}\nquorum w1\n`,
    );
    const loop = createWitnessLoop({
      witnesses: policy.witnesses,
      store: {
        states: () => Promise.resolve([]),
        saveCosignature: (cosignature) => {
          saved.push(cosignature);
          return Promise.resolve();
        },
      },
      prove: log.prove,
      primitives,
      fetch,
      random: Math.random,
      sleep,
      limits: { minIntervalMs: 0, firstBackoffMs: 10 },
    });
    for (let size = 2_001; size <= 2_300; size += 1) {
      loop.notify(size, log.note(size));
      if (size % 50 === 0) await delay(5);
    }
    await loop.settled();
    expect(loop.status()).toEqual([{ name: 'w1', size: 2_300, state: 'ok', reason: undefined }]);
    expect(saved.at(-1)?.size).toBe(2_300);
    expect(saved.length).toBeLessThan(300);
    for (const { size, line } of saved) {
      const note = appendSignatures(log.note(size), parseCosignatureLines(line));
      const keys = [log.vkey, witness.vkey].map((vkey) => parseVerifierKey(primitives.sha256, vkey));
      expect(openCheckpoint(note, keys, primitives)).toMatchObject({ kind: 'opened' });
    }
    await loop.stop();
  });
});
