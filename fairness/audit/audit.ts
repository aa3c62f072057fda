/**
 * An audit: rows and options in, figures and findings out. The same bytes for the same input (invariant 9).
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { AuditOptions, AuditResult } from '../audit-types.ts';
import { type CellTable, totalOf } from '../cells.ts';
import {
  type AttributeColumn,
  type AuditColumns,
  cellIndex,
  CELLS,
  FAVOURABLE,
  UNFAVOURABLE,
  UNKNOWN,
} from '../columns.ts';
import { atThreshold } from '../encode.ts';
import type { Figure } from '../types.ts';
import { ALL_METRICS, entryOf } from './catalogue.ts';
import { findingsIn } from './findings.ts';
import { knowledgeOf } from './measured.ts';
import { type ResolvedOptions, resolved } from './options.ts';
import { askedFigures, contextOf, overallFigures, populationFigures, profileFigures } from './profile-figures.ts';
import type { AttributeContext } from '../profiles/context.ts';
import { measuredMembers, referenceOf, requireAttributes } from './references.ts';
import { individualFigures } from './strict-individuals.ts';
import { strictFigures } from './strict.ts';
import type { Scene } from './strict-rates.ts';
import { scoreFigures } from '../metrics/scores/figures.ts';
import { orderScores, type ScoreOrder } from '../metrics/scores/steps.ts';
import { MINIMUM_CELL, markSmall } from '../suppress.ts';
import { Tallies } from '../tallies.ts';

/** Figures of one audit. An event holds them all, and a person has to read them. */
export const MAX_FIGURES = 50_000;

/** One look at the rows: all of them, with predictions as given or at one of several thresholds. */
interface Look {
  readonly columns: AuditColumns;
  readonly threshold?: number;
  /** Metrics that do not depend on the threshold are computed at the first look alone. */
  readonly isFirst: boolean;
}

function* looksAt(columns: AuditColumns, { thresholds }: ResolvedOptions): Generator<Look> {
  if (thresholds.length === 1) {
    yield { columns, isFirst: true };
    return;
  }
  for (const [i, threshold] of thresholds.entries()) {
    yield { columns: atThreshold(columns, threshold), threshold, isFirst: i === 0 };
  }
}

/** Whether a metric can change with the threshold. */
function dependsOnThreshold(name: string): boolean {
  if (
    isOfScores(name) ||
    name.startsWith('mdss_') ||
    name.includes('generalized_true') ||
    name.includes('generalized_false')
  )
    return false;
  return (
    !['num_instances', 'num_positives', 'num_negatives', 'class_imbalance'].includes(name) &&
    !name.startsWith('base_rate')
  );
}

/** That one of several thresholds was the first says nothing of a figure that is the same at each. */
function withoutThreshold(figure: Figure): Figure {
  if (figure.parameters?.['threshold'] === undefined || dependsOnThreshold(figure.name)) return figure;
  const { parameters, ...rest } = figure;
  const others = Object.entries(parameters).filter(([name]) => name !== 'threshold');
  return others.length === 0 ? rest : { ...rest, parameters: Object.fromEntries(others) };
}

function isOfScores(name: string): boolean {
  return entryOf(name)?.family === 'scores';
}

/** What a metric goes through the rows with. */
interface Measurable {
  readonly columns: AuditColumns;
  readonly column: (() => AttributeColumn) | undefined;
  readonly reference: number;
}

class Audit {
  readonly #options: ResolvedOptions;
  readonly #figures: Figure[] = [];
  readonly #tables: CellTable[] = [];
  /** Of attributes together with control features: what figures of strata count. */
  readonly #strata: CellTable[] = [];
  /** Of single attributes, at one look: what a library's overall verdict is about. */
  readonly #contexts: AttributeContext[] = [];
  #order: ScoreOrder | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  look(look: Look, tallies: Tallies): void {
    this.#measure(look, totalOf(tallies.table([0])));
    for (const members of measuredMembers(look.columns.attributes.length, this.#options.intersections)) {
      const table = tallies.table(members);
      this.#measure(look, table, () => tallies.column(members));
      this.#tables.push(table);
    }
    this.#strata.push(...this.#strataOf(look.columns, tallies));
    const parameters = look.threshold === undefined ? {} : { parameters: { threshold: look.threshold } };
    this.#add(askedFigures(overallFigures(this.#contexts.splice(0)), { options: this.#options, ...parameters }));
  }

