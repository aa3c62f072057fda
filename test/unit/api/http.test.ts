import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BodyBudget, mediaTypeOf, readBody } from '../../../api/http/body.ts';
import { acceptsGzip, chooseMediaType, matchesEtag } from '../../../api/http/negotiate.ts';
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
