import { describe, expect, it } from 'vitest';
import { AnswerReader, requestBytes } from '../../bench/http-load.ts';

const ANSWERS = Buffer.from(
  'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}' +
    'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\nRetry-After: 1\r\n\r\n\r\n\r\n{"é":2}' +
    'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n',
);
const EXPECTED = [
  ['201', '{"a":1}'],
  ['503', '\r\n\r\n{"é":2}'],
  ['204', ''],
];

function read(chunks: readonly Buffer[]): string[][] {
  const answers: string[][] = [];
  const reader = new AnswerReader(({ status, body }) => answers.push([status, body.toString()]));
  for (const chunk of chunks) reader.push(chunk);
  return answers;
}

describe('AnswerReader', () => {
  it('reads answers wherever two chunks are cut', () => {
    for (let cut = 0; cut <= ANSWERS.length; cut += 1) {
      expect(read([ANSWERS.subarray(0, cut), ANSWERS.subarray(cut)])).toEqual(EXPECTED);
    }
  });

  it('reads answers that come byte by byte', () => {
    expect(read(Array.from(ANSWERS, (byte) => Buffer.of(byte)))).toEqual(EXPECTED);
  });

  it('waits for the rest of a body', () => {
    expect(read([ANSWERS.subarray(0, -10)])).toEqual(EXPECTED.slice(0, 2));
  });

  it('refuses an answer without Content-Length instead of taking its body for the next answer', () => {
    const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    expect(() => read([chunked])).toThrow('without Content-Length');
  });
});

describe('requestBytes', () => {
  it('counts bytes, not characters', () => {
    const text = requestBytes('POST', '/v1/events', { Accept: '*/*' }, '{"é":1}').toString();
    expect(text).toBe('POST /v1/events HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\nContent-Length: 8\r\n\r\n{"é":1}');
  });

  it('has no length where there is no body', () => {
    expect(requestBytes('GET', '/', {}).toString()).toBe('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
  });
});
