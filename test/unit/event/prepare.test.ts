import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { commitTo } from '../../../ledger/event/commitment.ts';
import { MAX_ENTRY_BYTES, MAX_ENVELOPE_BYTES, prepareEvent } from '../../../ledger/event/index.ts';
import type { Envelope } from '../../../ledger/types.ts';

const SALT = new Uint8Array(32).fill(3);
const AT = '2026-11-23T10:15:00.500Z';
const event: Envelope = {
  id: '0197a1c2-7d3e-7abc-8def-000000000001',
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.83 },
};

describe('preparing an event', () => {
  it('takes up to 256 KiB of canonical envelope and not a byte more', () => {
    const empty = prepareEvent({ ...event, payload: { x: '' } }, AT, SALT).canonicalEnvelope.length;
    const room = MAX_ENVELOPE_BYTES - empty;
    expect(
      prepareEvent({ ...event, payload: { x: 'é'.repeat(room / 2) } }, AT, SALT).canonicalEnvelope.length,
    ).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    expect(prepareEvent({ ...event, payload: { x: 'a'.repeat(room) } }, AT, SALT).canonicalEnvelope.length).toBe(
      MAX_ENVELOPE_BYTES,
    );
    expect(() => prepareEvent({ ...event, payload: { x: 'a'.repeat(room + 1) } }, AT, SALT)).toThrow(
      expect.objectContaining({ code: 'json_too_large' }) as Error,
    );
  });

  it('keeps the largest possible entry far below what an entry bundle takes', () => {
    const refs = Array.from({ length: 64 }, (_, i) => `0197a1c2-7d3e-7abc-8def-${String(i).padStart(12, '0')}`);
    const { entry } = prepareEvent({ ...event, type: 'clinician_feedback', refs }, AT, SALT);
    expect(entry.length).toBeLessThan(MAX_ENTRY_BYTES / 20);
  });

  it('leaves an empty list of refs out of the entry, and in the envelope as it was posted', () => {
    const prepared = prepareEvent({ ...event, refs: [] }, AT, SALT);
    expect(Buffer.from(prepared.entry).toString()).not.toContain('refs');
    expect(Buffer.from(prepared.canonicalEnvelope).toString()).toContain('"refs":[]');
  });

  it('puts nothing of the content into the entry', () => {
    const full: Envelope = {
      ...event,
      subject: 'CANARY',
      encounter: 'CANARY',
      actor: { id: 'CANARY' },
      payload: { riskScore: 1, note: 'CANARY' },
    };
    const text = Buffer.from(prepareEvent(full, AT, SALT).entry).toString();
    expect(text).not.toContain('CANARY');
    expect(text).not.toContain('2026-11');
    expect(text).not.toContain('readmission');
  });

  it('gives other bytes for another salt, time or content, and the same for the same', () => {
    const first = Buffer.from(prepareEvent(event, AT, SALT).leafHash).toString('hex');
    const others = [
      prepareEvent(event, AT, new Uint8Array(32).fill(4)),
      prepareEvent(event, '2026-11-23T10:15:00.501Z', SALT),
      prepareEvent({ ...event, payload: { riskScore: 0.84 } }, AT, SALT),
      prepareEvent({ ...event, subject: 'x' }, AT, SALT),
    ].map(({ leafHash }) => Buffer.from(leafHash).toString('hex'));
    expect(new Set([first, ...others]).size).toBe(5);
    expect(Buffer.from(prepareEvent(event, AT, SALT).leafHash).toString('hex')).toBe(first);
  });

  it('gives bytes that later events do not change', () => {
    const kept = prepareEvent(event, AT, SALT);
    const before = [kept.canonicalEnvelope, kept.commitment, kept.entry, kept.leafHash].map((part) =>
      Buffer.from(part).toString('hex'),
    );
    for (let i = 0; i < 2000; i++)
      prepareEvent({ ...event, payload: { riskScore: i / 2000, pad: 'x'.repeat(i) } }, AT, SALT);
    const after = [kept.canonicalEnvelope, kept.commitment, kept.entry, kept.leafHash].map((part) =>
      Buffer.from(part).toString('hex'),
    );
    expect(after).toEqual(before);
  });

  it('digests more models than it remembers', () => {
    const digestOf = (i: number): string => {
      const { entry } = prepareEvent({ ...event, model: { name: 'm', version: String(i) } }, AT, SALT);
      return (JSON.parse(Buffer.from(entry).toString()) as { model: string }).model;
    };
    const first = Array.from({ length: 600 }, (_, i) => digestOf(i));
    expect(new Set(first).size).toBe(600);
    expect(Array.from({ length: 600 }, (_, i) => digestOf(i))).toEqual(first);
  });
});

describe('the commitment', () => {
  it.each([0, 1, 55, 56, 64, 600, 16_384, 16_385, 100_000])(
    'is the HMAC of %i characters, whatever their width',
    (length) => {
      for (const character of ['a', 'é', '…', '👩']) {
        const text = character.repeat(Math.ceil(length / character.length));
        const { message, commitment } = commitTo(SALT, text);
        expect(Buffer.from(message).equals(Buffer.from(text, 'utf8'))).toBe(true);
        expect(Buffer.from(commitment).equals(createHmac('sha256', SALT).update(text, 'utf8').digest())).toBe(true);
      }
    },
  );

  it('wants a salt of 32 bytes', () => {
    expect(() => commitTo(new Uint8Array(31), '')).toThrow(RangeError);
  });
});
