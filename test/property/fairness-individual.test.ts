import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consistency } from '../../fairness/metrics/consistency.ts';
import { exactBernoulli, exactBerkJones } from '../../fairness/metrics/mdss/exact.ts';
import { scanSubsets } from '../../fairness/metrics/mdss.ts';
import { infeasibleIndex, normalizedDiscountedCumulativeGain } from '../../fairness/metrics/ranking.ts';
import { richSubgroup } from '../../fairness/metrics/rich-subgroup.ts';
import { earthMoversDistance, wassersteinOnLine } from '../../fairness/metrics/transport.ts';
import { createRandom } from '../../numerics/random.ts';

const floats = (values: readonly number[]): Float64Array => Float64Array.from(values);

interface People {
  /** By person. */
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** Few values, so that there are ties and duplicates; or many, so that there are none. */
const people = (largest: number): fc.Arbitrary<People> =>
  fc
    .record({
      width: fc.integer({ min: 1, max: 15 }),
      rows: fc.integer({ min: 8, max: largest }),
      values: fc.constantFrom(2, 4, 1_000_000),
      seed: fc.string(),
    })
    .map(({ width, rows, values, seed }) => {
      const random = createRandom(seed);
      const features = Array.from({ length: rows }, () => Array.from({ length: width }, () => random.below(values)));
      return { features, labels: features.map(() => random.below(2)) };
    });

function columnsOf(features: readonly (readonly number[])[]): Float64Array[] {
  return features[0]!.map((_, column) => floats(features.map((row) => row[column]!)));
}

function ask({ features, labels }: People, neighbors: number, ties: 'row' | 'shared') {
  return consistency(columnsOf(features), Uint8Array.from(labels), { neighbors, ties });
}

/** From the definition: all distances, sorted; ties shared out by counting. */
function slowConsistency({ features, labels }: People, k: number, ties: 'row' | 'shared'): number {
  const terms = features.map((own, i) => {
    const all = features
      .map((other, j) => ({ j, distance: own.reduce((sum, value, s) => sum + (value - other[s]!) ** 2, 0) }))
      .sort((a, b) => a.distance - b.distance || a.j - b.j);
    const limit = all[k - 1]!.distance;
    const mean = (rows: readonly { j: number }[]): number =>
      rows.reduce((sum, { j }) => sum + labels[j]!, 0) / rows.length;
    const closer = all.filter(({ distance }) => distance < limit);
    const last = all.filter(({ distance }) => distance === limit);
    const inside = closer.reduce((sum, { j }) => sum + labels[j]!, 0);
    const near = ties === 'row' ? mean(all.slice(0, k)) : (inside + (k - closer.length) * mean(last)) / k;
    return Math.abs(labels[i]! - near);
  });
  return 1 - terms.reduce((sum, term) => sum + term, 0) / terms.length;
}

describe('consistency', () => {
  test('is what its definition says, ties and duplicates included', () => {
    fc.assert(
      fc.property(people(250), fc.integer({ min: 1, max: 8 }), fc.constantFrom('row', 'shared'), (some, k, ties) => {
        const { value, numerator, denominator } = ask(some, k, ties);
        expect(value).toBeCloseTo(slowConsistency(some, k, ties), 12);
        expect(numerator! / denominator!).toBe(value);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    [1500, 20, 1_000_000],
    [1200, 3, 1_000_000],
    [1000, 14, 2],
  ])('of a deep tree: %i people, %i features of %i values', (rows, width, values) => {
    const random = createRandom(`deep ${rows}`);
    const features = Array.from({ length: rows }, () => Array.from({ length: width }, () => random.below(values)));
    const some = { features, labels: features.map(() => random.below(2)) };
    for (const ties of ['row', 'shared'] as const)
      expect(ask(some, 5, ties).value).toBeCloseTo(slowConsistency(some, 5, ties), 12);
  });

  test('with shared ties does not depend on the order of the rows, nor on swapping the labels', () => {
    fc.assert(
      fc.property(people(200), fc.integer({ min: 1, max: 8 }), (some, k) => {
        const { value } = ask(some, k, 'shared');
        const reversed = { features: [...some.features].reverse(), labels: [...some.labels].reverse() };
        expect(ask(reversed, k, 'shared').value).toBeCloseTo(value!, 12);
        const swapped = { ...some, labels: some.labels.map((label) => 1 - label) };
        expect(ask(swapped, k, 'shared').value).toBeCloseTo(value!, 12);
      }),
      { numRuns: 60 },
    );
  });

  test('of everybody twice, with twice the neighbours, is the same', () => {
    fc.assert(
      fc.property(people(100), fc.integer({ min: 1, max: 4 }), ({ features, labels }, k) => {
        const { value } = ask({ features, labels }, k, 'shared');
        const twice = { features: [...features, ...features], labels: [...labels, ...labels] };
        expect(ask(twice, 2 * k, 'shared').value).toBeCloseTo(value!, 12);
      }),
      { numRuns: 60 },
    );
  });
});

interface SubsetCase {
  readonly codes: readonly (readonly number[])[];
  readonly outcomes: readonly number[];
  readonly expectations: readonly number[];
}

const subsetCase = fc.record({ rows: fc.integer({ min: 12, max: 60 }), seed: fc.string() }).map(({ rows, seed }) => {
  const random = createRandom(seed);
  const codes = [2, 3].map((size) => Array.from({ length: rows }, () => random.below(size)));
  const expectations = Array.from({ length: rows }, () => 0.05 + 0.9 * random.next());
  return { codes, outcomes: expectations.map(() => random.below(2)), expectations };
});

const PENALTY = 0.1;

/** By attribute: bit `code` is set where the code is in the subset. */
type Bits = readonly [number, number];
const SIZES = [2, 3] as const;
const all = (attribute: 0 | 1): number => 2 ** SIZES[attribute] - 1;

function scoreOf({ codes, outcomes, expectations }: SubsetCase, bits: Bits): number {
  const isIn = (row: number): boolean => bits.every((mask, a) => ((mask >> codes[a]![row]!) & 1) === 1);
  const rows = outcomes.map((_, row) => row).filter(isIn);
  const pick = (values: readonly number[]): Float64Array => floats(rows.map((row) => values[row]!));
  const named = bits.map((mask, a) => (mask === all(a as 0 | 1) ? 0 : mask.toString(2).replaceAll('0', '').length));
  return exactBernoulli(pick(outcomes), pick(expectations), 'positive').score - PENALTY * (named[0]! + named[1]!);
}

const masksOf = (attribute: 0 | 1): readonly number[] => Array.from({ length: all(attribute) }, (_, i) => i + 1);

function scan(one: SubsetCase): { readonly score: number; readonly bits: Bits } {
  const { score, subset } = scanSubsets(
    {
      attributes: one.codes.map((codes, a) => ({ size: SIZES[a]!, codes: Uint8Array.from(codes) })),
      outcomes: floats(one.outcomes),
      expectations: floats(one.expectations),
    },
    { scoring: 'Bernoulli', direction: 'positive', penalty: PENALTY, restarts: 20, seed: '1', convention: 'strict' },
  );
  const bitsOf = (a: 0 | 1): number => subset.get(a)?.reduce((mask, code) => mask | (1 << code), 0) ?? all(a);
  return { score, bits: [bitsOf(0), bitsOf(1)] };
}

describe('subset scan', () => {
  test('its score is that of its subset, and no other values of one attribute make it higher', () => {
    fc.assert(
      fc.property(subsetCase, (one) => {
        const { score, bits } = scan(one);
        // Where everybody of a subset has the outcome, q would have to go beyond 1000, where the search stops.
        const slack = 0.1;
        expect(Math.abs(score - scoreOf(one, bits))).toBeLessThan(slack);
        for (const mask of masksOf(0)) expect(scoreOf(one, [mask, bits[1]])).toBeLessThan(score + slack);
        for (const mask of masksOf(1)) expect(scoreOf(one, [bits[0], mask])).toBeLessThan(score + slack);
      }),
      { numRuns: 80 },
    );
  });

  test('finds the best of all subsets in most of 60 tables of pure noise', () => {
    const random = createRandom('best of all');
    const tables = Array.from({ length: 60 }, () => {
      const codes = SIZES.map((size) => Array.from({ length: 150 }, () => random.below(size)));
      const expectations = Array.from({ length: 150 }, () => 0.2 + 0.6 * random.next());
      return { codes, expectations, outcomes: expectations.map((p) => Number(random.next() < p)) };
    });
    const missed = tables.filter((one) => {
      const best = Math.max(...masksOf(0).flatMap((a) => masksOf(1).map((b) => scoreOf(one, [a, b]))));
      const { score } = scan(one);
      expect(score).toBeLessThan(best + 1e-6);
      return score < best - 1e-6;
    });
    expect(missed.length).toBeLessThanOrEqual(3);
  });

  test('strict scores: no q gives a higher one; directions mirror each other', () => {
    fc.assert(
      fc.property(subsetCase, fc.double({ min: 1, max: 50, noNaN: true }), ({ outcomes, expectations }, q) => {
        const [y, p] = [floats(outcomes), floats(expectations)];
        const { score } = exactBernoulli(y, p, 'positive');
        const at =
          y.reduce((sum, one) => sum + one, 0) * Math.log(q) - p.reduce((s, e) => s + Math.log(1 - e + q * e), 0);
        expect(at).toBeLessThanOrEqual(score + 1e-9);
        const mirror = exactBernoulli(
          y.map((one) => 1 - one),
          p.map((e) => 1 - e),
          'negative',
        );
        expect(mirror.score).toBeCloseTo(score, 10);
        const share = exactBerkJones(y, 0.4, 'positive').score;
        expect(
          exactBerkJones(
            y.map((one) => 1 - one),
            0.6,
            'negative',
          ).score,
        ).toBeCloseTo(share, 10);
      }),
    );
  });
});

describe('rich subgroup', () => {
  test('of one attribute with two groups: the difference of their rates, by hand', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), {
          minLength: 4,
          maxLength: 60,
        }),
        (rows) => {
          const [group, predictions] = [rows.map(([g]) => g), rows.map(([, p]) => p)];
          const ours = richSubgroup([floats(group)], new Uint8Array(rows.length), floats(predictions), 'FP');
          const rate = (some: readonly (readonly number[])[]): number =>
            some.reduce((sum, [, p]) => sum + p!, 0) / some.length;
          const parts = [0, 1].map((g) => rows.filter(([own]) => own === g)).filter((part) => part.length > 0);
          const disparities = parts.map((part) => (Math.abs(rate(part) - rate(rows)) * part.length) / rows.length);
          // Both sides carry the same weight: what one has too many of, the other has too few of.
          expect(ours.value).toBeCloseTo(parts.length < 2 ? 0 : Math.max(...disparities), 12);
          expect(ours.numerator! / ours.denominator!).toBe(ours.value);
        },
      ),
    );
  });

