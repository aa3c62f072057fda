/** What holds of the Fairlearn and Aequitas profiles whatever the rows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditRows } from '../../fairness/audit-types.ts';
import type { Figure } from '../../fairness/types.ts';
import { agrees } from '../harness/python-libraries.ts';
import { figuresOf } from '../support/profile-audit.ts';

const PROFILES = ['fairlearn@0.15', 'aequitas@1.1'] as const;

interface Row {
  readonly label: number | null;
  readonly prediction: number | null;
  readonly weight: number;
  readonly group: string | null;
  readonly ward: string;
}

const bit = fc.constantFrom(0, 1);
const known = fc.record({
  label: bit,
  prediction: bit,
  weight: fc.constantFrom(0.5, 1, 2, 3.25),
  group: fc.constantFrom('A', 'B', 'C'),
  ward: fc.constantFrom('x', 'y'),
});
/** Everything that can be missing. */
const anything = fc.record({
  label: fc.option(bit, { freq: 6 }),
  prediction: fc.option(bit, { freq: 6 }),
  weight: fc.constantFrom(0, 1, 1e-9, 1e9),
  group: fc.option(fc.constantFrom('A', 'B', '__proto__', 'a*b'), { freq: 6 }),
  ward: fc.constantFrom('x', 'y', 'constructor'),
});

function auditRows(rows: readonly Row[], { weighted }: { readonly weighted: boolean }): AuditRows {
  return {
    labels: rows.map(({ label }) => label),
    predictions: rows.map(({ prediction }) => prediction),
    ...(weighted ? { weights: rows.map(({ weight }) => weight) } : {}),
    attributes: { group: rows.map(({ group }) => group), ward: rows.map(({ ward }) => ward) },
  };
}

const keyOf = ({ name, attribute, group, reference, parameters = {} }: Figure): string =>
  JSON.stringify([name, attribute, group, reference, Object.entries(parameters).sort()]);

describe.each(PROFILES)('%s', (profile) => {
  test('every fraction gives its value again, and no figure has a number that JSON does not have', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 25 }), fc.boolean(), (rows, isConditional) => {
        const weighted = rows.some(({ weight }) => weight > 0);
        const options = { profile, intersections: 2, ...(isConditional ? { control: ['ward'] } : {}) };
        for (const figure of figuresOf(auditRows(rows, { weighted }), options)) {
          const { value, status, reason, numerator, denominator } = figure;
          expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
          expect(status === 'ok').toBe(value !== null && reason === null);
          if (value === null || numerator === null) continue;
          // R² takes sums of squares from each other: of weights a billion times apart its differences keep few digits.
          const again = numerator / denominator!;
          const isNear =
            figure.name.startsWith('r2_score') && Math.abs(value - again) <= 1e-6 * Math.max(1, Math.abs(value));
          expect(isNear || agrees(value, again, 1e-9), JSON.stringify(figure)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('each figure occurs once, and the order of the rows changes nothing', () => {
    fc.assert(
      fc.property(fc.array(known, { minLength: 1, maxLength: 25 }), (rows) => {
        const figures = figuresOf(auditRows(rows, { weighted: false }), { profile });
        expect(new Set(figures.map(keyOf)).size).toBe(figures.length);
        expect(figuresOf(auditRows([...rows].reverse(), { weighted: false }), { profile })).toEqual(figures);
      }),
      { numRuns: 40 },
    );
  });

  test('a perfect prediction has no differences of error rates', () => {
    const RATES = /^(true|false)_(positive|negative)_rate_difference|^(tpr|tnr|fpr|fnr)_disparity|^equalized_odds_diff/;
    fc.assert(
      fc.property(fc.array(known, { minLength: 1, maxLength: 25 }), (rows) => {
        const perfect = rows.map((row) => ({ ...row, prediction: row.label }));
        const figures = figuresOf(auditRows(perfect, { weighted: false }), { profile });
        const compared = figures.filter(({ name, strict }) => RATES.test(name) && strict === undefined);
        // Without the strict reading Fairlearn's 1.0 of a group without positives would be among them.
        expect(
          compared.filter(({ value }) => value !== null && value !== (profile === 'aequitas@1.1' ? 1 : 0)),
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

test('fairlearn@0.15: a row of weight 2 counts as two rows, but for count, R² of a single row, and intervals', () => {
  fc.assert(
    fc.property(fc.array(known, { minLength: 1, maxLength: 20 }), (rows) => {
      const doubled = rows.map((row) => ({ ...row, weight: row.weight > 1 ? 2 : 1 }));
      const split = doubled.flatMap((row) => (row.weight === 2 ? [row, row] : [row]));
      const options = { profile: PROFILES[0] };
      const parts = figuresOf(auditRows(split, { weighted: false }), options);
      const byKey = new Map(parts.map((figure) => [keyOf(figure), figure]));
      for (const figure of figuresOf(auditRows(doubled, { weighted: true }), options)) {
        if (/^(count|r2_score)/.test(figure.name)) continue;
        const other = byKey.get(keyOf(figure))!;
        expect(agrees(figure.value ?? Number.NaN, other.value ?? Number.NaN), figure.name).toBe(true);
        expect(other.strict).toEqual(figure.strict);
      }
    }),
    { numRuns: 60 },
  );
});

test('fairlearn@0.15: names of groups do not matter; aequitas@1.1: a disparity turns round with the reference', () => {
  const swapped: Readonly<Record<string, string>> = { A: 'B', B: 'A' };
  const two = known.map((row) => ({ ...row, group: row.group === 'C' ? 'B' : row.group }));
  fc.assert(
    fc.property(fc.array(two, { minLength: 2, maxLength: 25 }), (rows) => {
      fc.pre(new Set(rows.map(({ group }) => group)).size === 2);
      const renamed = auditRows(
        rows.map((row) => ({ ...row, group: swapped[row.group]! })),
        { weighted: false },
      );
      const plain = auditRows(rows, { weighted: false });
      const aggregates = (all: readonly Figure[]) =>
        all
          .filter(({ group, attribute }) => group === null && attribute === 'group')
          .map(({ name, value }) => [name, value]);
      const options = { profile: PROFILES[0] };
      expect(aggregates(figuresOf(renamed, options))).toEqual(aggregates(figuresOf(plain, options)));
      const disparities = (reference: string, group: string): readonly Figure[] =>
        figuresOf(plain, { profile: PROFILES[1], reference: { group: reference } }).filter(
          (figure) => figure.attribute === 'group' && figure.name.endsWith('_disparity') && figure.group === group,
        );
      const back = disparities('B', 'A');
      for (const [i, { value, strict }] of disparities('A', 'B').entries()) {
        const other = back[i]!;
        // Infinite ones are written as 10, and 0 is their other side.
        const isCapped = strict?.reason === 'zero_reference' || other.strict?.reason === 'zero_reference';
        if (isCapped || value === null) expect(other.value === null).toBe(value === null);
        else expect(agrees(value * other.value!, 1)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
