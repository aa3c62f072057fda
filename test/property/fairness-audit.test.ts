import { describe, expect, test } from 'vitest';
import type { AuditOptions, AuditResult, AuditRows } from '../../fairness/audit-types.ts';
import { audit } from '../../fairness/audit/audit.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { suppressed, suppressedFindings } from '../../fairness/suppress.ts';
import { type Figure, PROFILES } from '../../fairness/types.ts';
import { createRandom } from '../../numerics/random.ts';
import { shuffle } from '../../numerics/sampling.ts';
import { pickRows, randomRows, type RowShape } from '../support/audit-rows.ts';

const BASE: AuditOptions = { metrics: ['all'], minimumCell: 1, resamples: 30, intersections: 2 };

function run(rows: AuditRows, options: AuditOptions = {}): AuditResult {
  const all = { ...BASE, ...options };
  return audit(encodeRows(rows, all), all);
}

/** Scans name what they found in their parameters. */
function keyOf({ name, attribute, group, reference, parameters }: Figure): string {
  return JSON.stringify([name, attribute, group, reference, name.startsWith('mdss') ? null : (parameters ?? null)]);
}

function byKey(figures: readonly Figure[]): ReadonlyMap<string, Figure> {
  return new Map(figures.map((figure) => [keyOf(figure), figure]));
}

/** The same within rounding: sums in another order. */
function expectClose(found: number | null, expected: number | null, what: string, tolerance = 1e-9): void {
  if (found === null || expected === null) {
    expect(found, what).toBe(expected);
    return;
  }
  expect(Math.abs(found - expected), what).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}

const SHAPES: readonly RowShape[] = [
  { rows: 60 },
  { rows: 300, hasScores: true },
  { rows: 300, missing: 9 },
  { rows: 200, hasScores: true, hasWeights: true },
  { rows: 12, groups: 5, missing: 4 },
];
const cases = SHAPES.flatMap((shape, i) => [0, 1].map((round) => ({ seed: `audit ${i}/${round}`, shape })));
const named = PROFILES.map((profile) => [profile] as const);

