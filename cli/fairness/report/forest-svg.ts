import { countText, intervalText, valueText } from './figure-text.ts';
import type { ForestMetric, ForestPanel, ForestRow } from './forest.ts';
import { coordinate, element, textElement } from './svg-element.ts';
import { wrap } from './wrap.ts';

export interface Plot {
  readonly title: string;
  /** What the plot shows, for whoever cannot see it: everything that matters, in sentences. */
  readonly description: string;
  /** One line below the title: what it rests on. */
  readonly subtitle: string;
  readonly parts: readonly PlotPart[];
  /** Lines below everything: findings, what is missing. */
  readonly notes: readonly string[];
}

/** One attribute. */
export interface PlotPart {
  readonly heading: string;
  readonly panels: readonly ForestPanel[];
}

const WIDTH = 960;
const MARGIN = 32;
const COUNT_RIGHT = 348;
const AXIS_LEFT = 376;
const AXIS_WIDTH = 352;
const VALUE_LEFT = AXIS_LEFT + AXIS_WIDTH + 20;
const ROW_HEIGHT = 24;
const NOTE_HEIGHT = 19;
/** Characters that fit between the margin and the count. */
const LONGEST_LABEL = 38;
const LONGEST_NOTE = 138;

/** Text and marks are darker than 4.5 : 1 against what is behind them (WCAG 2.2, 1.4.3 and 1.4.11); shape says it, too. */
const STYLE = `
text{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;font-size:13px;fill:#1b1f24}
.title{font-size:20px;font-weight:700}
.subtitle,.note{fill:#3d444d}
.heading{font-size:16px;font-weight:700}
.metric{font-weight:700}
.count,.tick,.unit{fill:#3d444d;font-size:12px}
.count{text-anchor:end}
.tick,.unit{text-anchor:middle}
.words{font-style:italic;fill:#3d444d;paint-order:stroke;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round}
.band{fill:#e8eef4}
.rule{stroke:#c5ccd3;stroke-width:1}
.equal{stroke:#1b1f24;stroke-width:1.5}
.bound{stroke:#59636e;stroke-width:1;stroke-dasharray:4 3}
.interval{stroke:#1b1f24;stroke-width:1.5;fill:none}
.within{fill:#1f5a8c;stroke:#1f5a8c}
.possible{fill:#ffffff;stroke:#9a2a12;stroke-width:2}
.shown{fill:#9a2a12;stroke:#9a2a12}
.off{fill:#1b1f24}
`;

/** A forest plot as an SVG document: the same plot gives the same bytes. */
export function forestSvg(plot: Plot): string {
  const pen = new Pen(MARGIN);
  pen.text('title', plot.title, 20);
  pen.text('subtitle', plot.subtitle, 24);
  for (const part of plot.parts) drawPart(pen, part);
  drawLegend(pen);
  drawNotes(pen, plot.notes);
  const height = pen.y + MARGIN - 8;
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: WIDTH,
      height,
      viewBox: `0 0 ${WIDTH} ${coordinate(height)}`,
      role: 'img',
      'aria-labelledby': 'title description',
      lang: 'en',
    },
    [
      '\n',
      textElement('title', { id: 'title' }, plot.title),
      '\n',
      textElement('desc', { id: 'description' }, plot.description),
      '\n',
      element('style', {}, [STYLE]),
      '\n',
      element('rect', { width: WIDTH, height, fill: '#ffffff' }),
      '\n',
      ...pen.drawn.map((one) => `${one}\n`),
    ],
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

/** Draws downwards. */
class Pen {
  readonly drawn: string[] = [];
  y: number;

  constructor(y: number) {
    this.y = y;
  }

  draw(...markup: readonly string[]): void {
    this.drawn.push(...markup);
  }

  /** A line of text at the left margin, `height` further down. */
  text(className: string, text: string, height: number): void {
    this.y += height;
    this.draw(textElement('text', { class: className, x: MARGIN, y: this.y }, text));
  }
}

function drawPart(pen: Pen, { heading, panels }: PlotPart): void {
  pen.y += 18;
  pen.text('heading', heading, 22);
  if (panels.length === 0) pen.text('words', 'Nothing to compare.', ROW_HEIGHT);
  for (const panel of panels) drawPanel(pen, panel);
}

function drawPanel(pen: Pen, panel: ForestPanel): void {
  pen.y += 24;
  const top = pen.y;
  for (const { at, label } of panel.bounds) {
    pen.draw(textElement('text', { class: 'tick', x: xOf(at), y: top - 5 }, label));
  }
  const rows = panel.metrics.reduce((sum, { rows: own }) => sum + 1.25 + own.length, 0);
  const bottom = top + rows * ROW_HEIGHT + 4;
  pen.draw(...axisMarkup(panel, top, bottom));
  for (const metric of panel.metrics) drawMetric(pen, metric);
  pen.y = bottom;
  for (const { at, label } of panel.ticks) {
    pen.draw(
      element('path', { class: 'rule', d: `M${coordinate(xOf(at))} ${coordinate(bottom)}v5` }),
      textElement('text', { class: 'tick', x: xOf(at), y: bottom + 19 }, label),
    );
  }
  const unit =
    panel.kind === 'ratio'
      ? 'ratio, group / reference; 1: equal; logarithmic'
      : 'difference, group − reference; 0: equal';
  pen.draw(textElement('text', { class: 'unit', x: AXIS_LEFT + AXIS_WIDTH / 2, y: bottom + 37 }, unit));
  pen.y = bottom + 44;
}

