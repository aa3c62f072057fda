import { createDecipheriv, createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerError } from '../../../ledger/errors.ts';
import { createRandomPool, createSealer, unsealOpening, uuidToBytes } from '../../../ledger/event/index.ts';

const random = createRandomPool();
const seal = createSealer(random);
const id = uuidToBytes('0197a1c2-7d3e-7abc-8def-000000000001');
const bytes = (length: number, value = 7): Uint8Array => new Uint8Array(length).fill(value);

describe('a sealed opening', () => {
  it('opens under its key and id to what was sealed, whatever its size', () => {
    for (const size of [0, 1, 600, 64 * 1024 - 33, 64 * 1024 - 32, 64 * 1024, 256 * 1024]) {
      const key = random(32);
      const salt = random(32);
      const envelope = bytes(size, size % 251);
      const sealed = seal(key, id, envelope, salt);
      expect(sealed.length).toBe(12 + 32 + size + 16);
      const opened = unsealOpening(createSecretKey(key), id, sealed);
      expect(Buffer.from(opened.salt).equals(salt)).toBe(true);
      expect(Buffer.from(opened.canonicalEnvelope).equals(envelope)).toBe(true);
    }
  });

  it('has the layout nonce ‖ AES-256-GCM(salt ‖ envelope) ‖ tag with the id as associated data', () => {
    const key = random(32);
    const sealed = seal(key, id, Buffer.from('{"a":1}'), bytes(32, 9));
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
    decipher.setAAD(id).setAuthTag(sealed.subarray(sealed.length - 16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()]);
    expect(plain.subarray(0, 32).equals(bytes(32, 9))).toBe(true);
    expect(plain.subarray(32).toString()).toBe('{"a":1}');
  });

  it('never comes out the same twice', () => {
    const key = random(32);
    const nonces = new Set(
      Array.from({ length: 2000 }, () =>
        Buffer.from(seal(key, id, bytes(4), bytes(32)).subarray(0, 12)).toString('hex'),
      ),
    );
    expect(nonces.size).toBe(2000);
  });

  const refused = (key: Uint8Array, eventId: Uint8Array, sealed: Uint8Array): void => {
    expect(() => unsealOpening(key, eventId, sealed)).toThrow(
      expect.objectContaining({ code: 'internal' }) as LedgerError,
    );
  };

  it('does not open after any one bit of it was flipped', () => {
    const key = random(32);
    const sealed = seal(key, id, Buffer.from('{"riskScore":0.5}'), random(32));
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        refused(key, id, changed);
      }),
    );
  });

  it('does not open under another key or id, nor cut short', () => {
    const key = random(32);
    const sealed = seal(key, id, Buffer.from('{}'), random(32));
    refused(random(32), id, sealed);
    refused(key, random(16), sealed);
    for (const length of [0, 11, 12, 28, 59, sealed.length - 1]) refused(key, id, sealed.subarray(0, length));
  });
});

describe('the random pool', () => {
  it('hands every byte out once, in order, and wipes it from the pool', () => {
    let fills = 0;
    let seen: Uint8Array | undefined;
    const take = createRandomPool(100, (pool) => {
      seen = pool;
      for (let i = 0; i < pool.length; i++) pool[i] = (fills * 100 + i) & 0xff;
      fills++;
    });
    const taken = [take(32), take(32), take(32)].map((part) => Array.from(part)).flat();
    expect(taken).toEqual(Array.from({ length: 96 }, (_, i) => i));
    expect(Array.from(seen?.subarray(0, 96) ?? [1])).toEqual(new Array(96).fill(0));
    // Four bytes are left over: too few, so they are never given out.
    expect(Array.from(take(5))).toEqual([100, 101, 102, 103, 104]);
    expect(fills).toBe(2);
    expect(() => take(101)).toThrow(RangeError);
  });

  it('gives bytes of its own: writing to them changes no others', () => {
    const take = createRandomPool();
    const first = take(32);
    const second = take(32);
    const copy = Uint8Array.from(second);
    first.fill(0);
    expect(first.buffer).not.toBe(second.buffer);
    expect(second).toEqual(copy);
  });

  it('does not repeat across many refills', () => {
    const take = createRandomPool();
    const seen = new Set(Array.from({ length: 5000 }, () => Buffer.from(take(12)).toString('hex')));
    expect(seen.size).toBe(5000);
  });
});
