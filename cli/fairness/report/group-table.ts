import type { ShownFigure } from '../../../fairness/suppress.ts';
import { printable } from '../../table.ts';
import { countText, intervalText, metricLabel, valueText } from './figure-text.ts';

/** How text is laid out. */
export interface TextStyle {
  /** Characters of a line. */
  readonly width: number;
  /** Whether lines and marks may be drawn with characters beyond ASCII. */
  readonly isUnicode: boolean;
}

const GAP = 2;

/**
 * Figures of groups: a row a group, a column a metric with the interval below its head, as many columns side by side as
 * the width takes, then the next ones below.
 */
export function groupTable(figures: readonly ShownFigure[], style: TextStyle): string {
  const groups = [...new Set(figures.map(({ group }) => group ?? ''))];
  const metrics = [...new Set(figures.map(metricLabel))];
  const cells = new Map(figures.map((figure) => [`${metricLabel(figure)}\n${figure.group ?? ''}`, cellText(figure)]));
  const rows = rowsOfGroups(figures);
  const first = { head: 'group', cells: groups.map(printable), isNumber: false };
  const second = { head: 'rows', cells: groups.map((group) => countText(rows.get(group) ?? null)), isNumber: true };
  const columns = metrics.map((metric) => ({
    head: metric,
    cells: groups.map((group) => cells.get(`${metric}\n${group}`) ?? ''),
    isNumber: false,
  }));
  return sideBySide([first, second], columns, style.width);
}

/**
 * Persons of a group: the number that most of its figures rest on, the larger of two. Some rest on a part of the group, and a
 * library's verdict on a group on everybody.
 */
function rowsOfGroups(figures: readonly ShownFigure[]): ReadonlyMap<string, number> {
  const counted = new Map<string, Map<number, number>>();
  for (const { group, n } of figures) {
    const times = counted.get(group ?? '') ?? new Map<number, number>();
    if (n !== null) times.set(n, (times.get(n) ?? 0) + 1);
    counted.set(group ?? '', times);
  }
  return new Map(
    [...counted].flatMap(([group, times]) => {
      const [most] = [...times].sort(([a, timesA], [b, timesB]) => timesB - timesA || b - a);
      return most === undefined ? [] : [[group, most[0]] as const];
    }),
  );
}

function cellText(figure: ShownFigure): string {
  const interval = intervalText(figure.ci);
  const small = figure.small === true ? ' *' : '';
  return interval === '' ? `${valueText(figure)}${small}` : `${valueText(figure)} (${interval})${small}`;
}

interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** Flush right. */
  readonly isNumber: boolean;
}

/** Blocks of columns, each beginning with the `fixed` ones, no line longer than `width` where that can be. */
export function sideBySide(fixed: readonly Column[], columns: readonly Column[], width: number): string {
  const fixedWidth = fixed.reduce((sum, column) => sum + widthOf(column) + GAP, 0);
  const blocks: Column[][] = [];
  let left = 0;
  for (const column of columns) {
    const needed = widthOf(column) + GAP;
    const block = blocks.at(-1);
    if (block === undefined || needed > left + GAP) {
      blocks.push([column]);
      left = width - fixedWidth - needed;
    } else {
      block.push(column);
      left -= needed;
    }
  }
  return blocks.map((block) => columnsText([...fixed, ...block])).join('\n');
}

function widthOf({ head, cells }: Column): number {
  return Math.max(head.length, ...cells.map((cell) => cell.length));
}

/** Columns as lines. */
export function columnsText(columns: readonly Column[]): string {
  const height = Math.max(...columns.map(({ cells }) => cells.length));
  const line = (cellOf: (column: Column) => string): string =>
    `${columns
      .map((column) => {
        const width = widthOf(column);
        return column.isNumber ? cellOf(column).padStart(width) : cellOf(column).padEnd(width);
      })
      .join(' '.repeat(GAP))
      .trimEnd()}\n`;
  const body = Array.from({ length: height }, (_, i) => line(({ cells }) => cells[i] ?? ''));
  return [line(({ head }) => head), ...body].join('');
}