function xOf(at: number): number {
  return AXIS_LEFT + Math.max(0, Math.min(1, at)) * AXIS_WIDTH;
}

/** The space between the bounds, equality, and the baseline. */
function axisMarkup({ bounds, equal }: ForestPanel, top: number, bottom: number): readonly string[] {
  const [from, to] = bounds;
  const vertical = (className: string, at: number): string =>
    element('path', { class: className, d: `M${coordinate(xOf(at))} ${coordinate(top)}V${coordinate(bottom)}` });
  const band =
    from === undefined || to === undefined
      ? []
      : [
          element('rect', {
            class: 'band',
            x: xOf(from.at),
            y: top,
            width: xOf(to.at) - xOf(from.at),
            height: bottom - top,
          }),
          vertical('bound', from.at),
          vertical('bound', to.at),
        ];
  const baseline = `M${coordinate(AXIS_LEFT)} ${coordinate(bottom)}h${coordinate(AXIS_WIDTH)}`;
  return [...band, vertical('equal', equal), element('path', { class: 'rule', d: baseline })];
}

function drawMetric(pen: Pen, { label, rows }: ForestMetric): void {
  pen.text('metric', shorten(label, LONGEST_LABEL + 8), ROW_HEIGHT * 0.85);
  pen.y += ROW_HEIGHT * 0.4;
  for (const row of rows) {
    drawRow(pen, row, pen.y + ROW_HEIGHT / 2);
    pen.y += ROW_HEIGHT;
  }
}

function drawRow(pen: Pen, row: ForestRow, middle: number): void {
  const base = middle + 4.5;
  pen.draw(textElement('text', { x: MARGIN + 12, y: base }, shorten(row.group, LONGEST_LABEL)));
  if (row.n !== null) {
    pen.draw(textElement('text', { class: 'count', x: COUNT_RIGHT, y: base }, `n ${countText(row.n)}`));
  }
  if (row.at === undefined) {
    pen.draw(textElement('text', { class: 'words', x: AXIS_LEFT + 6, y: base }, row.words));
    return;
  }
  pen.draw(...intervalMarkup(row, middle), markMarkup(row, row.at, middle));
  const interval = intervalText(row.figure.ci);
  const text = interval === '' ? valueText(row.figure) : `${valueText(row.figure)} (${interval})`;
  pen.draw(textElement('text', { x: VALUE_LEFT, y: base }, text));
}

/** A line with ends; an arrow where it goes on beyond the axis. */
function intervalMarkup({ low, high }: ForestRow, middle: number): readonly string[] {
  if (low === undefined || high === undefined) return [];
  const [from, to] = [xOf(low), xOf(high)];
  const path = `M${coordinate(from)} ${coordinate(middle)}H${coordinate(to)}`;
  const end = (at: number, x: number): string =>
    at < 0 || at > 1
      ? arrow(x, middle, at < 0 ? -1 : 1)
      : element('path', { class: 'interval', d: `M${coordinate(x)} ${coordinate(middle - 5)}v10` });
  return [element('path', { class: 'interval', d: path }), end(low, from), end(high, to)];
}

function arrow(x: number, y: number, direction: 1 | -1): string {
  const d = `M${coordinate(x + 7 * direction)} ${coordinate(y)}l${-9 * direction} -5v10z`;
  return element('path', { class: 'off', d });
}

function markMarkup({ mark }: ForestRow, at: number, middle: number): string {
  if (at < 0 || at > 1) return arrow(xOf(at), middle, at < 0 ? -1 : 1);
  return shapeOf(mark, xOf(at), middle);
}

/** A disc within the bounds; a hollow or a full diamond beyond. */
function shapeOf(mark: ForestRow['mark'], x: number, y: number): string {
  if (mark === 'within') return element('circle', { class: mark, cx: x, cy: y, r: 4.5 });
  const d = `M${coordinate(x)} ${coordinate(y - 7)}l7 7l-7 7l-7 -7z`;
  return element('path', { class: mark, d });
}

const LEGEND = [
  ['within', 'within the bounds'],
  ['possible', 'beyond a bound, but its interval reaches back'],
  ['shown', 'beyond a bound with its whole interval'],
] as const;

function drawLegend(pen: Pen): void {
  pen.y += 34;
  let x = MARGIN + 8;
  for (const [mark, words] of LEGEND) {
    pen.draw(shapeOf(mark, x, pen.y - 4.5), textElement('text', { x: x + 14, y: pen.y }, words));
    x += 48 + words.length * 5.9;
  }
}

function drawNotes(pen: Pen, notes: readonly string[]): void {
  pen.y += 12;
  for (const note of notes) {
    for (const line of wrap(note, LONGEST_NOTE)) pen.text('note', line, NOTE_HEIGHT);
    pen.y += 5;
  }
}

function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
