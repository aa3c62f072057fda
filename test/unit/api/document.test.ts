import { describe, expect, it } from 'vitest';
import { OPERATION_ROLES, type Allowed, type OperationId } from '../../../api/auth/roles.ts';
import { loadDocument, payloadSchemaName, publishedDocument } from '../../../api/document.ts';
import type { MethodNotAllowedError } from '../../../api/routes.ts';
import { RouteTable } from '../../../api/routes.ts';
import type { LedgerError } from '../../../ledger/errors.ts';
import { ERROR_CODES } from '../../../ledger/errors.ts';
import { ROLES } from '../../../ledger/ports.ts';
import { EVENT_TYPES } from '../../../ledger/types.ts';

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
