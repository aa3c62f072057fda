import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodyBudget, mediaTypeOf, readBody } from '../../../api/http/body.ts';
import { acceptsGzip, chooseMediaType, matchesEtag } from '../../../api/http/negotiate.ts';
import { OpenWaits } from '../../../api/http/open-waits.ts';
import { preferredWaitSeconds } from '../../../api/http/prefer.ts';
import { parseQuery } from '../../../api/http/query.ts';
import { SECURITY_HEADERS, securityHeadersWith } from '../../../api/http/security-headers.ts';

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

function requestOf(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): IncomingMessage {
  return Object.assign(Readable.from(chunks, { objectMode: false }), { headers }) as unknown as IncomingMessage;
}

describe('choosing a media type', () => {
  const offers = ['application/json', 'text/plain'] as const;
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/plain', 'text/plain'],
    ['text/*', 'text/plain'],
    ['application/json;q=0.5, text/plain', 'text/plain'],
    ['text/plain;q=0.5, */*', 'application/json'],
    ['application/json;q=0, */*', 'text/plain'],
    ['TEXT/PLAIN', 'text/plain'],
    ['image/png', undefined],
    ['application/json;q=0', undefined],
    ['text/plain;q=banana', undefined],
  ])('Accept: %s gives %s', (accept, chosen) => {
    expect(chooseMediaType(accept, offers)).toBe(chosen);
  });
});

describe('gzip', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['br, gzip;q=0.8', true],
    ['gzip;q=0', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['identity, gzip;q=0.5', false],
    ['identity;q=0.5, gzip', true],
    ['br', false],
  ])('Accept-Encoding: %s is %s', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });
});

it('compares entity tags weakly', () => {
  expect(matchesEtag('"a", "b"', '"b"')).toBe(true);
  expect(matchesEtag('W/"b"', '"b"')).toBe(true);
  expect(matchesEtag('*', '"b"')).toBe(true);
  expect(matchesEtag('"a"', '"b"')).toBe(false);
  expect(matchesEtag(undefined, '"b"')).toBe(false);
});

describe('reading a body', () => {
  const budget = new BodyBudget(1000);

  it('joins chunks and stops at the limit', async () => {
    const ten = new Uint8Array(10);
    expect((await readBody(requestOf([ten, ten]), 20, budget)).bytes).toHaveLength(20);
    await expect(readBody(requestOf([ten, ten, ten]), 20, budget)).rejects.toThrow(code('body_too_large'));
    await expect(readBody(requestOf([], { 'content-length': '21' }), 20, budget)).rejects.toThrow(
      code('body_too_large'),
    );
  });

  it('decompresses within the limit', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const body = Buffer.from('{"a":1}');
    const { bytes } = await readBody(requestOf([gzipSync(body)], headers), 100, budget);
    expect(Buffer.from(bytes).toString()).toBe('{"a":1}');
    const bomb = gzipSync(Buffer.alloc(100_000));
    await expect(readBody(requestOf([bomb], headers), 500, budget)).rejects.toThrow(code('body_too_large'));
    await expect(readBody(requestOf([body], headers), 500, budget)).rejects.toThrow(code('bad_request'));
    const deflate = { 'content-encoding': 'deflate' };
    await expect(readBody(requestOf([body], deflate), 500, budget)).rejects.toThrow(code('media_type_unsupported'));
  });

  it('gives its share of the budget back, also after a failure', async () => {
    const small = new BodyBudget(100);
    await expect(readBody(requestOf([new Uint8Array(101)]), 100, small)).rejects.toThrow(code('body_too_large'));
    const first = await readBody(requestOf([new Uint8Array(1)]), 100, small);
    await expect(readBody(requestOf([new Uint8Array(1)]), 100, small)).rejects.toThrow(code('overloaded'));
    first.release();
    await expect(readBody(requestOf([new Uint8Array(1)]), 100, small)).resolves.toBeDefined();
  });

  it('needs a media type that is offered, in UTF-8', () => {
    const json = ['application/json'];
    const of = (type?: string): string =>
      mediaTypeOf(requestOf([], type === undefined ? {} : { 'content-type': type }), json);
    expect(of('application/json')).toBe('application/json');
    expect(of('Application/JSON; charset="UTF-8"')).toBe('application/json');
    for (const type of [undefined, '', 'text/json', 'application/json; charset=latin1']) {
      expect(() => of(type)).toThrow(code('media_type_unsupported'));
    }
  });
});

describe('queries', () => {
  const known = new Set(['wait']);
  it('takes what is known, once', () => {
    expect(parseQuery('', known)).toEqual({});
    expect(parseQuery('wait=integrated', known)).toEqual({ wait: 'integrated' });
    for (const query of ['other=1', 'wait=a&wait=b', '__proto__=1', 'wait=a&toString=1']) {
      expect(() => parseQuery(query, known)).toThrow(code('invalid_query'));
    }
  });
});

it('gives every security header a reason, and lets only the policy differ', () => {
  for (const { reason } of SECURITY_HEADERS) expect(reason.length).toBeGreaterThan(20);
  const changed = securityHeadersWith("default-src 'self'");
  expect(changed).toContain("default-src 'self'");
  expect(changed).toHaveLength(SECURITY_HEADERS.length * 2);
});

describe('Prefer: wait (RFC 7240)', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['wait=10', 10],
    ['respond-async, wait=10', 10],
    ['respond-async,WAIT = 10 ; strict', 10],
    ['wait="10"', 10],
    ['wait=10, wait=20', 10],
    ['foo="a, wait=5", wait=7', 7],
    ['foo="\\", wait=5", wait=8', 8],
    ['return=minimal; wait=5', undefined],
    ['wait', undefined],
    ['wait=', undefined],
    ['wait=, wait=20', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=1e3', undefined],
    ['wait=10x', undefined],
    ['wait=9999999999', undefined],
    ['waiting=10', undefined],
    ['x="never closed, wait=3', undefined],
    ['wait=0', 0],
  ])('%s is %s', (header, seconds) => {
    expect(preferredWaitSeconds(header)).toBe(seconds);
  });

  it('reads a header that fills what is allowed, whatever it is made of', () => {
    for (const part of ['"', '\\"', ',', 'wait', 'wait=', '=;', '"\\']) {
      expect(preferredWaitSeconds(part.repeat(16_384 / part.length))).toBeUndefined();
    }
  });
});

describe('waits of a server', () => {
  it('end when their own client is gone, and each of a connection does', () => {
    const waits = new OpenWaits();
    const [leaving, staying] = [new Socket(), new Socket()];
    const [first, second, other] = [waits.begin(leaving), waits.begin(leaving), waits.begin(staying)];
    second.end();
    leaving.emit('close');
    expect([first, second, other].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  });

  it('end when the service stops, and so does one that begins later', () => {
    const waits = new OpenWaits();
    const { signal } = waits.begin(new Socket());
    expect(signal.aborted).toBe(false);
    waits.stop();
    expect(signal.aborted).toBe(true);
    expect(waits.begin(new Socket()).signal.aborted).toBe(true);
  });

  it('do not begin for a client that is gone', () => {
    const socket = new Socket();
    socket.destroy();
    expect(new OpenWaits().begin(socket).signal.aborted).toBe(true);
  });

  it('put one listener on a connection, however many requests are pipelined', () => {
    const waits = new OpenWaits();
    const socket = new Socket();
    const before = socket.listenerCount('close');
    for (let i = 0; i < 100; i += 1) waits.begin(socket);
    expect(socket.listenerCount('close')).toBe(before + 1);
  });
});
