/**
 * The libraries' profiles: the same rows by their conventions, with the strict value beside what misleads.
 *
 * @module
 */
import type { AttributeColumn, AuditColumns } from '../columns.ts';
import { aequitasFigures, aequitasOverallFigure } from '../profiles/aequitas/figures.ts';
import { aif360Figures, aif360Population } from '../profiles/aif360/figures.ts';
import type { AttributeContext } from '../profiles/context.ts';
import { fairlearnFigures } from '../profiles/fairlearn/figures.ts';
import type { Figure, Outcome, Profile } from '../types.ts';
import { ALL_METRICS, CATALOGUE } from './catalogue.ts';
import { strictFigures } from './strict.ts';
import type { Scene } from './strict-rates.ts';

const FIGURES: Readonly<Record<Exclude<Profile, 'strict'>, (context: AttributeContext) => readonly Figure[]>> = {
  'aif360@0.6': aif360Figures,
  'fairlearn@0.15': fairlearnFigures,
  'aequitas@1.1': aequitasFigures,
};

/** What a profile may go through the rows with. */
export interface ProfileRows {
  readonly columns: AuditColumns;
  /** Made at its first use. */
  readonly column: () => AttributeColumn;
  readonly reference: number;
}

/** What a profile works on. */
export function contextOf(scene: Scene, { columns, column, reference }: ProfileRows): AttributeContext {
  let made: AttributeColumn | undefined;
  return {
    columns,
    get column() {
      made ??= column();
      return made;
    },
    table: scene.table,
    reference,
    options: scene.options,
    strict: strictOutcomes(scene, reference),
  };
}

/** The profile's figures of one attribute. */
export function profileFigures(context: AttributeContext): readonly Figure[] {
  const { profile } = context.options;
  return profile === 'strict' ? [] : FIGURES[profile](context);
}

/** What a library gives of everybody, whatever the groups. */
export function populationFigures({ table, options }: Scene, columns: AuditColumns): readonly Figure[] {
  return options.profile === 'aif360@0.6' ? aif360Population(table, options, columns) : [];
}

/** What a library says of all attributes together. */
export function overallFigures(contexts: readonly AttributeContext[]): readonly Figure[] {
  if (contexts[0]?.options.profile !== 'aequitas@1.1') return [];
  const figure = aequitasOverallFigure(contexts);
  return figure === undefined ? [] : [figure];
}

/** Those of the metrics asked for, with what all figures of this look at the rows have in common. */
export function askedFigures(
  figures: readonly Figure[],
  { options, parameters }: Pick<Scene, 'options' | 'parameters'>,
): readonly Figure[] {
  const isAll = options.metrics.includes(ALL_METRICS);
  const asked = isAll ? figures : figures.filter(({ name }) => options.metrics.includes(name));
  if (parameters === undefined) return asked;
  return asked.map((figure) => ({ ...figure, parameters: { ...parameters, ...figure.parameters } }));
}

/** Strict values by name and group, computed once a name. */
function strictOutcomes(scene: Scene, reference: number): AttributeContext['strict'] {
  const known = new Map<string, readonly Figure[]>();
  return (name, group) => {
    let figures = known.get(name);
    if (figures === undefined) {
      const isKnown = CATALOGUE.some((entry) => entry.name === name);
      const options = { ...scene.options, metrics: isKnown ? [name] : [], resamples: 0 };
      figures = strictFigures({ ...scene, options }, reference);
      known.set(name, figures);
    }
    const asked = scene.table.groups[group];
    return outcomeOf(
      figures.find((figure) => figure.group === asked) ?? figures.find((figure) => figure.group === null),
    );
  };
}

function outcomeOf(figure: Figure | undefined): Outcome {
  if (figure === undefined) return { value: null, status: 'undefined', reason: 'not_supported' };
  const { value, status, reason } = figure;
  if (status === 'ok' && value !== null) return { value, status, reason: null };
  return { value: null, status: status === 'ok' ? 'undefined' : status, reason: reason ?? 'not_supported' };
}
