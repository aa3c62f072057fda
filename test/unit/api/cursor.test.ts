import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCursor, sealCursor } from '../../../api/content/cursor.ts';
import type { LedgerError } from '../../../ledger/errors.ts';

const key = new Uint8Array(32).fill(7);
const scope = { by: 'key:a', query: { types: ['prediction'], order: 'asc' } };
const position = { after: 99, size: 1234 };
const invalid = expect.objectContaining({ code: 'invalid_cursor' }) as LedgerError;

describe('cursors', () => {
  const cursor = sealCursor(key, scope, position);

  it('come back, whatever the order of members', () => {
    const reordered = { query: { order: 'asc', types: ['prediction'] }, by: 'key:a' };
    expect(openCursor(key, reordered, cursor)).toEqual(position);
  });

  it('are of one query, one principal and one key', () => {
    const others = [
      { ...scope, by: 'key:b' },
      { ...scope, query: { ...scope.query, order: 'desc' } },
      { ...scope, query: { ...scope.query, subject: 'MRN-0042' } },
    ];
    for (const other of others) expect(() => openCursor(key, other, cursor)).toThrow(invalid);
    expect(() => openCursor(new Uint8Array(32), scope, cursor)).toThrow(invalid);
  });

  it('cannot be changed', () => {
    const plain = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { a: number };
    const forged = Buffer.from(JSON.stringify({ ...plain, a: plain.a + 1 })).toString('base64url');
    expect(() => openCursor(key, scope, forged)).toThrow(invalid);
  });

  it('hold nothing of the query', () => {
    expect(Buffer.from(cursor, 'base64url').toString()).not.toContain('prediction');
  });

  it('refuse any other text without another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 512 }), (text) => {
        expect(() => openCursor(key, scope, text)).toThrow(invalid);
      }),
    );
  });
});
