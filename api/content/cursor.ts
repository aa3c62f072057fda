/**
 * Search cursors: opaque, stable and not to be forged. A cursor holds the index to continue after and the size of the log
 * at the first page, under an HMAC that also covers query and principal: it continues this query of this principal only.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalize } from '../../ledger/canonical/jcs.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { JsonObject } from '../../ledger/types.ts';

/** Where a search continues. */
export interface Position {
  /** Exclusive. */
  readonly after: number;
  /** Events from here on came after the first page: the pages of one search show one state of the log, and end. */
  readonly size: number;
}

const MAC_BYTES = 16;
const form = z.strictObject({ a: z.int().min(0), s: z.int().min(0), m: z.string().max(64) });

function macOf(key: Uint8Array, scope: JsonObject, { after, size }: Position): Buffer {
  const covered = canonicalize({ cursor: 1, scope, after, size });
  return createHmac('sha256', key).update(covered, 'utf8').digest().subarray(0, MAC_BYTES);
}

/** @param scope the query without paging, and the principal */
export function sealCursor(key: Uint8Array, scope: JsonObject, position: Position): string {
  const m = macOf(key, scope, position).toString('base64url');
  return Buffer.from(JSON.stringify({ a: position.after, s: position.size, m })).toString('base64url');
}

function parse(cursor: string): z.infer<typeof form> | undefined {
  try {
    return form.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Reads a cursor (attacker-controlled). @throws LedgerError `invalid_cursor` */
export function openCursor(key: Uint8Array, scope: JsonObject, cursor: string): Position {
  const parsed = parse(cursor);
  if (parsed !== undefined) {
    const position = { after: parsed.a, size: parsed.s };
    const given = Buffer.from(parsed.m, 'base64url');
    if (given.length === MAC_BYTES && timingSafeEqual(given, macOf(key, scope, position))) return position;
  }
  throw new LedgerError('invalid_cursor', 'The cursor is not one of this query. Start again without a cursor.', {
    pointer: '/cursor',
  });
}
