/**
 * Digest of the rows that an audit was computed on: of the columns as encoded, so that CSV and JSON of the same rows agree and
 * anyone can compute it again.
 *
 * SHA-256 over, in this order: the canonical JSON (RFC 8785, UTF-8) of `{attributes: [{groups, name}…], features: [name…], format:
 * "vericlin-rows/1", rows, scores, weights}` with `scores` and `weights` telling whether there are any; one byte a row, label × 3 +
 * prediction (0 unfavourable, 1 favourable, 2 unknown); the scores, then the weights, as little-endian IEEE 754 doubles; for each
 * attribute one little-endian uint32 a row, the position of the row's group in `groups`; the
 * features as doubles.
 *
 * @module
 */
import { utf8Encode } from '../ledger/canonical/bytes.ts';
import { canonicalize } from '../ledger/canonical/jcs.ts';
import type { AuditColumns } from './columns.ts';

/** An incremental SHA-256, e.g. of `node:crypto`. */
export interface Hasher {
  readonly update: (bytes: Uint8Array) => unknown;
  readonly digest: () => Uint8Array;
}

const CHUNK_ROWS = 65_536;

/** @returns 32 bytes */
export function digestColumns(columns: AuditColumns, hasher: Hasher): Uint8Array {
  const { rows, cells, scores, weights, attributes, features = [] } = columns;
  const header = {
    format: 'vericlin-rows/1',
    rows,
    scores: scores !== undefined,
    weights: weights !== undefined,
    attributes: attributes.map(({ name, groups }) => ({ name, groups: [...groups] })),
    features: features.map(({ name }) => name),
  };
  hasher.update(utf8Encode(canonicalize(header)));
  hasher.update(cells);
  if (scores !== undefined) updateDoubles(hasher, scores);
  if (weights !== undefined) updateDoubles(hasher, weights);
  for (const { codes } of attributes) updateCodes(hasher, codes);
  for (const { values } of features) updateDoubles(hasher, values);
  return hasher.digest();
}

/** Written value by value, so that the digest does not depend on the machine's byte order. */
function updateDoubles(hasher: Hasher, values: Float64Array): void {
  const view = new DataView(new ArrayBuffer(CHUNK_ROWS * 8));
  for (let start = 0; start < values.length; start += CHUNK_ROWS) {
    const end = Math.min(start + CHUNK_ROWS, values.length);
    for (let i = start; i < end; i += 1) view.setFloat64((i - start) * 8, values[i] ?? 0, true);
    hasher.update(new Uint8Array(view.buffer.slice(0, (end - start) * 8)));
  }
}

function updateCodes(hasher: Hasher, codes: ArrayLike<number>): void {
  const view = new DataView(new ArrayBuffer(CHUNK_ROWS * 4));
  for (let start = 0; start < codes.length; start += CHUNK_ROWS) {
    const end = Math.min(start + CHUNK_ROWS, codes.length);
    for (let i = start; i < end; i += 1) view.setUint32((i - start) * 4, codes[i] ?? 0, true);
    hasher.update(new Uint8Array(view.buffer.slice(0, (end - start) * 4)));
  }
}