  /** Figures within strata of control features are about combinations with these, whether or not such were asked for. */
  #strataOf({ attributes }: AuditColumns, tallies: Tallies): readonly CellTable[] {
    const { profile, control, intersections } = this.#options;
    if (profile === 'strict') return [];
    const controls = attributes.flatMap(({ name }, i) => (control.includes(name) ? [i] : []));
    if (controls.length === 0) return [];
    const measured = [...measuredMembers(attributes.length, intersections)];
    const known = new Set(measured.map(String));
    return measured
      .filter((members) => !members.some((member) => controls.includes(member)))
      .map((members) => [...members, ...controls].sort((a, b) => a - b))
      .filter((members) => !known.has(String(members)))
      .map((members) => tallies.table(members));
  }

  /** @param column made only where a metric has to go through the rows; `undefined`: the whole population */
  #measure(look: Look, table: CellTable, column?: () => AttributeColumn): void {
    const options = this.#optionsAt(look);
    const parameters = look.threshold === undefined ? {} : { parameters: { threshold: look.threshold } };
    const knowledge = knowledgeOf(table);
    const attribute = column === undefined ? null : table.attribute;
    const scene: Scene = { attribute, table, options, knowledge, known: new Map(), ...parameters };
    const reference = column === undefined ? 0 : referenceOf(table, options);
    if (options.profile !== 'strict') {
      this.#measureByProfile(scene, { columns: look.columns, column, reference });
      return;
    }
    this.#add(strictFigures(scene, reference).map(withoutThreshold));
    this.#add(individualFigures(scene, look.columns));
    if (look.isFirst) this.#add(this.#scoreFigures(scene, { columns: look.columns, column, reference }));
  }

  #measureByProfile(scene: Scene, { columns, column, reference }: Measurable): void {
    if (column === undefined) {
      this.#add(askedFigures(populationFigures(scene, columns), scene));
      return;
    }
    const context = contextOf(scene, { columns, column, reference });
    if (columns.attributes.some(({ name }) => name === scene.attribute)) this.#contexts.push(context);
    this.#add(askedFigures(profileFigures(context), scene));
  }

  /** Of scores. Where there are none, that is said once, of the whole population, and not of every group. */
  #scoreFigures({ table, options }: Scene, { columns, column, reference }: Measurable): readonly Figure[] {
    if (!options.metrics.some(isOfScores) || (columns.scores === undefined && column !== undefined)) return [];
    this.#order ??= orderScores(columns);
    return scoreFigures({ columns, column: column?.(), table, reference, options: this.#options }, this.#order);
  }

  #optionsAt({ isFirst }: Look): ResolvedOptions {
    if (isFirst) return this.#options;
    return { ...this.#options, metrics: this.#options.metrics.filter(dependsOnThreshold) };
  }

  #add(figures: readonly Figure[]): void {
    if (this.#figures.length + figures.length <= MAX_FIGURES) {
      this.#figures.push(...figures);
      return;
    }
    const message = `An audit holds at most ${MAX_FIGURES} figures. Ask for fewer metrics, attributes, thresholds or intersections.`;
    throw new LedgerError('audit_too_large', message);
  }

  /** A library's profile gives every metric of its own for every attribute: what it did not give is none of its names. */
  #requireKnown({ profile, metrics }: ResolvedOptions): void {
    if (profile === 'strict' || metrics.includes(ALL_METRICS)) return;
    const given = new Set(this.#figures.map(({ name }) => name));
    const unknown = metrics.findIndex((name) => !given.has(name));
    if (unknown < 0 && metrics.length > 0) return;
    throw new LedgerError('unknown_metric', `The profile ${profile} has no metric of this name.`, {
      pointer: `/metrics/${Math.max(unknown, 0)}`,
    });
  }

  result({ rows }: AuditColumns): AuditResult {
    this.#requireKnown(this.#options);
    const metrics = markSmall(this.#figures, [...this.#tables, ...this.#strata], {
      minimum: MINIMUM_CELL,
      referenceRule: this.#options.referenceRule,
    });
    return {
      profile: this.#options.profile,
      n: rows,
      metrics,
      findings: findingsIn(metrics, this.#options),
      notes: notesOn(this.#options, this.#tables),
    };
  }
}

/** Cells of a group in which the label, the prediction or both are favourable. */
const FAVOURABLE_CELLS: ReadonlySet<number> = new Set(
  [UNFAVOURABLE, FAVOURABLE, UNKNOWN].flatMap((other) => [cellIndex(FAVOURABLE, other), cellIndex(other, FAVOURABLE)]),
);

/** Whether anybody has the favourable label, or is predicted to. */
function hasFavourable({ rows }: CellTable): boolean {
  return rows.some((count, i) => count > 0 && FAVOURABLE_CELLS.has(i % CELLS));
}

/** What every reader has to know before the first figure. */
function notesOn(
  { minimumCell, profile, referenceRule }: ResolvedOptions,
  tables: readonly CellTable[],
): readonly string[] {
  const notes: string[] = [];
  if (profile === 'strict' && minimumCell > 1)
    notes.push(`Groups of fewer than ${minimumCell} persons have no figures but counts.`);
  if (profile === 'strict' && referenceRule === 'minimum')
    notes.push(
      'Where the reference is the group with the smallest value, comparisons have no interval and no p-value.',
    );
  const [table] = tables;
  if (table === undefined) return notes;
  const { labels, predictions } = knowledgeOf(table);
  if (!tables.some(hasFavourable)) {
    notes.push('No label and no prediction is the favourable one. Compare its spelling with the rows.');
  }
  if (!labels) notes.push('No row has a label: nothing about errors could be measured.');
  if (!predictions) notes.push('No row has a prediction: only the labels were measured.');
  return notes;
}

/**
 * Measures every attribute and intersection by the profile's conventions.
 *
 * @param tallies of these columns, where several audits share them
 * @throws LedgerError `invalid_value`, `unknown_metric`, `unknown_group`, `too_many_groups`, `audit_too_large`,
 *   `missing_member` for several thresholds without scores
 */
export function audit(columns: AuditColumns, options: AuditOptions | ResolvedOptions, tallies?: Tallies): AuditResult {
  const known = resolved(options);
  requireAttributes(columns.attributes, known);
  const work = new Audit(known);
  for (const look of looksAt(columns, known)) {
    work.look(look, look.columns === columns && tallies !== undefined ? tallies : new Tallies(look.columns));
  }
  return work.result(columns);
}
