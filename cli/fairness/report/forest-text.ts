import { printable } from '../../table.ts';
import { countText, intervalText, valueText } from './figure-text.ts';
import type { ForestPanel, ForestRow, Mark, Tick } from './forest.ts';
import type { TextStyle } from './group-table.ts';

interface Pens {
  readonly line: string;
  readonly low: string;
  readonly high: string;
  readonly offLow: string;
  readonly offHigh: string;
  readonly equal: string;
  /** An interval that reaches across equality. */
  readonly across: string;
  readonly bound: string;
  readonly marks: Readonly<Record<Mark, string>>;
}

const UNICODE: Pens = {
  line: '─',
  low: '├',
  high: '┤',
  offLow: '◄',
  offHigh: '►',
  equal: '│',
  across: '┼',
  bound: '┊',
  marks: { within: '●', possible: '◇', shown: '◆' },
};
const ASCII: Pens = {
  line: '-',
  low: '[',
  high: ']',
  offLow: '<',
  offHigh: '>',
  equal: '|',
  across: '+',
  bound: ':',
  marks: { within: 'o', possible: '?', shown: '#' },
};

const INDENT = '  ';
const NARROWEST_AXIS = 21;
const WIDEST_AXIS = 81;

/** A forest plot in characters, no line longer than `style.width` where labels leave room for an axis. */
export function forestText(panels: readonly ForestPanel[], style: TextStyle): string {
  return panels.map((panel) => panelText(panel, style)).join('\n');
}

function panelText(panel: ForestPanel, { width, isUnicode }: TextStyle): string {
  const pens = isUnicode ? UNICODE : ASCII;
  const rows = panel.metrics.flatMap((metric) => metric.rows);
  const labels = rows.map(({ group, n }) => [printable(group), countText(n)] as const);
  const groupWidth = Math.max(...labels.map(([group]) => group.length));
  const countWidth = Math.max(...labels.map(([, count]) => count.length));
  const left = INDENT.length + groupWidth + 2 + countWidth + 2;
  const right = 2 + Math.max(...rows.map((row) => rightText(row).length));
  const axisWidth = Math.min(WIDEST_AXIS, Math.max(NARROWEST_AXIS, width - left - right));
  const head = (row: ForestRow): string =>
    `${INDENT}${printable(row.group).padEnd(groupWidth)}  ${countText(row.n).padStart(countWidth)}  `;
  const lines = panel.metrics.flatMap(({ label, rows: own }) => [
    `${label.padEnd(left)}${label.length < left ? axisLine(panel, axisWidth, pens) : ''}`,
    ...own.map((row) => `${head(row)}${rowLine(panel, row, axisWidth, pens)}  ${rightText(row)}`),
  ]);
  const ruler = `${' '.repeat(left)}${tickLine(panel.ticks, axisWidth)}`;
  return [...lines, ruler, ...wrapParts(legendParts(panel, pens), width)].map((line) => `${line.trimEnd()}\n`).join('');
}

function rightText(row: ForestRow): string {
  if (row.at === undefined) return '';
  const interval = intervalText(row.figure.ci);
  return interval === '' ? valueText(row.figure) : `${valueText(row.figure)} (${interval})`;
}

/** The column of a position; positions off the axis are at its ends. */
function columnOf(at: number, width: number): number {
  return Math.max(0, Math.min(width - 1, Math.round(at * (width - 1))));
}

function axisCells({ equal, bounds }: ForestPanel, width: number, pens: Pens): string[] {
  const cells = Array.from({ length: width }, () => ' ');
  for (const { at } of bounds) cells[columnOf(at, width)] = pens.bound;
  cells[columnOf(equal, width)] = pens.equal;
  return cells;
}

function axisLine(panel: ForestPanel, width: number, pens: Pens): string {
  return axisCells(panel, width, pens).join('');
}

function rowLine(panel: ForestPanel, row: ForestRow, width: number, pens: Pens): string {
  if (row.at === undefined) return row.words;
  const cells = axisCells(panel, width, pens);
  if (row.low !== undefined && row.high !== undefined) {
    drawInterval(cells, { low: row.low, high: row.high, equal: columnOf(panel.equal, width) }, pens);
  }
  cells[columnOf(row.at, width)] = offAxis(row.at, pens) ?? pens.marks[row.mark];
  return cells.join('');
}

function drawInterval(
  cells: string[],
  { low, high, equal }: { readonly low: number; readonly high: number; readonly equal: number },
  pens: Pens,
): void {
  const [from, to] = [columnOf(low, cells.length), columnOf(high, cells.length)];
  for (let i = from; i <= to; i += 1) cells[i] = i === equal ? pens.across : pens.line;
  cells[from] = low < 0 ? pens.offLow : pens.low;
  cells[to] = high > 1 ? pens.offHigh : pens.high;
}

function offAxis(at: number, pens: Pens): string | undefined {
  if (at < 0) return pens.offLow;
  return at > 1 ? pens.offHigh : undefined;
}

/** Tick labels centred under their places; one that would touch its neighbour is left out. */
function tickLine(ticks: readonly Tick[], width: number): string {
  let text = '';
  for (const { at, label } of ticks) {
    const start = Math.max(0, Math.min(width - label.length, columnOf(at, width) - Math.floor(label.length / 2)));
    if (text !== '' && start <= text.length) continue;
    text = `${text.padEnd(start)}${label}`;
  }
  return text;
}

function legendParts({ kind, bounds, metrics }: ForestPanel, pens: Pens): readonly string[] {
  const marks = new Set(metrics.flatMap(({ rows }) => rows.flatMap((row) => (row.at === undefined ? [] : [row.mark]))));
  const bound = bounds.length === 0 ? [] : [`${pens.bound} bound (${bounds.map(({ label }) => label).join(' and ')})`];
  return [
    `${pens.equal} equal (${kind === 'ratio' ? '1' : '0'})`,
    ...bound,
    ...(marks.has('possible') ? [`${pens.marks.possible} beyond the bound, but its interval reaches back`] : []),
    ...(marks.has('shown') ? [`${pens.marks.shown} beyond the bound with its whole interval`] : []),
  ];
}

/** Parts on as few lines as the width takes, none of them broken. */
function wrapParts(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = `${line ?? ''}   ${part}`;
    if (line === undefined || longer.length > width) lines.push(`${INDENT}${part}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