  test('nobody who can have the error is a reason; a column twice changes nothing', () => {
    const rows = floats([0, 1, 0, 1, 1]);
    expect(richSubgroup([rows], new Uint8Array(5).fill(1), rows, 'FP')).toMatchObject({ reason: 'no_negatives' });
    expect(richSubgroup([rows], new Uint8Array(5), rows, 'FN')).toMatchObject({ reason: 'no_positives' });
    const other = floats([1, 2, 3, 4, 9]);
    const once = richSubgroup([rows, other], new Uint8Array(5), floats([1, 0, 0, 1, 1]), 'FP');
    expect(richSubgroup([rows, other, rows], new Uint8Array(5), floats([1, 0, 0, 1, 1]), 'FP')).toEqual(once);
  });
});

const mass = fc.integer({ min: 0, max: 6 });
const masses = fc.array(mass, { minLength: 1, maxLength: 7 }).filter((values) => values.some((value) => value > 0));

describe('transport', () => {
  test('on a line, by the area between distribution functions and by shortest paths', () => {
    fc.assert(
      fc.property(masses, masses, fc.string(), (a, b, seed) => {
        const random = createRandom(seed);
        const places = (count: number): Float64Array =>
          Float64Array.from({ length: count }, () => random.below(20) / 4);
        const [x, y] = [places(a.length), places(b.length)];
        const costs = floats([...x].flatMap((from) => [...y].map((to) => Math.abs(from - to))));
        const line = wassersteinOnLine({ positions: x, masses: floats(a) }, { positions: y, masses: floats(b) });
        expect(earthMoversDistance(floats(a), floats(b), costs)).toBeCloseTo(line, 10);
      }),
      { numRuns: 300 },
    );
  });

  test('is symmetric, 0 to itself, and obeys the triangle inequality', () => {
    fc.assert(
      fc.property(masses, masses, masses, (a, b, c) => {
        const at = (values: readonly number[]) => ({
          positions: floats(values.map((_, i) => i * i)),
          masses: floats(values),
        });
        const distance = (s: readonly number[], t: readonly number[]): number => wassersteinOnLine(at(s), at(t));
        expect(distance(a, a)).toBeCloseTo(0, 12);
        expect(distance(a, b)).toBeCloseTo(distance(b, a), 12);
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c) + 1e-9);
      }),
    );
  });

  test('as many places on both sides, each with 1: the best of all assignments', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 16, maxLength: 16 }), (costs) => {
        const permutations = (rest: readonly number[]): number[][] =>
          rest.length === 0
            ? [[]]
            : rest.flatMap((one) => permutations(rest.filter((other) => other !== one)).map((tail) => [one, ...tail]));
        const totals = permutations([0, 1, 2, 3]).map((to) =>
          to.reduce((sum, column, row) => sum + costs[row * 4 + column]!, 0),
        );
        const ones = floats([1, 1, 1, 1]);
        expect(earthMoversDistance(ones, ones, floats(costs)) * 4).toBeCloseTo(Math.min(...totals), 10);
      }),
      { numRuns: 300 },
    );
  });
});

describe('ranking', () => {
  test('the best order has a gain of 1, and no other has more; a group with all it should have is never short', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }), (scores) => {
        const sorted = [...scores].sort((a, b) => b - a);
        const best = normalizedDiscountedCumulativeGain(floats(sorted));
        if (Math.max(...scores) === 0) expect(best).toMatchObject({ status: 'undefined', reason: 'no_variation' });
        else expect(best.value).toBeCloseTo(1, 12);
        expect(normalizedDiscountedCumulativeGain(floats(scores)).value ?? 0).toBeLessThanOrEqual(1 + 1e-12);
        expect(
          infeasibleIndex(
            scores.map(() => 0),
            [1],
            scores.length,
          ).count,
        ).toBe(0);
        expect(
          infeasibleIndex(
            scores.map(() => 0),
            [0, 1],
            scores.length,
          ).count,
        ).toBe(Math.max(0, scores.length - 1));
      }),
    );
  });
});
