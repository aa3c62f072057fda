import type { ResolvedOptions } from '../../../fairness/audit/options.ts';
import type { AuditView } from './view.ts';
import type { ShownFigure } from '../../../fairness/suppress.ts';
import { printable } from '../../table.ts';
import { comparisonTable, overallTable, type PlacedFigure } from './comparison-table.ts';
import { percentText, rowsText } from './figure-text.ts';
import { type BoundOf, forestOf } from './forest.ts';
import { forestText } from './forest-text.ts';
import { groupTable, type TextStyle } from './group-table.ts';
import { notComputed } from './reason-words.ts';
import { type Section, sectionsOf } from './sections.ts';
import { wrap } from './wrap.ts';

/** What stands above an audit. */
export interface AuditHeading {
  /** Name of the file, or of the window. */
  readonly source: string;
  readonly options: ResolvedOptions;
  /** Of the rows, `sha256:…`. */
  readonly digest: string;
}

/** An audit for people: tables, plots, findings, and what is missing. Ends with a newline. */
export function auditText(
  result: AuditView,
  heading: AuditHeading,
  layout: { readonly style: TextStyle; readonly boundOf: BoundOf },
): string {
  const place = placer(result);
  const { style } = layout;
  const parts = [
    headingText(result, heading, style),
    ...sectionsOf(result).map((section) => sectionText(section, place, layout)),
    findingsText(result, style),
    notComputedText(result.metrics, style),
    notesText(result, style),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Pairs figures with their finding. */
export function placer({ metrics, findings }: AuditView): (figures: readonly ShownFigure[]) => readonly PlacedFigure[] {
  const byFigure = new Map(findings.map((finding) => [metrics[finding.figure], finding]));
  return (figures) => figures.map((figure) => ({ figure, finding: byFigure.get(figure) }));
}

const ADJUSTMENTS = { holm: 'Holm', 'benjamini-hochberg': 'Benjamini-Hochberg' } as const;

function headingText(
  { profile, n }: AuditView,
  { source, options, digest }: AuditHeading,
  { width }: TextStyle,
): string {
  const { favorable, level, adjustment, seed } = options;
  return [
    `${printable(source)}: ${rowsText(n)}, profile ${profile}, favourable ${favorable.map(printable).join(' or ')}`,
    `${percentText(level)} intervals, p-values adjusted over groups by ${ADJUSTMENTS[adjustment]}, seed ${printable(seed)}`,
    `rows ${digest}`,
  ]
    .flatMap((line) => wrap(line, width))
    .map((line) => `${line}\n`)
    .join('');
}

/** A heading, underlined. */
function titled(title: string, { isUnicode }: TextStyle): string {
  return `${title}\n${(isUnicode ? '─' : '-').repeat(title.length)}\n`;
}

function sectionText(
  section: Section,
  place: (figures: readonly ShownFigure[]) => readonly PlacedFigure[],
  { style, boundOf }: { readonly style: TextStyle; readonly boundOf: BoundOf },
): string {
  const { attribute, reference, groups, comparisons, overall, plotted } = section;
  const against = reference === null ? '' : `, compared with ${printable(reference)}`;
  const title = attribute === null ? 'Everybody' : `${printable(attribute)}${against}`;
  const placed = place(comparisons.filter(hasInput));
  const [ofGroups, ofAll] = [groups.filter(hasInput), place(overall.filter(hasInput))];
  const plot = forestText(forestOf(place(plotted.filter(hasInput)), boundOf), style);
  const parts = [
    ofGroups.length === 0 ? '' : groupTable(ofGroups, style),
    placed.length === 0 ? '' : comparisonTable(placed, { isReferenceShown: reference === null }),
    plot,
    ofAll.length === 0 ? '' : overallTable(ofAll),
  ];
  return `${titled(title, style)}\n${parts.filter((part) => part !== '').join('\n')}`;
}

/** Metrics of what was not given, e.g. of scores, would fill tables with one word; they stand under what was not computed. */
const WITHOUT_INPUT: ReadonlySet<string> = new Set(['no_labels', 'no_predictions', 'no_scores', 'no_features']);

function hasInput({ reason }: ShownFigure): boolean {
  return reason === null || !WITHOUT_INPUT.has(reason);
}

function findingsText({ findings }: AuditView, style: TextStyle): string {
  const none = 'No figure is beyond its bound. That does not show that there is no difference: see the intervals.\n';
  const lines = findings.map(({ words }, i) => listItem(`${i + 1}.`, words, style));
  return `${titled('Findings', style)}\n${lines.length === 0 ? none : lines.join('')}`;
}

/** Reasons name this many metrics each; `--json` has them all. */
const MOST_METRICS = 8;

function notComputedText(figures: readonly ShownFigure[], style: TextStyle): string {
  const reasons = notComputed(figures);
  if (reasons.length === 0) return '';
  const items = reasons.map(({ why, what }) => {
    const more = what.length > MOST_METRICS ? `; and ${what.length - MOST_METRICS} more metrics` : '';
    return listItem('-', `${why}. ${what.slice(0, MOST_METRICS).map(printable).join('; ')}${more}`, style);
  });
  return `${titled('Not computed', style)}\n${items.join('')}`;
}

function notesText({ notes, metrics }: AuditView, style: TextStyle): string {
  const own = [...new Set(metrics.flatMap(({ note, name }) => (note === undefined ? [] : [`${name}: ${note}`])))];
  const small = metrics.some((figure) => figure.small === true)
    ? ['* rests on, or would reveal, fewer than 11 persons. Reports and auditors are not shown these figures.']
    : [];
  const all = [...notes, ...own, ...small];
  return all.length === 0 ? '' : `${titled('Notes', style)}\n${all.map((note) => listItem('-', note, style)).join('')}`;
}

function listItem(bullet: string, text: string, { width }: TextStyle): string {
  const [first = '', ...rest] = wrap(printable(text), Math.max(40, width - bullet.length - 1));
  const indent = ' '.repeat(bullet.length + 1);
  return [`${bullet} ${first}`, ...rest.map((line) => `${indent}${line}`)].map((line) => `${line}\n`).join('');
}
