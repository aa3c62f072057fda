/**
 * Options of an audit with every default filled in. What stands here decides the result, and goes into the record.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { AuditOptions, Bins, Cell } from '../audit-types.ts';
import { PROFILES, type Profile } from '../types.ts';
import { entryOf, metricNames } from './catalogue.ts';

/** {@link AuditOptions} without a question left open. JSON-safe. */
export interface ResolvedOptions {
  /** Favourable labels, as text. */
  readonly favorable: readonly string[];
  /** Texts that stand for a missing value, beside `null` and the empty text. */
  readonly missing: readonly string[];
  readonly reference: Readonly<Record<string, string>>;
  readonly referenceRule: 'majority' | 'minimum';
  readonly intersections: number;
  readonly minimumCell: number;
  readonly profile: Profile;
  readonly metrics: readonly string[];
  readonly thresholds: readonly number[];
  readonly bins: Readonly<Record<string, Bins>>;
  readonly level: number;
  readonly rateInterval: 'wilson' | 'clopper-pearson';
  readonly ratioInterval: 'koopman' | 'katz';
  readonly adjustment: 'holm' | 'benjamini-hochberg';
  readonly resamples: number;
  readonly seed: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly tau: number;
  readonly concentration: number;
  readonly control: readonly string[];
}

const DEFAULT_MINIMUM_CELL = 30;
const DEFAULT_RESAMPLES = 1_000;
const MAX_RESAMPLES = 100_000;
const MAX_THRESHOLDS = 100;
const MAX_SEED_CHARS = 256;

/** The text by which values are compared. */
export function textOf(cell: Cell): string {
  return cell === null ? '' : String(cell);
}

function invalid(option: string, message: string): LedgerError {
  return new LedgerError('invalid_value', message, { pointer: `/${option}` });
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly isWhole?: boolean;
}

function within(option: string, value: number, { low, high, isWhole = false }: Range): number {
  const isRight = Number.isFinite(value) && value >= low && value <= high && (!isWhole || Number.isInteger(value));
  if (isRight) return value;
  throw invalid(option, `The option has to be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}.`);
}

function oneOf<T extends string>(option: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw invalid(option, `The option has to be one of ${known.join(', ')}.`);
}

/**
 * Fills in the defaults and checks ranges. Resolving what was resolved changes nothing.
 *
 * @throws LedgerError `invalid_value`, `unknown_metric`
 */
export function resolveOptions(options: AuditOptions): ResolvedOptions {
  const profile = oneOf('profile', options.profile ?? 'strict', PROFILES);
  return {
    profile,
    metrics: metricNames(profile, options.metrics),
    favorable: favorableOf(options.favorable ?? 1, options.missing ?? []),
    missing: options.missing ?? [],
    reference: options.reference ?? {},
    referenceRule: oneOf('referenceRule', options.referenceRule ?? 'majority', ['majority', 'minimum']),
    bins: checkedBins(options.bins ?? {}),
    bounds: checkedBounds(options.bounds ?? {}, profile),
    control: options.control ?? [],
    ...resolveNumbers(options),
    ...resolveMethods(options),
  };
}

type Numbers = 'intersections' | 'minimumCell' | 'thresholds' | 'level' | 'resamples' | 'tau' | 'concentration';

function resolveNumbers(options: AuditOptions): Pick<ResolvedOptions, Numbers> {
  const whole = (name: 'intersections' | 'minimumCell' | 'resamples', fallback: number, high: number): number =>
    within(name, options[name] ?? fallback, { low: name === 'resamples' ? 0 : 1, high, isWhole: true });
  return {
    intersections: whole('intersections', 1, 16),
    minimumCell: whole('minimumCell', DEFAULT_MINIMUM_CELL, 1_000_000),
    resamples: whole('resamples', DEFAULT_RESAMPLES, MAX_RESAMPLES),
    thresholds: thresholdsOf(options.threshold ?? 0.5),
    level: within('level', options.level ?? 0.95, { low: 0.8, high: 0.9999 }),
    tau: within('tau', options.tau ?? 0.8, { low: 0.01, high: 1 }),
    concentration: within('concentration', options.concentration ?? 1, { low: 0, high: 1e9 }),
  };
}

type Methods = 'rateInterval' | 'ratioInterval' | 'adjustment' | 'seed';

function resolveMethods(options: AuditOptions): Pick<ResolvedOptions, Methods> {
  const seed = options.seed ?? '0';
  if (seed.length > MAX_SEED_CHARS) throw invalid('seed', `The seed may have at most ${MAX_SEED_CHARS} characters.`);
  return {
    rateInterval: oneOf('rateInterval', options.rateInterval ?? 'wilson', ['wilson', 'clopper-pearson']),
    ratioInterval: oneOf('ratioInterval', options.ratioInterval ?? 'koopman', ['koopman', 'katz']),
    adjustment: oneOf('adjustment', options.adjustment ?? 'holm', ['holm', 'benjamini-hochberg']),
    seed,
  };
}

function favorableOf(favorable: Cell | readonly Cell[], missing: readonly string[]): readonly string[] {
  const cells: readonly Cell[] = Array.isArray(favorable) ? (favorable as readonly Cell[]) : [favorable as Cell];
  const texts = [...new Set(cells.map(textOf))].sort();
  if (texts.length === 0 || texts.includes('')) {
    throw invalid('favorable', 'Name at least one label, and no empty one: rows without a label count as unknown.');
  }
  if (texts.some((text) => missing.includes(text))) {
    throw invalid('favorable', 'A favourable label cannot stand for a missing value as well.');
  }
  return texts;
}

function thresholdsOf(threshold: number | readonly number[]): readonly number[] {
  const all = typeof threshold === 'number' ? [threshold] : threshold;
  if (all.length === 0 || all.length > MAX_THRESHOLDS) {
    throw invalid('threshold', `Give 1 to ${MAX_THRESHOLDS} thresholds.`);
  }
  for (const one of all) within('threshold', one, { low: 0, high: 1 });
  return [...new Set(all)].sort((a, b) => a - b);
}

function checkedBins(bins: Readonly<Record<string, Bins>>): Readonly<Record<string, Bins>> {
  for (const [attribute, { edges, names }] of Object.entries(bins)) {
    const isAscending = edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > (edges[i - 1] ?? edge)));
    const areNamed = names.length === edges.length + 1 && new Set(names).size === names.length && !names.includes('');
    if (edges.length > 0 && isAscending && areNamed) continue;
    throw new LedgerError(
      'invalid_value',
      'Bins need ascending finite edges, and one more name than edges, each once.',
      {
        pointer: `/bins/${attribute}`,
      },
    );
  }
  return bins;
}

/** A bound under a name that is misspelt would leave the figure at its usual bound, and nobody would know. */
function checkedBounds(bounds: Readonly<Record<string, number>>, profile: Profile): Readonly<Record<string, number>> {
  if (profile === 'strict' && !Object.keys(bounds).every((name) => entryOf(name) !== undefined)) {
    const message = 'A bound is of no metric of the catalogue: vericlin fairness --list-metrics has the names.';
    throw new LedgerError('unknown_metric', message, { pointer: '/bounds' });
  }
  for (const bound of Object.values(bounds)) within('bounds', bound, { low: 0, high: 1e9 });
  return bounds;
}

/** Options as given or as resolved before, resolved. @throws LedgerError `invalid_value`, `unknown_metric` */
export function resolved(options: AuditOptions | ResolvedOptions): ResolvedOptions {
  if (!('thresholds' in options)) return resolveOptions(options);
  const { thresholds, ...others } = options;
  return resolveOptions({ ...others, threshold: thresholds });
}
