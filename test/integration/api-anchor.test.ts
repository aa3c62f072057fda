/**
 * Anchoring over HTTP, on a real Fabric network: what a poster who waits gets, what a bundle carries, and what is said
 * while an organisation is down. What a real chain does not do on request is in `api-anchor-wait.test.ts`.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDocument } from '../../api/document.ts';
import { SERVER_MADE_TYPES } from '../../ledger/event/rules.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import { EVENT_TYPES, type AnchorEvidence, type Bundle, type Receipt } from '../../ledger/types.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { openFabricChain } from '../../runtime/fabric-chain.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, sharedDevnet, type TestDevnet } from '../harness/devnet.ts';
import { newMark } from '../harness/find-marks.ts';
import { markedEvent } from '../harness/marked-events.ts';
import { startServed, type Answer, type CallOptions, type Served } from '../harness/served.ts';

const isUnavailable = devnetUnavailable() !== undefined;
const MAX_EVIDENCE_BYTES = 6_144;

const POSTED_TYPES = EVENT_TYPES.filter((type) => !SERVER_MADE_TYPES.includes(type));

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(JSON.parse(JSON.stringify(loadDocument())) as object, 'api');
const isValid = (schema: string, value: unknown): boolean => {
  return ajv.validate({ $ref: `api#/components/schemas/${schema}` }, value);
};

const event = (members: object = {}): Record<string, unknown> => ({
  id: crypto.randomUUID(),
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  subject: 'MRN-0042',
  encounter: 'E-77',
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false },
  ...members,
});
const codeOf = (answer: Answer): unknown => answer.json()['code'];

const anchoredOn = (devnet: TestDevnet): Promise<Served> =>
  startServed({ env: { VERICLIN_FABRIC_PROFILE: devnet.profile } });

function post(served: Served, body: unknown, options: CallOptions = {}, path = '/v1/events'): Promise<Answer> {
  return served.call('POST', `${path}?wait=anchored`, { role: 'integrator', body, ...options });
}

interface Readiness {
  readonly ready: boolean;
  readonly anchor: string;
  readonly anchoring: { readonly reason?: string; readonly size: number; readonly lagEntries: number };
}
const readiness = async (served: Served): Promise<Readiness> => (await served.call('GET', '/readyz')).json<Readiness>();

describe.skipIf(isUnavailable)(`anchoring over HTTP${devnetSkipNote()}`, () => {
  let devnet: TestDevnet;
  let served: Served;
  beforeAll(async () => {
    devnet = await sharedDevnet();
    served = await anchoredOn(devnet);
  });
  afterAll(async () => {
    await served.stop();
  });

  function expectEvidence(evidence: AnchorEvidence | null | undefined, index: number): AnchorEvidence {
    expect(isValid('AnchorEvidence', evidence), ajv.errorsText()).toBe(true);
    const found = evidence as AnchorEvidence;
    expect([found.channel, found.chaincode]).toEqual([devnet.channel, devnet.chaincode]);
    expect(found.size).toBeGreaterThan(index);
    expect(found.read.endorsements).toHaveLength(devnet.organizations.length);
    expect(JSON.stringify(found).length).toBeLessThanOrEqual(MAX_EVIDENCE_BYTES);
    return found;
  }

  it('answers wait=anchored with the evidence, and the same receipt whenever it is asked for', async () => {
    const body = event();
    const answer = await post(served, body);
    expect(answer.status).toBe(201);
    const receipt = answer.json<Receipt>();
    expect(isValid('Receipt', receipt), ajv.errorsText()).toBe(true);
    expectEvidence(receipt.anchor, receipt.index);
    const again = await post(served, body);
    expect([again.status, again.json()]).toEqual([200, receipt]);
    const read = await served.call('GET', `/v1/events/${receipt.id}`, { role: 'integrator' });
    expect(read.json<{ receipt: Receipt }>().receipt).toEqual(receipt);
  });

  it('waits for the last event of a batch, whose every event is anchored then', async () => {
    const events = Array.from({ length: 50 }, () => event());
    const answer = await post(served, events, { headers: { prefer: 'wait=60' } }, '/v1/events:batch');
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, 'wait=60']);
    const outcome = answer.json<{ anchored: boolean; events: { id: string; index: number }[] }>();
    expect(outcome.anchored).toBe(true);
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [served.composed.service.ledger.vkey] });
    for (const { id, index } of [outcome.events[0]!, outcome.events[49]!]) {
      const proof = await served.call('GET', `/v1/events/${id}/proof`, { role: 'auditor' });
      const bundle = proof.json<Bundle>();
      expect(isValid('Bundle', bundle), ajv.errorsText()).toBe(true);
      const evidence = expectEvidence(bundle.anchor, index);
      // The bundle stands on the anchored checkpoint, so nothing has to join the two.
      expect([bundle.proof.size, evidence.proof, evidence.consistency]).toEqual([evidence.size, undefined, undefined]);
      expect(verifier.verifyBundle(proof.text)).toMatchObject({ outcome: 'valid' });
    }
  });

  it('adds the block on request', async () => {
    const { id, index } = (await post(served, event())).json<Receipt>();
    const answer = await served.call('GET', `/v1/events/${id}/proof?anchor=block`, { role: 'auditor' });
    expect(answer.status).toBe(200);
    const { block, ...read } = answer.json<Bundle>().anchor as AnchorEvidence;
    expect(isValid('BlockEvidence', block), ajv.errorsText()).toBe(true);
    expect(block!.data[block!.transaction]).toBeDefined();
    expectEvidence(read, index);
  });

  it('shows a state, endorsers and expiry in readiness and metrics, and no path of this machine', async () => {
    await post(served, event());
    await expect.poll(async () => (await readiness(served)).anchor).toBe('current');
    const answer = await served.call('GET', '/readyz');
    expect(isValid('Readiness', answer.json()), ajv.errorsText()).toBe(true);
    expect(answer.json()).toMatchObject({
      ready: true,
      anchoring: {
        channel: devnet.channel,
        chaincode: devnet.chaincode,
        isLeader: true,
        endorsers: devnet.organizations.map(({ mspId }) => mspId),
      },
    });
    expect(answer.text).not.toContain(devnet.folder);
    expect(answer.text).not.toMatch(/PRIVATE|\.pem/);
    const metrics = (await served.call('GET', '/metrics')).text;
    for (const line of [
      'vericlin_anchor_state{state="current"} 1',
      'vericlin_anchor_leader 1',
      ...devnet.organizations.map(({ mspId }) => `vericlin_anchor_endorsers{organization="${mspId}"} 1`),
    ]) {
      expect(metrics).toContain(line);
    }
    expect(Number(/^vericlin_anchored_size_entries (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(50);
    const expiry = /^vericlin_anchor_certificate_expiry_seconds\{certificate="[^"]+"\} (\d+)/m.exec(metrics)?.[1];
    expect(Number(expiry) * 1000).toBeGreaterThan(Date.now());
  });
});

describe.skipIf(isUnavailable)(`what the chain gets${devnetSkipNote()}`, () => {
  it('is leaf hashes: no block holds anything of the content, in any form', async () => {
    const devnet = await sharedDevnet();
    const served = await anchoredOn(devnet);
    try {
      const mark = newMark('Q7ZVKMRN0815CANARYX');
      const first = markedEvent('prediction', mark.text, []);
      const events = [first, ...POSTED_TYPES.map((type) => markedEvent(type, mark.text, [first.id]))];
      const answer = await post(served, events, {}, '/v1/events:batch');
      expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('"anchored":true') as string]);
      const { chain } = await openFabricChain(devnet.profile, served.composed.service.ledger.vkey);
      try {
        const blocks = await Promise.all(Array.from({ length: await chain.height() }, (_, at) => chain.block(at)));
        expect(blocks.map((block) => mark.formsIn(block)).flat()).toEqual([]);
        // The same look finds what is meant to be there.
        const { entry } = (
          await served.call('GET', `/v1/events/${first.id}/proof`, { role: 'auditor' })
        ).json<Bundle>();
        const leafHash = Buffer.from(hashLeaf(nodePrimitives.sha256, Buffer.from(entry, 'base64')));
        expect(blocks.filter((block) => Buffer.from(block).includes(leafHash))).toHaveLength(1);
      } finally {
        chain.close();
      }
    } finally {
      await served.stop();
    }
  });
});

describe.skipIf(isUnavailable)(`one organisation down${devnetSkipNote()}`, () => {
  let devnet: TestDevnet;
  let served: Served;
  beforeAll(async () => {
    devnet = await newDevnet();
    served = await anchoredOn(devnet);
  });
  afterAll(async () => {
    await served.stop();
    await devnet.close();
  });

  it('appends go on, receipts say that nothing is anchored, and it is caught up afterwards', async () => {
    expect((await post(served, event())).status).toBe(201);
    await devnet.kill('peer2');
    const body = event();
    const waited = await post(served, body, { headers: { prefer: 'wait=1' } });
    expect([waited.status, waited.json<Receipt>().anchor]).toEqual([202, null]);
    expect(waited.headers.get('preference-applied')).toBe('wait=1');
    expect(Number(waited.headers.get('retry-after'))).toBeGreaterThan(0);
    const { id } = waited.json<Receipt>();
    const bundle = (await served.call('GET', `/v1/events/${id}/proof`, { role: 'auditor' })).json<Bundle>();
    expect(bundle.anchor).toBeUndefined();
    const block = await served.call('GET', `/v1/events/${id}/proof?anchor=block`, { role: 'auditor' });
    expect([block.status, codeOf(block)]).toEqual([503, 'anchor_unavailable']);

    await expect.poll(async () => (await readiness(served)).anchor, { timeout: 60_000 }).toBe('stalled');
    expect(await readiness(served)).toMatchObject({ ready: true, anchoring: { reason: 'unreachable' } });
    const plain = await served.call('POST', '/v1/events', { role: 'integrator', body: event() });
    expect([plain.status, plain.json<Receipt>().anchor]).toEqual([201, null]);

    await devnet.start('peer2');
    const again = await post(served, body, { headers: { prefer: 'wait=60' } });
    expect(again.status).toBe(200);
    expect(again.json<Receipt>().anchor).not.toBeNull();
    await expect.poll(async () => (await readiness(served)).anchor, { timeout: 60_000 }).toBe('current');
    await expect.poll(async () => (await readiness(served)).anchoring.lagEntries).toBe(0);
  });
});
