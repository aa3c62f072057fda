/**
 * The libraries' profiles: the same rows by their conventions, with the strict value beside what misleads.
 *
 * @module
 */
import type { AttributeColumn, AuditColumns } from '../columns.ts';
import { aequitasFigures } from '../profiles/aequitas/figures.ts';
import { aif360Figures } from '../profiles/aif360/figures.ts';
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

/** The profile's figures of one attribute, of the metrics asked for. */
export function profileFigures(scene: Scene, { columns, column, reference }: ProfileRows): readonly Figure[] {
  const { options, table, parameters } = scene;
  if (options.profile === 'strict') return [];
  let made: AttributeColumn | undefined;
  const context: AttributeContext = {
    columns,
    get column() {
      made ??= column();
      return made;
    },
    table,
    reference,
    options,
    strict: strictOutcomes(scene, reference),
  };
  const figures = FIGURES[options.profile](context);
  const asked = options.metrics.includes(ALL_METRICS)
    ? figures
    : figures.filter(({ name }) => options.metrics.includes(name));
  return parameters === undefined
    ? asked
    : asked.map((figure) => ({ ...figure, parameters: { ...parameters, ...figure.parameters } }));
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
