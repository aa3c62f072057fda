import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../../ledger/canonical/base64.ts';
import { formatTlogProof, parseTlogProof } from '../../../ledger/checkpoint/tlog-proof.ts';
import {
  formatAddCheckpoint,
  parseAddCheckpoint,
  parseCosignatureLines,
} from '../../../ledger/checkpoint/witness-request.ts';

const unusable = expect.objectContaining({ code: 'verify_unusable' }) as Error;
const hash = (n: number) => new Uint8Array(32).fill(n);
const line = (n: number) => encodeBase64(hash(n));
const checkpoint = `o\n2\n${line(9)}\n\n— o AAAAAQI=\n`;

describe('add-checkpoint (C2SP tlog-witness)', () => {
  test('with and without proof', () => {
    const body = `old 20852014\n${line(1)}\n${line(2)}\n\n${checkpoint}`;
    expect(formatAddCheckpoint({ oldSize: 20_852_014, proof: [hash(1), hash(2)], checkpoint })).toBe(body);
    expect(parseAddCheckpoint(body)).toEqual({ oldSize: 20_852_014, proof: [hash(1), hash(2)], checkpoint });
    expect(parseAddCheckpoint(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint }))).toEqual({
      oldSize: 0,
      proof: [],
      checkpoint,
    });
  });

  test.each([
    '',
    'old 1',
    `old 01\n\n${checkpoint}`,
    `old\n\n${checkpoint}`,
    `new 1\n\n${checkpoint}`,
    `old 1\n${line(1).slice(1)}\n\n${checkpoint}`,
    `old 1\n${`${line(1)}\n`.repeat(64)}\n${checkpoint}`,
  ])('%j is refused', (body) => {
    expect(() => parseAddCheckpoint(body)).toThrow(unusable);
  });

  test('impossible requests are not written', () => {
    expect(() => formatAddCheckpoint({ oldSize: -1, proof: [], checkpoint })).toThrow();
    expect(() =>
      formatAddCheckpoint({ oldSize: 1, proof: Array.from({ length: 64 }, () => hash(1)), checkpoint }),
    ).toThrow();
  });

  test('the answer is cosignature lines and nothing else', () => {
    expect(parseCosignatureLines('— w.example AAAAAQI=\n— v.example AAAAAQI=\n')).toEqual([
      { name: 'w.example', keyId: '00000001', signature: Uint8Array.of(2) },
      { name: 'v.example', keyId: '00000001', signature: Uint8Array.of(2) },
    ]);
    for (const body of [
      '',
      '\n',
      '— w.example AAAAAQI=',
      '— w.example AAAAAQI=\n\n',
      'ok\n',
      '— w.example AAAAAQI=\n'.repeat(2000),
    ]) {
      expect(() => parseCosignatureLines(body)).toThrow(unusable);
    }
  });
});

describe('tlog-proof', () => {
  const proof = { extra: Uint8Array.of(1, 2, 3), index: 1, hashes: [hash(4)], checkpoint };
  const text = `c2sp.org/tlog-proof@v1\nextra AQID\nindex 1\n${line(4)}\n\n${checkpoint}`;

  test('round trip, with and without extra data and hashes', () => {
    expect(formatTlogProof(proof)).toBe(text);
    expect(parseTlogProof(text)).toEqual(proof);
    const bare = { index: 0, hashes: [], checkpoint };
    expect(parseTlogProof(formatTlogProof(bare))).toEqual(bare);
    expect(parseTlogProof(formatTlogProof({ ...proof, extra: new Uint8Array(0) })).extra).toEqual(new Uint8Array(0));
  });

  test.each([
    ['nothing', ''],
    ['another version', text.replace('@v1', '@v2')],
    ['no index', text.replace('index 1\n', '')],
    ['index with zeros', text.replace('index 1', 'index 01')],
    ['extra that is not base64', text.replace('AQID', 'AQI')],
    ['extra twice', text.replace('index', 'extra AQID\nindex')],
    ['extra after index', text.replace('extra AQID\nindex 1', 'index 1\nextra AQID')],
    ['a hash of another length', text.replace(line(4), 'AQID')],
    ['64 hashes', text.replace(line(4), Array.from({ length: 64 }, () => line(4)).join('\n'))],
    ['carriage returns', text.replaceAll('\n', '\r\n')],
  ])('%s is refused', (_, changed) => {
    expect(() => parseTlogProof(changed)).toThrow(unusable);
  });
});
