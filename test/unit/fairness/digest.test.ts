import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestColumns } from '../../../fairness/digest.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import type { AuditRows } from '../../../fairness/audit-types.ts';

const hash = (rows: AuditRows, options = {}) =>
  Buffer.from(digestColumns(encodeRows(rows, options), createHash('sha256'))).toString('hex');
const ROWS: AuditRows = {
  labels: [1, 0, 1],
  predictions: [1, 1, 0],
  scores: [0.5, 0.25, 0],
  attributes: { sex: ['F', 'M', 'F'] },
};

describe('digestColumns', () => {
  test('is the SHA-256 of what its description says', () => {
    const header =
      '{"attributes":[{"groups":["F","M"],"name":"sex"}],"features":[],"format":"vericlin-rows/1","rows":3,"scores":true,"weights":false}';
    const scores = Buffer.alloc(24);
    [0.5, 0.25, 0].forEach((score, i) => scores.writeDoubleLE(score, i * 8));
    const codes = Buffer.alloc(12);
    [0, 1, 0].forEach((code, i) => codes.writeUInt32LE(code, i * 4));
    const expected = createHash('sha256')
      .update(header)
      .update(Buffer.from([4, 1, 3]))
      .update(scores)
      .update(codes)
      .digest('hex');
    expect(hash(ROWS)).toBe(expected);
  });

  test('rows as texts have the digest of the same rows as numbers', () => {
    expect(hash({ ...ROWS, labels: ['1', '0', '1'], predictions: ['1', '1', '0'] })).toBe(hash(ROWS));
  });

  test.each<[string, AuditRows, object]>([
    ['a label', { ...ROWS, labels: [1, 1, 1] }, {}],
    ['a prediction', { ...ROWS, predictions: [1, 1, 1] }, {}],
    ['a score in its last bit', { ...ROWS, scores: [0.5, 0.25 + 2 ** -54, 0] }, {}],
    ['a weight', { ...ROWS, weights: [1, 1, 1] }, {}],
    ['a group', { ...ROWS, attributes: { sex: ['F', 'M', 'M'] } }, {}],
    ['the name of an attribute', { ...ROWS, attributes: { gender: ['F', 'M', 'F'] } }, {}],
    ['what is favourable', ROWS, { favorable: 0 }],
    ['a feature', { ...ROWS, features: { bmi: [1, 2, 3] } }, {}],
  ])('changes with %s', (_, rows, options) => {
    expect(hash(rows, options)).not.toBe(hash(ROWS));
  });

  test('is the same over chunks', () => {
    const n = 70_000;
    const rows: AuditRows = {
      scores: Array.from({ length: n }, (_, i) => i / n),
      attributes: { a: Array.from({ length: n }, (_, i) => i % 3) },
    };
    const columns = encodeRows(rows, {});
    const parts: Buffer[] = [];
    digestColumns(columns, { update: (bytes) => parts.push(Buffer.from(bytes)), digest: () => new Uint8Array() });
    expect(createHash('sha256').update(Buffer.concat(parts)).digest('hex')).toBe(hash(rows));
  });
});
