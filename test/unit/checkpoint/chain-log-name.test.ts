import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAIN_LOG_NAME, chainLogName } from '../../../ledger/checkpoint/chain-log-name.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();
const nameOf = (vkey: string): string => chainLogName(sha256, vkey);
const digestOf = (vkey: string): string => createHash('sha256').update(vkey).digest('hex').slice(0, 20);

describe('the name of a log on a chain', () => {
  it.each([
    ['vericlin.local/log+1a2b3c4d+AbCd', 'vericlin-local-log'],
    ['Hospital.EXAMPLE/Räder/2026+1a2b3c4d+AbCd', 'hospital-example-r-der-2026'],
    [`${'long.'.repeat(20)}example+1a2b3c4d+AbCd`, 'long-long-long-long-long-long-long-long'],
  ])('of %s begins with its origin, made readable', (vkey, slug) => {
    expect(nameOf(vkey)).toBe(`${slug}-${digestOf(vkey)}`);
  });

  it('of an origin without a letter is its digest alone', () => {
    expect(nameOf('…+1a2b3c4d+AbCd')).toBe(digestOf('…+1a2b3c4d+AbCd'));
  });

  it('differs with the key, not with the origin alone', () => {
    expect(nameOf('a.example/log+1a2b3c4d+AbCd')).not.toBe(nameOf('a.example/log+1a2b3c4d+AbCe'));
    expect(nameOf('a.example/log+1a2b3c4d+AbCd')).not.toBe(nameOf('a-example/log+1a2b3c4d+AbCd'));
  });

  it('is one that the chaincode takes, whatever the vkey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (vkey) => {
        expect(nameOf(vkey)).toMatch(CHAIN_LOG_NAME);
      }),
    );
  });
});
