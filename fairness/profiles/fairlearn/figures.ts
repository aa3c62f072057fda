/**
 * The Fairlearn profile: every view of a MetricFrame of every supported function, and the named fairness metrics, as figures.
 *
 * Names are the library's: `true_positive_rate` of a group, and of everybody with `group: null`; `true_positive_rate_group_min`,
 * `…_group_max`, `…_difference` and `…_ratio` with the parameter `method`. With control features (`options.control`) each
 * figure stands once for each of their combinations, which the parameters `control` and `stratum` name, and the named fairness
 * metrics, which take none, are left out.
 *
 * The library refuses a missing value of an attribute or of a control feature; here they are the group `(missing)`, and the
 * figures over all groups say so. It refuses missing labels and predictions; here such rows count in what does not need them.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type AttributeColumn, JOINT } from '../../columns.ts';
import type { Figure } from '../../types.ts';
import type { AttributeContext } from '../context.ts';
import { absence, libraryFigure, undefinedOutcome } from '../library-figure.ts';
import { type AggregateKind } from './aggregates.ts';
import { aggregateFigure } from './aggregate-figure.ts';
import { type BaseMetric, baseMetrics, type Sums, type Valued } from './base-metrics.ts';
import { rateInterval } from './intervals.ts';
import { type Method, type MetricFrame, metricFrame, strataOf, stratumOf } from './metric-frame.ts';
import { namedFigures } from './named-figures.ts';
import { misleading, type Scene } from './strict-reading.ts';

const VIEWS: readonly (readonly [AggregateKind, readonly Method[]])[] = [
  ['group_min', ['between_groups']],
  ['group_max', ['between_groups']],
  ['difference', ['between_groups', 'to_overall']],
  ['ratio', ['between_groups', 'to_overall']],
];

/**
 * Every figure of one attribute.
 *
 * @throws LedgerError `missing_member` for a control feature that is no attribute, `too_many_groups`
 */
export function fairlearnFigures(context: AttributeContext): readonly Figure[] {
  const { options, table } = context;
  if (options.control.length === 0) {
    const scene = { context, stratum: stratumOf(table), parameters: {} };
    return [...frameFigures(scene), ...namedFigures(scene)];
  }
  // An attribute within strata of itself has one group in each.
  if (table.attribute.split(JOINT).some((name) => options.control.includes(name))) return [];
  return strataOf(context.columns, context.column, controlsOf(context)).flatMap((stratum) =>
    frameFigures({
      context,
      stratum,
      parameters: { control: options.control.join(JOINT), stratum: stratum.name ?? '' },
    }),
  );
}

function controlsOf({ columns, options }: AttributeContext): [AttributeColumn, ...AttributeColumn[]] {
  const found = options.control.map((name, i) => {
    const column = columns.attributes.find((attribute) => attribute.name === name);
    if (column !== undefined) return column;
    throw new LedgerError('missing_member', 'A control feature is not among the attributes.', {
      pointer: `/control/${i}`,
    });
  });
  return found as [AttributeColumn, ...AttributeColumn[]];
}

function frameFigures(scene: Scene): readonly Figure[] {
  return baseMetrics().flatMap((metric) => {
    const frame = metricFrame(scene.stratum, metric);
    return [...valueFigures(scene, frame), ...aggregateFigures(scene, frame)];
  });
}

/** `overall` and `by_group`. */
function valueFigures(scene: Scene, frame: MetricFrame): readonly Figure[] {
  const { stratum, context } = scene;
  const everybody = valueFigure(scene, frame.metric, { name: null, sums: stratum.overall, valued: frame.overall });
  const groups = stratum.groups.flatMap((sums, i) => {
    const valued = frame.byGroup[i];
    if (valued === undefined || sums.rows.n === 0) return [];
    return [valueFigure(scene, frame.metric, { name: context.table.groups[i] ?? '', sums, valued })];
  });
  return [everybody, ...groups];
}

interface Group {
  readonly name: string | null;
  readonly sums: Sums;
  readonly valued: Valued;
}

function valueFigure({ context, parameters }: Scene, metric: BaseMetric, { name, sums, valued }: Group): Figure {
  const lack = metric.lack(sums);
  const isMisleading = lack !== null && Number.isFinite(valued.value);
  const subject = {
    name: metric.name,
    attribute: context.table.attribute,
    group: name,
    reference: null,
    n: sums.rows.n,
    convention: 'fairlearn@0.15',
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  } as const;
  return libraryFigure(subject, {
    ...valued,
    reason: absence(sums.rows) ?? lack ?? 'library_not_finite',
    ci: rateInterval(metric, sums, context.options),
    strict: isMisleading ? undefinedOutcome(lack) : undefined,
    note: isMisleading ? misleading(metric, lack) : undefined,
  });
}

/** `group_min`, `group_max`, `difference`, `ratio`. */
function aggregateFigures(scene: Scene, frame: MetricFrame): readonly Figure[] {
  return VIEWS.flatMap(([kind, methods]) =>
    methods.map((method) => aggregateFigure(scene, frame, { name: `${frame.metric.name}_${kind}`, kind, method })),
  );
}
