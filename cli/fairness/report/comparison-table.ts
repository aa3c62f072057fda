import type { Finding } from '../../../fairness/audit-types.ts';
import type { ShownFigure } from '../../../fairness/suppress.ts';
import { printable } from '../../table.ts';
import { intervalText, metricLabel, numberText, valueText } from './figure-text.ts';
import { columnsText } from './group-table.ts';

/** Figures together with where they stand in the result: findings name them by that. */
export interface PlacedFigure {
  readonly figure: ShownFigure;
  readonly finding: Finding | undefined;
}

/** Comparisons with the reference: a row each, under the name of its metric. */
export function comparisonTable(
  placed: readonly PlacedFigure[],
  { isReferenceShown }: { isReferenceShown: boolean },
): string {
  const rows = byMetric(placed);
  const [head = '', ...lines] = linesOf(rows, [
    ['  group', (figure) => `  ${printable(figure.group ?? '')}`],
    ...(isReferenceShown ? [REFERENCE] : []),
    ['value', (figure) => `${valueText(figure)}${figure.small === true ? ' *' : ''}`],
    ['interval', (figure) => intervalText(figure.ci)],
    ['p, adjusted', (figure) => (figure.adjustedPValue === undefined ? '' : pValueText(figure.adjustedPValue))],
    ['shrunk', (figure) => (figure.shrunk === undefined ? '' : numberText(figure.shrunk.value))],
    ['could show', (figure) => (figure.minimumDetectable === undefined ? '' : numberText(figure.minimumDetectable))],
    ['strict', (figure) => strictText(figure)],
    ['bound', (_, finding) => boundText(finding)],
  ]);
  const body = rows.map(({ figure }, i) => {
    const label = metricLabel(figure);
    return `${label === labelAt(rows, i - 1) ? '' : `${label}\n`}${lines[i] ?? ''}\n`;
  });
  return `${head}\n${body.join('')}`;
}

/** Figures about all groups of the attribute, or about everybody. */
export function overallTable(placed: readonly PlacedFigure[]): string {
  const lines = linesOf(placed, [
    ['metric', (figure) => metricLabel(figure)],
    ['value', (figure) => `${valueText(figure)}${figure.small === true ? ' *' : ''}`],
    ['interval', (figure) => intervalText(figure.ci)],
    ['furthest apart', (figure) => printable(figure.worstPair?.join(' and ') ?? '')],
    ['strict', (figure) => strictText(figure)],
    ['bound', (_, finding) => boundText(finding)],
  ]);
  return `${lines.join('\n')}\n`;
}

type CellOf = (figure: ShownFigure, finding: Finding | undefined) => string;

const REFERENCE: readonly [string, CellOf] = ['reference', (figure) => printable(figure.reference ?? '')];

/** A line for the heads and one for each row. Columns that hold nothing are left out. */
function linesOf(rows: readonly PlacedFigure[], columns: readonly (readonly [string, CellOf])[]): readonly string[] {
  const filled = columns.map(([head, cellOf]) => ({
    head,
    cells: rows.map(({ figure, finding }) => cellOf(figure, finding)),
    isNumber: false,
  }));
  return columnsText(filled.filter(({ cells }) => cells.some((cell) => cell !== '')))
    .trimEnd()
    .split('\n');
}

function labelAt(rows: readonly PlacedFigure[], i: number): string | undefined {
  const row = rows[i];
  return row === undefined ? undefined : metricLabel(row.figure);
}

/** Sorted by the first occurrence of the metric, then as they come. */
export function byMetric(placed: readonly PlacedFigure[]): readonly PlacedFigure[] {
  const order = [...new Set(placed.map(({ figure }) => metricLabel(figure)))];
  const rank = new Map(order.map((label, i) => [label, i]));
  const at = ({ figure }: PlacedFigure): number => rank.get(metricLabel(figure)) ?? 0;
  return [...placed].sort((a, b) => at(a) - at(b));
}

function pValueText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** The strict value beside a library's. */
function strictText({ strict }: ShownFigure): string {
  if (strict === undefined) return '';
  return strict.value === null ? strict.status : numberText(strict.value);
}

function boundText(finding: Finding | undefined): string {
  if (finding === undefined) return '';
  return finding.strength === 'shown'
    ? `beyond ${numberText(finding.bound)}`
    : `maybe beyond ${numberText(finding.bound)}`;
}
