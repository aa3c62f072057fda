/**
 * A forest plot as numbers: rows with a value and an interval on one axis, before anything is drawn.
 *
 * @module
 */
import type { ShownFigure } from '../../../fairness/suppress.ts';
import type { PlacedFigure } from './comparison-table.ts';
import { byMetric } from './comparison-table.ts';
import { metricLabel, numberText } from './figure-text.ts';
import { kindOf } from './kind.ts';
import { reasonText } from './reason-words.ts';

/** `within`: no finding. */
export type Mark = 'within' | 'possible' | 'shown';

export interface ForestRow {
  /** The group, or the two that are furthest apart. */
  readonly group: string;
  /** Persons behind the figure; `null` where that may not be told. */
  readonly n: number | null;
  /** Positions on the axis, 0 left to 1 right; `undefined` where there is no value. Outside 0 to 1 it is off the axis. */
  readonly at: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly mark: Mark;
  readonly figure: ShownFigure;
  /** Why there is no value. */
  readonly words: string;
}

export interface ForestMetric {
  readonly label: string;
  readonly rows: readonly ForestRow[];
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** One axis and everything on it. */
export interface ForestPanel {
  readonly kind: 'ratio' | 'difference';
  readonly metrics: readonly ForestMetric[];
  readonly ticks: readonly Tick[];
  /** No difference: 1 of a ratio, 0 of a difference. */
  readonly equal: number;
  /** Where the bounds are. */
  readonly bounds: readonly Tick[];
}

interface Axis {
  readonly position: (value: number) => number;
  readonly ticks: readonly number[];
}

/** The bound beyond which a figure is a finding; `undefined`: none. */
export type BoundOf = (figure: ShownFigure) => number | undefined;

/** The comparisons of an attribute, an axis for each kind and bound: ratios, then differences. Other kinds are in tables alone. */
export function forestOf(placed: readonly PlacedFigure[], boundOf: BoundOf): readonly ForestPanel[] {
  return (['ratio', 'difference'] as const).flatMap((kind) => {
    const rows = byMetric(placed.filter(({ figure }) => kindOf(figure.name) === kind));
    const bounds = new Set(rows.map(({ figure }) => boundOf(figure)));
    return [...bounds].map((bound) =>
      panelOf(
        kind,
        rows.filter(({ figure }) => boundOf(figure) === bound),
        bound,
      ),
    );
  });
}

function panelOf(
  kind: 'ratio' | 'difference',
  placed: readonly PlacedFigure[],
  bound: number | undefined,
): ForestPanel {
  const edges = bound === undefined ? [] : edgesOf(kind, bound);
  const values = placed.flatMap(({ figure }) => [figure.value, figure.ci?.low ?? null, figure.ci?.high ?? null]);
  const known = [...values.filter((value) => value !== null), ...edges];
  const axis = kind === 'ratio' ? ratioAxis(known) : differenceAxis(known);
  const labels = [...new Set(placed.map(({ figure }) => metricLabel(figure)))];
  return {
    kind,
    metrics: labels.map((label) => ({
      label,
      rows: placed.filter(({ figure }) => metricLabel(figure) === label).map((one) => rowOf(one, axis)),
    })),
    ticks: axis.ticks.map((value) => ({ at: axis.position(value), label: tickLabel(value) })),
    equal: axis.position(kind === 'ratio' ? 1 : 0),
    bounds: edges.map((value) => ({ at: axis.position(value), label: tickLabel(value) })),
  };
}

function edgesOf(kind: 'ratio' | 'difference', bound: number): readonly number[] {
  if (kind === 'difference') return [-bound, bound];
  return [Math.min(bound, 1 / bound), Math.max(bound, 1 / bound)];
}

function rowOf({ figure, finding }: PlacedFigure, { position }: Axis): ForestRow {
  const { value, ci, group, n } = figure;
  const end = (limit: number | null | undefined, unbounded: number): number | undefined => {
    if (ci === null || value === null) return undefined;
    return limit === null || limit === undefined ? unbounded : position(limit);
  };
  return {
    group: group ?? figure.worstPair?.join(' and ') ?? '',
    n,
    at: value === null ? undefined : position(value),
    low: end(ci?.low, Number.NEGATIVE_INFINITY),
    high: end(ci?.high, Number.POSITIVE_INFINITY),
    mark: finding?.strength ?? 'within',
    figure,
    words: value === null ? reasonText(figure) : '',
  };
}

/** Ratios further out are drawn as off the axis. */
const WIDEST_RATIO = 10;
const RATIO_TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10];
const NARROW_RATIO_TICKS = [0.5, 0.8, 1, 1.25, 2];

/** Logarithmic and the same to both sides, so that 0.8 and 1.25 are as far from 1. */
function ratioAxis(values: readonly number[]): Axis {
  const size = (value: number): number => (value <= 0 ? WIDEST_RATIO : Math.max(value, 1 / value));
  const widest = Math.min(WIDEST_RATIO, Math.max(2, ...values.map(size)));
  const reach = Math.log(widest) * 1.05;
  const ticks = widest > 2.5 ? RATIO_TICKS : NARROW_RATIO_TICKS;
  return {
    position: (value) => (value <= 0 ? Number.NEGATIVE_INFINITY : (Math.log(value) / reach + 1) / 2),
    ticks: ticks.filter((tick) => Math.abs(Math.log(tick)) <= reach),
  };
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10];

/** Linear and the same to both sides. */
function differenceAxis(values: readonly number[]): Axis {
  const widest = Math.max(0.02, ...values.map(Math.abs));
  const reach = widest * 1.05;
  const step = STEPS.find((one) => widest / one <= 2.5) ?? widest / 2;
  const count = Math.floor(reach / step);
  return {
    position: (value) => (value / reach + 1) / 2,
    ticks: Array.from({ length: 2 * count + 1 }, (_, i) => (i - count) * step),
  };
}

function tickLabel(value: number): string {
  return Number.isInteger(value) ? String(value) : numberText(value).replace(/0+$/, '');
}
