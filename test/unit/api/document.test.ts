import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { OPERATION_ROLES, type Allowed, type OperationId } from '../../../api/auth/roles.ts';
import { loadDocument, payloadSchemaName, publishedDocument } from '../../../api/document.ts';
import type { MethodNotAllowedError } from '../../../api/routes.ts';
import { RouteTable } from '../../../api/routes.ts';
import { ANCHOR_REASONS, ANCHOR_STATES } from '../../../ledger/anchor/status.ts';
import type { LedgerError } from '../../../ledger/errors.ts';
import { ERROR_CODES } from '../../../ledger/errors.ts';
import { ROLES } from '../../../ledger/ports.ts';
import { EVENT_TYPES, type AnchorEvidence } from '../../../ledger/types.ts';

const document = loadDocument();
const operations = Object.values(document.paths).flatMap((item) =>
  Object.entries(item).flatMap(([method, operation]) => (method === 'parameters' ? [] : [operation])),
);
const table = new RouteTable(document);

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 with an operation for every row of the role table', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations.map(({ operationId }) => operationId);
    expect([...ids].sort()).toEqual(Object.keys(OPERATION_ROLES).sort());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  it.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s has the roles of the table, a tag, and codes that exist',
    (id, operation) => {
      const allowed: Allowed = OPERATION_ROLES[id as OperationId];
      const inDocument = operation['x-roles'] ?? [];
      expect([...inDocument].sort()).toEqual(allowed === 'public' ? ['public'] : [...allowed].sort());
      expect(operation.tags).toHaveLength(1);
      const known: readonly string[] = ERROR_CODES;
      for (const code of operation['x-codes'] ?? []) expect(known).toContain(code);
      const responses = Object.keys(operation.responses);
      if (allowed !== 'public') expect(responses).toEqual(expect.arrayContaining(['401', '403']));
    },
  );

  it('names the event types and roles of the ledger', () => {
    const schemas = document.components.schemas as Record<string, { enum?: string[] }>;
    expect(schemas['EventType']?.enum).toEqual([...EVENT_TYPES]);
    expect(schemas['Role']?.enum).toEqual([...ROLES]);
  });

  it('publishes a payload schema for every type', () => {
    const { schemas } = publishedDocument(document).components;
    for (const type of EVENT_TYPES) expect(schemas).toHaveProperty(payloadSchemaName(type));
    expect(schemas).toHaveProperty('BiasMetricPayload');
  });

  it('has no path parameter that could name a patient', () => {
    const names = Object.keys(document.paths).flatMap((path) => [...path.matchAll(/\{([^}]+)\}/g)].map((m) => m[1]));
    expect([...new Set(names)].sort()).toEqual(['file', 'id', 'index', 'level', 'type']);
  });
});

