/**
 * The strict profile's figures of single persons, and of subsets that nobody named beforehand.
 *
 * @module
 */
import type { AuditColumns } from '../columns.ts';
import { consistencyOf } from '../metrics/consistency.ts';
import { mdssScan, mdssScore, type MdssFinding, type MdssScore } from '../metrics/mdss.ts';
import type { Figure } from '../types.ts';
import { lackingFigure, type Subject } from './figures.ts';
import { knownRows, rowsOf, type Needed } from './measured.ts';
import { figureOfMeasured } from './strict-distribution.ts';
import type { Scene } from './strict-rates.ts';

/** Every row is compared with every other that could be near: more would take minutes. */
const MAX_COMPARED_ROWS = 50_000;
/** Of all thresholds together. */
const MAX_COMPARED_TIMES = 200_000;
const NEIGHBORS = 5;
const RESTARTS = 10;

type Direction = 'positive' | 'negative';

function direction(name: string): Direction {
  return name.startsWith('mdss_positive') ? 'positive' : 'negative';
}

/** Rows that the metric is about; all, where what it needs is known of none. */
function subjectOf({ attribute, table }: Scene, name: string, of: { group: number; needed: Needed }): Subject {
  const group = attribute === null ? null : (table.groups[of.group] ?? '');
  const known = table.groups.some((_, i) => knownRows(table, i, of.needed) > 0);
  const n = known ? knownRows(table, of.group, of.needed) : rowsOf(table, of.group);
  return { name, attribute, group, reference: null, n };
}

function consistencyFigure(scene: Scene, columns: AuditColumns): Figure {
  const parameters = { ...scene.parameters, neighbors: NEIGHBORS };
  const subject = { ...subjectOf(scene, 'consistency', { group: 0, needed: 'predictions' }), parameters };
  const { features } = columns;
  if (features === undefined) return lackingFigure(subject, { status: 'undefined', reason: 'no_features' });
  if (!scene.knowledge.predictions) return lackingFigure(subject, { status: 'undefined', reason: 'no_predictions' });
  const times = columns.rows * scene.options.thresholds.length;
  if (columns.rows > MAX_COMPARED_ROWS || times > MAX_COMPARED_TIMES)
    return lackingFigure(subject, { status: 'undefined', reason: 'too_many_rows' });
  const values = features.map((feature) => feature.values);
  return figureOfMeasured(subject, consistencyOf(columns, values, { neighbors: NEIGHBORS }));
}

/** `race=a|b, sex=F`; nothing for everybody. */
function subsetText({ subset }: MdssFinding): string {
  return Object.entries(subset)
    .map(([attribute, groups]) => `${attribute}=${groups.join('|')}`)
    .join(', ');
}

function lackOf(scene: Scene, columns: AuditColumns): Parameters<typeof lackingFigure>[1] | undefined {
  if (columns.scores === undefined) return { status: 'undefined', reason: 'no_scores' };
  return scene.knowledge.labels ? undefined : { status: 'undefined', reason: 'no_labels' };
}

function scanFigure(scene: Scene, columns: AuditColumns, name: string): Figure {
  const subject = subjectOf(scene, name, { group: 0, needed: 'labels' });
  const lack = lackOf(scene, columns);
  if (lack !== undefined) return lackingFigure(subject, lack);
  const found = mdssScan(columns, { seed: scene.options.seed, restarts: RESTARTS })[direction(name)];
  return figureOfMeasured({ ...subject, parameters: { ...described(found), subset: subsetText(found) } }, found);
}

/** What the score was reached with. */
function described({ observed, expected, n, q }: MdssScore): Record<string, number> {
  return { persons: n, observed, expected, ...(q === null ? {} : { q }) };
}

function scoreFigures(scene: Scene, columns: AuditColumns, name: string): readonly Figure[] {
  const { attribute, table, options } = scene;
  const lack = lackOf(scene, columns);
  return table.groups.map((group, i) => {
    const subject = subjectOf(scene, name, { group: i, needed: 'labels' });
    if (lack !== undefined) return lackingFigure(subject, lack);
    if (subject.n < options.minimumCell)
      return lackingFigure(subject, { status: 'insufficient', reason: subject.n === 0 ? 'no_rows' : 'cell_too_small' });
    return figureOfMeasured(subject, mdssScore(columns, { [attribute ?? '']: [group] }, direction(name)));
  });
}

/** The figures of the family `individuals`: of the whole population, and for the scan's score of each group of one attribute. */
export function individualFigures(scene: Scene, columns: AuditColumns): readonly Figure[] {
  const { metrics } = scene.options;
  if (scene.attribute === null) {
    const scans = metrics.filter((name) => name.endsWith('_scan')).map((name) => scanFigure(scene, columns, name));
    return metrics.includes('consistency') ? [consistencyFigure(scene, columns), ...scans] : scans;
  }
  const isSingle = columns.attributes.some(({ name }) => name === scene.attribute);
  if (!isSingle) return [];
  return metrics.filter((name) => /^mdss_.*_score$/.test(name)).flatMap((name) => scoreFigures(scene, columns, name));
}
