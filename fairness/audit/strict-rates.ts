/**
 * The strict profile's rates, their comparisons with the reference, and their spread over the groups of an attribute.
 *
 * @module
 */
import type { CellTable } from '../cells.ts';
import { divide, subtract, valueOf } from '../fraction.ts';
import {
  type Bounds,
  clopperPearson,
  katz,
  koopman,
  minimumDetectableDifference,
  minimumDetectableRatio,
  newcombe,
  type Proportion,
  twoProportionPValue,
  wilson,
} from '../intervals/index.ts';
import type { RateName } from '../rates.ts';
import type { Figure } from '../types.ts';
import { figureOf, intervalOf, lackingFigure, type Extras, type Lack, type Subject } from './figures.ts';
import { measureRate, type Knowledge, type Measured } from './measured.ts';
import type { ResolvedOptions } from './options.ts';

/** Where the figures of one attribute come from. */
export interface Scene {
  /** `null`: the whole population. */
  readonly attribute: string | null;
  readonly table: CellTable;
  readonly options: ResolvedOptions;
  readonly knowledge: Knowledge;
  readonly parameters?: Figure['parameters'];
  /** Rates measured so far: most are part of several figures. */
  readonly known: Map<RateName, readonly Measured[]>;
}

type Ok = Extract<Measured, { readonly status: 'ok' }>;

/** A rate of every group of the scene. */
export function measureAll({ table, options, knowledge, known }: Scene, name: RateName): readonly Measured[] {
  const before = known.get(name);
  if (before !== undefined) return before;
  const { minimumCell } = options;
  const measured = table.groups.map((_, group) => measureRate(table, group, { name, minimumCell, knowledge }));
  known.set(name, measured);
  return measured;
}

function subjectOf(scene: Scene, name: string, about: Pick<Subject, 'group' | 'reference' | 'n'>): Subject {
  const { attribute, parameters } = scene;
  return { name, attribute, ...about, ...(parameters === undefined ? {} : { parameters }) };
}

function rateBounds({ successes, n }: Proportion, { rateInterval, level }: ResolvedOptions): Bounds {
  return rateInterval === 'wilson' ? wilson(successes, n, level) : clopperPearson(successes, n, level);
}

/** The rate of each group. */
export function rateFigures(scene: Scene, name: RateName, measured: readonly Measured[]): readonly Figure[] {
  const { table, options, attribute } = scene;
  return measured.map((one, i) => {
    const group = attribute === null ? null : (table.groups[i] ?? '');
    const subject = subjectOf(scene, name, { group, reference: null, n: one.n });
    if (one.status !== 'ok') return lackingFigure(subject, one);
    const { level, rateInterval: method } = options;
    return figureOf(subject, one.fraction, { ci: intervalOf(rateBounds(one.proportion, options), { level, method }) });
  });
}

/** Whose fault it is that two sides cannot be compared. */
export function lackOf(group: Measured, reference: Measured): Lack {
  const [first] = [group, reference].filter(({ status }) => status !== 'ok') as Exclude<Measured, Ok>[];
  const status = first?.status ?? 'undefined';
  const reason = first?.reason ?? 'no_rows';
  if (reason === 'no_labels' || reason === 'no_predictions') return { status, reason };
  if (group.status !== 'ok' && reference.status !== 'ok') return { status, reason, where: 'both' };
  return { status, reason, where: group.status === 'ok' ? 'reference' : 'group' };
}

function differenceExtras(group: Ok, reference: Ok, { level }: ResolvedOptions): Extras {
  const bounds = newcombe(group.proportion, reference.proportion, level);
  const detectable = minimumDetectableDifference(
    group.proportion.n,
    reference.proportion.n,
    valueOf(reference.fraction),
    { level },
  );
  return {
    ci: intervalOf(bounds, { level, method: 'newcombe' }),
    pValue: twoProportionPValue(group.proportion, reference.proportion),
    ...(detectable === undefined ? {} : { minimumDetectable: detectable }),
  };
}

function ratioExtras(group: Ok, reference: Ok, { level, ratioInterval }: ResolvedOptions): Extras {
  const interval = ratioInterval === 'koopman' ? koopman : katz;
  const detectable = minimumDetectableRatio(group.proportion.n, reference.proportion.n, valueOf(reference.fraction), {
    level,
  });
  return {
    ci: intervalOf(interval(group.proportion, reference.proportion, level), { level, method: ratioInterval }),
    pValue: twoProportionPValue(group.proportion, reference.proportion),
    ...(detectable === undefined ? {} : { minimumDetectable: detectable }),
  };
}