describe('the schema of Fabric evidence', () => {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(JSON.parse(JSON.stringify(document)) as object, 'api');
  const isValid = (schema: string, value: unknown): boolean =>
    ajv.validate({ $ref: `api#/components/schemas/${schema}` }, value);
  const bytes = 'AAAA';
  const evidence: AnchorEvidence = {
    format: 'vericlin-anchor/1',
    channel: 'vericlin',
    chaincode: 'merkle-anchor',
    log: 'log-example-test-0123456789',
    size: 3,
    root: bytes,
    proof: { index: 1, size: 3, hashes: [bytes] },
    consistency: { from: 2, to: 3, hashes: [bytes] },
    read: {
      channelHeader: bytes,
      signatureHeader: bytes,
      proposalPayload: bytes,
      responsePayload: bytes,
      endorsements: [{ endorser: bytes, signature: bytes }],
    },
    block: { number: 7, previousHash: bytes, data: [bytes], transaction: 0, signatures: bytes },
  };

  it('takes every member that evidence has', () => {
    expect(isValid('AnchorEvidence', evidence)).toBe(true);
    const { format, channel, chaincode, log, size, root, read } = evidence;
    expect(isValid('AnchorEvidence', { format, channel, chaincode, log, size, root, read })).toBe(true);
  });

  it('is exact: a member missing or more is refused at every level', () => {
    for (const name of ['format', 'channel', 'chaincode', 'log', 'size', 'root', 'read']) {
      const missing = Object.fromEntries(Object.entries(evidence).filter(([member]) => member !== name));
      expect(isValid('AnchorEvidence', missing), name).toBe(false);
    }
    const { read, block } = evidence;
    for (const changed of [
      { ...evidence, more: 1 },
      { ...evidence, read: { ...read, more: 1 } },
      { ...evidence, read: { ...read, endorsements: [{ ...read.endorsements[0], more: 1 }] } },
      { ...evidence, read: { ...read, endorsements: [] } },
      { ...evidence, block: { ...block, more: 1 } },
      { ...evidence, format: 'vericlin-anchor/2' },
      { ...evidence, log: 'Not A Name' },
      { ...evidence, size: -1 },
    ]) {
      expect(isValid('AnchorEvidence', changed), JSON.stringify(changed)).toBe(false);
    }
  });

  it('stands in receipts as evidence or null, and nothing else', () => {
    const receipt = {
      id: '0197a1c2-7e3b-7c5d-9f21-4a6b8c0d2e4f',
      index: 1,
      entry: bytes,
      proof: evidence.proof,
      checkpoint: 'note',
      recordedAt: '2026-11-23T10:15:00.000Z',
    };
    expect(isValid('Receipt', { ...receipt, anchor: null })).toBe(true);
    expect(isValid('Receipt', { ...receipt, anchor: evidence })).toBe(true);
    for (const anchor of [{}, 'none', undefined, []]) expect(isValid('Receipt', { ...receipt, anchor })).toBe(false);
  });

  it('names the states and reasons of the anchor', () => {
    const schemas = document.components.schemas as Record<string, { properties: Record<string, { enum?: string[] }> }>;
    expect(schemas['Readiness']?.properties['anchor']?.enum).toEqual([...ANCHOR_STATES]);
    expect(schemas['AnchoringStatus']?.properties['reason']?.enum).toEqual([...ANCHOR_REASONS]);
  });
});

describe('the route table', () => {
  const operationOf = (method: string, path: string): string => table.match(method, path).route.operation;
  const id = '0197a1c2-7e3b-7c5d-9f21-4a6b8c0d2e4f';

  it.each([
    ['POST', '/v1/events', 'appendEvent'],
    ['POST', '/v1/events:batch', 'appendEvents'],
    ['POST', '/v1/events:search', 'searchEvents'],
    ['GET', `/v1/events/${id}`, 'getEvent'],
    ['HEAD', `/v1/events/${id}/proof`, 'getProof'],
    ['POST', `/v1/break-glass/${id}:review`, 'reviewBreakGlass'],
    ['GET', '/log/tile/entries/x001/x234/067', 'getEntries'],
    ['GET', '/log/tile/0/x001/x234/067.p/3', 'getTile'],
    ['GET', '/docs/page.css', 'getDocsFile'],
  ])('%s %s is %s', (method, path, operation) => {
    expect(operationOf(method, path)).toBe(operation);
  });

  it('hands over tile coordinates and decoded ids', () => {
    expect(table.match('GET', '/log/tile/1/x001/000').path).toEqual({ level: '1', index: 'x001/000' });
    expect(table.match('GET', '/v1/events/a%2Fb').path).toEqual({ id: 'a/b' });
  });

  it('knows what it does not know', () => {
    for (const path of ['/', '/v1', '/v1/events/', '//v1/events', '/v1/events/a/b/c', '/V1/events', '/docs/']) {
      expect(() => table.match('GET', path)).toThrow(expect.objectContaining({ code: 'not_found' }) as LedgerError);
    }
    expect(() => table.match('GET', '/v1/events/%ff')).toThrow(
      expect.objectContaining({ code: 'bad_request' }) as LedgerError,
    );
    expect(() => table.match('PUT', '/v1/keys')).toThrow(
      expect.objectContaining({ code: 'method_not_allowed', allow: 'POST, GET, HEAD' }) as MethodNotAllowedError,
    );
  });
});
