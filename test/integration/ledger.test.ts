import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileKek } from '../../ledger/keys/file-kek.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { Envelope, JsonObject } from '../../ledger/types.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';

describe('the ledger over a real PostgreSQL', () => {
  let composed: Composed;
  const integrator = principal('integrator');
  beforeAll(async () => {
    composed = await startComposed();
  });
  afterAll(async () => {
    await composed.stop();
  });

  it('appends one and answers a receipt that verifies', async () => {
    const posted = envelope();
    const { receipt, repeated } = await composed.service.ledger.appendOne(posted, integrator);
    expect(repeated).toBe(false);
    const event = (await composed.service.ledger.read.findEvent(posted.id))!;
    const bundle = await composed.service.ledger.read.bundle(event, { opening: true });
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [composed.service.ledger.vkey] });
    const verification = verifier.verifyBundle(JSON.stringify(bundle));
    expect(verification).toMatchObject({ outcome: 'valid' });
    expect(await composed.service.ledger.read.receipt(event)).toEqual(receipt);
    const again = await composed.service.ledger.appendOne(posted, integrator);
    expect(again).toEqual({ receipt, repeated: true });
  });

  it('appends many', async () => {
    const envelopes = Array.from({ length: 1200 }, () => envelope());
    const { events } = await composed.service.ledger.append(envelopes, integrator);
    expect(events.map((event) => event.index)).toEqual(events.map((_, at) => events[0]!.index + at));
    const page = await composed.service.ledger.read.search({ subject: 'MRN-3', order: 'asc', limit: 10 });
    expect(page.events).toHaveLength(10);
    const proof = await composed.service.ledger.read.consistency(1, 1000);
    expect(proof.hashes.length).toBeGreaterThan(5);
  });

  it('what is said about a subject without naming it goes under its key, and with it', async () => {
    const { ledger } = composed.service;
    const prediction = envelope({ subject: 'MRN-told' });
    const bare = (type: string, refs: string[], payload: JsonObject): Envelope => {
      const { id, type: kind, occurredAt, refs: to = [], payload: said } = envelope({ type, refs, payload });
      return { id, type: kind, occurredAt, refs: to, payload: said };
    };
    await ledger.append(
      [prediction, bare('explanation', [prediction.id], { method: 'lime', attributions: [] })],
      integrator,
    );
    const feedback = bare('clinician_feedback', [prediction.id], {
      outcome: 'overridden',
      userComment: 'MRN-told is fine',
    });
    await ledger.appendOne(feedback, integrator);
    const outcome = bare('outcome', [feedback.id], { observed: true });
    await ledger.appendOne(outcome, integrator);
    const stored = (await ledger.read.findEvent(outcome.id))!;
    expect(stored.pseudonym).toBe(await ledger.subjects.resolve('MRN-told'));

    const other = envelope({ subject: 'MRN-other' });
    await ledger.appendOne(other, integrator);
    const both = bare('outcome', [prediction.id, other.id], { observed: true });
    await expect(ledger.appendOne(both, integrator)).rejects.toMatchObject({ code: 'invalid_ref', pointer: '/refs' });
    await expect(ledger.append([other, both], integrator)).rejects.toMatchObject({ pointer: '/1/refs' });
    const dangling = bare('outcome', [crypto.randomUUID()], { observed: true });
    await expect(ledger.appendOne(dangling, integrator)).rejects.toMatchObject({
      code: 'unknown_ref',
      pointer: '/refs/0',
    });

    const { erasedEvents } = await ledger.subjects.shred({ subject: 'MRN-told', reason: 'asked' }, integrator);
    expect(erasedEvents).toBe(4);
    for (const id of [prediction.id, feedback.id, outcome.id]) {
      expect(await ledger.read.open((await ledger.read.findEvent(id))!)).toEqual({ kind: 'erased' });
    }
    const late = bare('outcome', [prediction.id], { observed: true });
    await expect(ledger.appendOne(late, integrator)).rejects.toMatchObject({ code: 'content_erased' });
    expect(await ledger.read.open((await ledger.read.findEvent(other.id))!)).toMatchObject({ kind: 'open' });
  });

  it('a KEK rotation that was broken off after its first step keeps nobody from posting about new subjects', async () => {
    const { ledger } = composed.service;
    // What a crash leaves: a new KEK active in the file, and every key still under the old one.
    await (await openFileKek(join(composed.dataDir, 'kek.json'))).rotate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const event = envelope({ subject: 'MRN-after-broken-rotation' });
    await ledger.appendOne(event, integrator);
    expect(await ledger.read.open((await ledger.read.findEvent(event.id))!)).toMatchObject({ kind: 'open' });
    await composed.service.ledger.rotateKek(principal('admin'));
    expect(await ledger.read.open((await ledger.read.findEvent(event.id))!)).toMatchObject({ kind: 'open' });
  });

  it('shreds', async () => {
    const { ledger } = composed.service;
    const done = await ledger.subjects.shred({ subject: 'MRN-3', reason: 'asked' }, principal('privacy-officer'));
    expect(done.erasedEvents).toBeGreaterThan(100);
    expect(await ledger.subjects.resolve('MRN-3')).toBeUndefined();
  });
});
