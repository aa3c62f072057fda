import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../api/handler.ts';
import {
  createEnvelopeValidator,
  MAX_AUDIT_BYTES,
  MAX_ENVELOPE_BYTES,
  schemaVersions,
} from '../../ledger/event/index.ts';
import { MAX_PAGE_BYTES } from '../../ledger/ports.ts';
import type { Envelope } from '../../ledger/types.ts';
import { createVerifier } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { principal } from '../harness/composed.ts';
import { startServed, type Served } from '../harness/served.ts';

const validate = createEnvelopeValidator();
let served: Served;

beforeAll(async () => {
  served = await startServed();
});
afterAll(async () => {
  await served.stop();
});

/** An event whose canonical envelope has about so many bytes. */
function sized(bytes: number): Envelope {
  const value = {
    type: 'bias_metric',
    occurredAt: '2026-01-01T00:00:00Z',
    payload: { metric: 'x', value: 1, filler: 'x'.repeat(bytes - 1_024) },
  };
  return validate(value, { nowMs: Date.now(), newId: () => crypto.randomUUID() });
}

describe('how large an event may be', () => {
  it('4 MiB where the service computed an audit, 256 KiB where anybody posts one', async () => {
    const { ledger } = served.composed.service;
    const by = principal('integrator');
    await expect(ledger.appendOne(sized(MAX_ENVELOPE_BYTES + 4_096), by)).rejects.toMatchObject({
      code: 'json_too_large',
    });
    await expect(ledger.append([sized(MAX_ENVELOPE_BYTES + 4_096)], by)).rejects.toMatchObject({
      code: 'json_too_large',
    });
    await expect(ledger.appendAudit(sized(MAX_AUDIT_BYTES + 4_096), by)).rejects.toMatchObject({
      code: 'json_too_large',
    });
    const large = sized(MAX_AUDIT_BYTES);
    const { receipt } = await ledger.appendAudit(large, by);
    const stored = await ledger.read.findEvent(receipt.id);
    const bundle = await ledger.read.bundle(stored!, { opening: true });
    const verifier = createVerifier({ primitives: nodePrimitives, pinnedKeys: [ledger.vkey] });
    expect(verifier.verifyBundle(Buffer.from(JSON.stringify(bundle))).outcome).toBe('valid');
    expect((await ledger.appendAudit(large, by)).repeated).toBe(true);
  });

  it('a page of a search stops before it holds more than 16 MiB, and the next goes on', async () => {
    const { ledger } = served.composed.service;
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1)
      ids.push((await ledger.appendAudit(sized(MAX_AUDIT_BYTES - 65_536), principal('integrator'))).receipt.id);
    const perPage = Math.floor(MAX_PAGE_BYTES / (MAX_AUDIT_BYTES - 65_536));
    const { index } = (await ledger.read.findEvent(ids[0]!))!;
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const body = { types: ['bias_metric'], fromIndex: index, limit: 1_000, ...(cursor === null ? {} : { cursor }) };
      const answer = await served.call('POST', '/v1/events:search', { role: 'ai-governance', body });
      const page: Schema<'SearchPage'> = answer.json<Schema<'SearchPage'>>();
      expect(page.events.length).toBeGreaterThan(0);
      expect(page.events.length).toBeLessThanOrEqual(perPage);
      seen.push(...page.events.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(ids);
  });
});

describe('versions of a schema', () => {
  it('are listed, and each is to be had', async () => {
    const { schemas } = (await served.call('GET', '/v1/schemas')).json<Schema<'SchemaList'>>();
    const versions = schemas.filter(({ type }) => type === 'bias_metric');
    expect(versions.map(({ version }) => version)).toEqual([1, 2]);
    for (const [at, schema] of schemaVersions('bias_metric').entries()) {
      const answer = await served.call('GET', `/v1/schemas/bias_metric?version=${at + 1}`);
      expect(answer.json()).toEqual(JSON.parse(JSON.stringify(schema)));
    }
    const newest = await served.call('GET', '/v1/schemas/bias_metric');
    expect(newest.json()).toMatchObject({ $id: 'urn:vericlin:schema:bias_metric:2' });
    const none = await served.call('GET', '/v1/schemas/prediction?version=2');
    expect([none.status, none.json<{ code: string }>().code]).toEqual([404, 'not_found']);
    expect((await served.call('GET', '/v1/schemas/prediction?version=x')).json<{ code: string }>().code).toBe(
      'invalid_query',
    );
  });
});