describe.each(named)('profile %s', (profile) => {
  test('the order of the rows changes nothing', () => {
    for (const { seed, shape } of cases) {
      const random = createRandom(seed);
      const rows = randomRows(random, shape);
      const order = rows.labels.map((_, i) => i);
      shuffle(random, order);
      const [first, second] = [run(rows, { profile }), run(pickRows(rows, order), { profile })];
      expect(second.metrics.map(keyOf)).toEqual(first.metrics.map(keyOf));
      for (const [i, figure] of first.metrics.entries()) {
        const other = second.metrics[i]!;
        expect({ ...other, ...numbersOf(figure) }).toEqual(figure);
        expectClose(other.value, figure.value, keyOf(figure));
      }
      // Without scores every sum is one of integers: the same bytes.
      if (shape.hasScores !== true) expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    }
  });

  test('numerator and denominator give the value', () => {
    let checked = 0;
    for (const { seed, shape } of cases) {
      for (const figure of run(randomRows(createRandom(seed), shape), { profile }).metrics) {
        const { name, value, numerator, denominator, form, status } = figure;
        if (status !== 'ok') {
          expect(value, keyOf(figure)).toBeNull();
          continue;
        }
        if (numerator === null || denominator === null || denominator === 0) {
          // Of ours only what is fitted or searched for; of libraries what they say where there is nothing to divide by.
          if (profile === 'strict') expect(name).toMatch(FITTED);
          continue;
        }
        const fraction = numerator / denominator;
        const again = form === 'log' ? Math.log(fraction) : form === 'root' ? Math.sqrt(fraction) : fraction;
        expectClose(again, value, keyOf(figure), 1e-10);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(500);
  });

  test('JSON has no NaN, and every figure a value or a reason', () => {
    for (const { seed, shape } of cases) {
      const result = run(randomRows(createRandom(seed), shape), { profile });
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      for (const figure of result.metrics) {
        const { value, status, reason, n } = figure;
        const isRight = status === 'ok' ? Number.isFinite(value) && reason === null : value === null && reason !== null;
        expect(isRight, keyOf(figure)).toBe(true);
        expect(Number.isInteger(n) && n >= 0, keyOf(figure)).toBe(true);
        if (status === 'ok' && figure.ci !== null) expectOrdered(figure);
      }
    }
  });

  test('a perfect model has no difference of errors', () => {
    // Where a group has no positives or no negatives, libraries call its rate 0: there it is ours alone.
    const shapes = profile === 'strict' ? SHAPES : [{ rows: 400 }, { rows: 400, hasWeights: true }];
    for (const [round, shape] of shapes.entries()) {
      const rows = randomRows(createRandom(`perfect ${round}`), { ...shape, isPerfect: true });
      const { metrics } = run(rows, { profile });
      const differences = metrics.filter(
        ({ name }) => ERROR_RATES.test(name) && DIFFERENCES.test(name) && !OTHERS.test(name),
      );
      if (round === 0) expect(differences.length).toBeGreaterThan(0);
      for (const figure of differences) if (figure.value !== null) expectClose(figure.value, 0, keyOf(figure), 1e-12);
    }
  });

  test('what a report shows has no number of a marked figure', () => {
    for (const { seed, shape } of cases) {
      const { metrics, findings } = run(randomRows(createRandom(seed), shape), { profile });
      const view = suppressed(metrics);
      for (const figure of view.filter(({ small }) => small === true)) {
        expect(Object.values(figure).some((member) => typeof member === 'number')).toBe(false);
      }
      for (const finding of suppressedFindings(findings, metrics)) {
        expect(view[finding.figure]).toMatchObject({ name: finding.name, group: finding.group, status: 'ok' });
      }
    }
  });
});

/** Without a closed form. */
const FITTED = /^(calibration_in_the_large|calibration_slope|mdss_)/u;

/** Of differences and composites: of predictions that are wrong. Selection and base rates may differ. */
const ERROR_RATES =
  /true_|false_|predictive|error_rate|accuracy|zero_one|odds|opportunity|tpr|fpr|tnr|fnr|omission|discovery/u;

const DIFFERENCES = /difference|average_odds|equalized_odds/u;
/** Of scores, which a perfect prediction says nothing about; and ratios, which are 1. */
const OTHERS = /generalized|ratio/u;

/** What two orders of summing may round apart. */
function numbersOf({ value, numerator, denominator, ci, pValue, adjustedPValue, ...rest }: Figure): Partial<Figure> {
  return {
    value,
    numerator,
    denominator,
    ci,
    ...(pValue === undefined ? {} : { pValue }),
    ...(adjustedPValue === undefined ? {} : { adjustedPValue }),
    ...(rest.shrunk === undefined ? {} : { shrunk: rest.shrunk }),
    ...(rest.strict === undefined ? {} : { strict: rest.strict }),
    ...(rest.parameters === undefined ? {} : { parameters: rest.parameters }),
    ...(rest.minimumDetectable === undefined ? {} : { minimumDetectable: rest.minimumDetectable }),
  };
}

function expectOrdered(figure: Figure): void {
  const { low, high } = figure.ci!;
  expect((low ?? Number.NEGATIVE_INFINITY) <= (high ?? Number.POSITIVE_INFINITY), keyOf(figure)).toBe(true);
}

describe('strict', () => {
  test('a row split by its weight changes no value', () => {
    for (const hasScores of [false, true]) {
      const random = createRandom(`split ${String(hasScores)}`);
      const rows = randomRows(random, { rows: 250, hasScores, hasWeights: true, missing: 12 });
      const twice = [...rows.labels.keys(), ...Array.from({ length: 100 }, (_, i) => i * 2)];
      const split = pickRows(rows, twice);
      const weights = twice.map((from, i) => {
        const isSplit = from % 2 === 0 && from < 200;
        const weight = rows.weights![from]!;
        if (!isSplit) return weight;
        return i < rows.labels.length ? weight / 4 : weight - weight / 4;
      });
      const options = { resamples: 0 };
      const whole = byKey(run(rows, options).metrics);
      const parts = run({ ...split, weights }, options).metrics;
      expect(parts.map(keyOf)).toEqual([...whole.keys()]);
      // Persons are counted, not weights.
      for (const figure of parts.filter(({ name }) => !/^(mdss|consistency)/u.test(name))) {
        const before = whole.get(keyOf(figure))!;
        expect(figure.status, keyOf(figure)).toBe(before.status);
        expectClose(figure.value, before.value, keyOf(figure), 1e-7);
      }
    }
  });

  test('where groups swap differences turn their sign and ratios are turned over', () => {
    let differences = 0;
    let ratios = 0;
    for (const seed of ['a', 'b', 'c', 'd']) {
      const rows = randomRows(createRandom(`swap ${seed}`), { rows: 240, missing: seed === 'd' ? 10 : 0 });
      const ofSex = (reference: string): readonly Figure[] =>
        run(rows, { reference: { sex: reference }, intersections: 1 }).metrics.filter(
          ({ attribute, reference: held }) => attribute === 'sex' && held !== null,
        );
      const [againstM, againstF] = [ofSex('M'), ofSex('F')];
      for (const figure of againstM.filter(({ group }) => group === 'F')) {
        const { name, value } = figure;
        const other = againstF.find((one) => one.name === name && one.group === 'M')!;
        if (value === null || other.value === null) continue;
        if (name.endsWith('_ratio') || name === 'disparate_impact') {
          if (value === 0) continue;
          expectClose(value * other.value, 1, name, 1e-12);
          expectClose(figure.ci?.low ?? null, other.ci?.high == null ? null : 1 / other.ci.high, name, 1e-6);
          ratios += 1;
        } else if (/abs|equalized/u.test(name)) {
          expectClose(value, other.value, name, 1e-12);
        } else if (name !== 'kl_divergence') {
          expectClose(value, -other.value, name, 1e-12);
          if (!/average/u.test(name) && figure.ci !== null) expectClose(figure.ci.low, -other.ci!.high!, name, 1e-9);
          differences += 1;
        }
        if (figure.pValue !== undefined) expectClose(figure.pValue, other.pValue!, name, 1e-9);
      }
    }
    expect(differences).toBeGreaterThan(30);
    expect(ratios).toBeGreaterThan(20);
  });

  test('twice is identical, another seed changes the bootstrap alone', () => {
    const rows = randomRows(createRandom('twice'), { rows: 200, hasScores: true });
    expect(JSON.stringify(run(rows))).toBe(JSON.stringify(run(rows)));
    const [first, second] = [run(rows), run(rows, { seed: 'other' })];
    const changed = first.metrics.filter((figure, i) => JSON.stringify(figure) !== JSON.stringify(second.metrics[i]));
    expect(changed.length).toBeGreaterThan(0);
    for (const { ci } of changed) expect(ci?.method).toMatch(/^bootstrap/u);
  });
});
