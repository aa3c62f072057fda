import type { ShownFigure } from '../../../fairness/suppress.ts';
import type { ConfidenceInterval } from '../../../fairness/types.ts';

/** Numbers of figures as people read them: three decimals, whole counts as they are. The record has all digits. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) >= 2) return groupDigits(String(value));
  const size = Math.abs(value);
  if (size !== 0 && size < 0.0005) return value.toExponential(1);
  if (size >= 1e6) return value.toExponential(3);
  const text = value.toFixed(3);
  return size >= 1_000 ? groupDigits(value.toFixed(1)) : text;
}

/** A number of persons; empty where it may not be told. */
export function countText(n: number | null): string {
  return n === null ? '' : groupDigits(String(n));
}

/** How large an audit is. */
export function rowsText(n: number | null): string {
  return n === null ? 'fewer than 11 rows' : `${countText(n)} rows`;
}

/** `1234567` -> `1,234,567`. */
export function groupDigits(text: string): string {
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `0.391 to 0.430`; `at most 1.2` and `at least 0.4` where one side is unbounded; empty where there is no interval. */
export function intervalText(ci: Pick<ConfidenceInterval, 'low' | 'high'> | null): string {
  if (ci === null) return '';
  const { low, high } = ci;
  if (low !== null && high !== null) return `${numberText(low)} to ${numberText(high)}`;
  if (low !== null) return `at least ${numberText(low)}`;
  return high === null ? 'unbounded' : `at most ${numberText(high)}`;
}

/** The metric's name, with what it was asked with: `selection_rate (threshold 0.5)`. */
export function metricLabel({ name, parameters }: Pick<ShownFigure, 'name' | 'parameters'>): string {
  const asked = Object.entries(parameters ?? {}).map(([key, value]) => `${key} ${value}`);
  return asked.length === 0 ? name : `${name} (${asked.join(', ')})`;
}

/** The value; or the status in words, and what a library gave instead. Never empty. */
export function valueText(figure: ShownFigure): string {
  if (figure.value !== null) return isVerdict(figure) ? VERDICTS[figure.value === 1 ? 1 : 0] : numberText(figure.value);
  return figure.libraryValue ?? figure.status;
}

const VERDICTS = ['not fair', 'fair'] as const;

/** Aequitas gives verdicts beside numbers: 1 where it calls a group fair. */
function isVerdict({ name, convention }: Pick<ShownFigure, 'name' | 'convention'>): boolean {
  return convention === 'aequitas@1.1' && /(_parity|_fairness|^equalized_odds)$/.test(name);
}

/** A level such as 0.95 as `95 %`. */
export function percentText(level: number): string {
  return `${Number((level * 100).toFixed(4))} %`;
}
