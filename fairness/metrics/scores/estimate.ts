/**
 * A value with its error, or why there is none.
 *
 * @module
 */
import { normalCdf, normalQuantile } from '../../../numerics/normal.ts';
import { criticalValue } from '../../intervals/index.ts';
import type { ConfidenceInterval, Outcome, Reason } from '../../types.ts';

/** An {@link Outcome} with what it was made of. All numbers are finite. */
export type Estimate = Outcome & {
  /** Both where the value is a fraction. A fraction without a value keeps them: its denominator is 0. */
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** Of the value itself; `null` where the method gives none. */
  readonly standardError: number | null;
  readonly ci: ConfidenceInterval | null;
  /** What a reader has to know to read the value right. */
  readonly note?: string;
};

/** What {@link estimated} is told. */
export interface EstimateParts {
  readonly numerator?: number;
  readonly denominator?: number;
  readonly standardError?: number | null;
  readonly ci?: ConfidenceInterval | null;
  readonly note?: string | undefined;
}

/** A value with what it was made of. Weights so far apart that sums of them leave the range of doubles give `not_converged`. */
export function estimated(value: number, parts: EstimateParts = {}): Estimate {
  if (!Number.isFinite(value)) return undefinedBecause('not_converged');
  const { numerator, denominator, standardError, ci = null, note } = parts;
  return {
    value,
    status: 'ok',
    reason: null,
    numerator: finiteOrNull(numerator),
    denominator: finiteOrNull(denominator),
    standardError: finiteOrNull(standardError),
    ci: ci === null ? null : { ...ci, low: finiteOrNull(ci.low), high: finiteOrNull(ci.high) },
    ...(note === undefined ? {} : { note }),
  };
}

function finiteOrNull(value: number | null | undefined): number | null {
  return value !== undefined && value !== null && Number.isFinite(value) ? value : null;
}

/** No value by definition. */
export function undefinedBecause(reason: Reason, fraction?: { numerator: number; denominator: number }): Estimate {
  const { numerator, denominator } = fraction ?? { numerator: null, denominator: null };
  return { value: null, status: 'undefined', reason, numerator, denominator, standardError: null, ci: null };
}

/** A value there would be, of too few rows to say it. */
export function insufficientBecause(reason: Reason): Estimate {
  return { ...undefinedBecause(reason), value: null, status: 'insufficient', reason };
}

/** What an interval is made with. */
export interface IntervalOptions {
  /** E.g. 0.95. */
  readonly level: number;
  readonly method: string;
  /** Ends of the range of values, beyond which the interval does not reach. */
  readonly low?: number;
  readonly high?: number;
}

/** value ± z · standard error; `null` without a usable error. */
export function normalInterval(
  value: number,
  standardError: number | null,
  { level, method, low = -Infinity, high = Infinity }: IntervalOptions,
): ConfidenceInterval | null {
  if (standardError === null || !(standardError > 0) || !Number.isFinite(standardError)) return null;
  const margin = criticalValue(level) * standardError;
  return { low: Math.max(low, value - margin), high: Math.min(high, value + margin), level, method };
}

/**
 * The interval of a value in (0, 1), made on the scale of its log-odds and carried back: it stays inside (0, 1) and is
 * not symmetrical. `null` at the ends, where the log-odds are infinite.
 */
export function logitInterval(
  value: number,
  standardErrorOfLogit: number | null,
  { level, method }: IntervalOptions,
): ConfidenceInterval | null {
  if (standardErrorOfLogit === null || !(standardErrorOfLogit > 0) || !(value > 0 && value < 1)) return null;
  const centre = Math.log(value / (1 - value));
  const margin = criticalValue(level) * standardErrorOfLogit;
  return { low: 1 / (1 + Math.exp(margin - centre)), high: 1 / (1 + Math.exp(-margin - centre)), level, method };
}

/** Standard error of a mean from the weighted mean of squares about it and the effective number of rows. */
export function errorOfMean(variance: number, effectiveRows: number): number | null {
  if (!(effectiveRows > 1)) return null;
  return Math.sqrt(Math.max(0, variance) / (effectiveRows - 1));
}

/** An {@link Estimate} of group − reference, of two groups that share no row. */
export interface Difference {
  readonly estimate: Estimate;
  /** Which side a missing value is about. */
  readonly where?: 'group' | 'reference' | 'both';
  /** Two-sided p-value of no difference. */
  readonly pValue?: number;
  /** Smallest difference that a test with errors like these finds with 80 % power; none where no value is that far away. */
  readonly minimumDetectable?: number;
}

/** Group − reference: the variances of independent values add. */
export function differenceOf(group: Estimate, reference: Estimate, options: IntervalOptions): Difference {
  if (group.value === null || reference.value === null) return missingSide(group, reference);
  const value = group.value - reference.value;
  const standardError = errorOfDifference(group, reference);
  const estimate = estimated(value, {
    ...fractionOfDifference(group, reference),
    standardError,
    ci: normalInterval(value, standardError, options),
  });
  if (standardError === null) return { estimate };
  const detectable = (criticalValue(options.level) + normalQuantile(POWER)) * standardError;
  return {
    estimate,
    pValue: 2 * normalCdf(-Math.abs(value / standardError)),
    ...(detectable <= (options.high ?? Infinity) ? { minimumDetectable: detectable } : {}),
  };
}

const POWER = 0.8;

/** An error of 0, as of rows that are all predicted without one, is no knowledge of the error: then there is none of both. */
function errorOfDifference(group: Estimate, reference: Estimate): number | null {
  const [a, b] = [group.standardError ?? 0, reference.standardError ?? 0];
  // Not `Math.hypot`, whose last bit ECMAScript leaves open: roots are exact.
  return a > 0 && b > 0 ? Math.sqrt(a * a + b * b) : null;
}

function missingSide(group: Estimate, reference: Estimate): Difference {
  if (group.value === null) {
    const where = reference.value === null ? 'both' : 'group';
    return { where, estimate: { ...group, numerator: null, denominator: null } };
  }
  return { where: 'reference', estimate: { ...reference, numerator: null, denominator: null } };
}

/** a/b − c/d as one fraction. */
function fractionOfDifference(group: Estimate, reference: Estimate): EstimateParts {
  const { numerator: a, denominator: b } = group;
  const { numerator: c, denominator: d } = reference;
  if (a === null || b === null || c === null || d === null) return {};
  return { numerator: a * d - b * c, denominator: b * d };
}
