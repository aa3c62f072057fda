import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
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

  it('shreds', async () => {
    const { ledger } = composed.service;
    const done = await ledger.subjects.shred({ subject: 'MRN-3', reason: 'asked' }, principal('privacy-officer'));
    expect(done.erasedEvents).toBeGreaterThan(100);
    expect(await ledger.subjects.resolve('MRN-3')).toBeUndefined();
  });
});
