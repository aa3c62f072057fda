import { describe, expect, it } from 'vitest';
import { PROBLEMS, toProblem } from '../../../api/problems.ts';
import { problemReply } from '../../../api/http/reply.ts';
import { ERROR_CODES, FatalLedgerError, LedgerError } from '../../../ledger/errors.ts';

const ID = '0197a1c2-7e3b-7c5d-9f21-4a6b8c0d2e4f';

describe('the problem table', () => {
  it('has a row for every code and none besides', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each(ERROR_CODES)('%s has an error status and a title of its own', (code) => {
    const { status, title } = PROBLEMS[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
    expect(Object.values(PROBLEMS).filter((other) => other.title === title)).toHaveLength(1);
  });
});

describe('toProblem', () => {
  it('carries code, detail, pointer and request id (RFC 9457)', () => {
    const { problem } = toProblem(new LedgerError('invalid_time', 'Use UTC.', { pointer: '/occurredAt' }), ID);
    expect(problem).toEqual({
      type: 'urn:vericlin:error:invalid_time',
      title: PROBLEMS.invalid_time.title,
      status: 400,
      code: 'invalid_time',
      detail: 'Use UTC.',
      pointer: '/occurredAt',
      requestId: ID,
    });
  });

  it('cuts a pointer at a name that is not ours: it may be a patient', () => {
    const error = new LedgerError('json_duplicate_member', 'Twice.', { pointer: '/payload/MRN-0042/x' });
    expect(JSON.stringify(toProblem(error, ID))).not.toContain('MRN-0042');
  });

  it.each([
    new Error('duplicate key value (subject)=(MRN-0042)'),
    new TypeError('MRN-0042 is not a function'),
    'MRN-0042',
    undefined,
    new LedgerError('key_file_invalid', 'The file MRN-0042 is not a key.'),
    Object.assign(new Error('MRN-0042'), { code: '23505' }),
  ])('tells nothing of a fault of ours: %s', (error) => {
    const { problem, unexpected } = toProblem(error, ID);
    expect(problem).toMatchObject({ status: 500, code: 'internal', requestId: ID });
    expect(unexpected).toBe(true);
    expect(JSON.stringify(problem)).not.toContain('MRN-0042');
  });

  it('answers 503 while the log refuses to sign, without its detail', () => {
    const { problem } = toProblem(new FatalLedgerError('forked_head', 'root 5xq differs'), ID);
    expect(problem).toMatchObject({ status: 503, code: 'log_refuses_to_sign' });
    expect(problem.detail).not.toContain('5xq');
  });

  it('says when to retry, and how to authenticate', () => {
    const overloaded = problemReply(toProblem(new LedgerError('overloaded', 'Later.', { retryAfterSeconds: 1.2 }), ID));
    expect(overloaded.headers.join('|')).toContain('Retry-After|2');
    const denied = problemReply(toProblem(new LedgerError('unauthenticated', 'Who?'), ID));
    expect(denied.headers.join('|')).toContain('WWW-Authenticate|Bearer realm="vericlin"');
    expect(denied.headers.join('|')).toContain('Cache-Control|no-store');
  });
});
