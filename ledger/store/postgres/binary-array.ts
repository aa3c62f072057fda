/**
 * PostgreSQL's binary array format. `pg` sends a Buffer as a binary parameter, and a binary array costs a third of a
 * text one at 1,000 rows a transaction (measured; docs/adr/0010).
 *
 * Layout (src/backend/utils/adt/arrayfuncs.c): int32 dimensions, int32 has-nulls, int32 element oid, int32 length,
 * int32 lower bound, then per element int32 length (-1: null) and its bytes.
 *
 * @module
 */
const HEADER_BYTES = 20;
const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, uuid: 2950 } as const;

function allocate(elementOid: number, count: number, bodyBytes: number, hasNulls: boolean): Buffer {
  const out = Buffer.allocUnsafe(count === 0 ? 12 : HEADER_BYTES + bodyBytes);
  out.writeInt32BE(count === 0 ? 0 : 1, 0);
  out.writeInt32BE(hasNulls ? 1 : 0, 4);
  out.writeInt32BE(elementOid, 8);
  if (count > 0) {
    out.writeInt32BE(count, 12);
    out.writeInt32BE(1, 16);
  }
  return out;
}

function bytesArray(oid: number, values: readonly (Uint8Array | undefined)[]): Buffer {
  let body = 0;
  let hasNulls = false;
  for (const value of values) {
    body += 4 + (value?.length ?? 0);
    hasNulls ||= value === undefined;
  }
  const out = allocate(oid, values.length, body, hasNulls);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(value?.length ?? -1, at);
    at += 4;
    if (value !== undefined) {
      out.set(value, at);
      at += value.length;
    }
  }
  return out;
}

/** `bytea[]`. */
export function byteaArray(values: readonly (Uint8Array | undefined)[]): Buffer {
  return bytesArray(OID.bytea, values);
}

/** `uuid[]` of 16-byte values. */
export function uuidArray(values: readonly (Uint8Array | undefined)[]): Buffer {
  return bytesArray(OID.uuid, values);
}

/** `bigint[]` of safe integers. */
export function int8Array(values: readonly number[]): Buffer {
  const out = allocate(OID.int8, values.length, values.length * 12, false);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(8, at);
    out.writeInt32BE(Math.floor(value / 0x1_0000_0000), at + 4);
    out.writeUInt32BE(value >>> 0, at + 8);
    at += 12;
  }
  return out;
}

/** `integer[]`. */
export function int4Array(values: readonly number[]): Buffer {
  const out = allocate(OID.int4, values.length, values.length * 8, false);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(4, at);
    out.writeInt32BE(value, at + 4);
    at += 8;
  }
  return out;
}

/** `smallint[]`. */
export function int2Array(values: readonly number[]): Buffer {
  const out = allocate(OID.int2, values.length, values.length * 6, false);
  let at = HEADER_BYTES;
  for (const value of values) {
    out.writeInt32BE(2, at);
    out.writeInt16BE(value, at + 4);
    at += 6;
  }
  return out;
}
