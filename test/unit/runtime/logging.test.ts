import { describe, expect, it } from 'vitest';
import { FatalLedgerError, LedgerError } from '../../../ledger/errors.ts';
import { createLogger, describeError } from '../../../runtime/logging.ts';

const CANARY = 'MRN-0042';

function linesOf(log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  log(createLogger({ logLevel: 'trace' }, destination));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the logger', () => {
  it('writes members of the allow-list, and no others', () => {
    const [line] = linesOf((logger) => {
      logger.info(
        { requestId: 'r', status: 200, subject: CANARY, payload: { subject: CANARY }, stack: { a: CANARY } },
        'x',
      );
    });
    expect(line).toMatchObject({ level: 'info', requestId: 'r', status: 200, msg: 'x' });
    expect(Object.keys(line ?? {}).sort()).toEqual(['level', 'msg', 'requestId', 'status', 'time']);
  });

  it.each([
    new Error(`duplicate key (subject)=(${CANARY})`),
    new LedgerError('internal', CANARY, { cause: new Error(CANARY) }),
    Object.assign(new Error(CANARY), { code: '23505', detail: CANARY }),
  ])('writes class, code and frames of %s, never its message', (error) => {
    const lines = linesOf((logger) => {
      logger.error({ err: error }, 'failed');
      logger.error({ error }, 'failed');
      logger.error(error);
    });
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line['errorClass']).toBe(error.constructor.name);
      expect(line['stack']).toMatch(/ {4}at /);
    }
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });

  it('says why the log refuses to sign', () => {
    expect(describeError(new FatalLedgerError('forked_head', CANARY))).toMatchObject({
      errorClass: 'FatalLedgerError',
      reason: 'forked_head',
    });
    expect(describeError('text')).toEqual({ errorClass: 'string' });
  });
});
