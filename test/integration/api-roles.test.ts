import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATION_ROLES, type Allowed, type OperationId } from '../../api/auth/roles.ts';
import { loadDocument } from '../../api/document.ts';
import { RouteTable } from '../../api/routes.ts';
import { ROLES, type Role } from '../../ledger/ports.ts';
import { envelope, principal } from '../harness/composed.ts';
import { startServed, type Served } from '../harness/served.ts';

/** How to call each operation so that only the role decides. An operation without a row fails the test. */
const REQUESTS: Readonly<Record<OperationId, { path: string; body?: unknown }>> = {
  appendEvent: { path: '/v1/events', body: {} },
  appendEvents: { path: '/v1/events:batch', body: [] },
  searchEvents: { path: '/v1/events:search', body: {} },
  getEvent: { path: '/v1/events/{event}' },
  getProvenance: { path: '/v1/events/{event}/provenance' },
  getProof: { path: '/v1/events/{event}/proof' },
  shredSubject: { path: '/v1/subjects:shred', body: { subject: 'nobody', reason: 'test' } },
  holdSubject: { path: '/v1/subjects:hold', body: { subject: 'nobody', reason: 'test', hold: true } },
  requestBreakGlass: { path: '/v1/break-glass', body: { subject: 'nobody', reason: 'an emergency', minutes: 5 } },
  listBreakGlass: { path: '/v1/break-glass' },
  reviewBreakGlass: { path: '/v1/break-glass/00000000-0000-4000-8000-000000000000:review' },
  createFairnessAudit: { path: '/v1/fairness/audits', body: { labels: [1, 0], attributes: { sex: ['F', 'M'] } } },
  createExport: { path: '/v1/exports', body: { kind: 'log' } },
  listSchemas: { path: '/v1/schemas' },
  getSchema: { path: '/v1/schemas/prediction' },
  createKey: { path: '/v1/keys', body: { role: 'integrator', name: 'made by the role table' } },
  listKeys: { path: '/v1/keys' },
  revokeKey: { path: '/v1/keys/00000000-0000-4000-8000-000000000000' },
  rotateKek: { path: '/v1/kek:rotate' },
  getCheckpoint: { path: '/log/checkpoint' },
  getTile: { path: '/log/tile/0/000.p/1' },
  getEntries: { path: '/log/tile/entries/000.p/1' },
  getConsistency: { path: '/log/consistency?from=1&to=1' },
  getLogKey: { path: '/log/key' },
  getHealth: { path: '/healthz' },
  getReadiness: { path: '/readyz' },
  getMetrics: { path: '/metrics' },
  getOpenApi: { path: '/openapi.json' },
  getDocs: { path: '/docs' },
  getDocsFile: { path: '/docs/page.css' },
};

let served: Served;
let event: string;

beforeAll(async () => {
  served = await startServed();
  const posted = envelope({ subject: 'MRN-ROLE', actor: { id: 'clinician' } });
  event = posted.id;
  await served.composed.service.ledger.append([posted], principal('integrator'));
});
afterAll(async () => {
  await served.stop();
});

const { routes } = new RouteTable(loadDocument());
const cases = routes.flatMap(({ operation, method }) => ROLES.map((role) => ({ operation, method, role })));

function isAllowed(operation: OperationId, role: Role): boolean {
  const allowed: Allowed = OPERATION_ROLES[operation];
  return allowed === 'public' || allowed.includes(role);
}

describe('every role over every operation', () => {
  it('has a request for each operation of the document', () => {
    expect(Object.keys(REQUESTS).sort()).toEqual(routes.map(({ operation }) => operation).sort());
  });

  it.each(cases)('$role calls $operation', async ({ operation, method, role }) => {
    const { path, body } = REQUESTS[operation];
    const answer = await served.call(method, path.replace('{event}', event), { role, body });
    const isForbidden = answer.status === 403 && answer.json<{ code: string }>().code === 'forbidden';
    expect(isForbidden, answer.text).toBe(!isAllowed(operation, role));
    expect(answer.status).not.toBe(401);
    expect(answer.status).toBeLessThan(500);
  });

  it.each(routes)('nobody calls $operation', async ({ operation, method }) => {
    const { path, body } = REQUESTS[operation];
    const answer = await served.call(method, path.replace('{event}', event), { body });
    // From loopback metrics are open.
    const isOpen = OPERATION_ROLES[operation] === 'public' || operation === 'getMetrics';
    expect(answer.status === 401, answer.text).toBe(!isOpen);
    if (answer.status === 401) {
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="vericlin"');
      expect(answer.json()).toMatchObject({ code: 'unauthenticated', type: 'urn:vericlin:error:unauthenticated' });
    }
  });

  it('closes metrics to what comes through a proxy', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect((await served.call('GET', '/metrics', { headers })).status).toBe(401);
    expect((await served.call('GET', '/metrics', { headers, role: 'admin' })).status).toBe(200);
    expect((await served.call('GET', '/metrics', { headers, role: 'auditor' })).status).toBe(403);
  });
});
