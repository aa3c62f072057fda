/** Figures, what they are to reach, and the table of them. @module */
import { formatTable } from '../../cli/table.ts';
import { quantile } from './http-load.ts';

/** What a figure is to reach. */
export interface Target {
  readonly is: 'at least' | 'at most' | 'under';
  readonly value: number;
}

/** One measured figure. */
export interface Figure {
  /** The row of the bench that measured it. */
  readonly row: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
  /** Value divided by that of the named floor; only of floors measured in the same run. */
  readonly ratios?: Readonly<Record<string, number>>;
  readonly note?: string;
}

export type Verdict = 'reached' | 'missed' | 'no target';

/** Whether the figure reached its target. A figure that could not be measured (NaN) missed it. */
export function verdictOf({ value, target }: Pick<Figure, 'value' | 'target'>): Verdict {
  if (target === undefined) return 'no target';
  const isReached =
    target.is === 'at least'
      ? value >= target.value
      : target.is === 'at most'
        ? value <= target.value
        : value < target.value;
  return isReached ? 'reached' : 'missed';
}

/** The middle one; of an even count the upper of the two. NaN of none. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** Three significant digits; whole numbers from 1,000 up, with separators. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'not measured';
  const magnitude = Math.abs(value);
  const digits = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function targetCell({ target, unit }: Figure): string {
  return target === undefined ? '' : `${target.is} ${target.value.toLocaleString('en-US')} ${unit}`;
}

function ratioCell({ ratios = {} }: Figure): string {
  return Object.entries(ratios)
    .map(([floor, ratio]) => `${formatNumber(ratio)} of ${floor}`)
    .join(', ');
}

/** The table, and below it the notes with their numbers. */
export function figureTable(figures: readonly Figure[]): string {
  const notes: string[] = [];
  const rows = figures.map((figure) => {
    if (figure.note !== undefined) notes.push(figure.note);
    const mark = figure.note === undefined ? '' : ` [${notes.length}]`;
    const verdict = verdictOf(figure);
    return [
      figure.row,
      `${figure.what}${mark}`,
      `${formatNumber(figure.value)} ${figure.unit}`,
      targetCell(figure),
      ratioCell(figure),
      verdict === 'no target' ? '' : verdict,
    ];
  });
  const table = formatTable(['row', 'what', 'figure', 'reach', 'ratio', ''], rows);
  const lines = notes.map((note, at) => `[${at + 1}] ${note}\n`);
  return lines.length === 0 ? table : `${table}\n${lines.join('')}`;
}
