import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEventTime } from '../../../ledger/event/index.ts';

describe('a time', () => {
  it('is what JavaScript reads, for every existing millisecond from 1900 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }), (ms) => {
        expect(parseEventTime(new Date(ms).toISOString())).toBe(ms);
      }),
    );
  });

  it('may have up to nine digits of fraction', () => {
    expect(parseEventTime('2026-11-23T10:15:00.1Z')).toBe(Date.UTC(2026, 10, 23, 10, 15, 0, 100));
    expect(parseEventTime('2026-11-23T10:15:00.123456789Z')).toBe(Date.UTC(2026, 10, 23, 10, 15, 0, 123));
    expect(parseEventTime('2024-02-29T00:00:00Z')).toBe(Date.UTC(2024, 1, 29));
    expect(parseEventTime('2000-02-29T00:00:00Z')).toBe(Date.UTC(2000, 1, 29));
  });

  it.each([
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '1899-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01T00:00:00z',
    '2026-01-01t00:00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00.1234567890Z',
    '+002026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '٢٠٢٦-01-01T00:00:00Z',
    '20260101T000000Z',
    '',
  ])('is refused: %j', (text) => {
    expect(parseEventTime(text)).toBeUndefined();
  });
});