/** What is compared, and under which name. */
export interface Comparison {
  readonly name: string;
  readonly kind: 'difference' | 'ratio';
}

/** @param options - `undefined`: intervals and tests would not hold */
function compared(
  subject: Subject,
  kind: Comparison['kind'],
  [group, reference]: readonly [Ok, Ok],
  options: ResolvedOptions | undefined,
): Figure {
  if (kind === 'difference') {
    const extras = options === undefined ? {} : differenceExtras(group, reference, options);
    return figureOf(subject, subtract(group.fraction, reference.fraction), extras);
  }
  if (reference.fraction.numerator === 0) {
    return lackingFigure(subject, {
      status: 'undefined',
      reason: 'zero_reference',
      where: 'reference',
      fraction: divide(group.fraction, reference.fraction),
    });
  }
  const extras = options === undefined ? {} : ratioExtras(group, reference, options);
  return figureOf(subject, divide(group.fraction, reference.fraction), extras);
}

/** What is held against what. */
export interface Held {
  readonly measured: readonly Measured[];
  readonly reference: number;
  /**
   * The reference is the group whose value turned out smallest: some group always does, and intervals and tests that take it for
   * one chosen beforehand find differences where there are none. There are none then.
   */
  readonly isChosenByValue: boolean;
}

/** Every group against the reference; the reference against itself is left out. */
export function comparisonFigures(
  scene: Scene,
  { name, kind }: Comparison,
  { measured, reference, isChosenByValue }: Held,
): readonly Figure[] {
  const { groups } = scene.table;
  const held = measured[reference];
  if (held === undefined) return [];
  return measured.flatMap((one, i) => {
    if (i === reference) return [];
    const about = { group: groups[i] ?? '', reference: groups[reference] ?? '', n: one.n + held.n };
    const subject = subjectOf(scene, name, about);
    if (one.status !== 'ok' || held.status !== 'ok') return [lackingFigure(subject, lackOf(one, held))];
    return [compared(subject, kind, [one, held], isChosenByValue ? undefined : scene.options)];
  });
}

/** Largest − smallest over the groups that have a value, the two named. Its interval is the bootstrap's. */
export function spreadFigure(
  scene: Scene,
  name: string,
  {
    measured,
    interval,
  }: { readonly measured: readonly Measured[]; readonly interval: (value: number) => Figure['ci'] },
): Figure {
  const subject = subjectOf(scene, name, {
    group: null,
    reference: null,
    n: measured.reduce((all, { n }) => all + n, 0),
  });
  const known = measured.flatMap((one, i) => (one.status === 'ok' ? [{ i, fraction: one.fraction }] : []));
  const [first] = known;
  if (first === undefined) return lackingFigure(subject, lackOfAll(measured));
  if (known.length === 1) return lackingFigure(subject, lackOfOthers(measured));
  const high = known.reduce((a, b) => (valueOf(b.fraction) > valueOf(a.fraction) ? b : a), first);
  const low = known.reduce((a, b) => (valueOf(b.fraction) < valueOf(a.fraction) ? b : a), first);
  const { groups } = scene.table;
  const worstPair = [groups[high.i] ?? '', groups[low.i] ?? ''] as const;
  const spread = subtract(high.fraction, low.fraction);
  return figureOf(subject, spread, { ci: interval(valueOf(spread)), worstPair });
}

function lackOfAll(measured: readonly Measured[]): Lack {
  const [first] = measured;
  if (first === undefined || first.status === 'ok') return { status: 'undefined', reason: 'no_rows' };
  return { status: first.status, reason: first.reason };
}

/** Why one group has nothing to be held against: with more rows of the others it might. */
function lackOfOthers(measured: readonly Measured[]): Lack {
  const isAnyTooSmall = measured.some(({ status }) => status === 'insufficient');
  return isAnyTooSmall
    ? { status: 'insufficient', reason: 'cell_too_small' }
    : { status: 'undefined', reason: 'one_group' };
}

/** The group with the smallest value of this rate: Aequitas' "minimum metric" reference. */
export function smallest(measured: readonly Measured[], fallback: number): number {
  let found = fallback;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, one] of measured.entries()) {
    const value = one.status === 'ok' ? valueOf(one.fraction) : Number.POSITIVE_INFINITY;
    if (value >= least) continue;
    least = value;
    found = i;
  }
  return found;
}
