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
import { rowsOf } from './measured.ts';
import { figureOfMeasured } from './strict-distribution.ts';
import type { Scene } from './strict-rates.ts';

/** Every row is compared with every other that could be near: more would take minutes. */
const MAX_COMPARED_ROWS = 50_000;
const NEIGHBORS = 5;
const RESTARTS = 10;

type Direction = 'positive' | 'negative';

function direction(name: string): Direction {
  return name.startsWith('mdss_positive') ? 'positive' : 'negative';
}

function subjectOf({ attribute, table }: Scene, name: string, group: number): Subject {
  const of = attribute === null ? null : (table.groups[group] ?? '');
  return { name, attribute, group: of, reference: null, n: rowsOf(table, group) };
}

function consistencyFigure(scene: Scene, columns: AuditColumns): Figure {
  const subject = { ...subjectOf(scene, 'consistency', 0), parameters: { neighbors: NEIGHBORS } };
  const { features } = columns;
  if (features === undefined) return lackingFigure(subject, { status: 'undefined', reason: 'no_features' });
  if (!scene.knowledge.predictions) return lackingFigure(subject, { status: 'undefined', reason: 'no_predictions' });
  if (columns.rows > MAX_COMPARED_ROWS) return lackingFigure(subject, { status: 'undefined', reason: 'too_many_rows' });
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
  const subject = subjectOf(scene, name, 0);
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
    const subject = subjectOf(scene, name, i);
    if (lack !== undefined) return lackingFigure(subject, lack);
    if (subject.n < options.minimumCell)
      return lackingFigure(subject, { status: 'insufficient', reason: 'cell_too_small' });
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
