/**
 * Decision curves (Vickers and Elkin 2006): what predictions at a threshold are worth, counted in favourable labels found.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type CellTable } from '../../cells.ts';
import { type Confusion, confusionOf } from '../../rates.ts';
import { errorOfMean, type Estimate, estimated, normalInterval, undefinedBecause } from '../scores/estimate.ts';
import type { ThresholdSweep } from './sweep.ts';

export interface NetBenefit {
  /** TP/n − FP/n · t/(1 − t) */
  readonly model: Estimate;
  /** The same where everybody is predicted favourable: base rate − (1 − base rate) · t/(1 − t). */
  readonly treatAll: Estimate;
  /** Net benefit over the base rate, its maximum: 1 is a perfect model (Kerr et al. 2016). */
  readonly standardized: Estimate;
  /** Where nobody is predicted favourable: 0 at every threshold. */
  readonly treatNone: 0;
}

/** Weighted counts of a group, and the effective number of its rows with a known label. */
interface Decided {
  readonly counts: Confusion;
  readonly n: number;
  readonly effective: number;
}

/**
 * Net benefit of one group from its counts at `threshold`; n are the rows with known label and prediction. Intervals `delta`: net
 * benefit is a mean over rows of 1, −t/(1 − t) or 0; the standardized one is a ratio of two such means, linearised (the
 * variances of Marsh, Janes and Pepe 2020 where labels are drawn with the rows).
 *
 * Numerator TP·(1 − t) − FP·t, denominator n·(1 − t).
 *
 * @param threshold - in (0, 1): at 1 no number of false positives is worth a true one
 * @throws LedgerError `invalid_value` for another threshold
 */
export function netBenefit(table: CellTable, group: number, at: { threshold: number; level: number }): NetBenefit {
  const { threshold, level } = at;
  if (!(threshold > 0 && threshold < 1)) {
    const message = 'Net benefit needs thresholds between 0 and 1, neither included.';
    throw new LedgerError('invalid_value', message, { pointer: '/threshold' });
  }
  const decided = decidedOf(table, group);
  if (!(decided.n > 0)) {
    const none = undefinedBecause('no_labels');
    return { model: none, treatAll: none, standardized: none, treatNone: 0 };
  }
  const { tp, fp, fn, tn } = decided.counts;
  return {
    model: benefit({ ...decided, threshold, level }, tp, fp),
    treatAll: benefit({ ...decided, threshold, level }, tp + fn, fp + tn),
    standardized: standardizedBenefit({ ...decided, threshold, level }),
    treatNone: 0,
  };
}

function decidedOf({ weight, weightSquared }: CellTable, group: number): Decided {
  const counts = confusionOf(weight, group);
  const squares = confusionOf(weightSquared, group);
  const n = counts.tp + counts.fp + counts.tn + counts.fn;
  const squared = squares.tp + squares.fp + squares.tn + squares.fn;
  return { counts, n, effective: squared > 0 ? (n * n) / squared : 0 };
}

type At = Decided & { readonly threshold: number; readonly level: number };

function benefit({ n, effective, threshold, level }: At, truePositives: number, falsePositives: number): Estimate {
  const odds = threshold / (1 - threshold);
  const numerator = truePositives * (1 - threshold) - falsePositives * threshold;
  const denominator = n * (1 - threshold);
  const value = numerator / denominator;
  const variance = (truePositives + falsePositives * odds * odds) / n - value * value;
  const standardError = errorOfMean(variance, effective);
  const ci = normalInterval(value, standardError, { level, method: 'delta', low: -odds, high: 1 });
  return estimated(value, { numerator, denominator, standardError, ci });
}

function standardizedBenefit({ counts, n, effective, threshold, level }: At): Estimate {
  const { tp, fp, fn } = counts;
  const positives = tp + fn;
  if (!(positives > 0)) return undefinedBecause('no_positives');
  const odds = threshold / (1 - threshold);
  const numerator = tp * (1 - threshold) - fp * threshold;
  const denominator = positives * (1 - threshold);
  const value = numerator / denominator;
  const baseRate = positives / n;
  // Mean of squares of (benefit of the row − value · label) / base rate, which is 0 on average.
  const variance = (tp * (1 - value) ** 2 + fp * odds * odds + fn * value * value) / n / (baseRate * baseRate);
  const standardError = errorOfMean(variance, effective);
  const ci = normalInterval(value, standardError, { level, method: 'delta', high: 1 });
  return estimated(value, { numerator, denominator, standardError, ci });
}

/** Net benefit of a group along a sweep; thresholds 0 and 1 of it are left out. */
export function decisionCurve(
  { thresholds, tables }: ThresholdSweep,
  group: number,
  level: number,
): readonly (NetBenefit & { readonly threshold: number })[] {
  return thresholds.flatMap((threshold, i) => {
    const table = tables[i];
    if (table === undefined || !(threshold > 0 && threshold < 1)) return [];
    return [{ threshold, ...netBenefit(table, group, { threshold, level }) }];
  });
}
