import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../api/http/security-headers.ts';
import { startServer } from '../../api/server.ts';
import { envelope, principal } from '../harness/composed.ts';
import { SERVER_OPTIONS, startServed, type Answer, type Served } from '../harness/served.ts';

let served: Served;
beforeAll(async () => {
  served = await startServed();
  const envelopes = Array.from({ length: 600 }, () => envelope());
  await served.composed.service.ledger.append(envelopes, principal('integrator'));
});
afterAll(async () => {
  await served.stop();
});

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Without the decompression that fetch does by itself. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const authorization = `Bearer ${served.keys.auditor}`;
    const request = httpRequest(
      `${served.url}${path}`,
      { method, headers: { authorization, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

describe('C2SP tlog-tiles', () => {
  it('serves checkpoint, full and partial tiles', async () => {
    const checkpoint = await raw('/log/checkpoint');
    expect(checkpoint.headers['cache-control']).toBe('private, max-age=1');
    expect(checkpoint.body.toString().split('\n').slice(0, 2)).toEqual(['vericlin.local/log', '600']);
    const full = await raw('/log/tile/0/000');
    expect([full.status, full.body.length]).toEqual([200, 8192]);
    expect(full.headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect((await raw('/log/tile/0/002.p/88')).body).toHaveLength(88 * 32);
    expect((await raw('/log/tile/1/000.p/2')).body).toHaveLength(64);
  });

  it('serves entry bundles whose leaf hashes are in the tile', async () => {
    const bundle = (await raw('/log/tile/entries/000')).body;
    const length = bundle.readUInt16BE(0);
    const leaf = createHash('sha256')
      .update(Buffer.from([0]))
      .update(bundle.subarray(2, 2 + length))
      .digest();
    expect((await raw('/log/tile/0/000')).body.subarray(0, 32)).toEqual(leaf);
  });

  it.each([
    '/log/tile/0/002',
    '/log/tile/0/002.p/89',
    '/log/tile/0/000.p/256',
    '/log/tile/0/000.p/0',
    '/log/tile/0/0',
    '/log/tile/00/000',
    '/log/tile/64/000',
    '/log/tile/0/x000/000',
    '/log/tile/entries/003',
    '/log/tile/0/%30%30%30.p%2F256',
  ])('has no %s', async (path) => {
    const answer = await raw(path);
    expect(answer.status).toBe(404);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('answers 304 to its ETag, and HEAD without a body', async () => {
    for (const path of ['/log/tile/0/000', '/log/checkpoint', '/log/tile/entries/000']) {
      const first = await raw(path);
      const etag = String(first.headers['etag']);
      expect(etag).toMatch(/^"[^"]+"$/);
      const again = await raw(path, { 'if-none-match': `"other", ${etag}` });
      expect([again.status, again.body.length, again.headers['etag']]).toEqual([304, 0, etag]);
      const head = await raw(path, {}, 'HEAD');
      expect([head.status, head.body.length, head.headers['content-length']]).toEqual([
        200,
        0,
        String(first.body.length),
      ]);
    }
  });

  it('compresses entry bundles where that is accepted, under an ETag of its own', async () => {
    const plain = await raw('/log/tile/entries/000');
    expect(plain.headers['content-encoding']).toBeUndefined();
    const zipped = await raw('/log/tile/entries/000', { 'accept-encoding': 'br;q=1, gzip;q=0.5' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers['vary']).toBe('Accept-Encoding');
    expect(zipped.headers['etag']).not.toBe(plain.headers['etag']);
    expect(zipped.body.length).toBeLessThan(plain.body.length);
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    const refused = await raw('/log/tile/entries/000', { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  it('proves consistency, within the log', async () => {
    const get = (query: string): Promise<Answer> =>
      served.call('GET', `/log/consistency?${query}`, { role: 'auditor' });
    expect((await get('from=100&to=600')).json()).toMatchObject({ from: 100, to: 600 });
    for (const query of ['from=0&to=5', 'from=6&to=5', 'from=1&to=601', 'from=1', 'from=a&to=b', 'from=1&to=1e9']) {
      expect([(await get(query)).status, (await get(query)).json()['code']]).toEqual([400, 'invalid_query']);
    }
  });
});

describe('VERICLIN_LOG_ACCESS=open', () => {
  it('lets everybody read the log, and nothing else', async () => {
    const edge = { ...served.composed.service.edge, logAccess: 'open' as const };
    const server = await startServer(edge, SERVER_OPTIONS);
    try {
      const tile = await fetch(`${server.url}/log/tile/0/000`);
      expect(tile.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      for (const path of ['/log/checkpoint', '/log/tile/entries/000', '/log/consistency?from=1&to=2']) {
        expect((await fetch(`${server.url}${path}`)).status).toBe(200);
      }
      expect((await fetch(`${server.url}/v1/keys`)).status).toBe(401);
    } finally {
      await server.stop();
    }
  });
});

describe('every answer', () => {
  it('carries the security headers and a request id', async () => {
    for (const path of ['/healthz', '/v1/keys', '/nowhere', '/docs', '/openapi.json', '/v1/events']) {
      const { headers } = await served.call('GET', path);
      for (const { name, value } of SECURITY_HEADERS) {
        if (name !== 'Content-Security-Policy' || path !== '/docs') expect(headers.get(name), path).toBe(value);
      }
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-powered-by')).toBeNull();
      if (path.startsWith('/v1/')) expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('keeps a request id that is a UUID, and no other', async () => {
    const id = '0197A1C2-7E3B-7C5D-9F21-4A6B8C0D2E4F';
    const kept = await served.call('GET', '/healthz', { headers: { 'x-request-id': id } });
    expect(kept.headers.get('x-request-id')).toBe(id.toLowerCase());
    const replaced = await served.call('GET', '/healthz', { headers: { 'x-request-id': 'MRN-0042' } });
    expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('operations', () => {
  it('readiness says that nothing anchors', async () => {
    const answer = await served.call('GET', '/readyz');
    expect(answer.json()).toMatchObject({
      ready: true,
      database: 'ok',
      log: { origin: 'vericlin.local/log', signing: 'ok' },
      anchor: 'none',
      witnesses: [],
    });
  });

  it('documents itself without any other host', async () => {
    const page = await served.call('GET', '/docs');
    expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|\*/);
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page.text).toContain('<noscript>');
    for (const [, path = ''] of page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect((await served.call('GET', path)).status, path).toBe(200);
    }
    const script = await served.call('GET', '/docs/redoc.standalone.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.text.length).toBeGreaterThan(500_000);
    const document = (await served.call('GET', '/openapi.json')).json<{ components: { schemas: object } }>();
    expect(document.components.schemas).toHaveProperty('PredictionPayload');
    expect((await served.call('GET', '/docs/../../package.json')).status).toBe(404);
    expect((await served.call('GET', '/docs/other.js')).status).toBe(404);
  });
});

describe('what is no HTTP', () => {
  function send(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(served.server.port, '127.0.0.1', () => socket.write(text));
      let received = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => (received += chunk));
      socket.on('end', () => {
        resolve(received);
      });
      socket.on('error', reject);
    });
  }

  it.each([
    ['no request line', 'nonsense\r\n\r\n', 400, 'bad_request'],
    ['too many header bytes', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 400, 'bad_request'],
    [
      'two lengths',
      'POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}',
      400,
      'bad_request',
    ],
    [
      'length and chunks',
      'POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad_request',
    ],
    ['an absolute target', 'GET http://a/healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
  ])('%s is answered by a problem', async (_what, text, status, code) => {
    const received = await send(text);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(received).toContain('application/problem+json');
    expect(received).toContain(`"code":"${code}"`);
    expect(received).toMatch(/connection: close/i);
    expect(received).not.toMatch(/at .*\.(?:js|ts):\d+/);
  });
});

describe('stopping', () => {
  it('answers what was accepted, then refuses, then ends', async () => {
    const { service } = served.composed;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ledger = {
      ...service.ledger,
      appendOne: async (...request: Parameters<typeof service.ledger.appendOne>) => {
        await held;
        return service.ledger.appendOne(...request);
      },
    };
    const server = await startServer({ ...service.edge, ledger }, SERVER_OPTIONS);
    const authorization = `Bearer ${served.keys.integrator}`;
    const body = envelope();
    const accepted = fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = server.stop();
    // For a moment it still reads what was on its way, and says that it stops; then nobody listens.
    const late = await fetch(`${server.url}/healthz`).then(
      (response) => response.status,
      () => 'refused',
    );
    expect([503, 'refused']).toContain(late);
    release();
    const answer = await accepted;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('connection')).toBe('close');
    await stopped;
    await server.stop();
  });
});
