import { describe, expect, it } from 'vitest';
import { requireAnswers } from '../../bench/bench-log.ts';
import { BenchFault } from '../../bench/fault.ts';
import { helpText, parseOptions } from '../../bench/options.ts';
import { RssSampler } from '../../bench/rss-sampler.ts';
import { benchEvent, benchEventId } from '../../bench/workload.ts';

const ROWS = ['floors', 'batch', 'verify'];

describe('parseOptions', () => {
  it('measures every row at full size by default', () => {
    const options = parseOptions([], ROWS);
    expect(options).toMatchObject({ only: ROWS, isQuick: false, jsonFile: undefined, isHelp: false });
    expect(options.sizes.logSizes).toEqual([10_000, 100_000, 1_000_000]);
    expect(options.sizes.batch.events).toBeGreaterThanOrEqual(100_000);
  });

  it('keeps the order of the bench, whatever order is asked for', () => {
    expect(parseOptions(['--only', 'verify, floors'], ROWS).only).toEqual(['floors', 'verify']);
  });

  it('refuses rows and options that do not exist', () => {
    expect(() => parseOptions(['--only', 'batch,bach'], ROWS)).toThrow('no row "bach"');
    expect(() => parseOptions(['--fast'], ROWS)).toThrow('--fast');
  });

  it('cuts sizes into whole batches and transactions', () => {
    for (const args of [[], ['--quick']]) {
      const { batch, floorRows, windows, logSizes } = parseOptions(args, ROWS).sizes;
      for (const events of [batch.warmUp, batch.events, windows.events, ...logSizes]) expect(events % 500).toBe(0);
      expect(floorRows % 1_000).toBe(0);
    }
  });

  it('lists every row in the help', () => {
    expect(helpText([{ name: 'batch', about: 'many' }])).toContain('  batch  many');
  });
});

describe('benchEvent', () => {
  it('is the same for the same seed, and about 600 bytes', () => {
    expect(benchEvent(7, 3)).toBe(benchEvent(7, 3));
    const lengths = Array.from({ length: 1_000 }, (_, at) => benchEvent(7, at).length);
    expect(Math.min(...lengths)).toBeGreaterThan(560);
    expect(Math.max(...lengths)).toBeLessThan(640);
  });

  it('has an RFC 9562 id that no other event of any load has', () => {
    const ids = new Set<string>();
    for (let seed = 1; seed <= 40; seed += 1) {
      for (let at = 0; at < 2_500; at += 1) ids.add(benchEventId(seed, at));
    }
    expect(ids.size).toBe(100_000);
    for (const id of [...ids].slice(0, 100))
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
    expect(benchEvent(1, 1)).toContain(benchEventId(1, 1));
  });
});

describe('requireAnswers', () => {
  const summary = {
    requests: 3,
    seconds: 1,
    loadCpuSeconds: 1,
    perSecond: 3,
    p50Ms: 1,
    p95Ms: 1,
    p99Ms: 1,
    statuses: { '201': 3 },
    samples: { '201': '{}' },
  };

  it('takes what was asked for', () => {
    expect(() => {
      requireAnswers(summary, 3, '201');
    }).not.toThrow();
  });

  it('fails on another status, with the body of it', () => {
    const mixed = { ...summary, statuses: { '201': 2, '503': 1 }, samples: { '201': '{}', '503': 'overloaded' } };
    expect(() => {
      requireAnswers(mixed, 3, '201');
    }).toThrow(new BenchFault('1 requests were answered 503: overloaded'));
  });

  it('fails on requests that nobody answered', () => {
    expect(() => {
      requireAnswers(summary, 5, '201');
    }).toThrow(new BenchFault('2 requests were not answered'));
  });
});

describe('RssSampler', () => {
  it('keeps the largest since the reset and leaves out what could not be read', () => {
    const values = [10, 30, Number.NaN, 20, 5];
    const sampler = new RssSampler(() => values.shift() ?? 0, 1_000_000);
    for (let at = 0; at < 4; at += 1) sampler.now();
    expect([sampler.max, sampler.count]).toEqual([30, 3]);
    sampler.reset();
    expect(sampler.max).toBeNaN();
    expect(sampler.now()).toBe(5);
    expect(sampler.max).toBe(5);
    sampler.stop();
  });
});
