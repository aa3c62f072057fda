/**
 * Multi-dimensional subset scan: in which combination of attribute values do outcomes differ most from what the model
 * expected, and how sure is that? Two forms: as AIF360's `MDSSClassificationMetric` and `bias_scan` have it, and strict.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { createRandom } from '../../numerics/random.ts';
import { type AuditColumns, FAVOURABLE, UNKNOWN } from '../columns.ts';
import { cellsOf, type ScanRows } from './mdss/cells.ts';
import { RowEvidence } from './mdss/evidence.ts';
import { type ExactScore, exactBerkJones, exactBernoulli, exactPoisson } from './mdss/exact.ts';
import { type FoundSubset, scanCells } from './mdss/scan.ts';
import { createScoring, type Direction, type ScoringName } from './mdss/scoring.ts';
import { type MeasuredRows, rowsFraction, rowsUndefined } from './measured-rows.ts';

/** AIF360: halvings of q stop at a width of 1e-3, and scores have 4 decimals. */
const LIBRARY = { tolerance: 1e-3, round: (score: number): number => roundHalfEven(score * 1e4) / 1e4 };
const STRICT = { tolerance: 1e-12, round: (score: number): number => score };

export interface ScoreOptions {
  readonly scoring: ScoringName;
  readonly direction: Direction;
  readonly alpha?: number;
  /** Subtracted for each value named. */
  readonly penalty: number;
}

/**
 * AIF360's `MDSS.score_current_subset`: the score of rows that a subset of `namedValues` values selects. Instance weights
 * play no part there, and so not here.
 *
 * @returns a multiple of 1e-4; −0 is 0
 * @throws LedgerError of {@link createScoring}
 */
export function libraryScore(
  outcomes: Float64Array,
  expectations: Float64Array,
  namedValues: number,
  options: ScoreOptions,
): number {
  const scoring = createScoring({ ...options, tolerance: LIBRARY.tolerance });
  const evidence = new RowEvidence(outcomes, expectations);
  return LIBRARY.round(scoring.score(evidence, options.penalty * namedValues, scoring.best(evidence))) + 0;
}

export interface ScanOptions extends ScoreOptions {
  readonly restarts: number;
  readonly seed: string;
  readonly convention: 'strict' | 'aif360@0.6';
}

/**
 * AIF360's `MDSS.scan`. The random starts are ours, so that the same seed gives the same subset everywhere; AIF360 draws
 * from numpy's global generator.
 *
 * @throws LedgerError `invalid_value`: an expectation the score cannot have
 */
export function scanSubsets(rows: ScanRows, options: ScanOptions): FoundSubset {
  const { scoring: name, direction, penalty, restarts, seed } = options;
  const { tolerance, round } = options.convention === 'strict' ? STRICT : LIBRARY;
  const prepared = prepare(rows, name, direction);
  return scanCells(cellsOf(prepared.rows, name === 'Bernoulli'), {
    scoring: createScoring({ ...options, tolerance, variance: prepared.variance }),
    penalty,
    restarts,
    random: createRandom(seed),
    sizes: rows.attributes.map(({ size }) => size),
    round,
  });
}

function prepare(
  rows: ScanRows,
  scoring: ScoringName,
  direction: Direction,
): { readonly rows: ScanRows; readonly variance: number } {
  const { outcomes, expectations } = rows;
  if (scoring === 'BerkJones' && direction === 'negative')
    return { rows: { ...rows, outcomes: outcomes.map((outcome) => 1 - outcome) }, variance: 0 };
  if (scoring !== 'Gaussian') return { rows, variance: 0 };
  // Both moved above 0, so that q, a factor, means the same for all rows.
  const shift = Math.abs(minimum(expectations)) + Math.abs(minimum(outcomes));
  const moved = {
    ...rows,
    outcomes: outcomes.map((value) => value + shift),
    expectations: expectations.map((value) => value + shift),
  };
  return { rows: moved, variance: sampleVariance(expectations) };
}

function minimum(values: Float64Array): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function sampleVariance(values: Float64Array): number {
  const mean = values.reduce((all, value) => all + value, 0) / values.length;
  return values.reduce((all, value) => all + (value - mean) ** 2, 0) / (values.length - 1);
}

/** numpy's rounding: a half goes to the even neighbour. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Groups by attribute; a group named twice pays the penalty twice, as in AIF360. */
export type NamedSubset = Readonly<Record<string, readonly string[]>>;

/** AIF360's `score_groups` joins its list of groups into one subset: any of the values of each attribute, and all attributes. */
export function subsetOfGroups(groups: readonly Readonly<Record<string, string>>[]): NamedSubset {
  const subset = new Map<string, string[]>();
  for (const group of groups)
    for (const [attribute, value] of Object.entries(group))
      subset.set(attribute, [...(subset.get(attribute) ?? []), value]);
  return Object.fromEntries(subset);
}

export interface MdssOptions {
  /** [`Bernoulli`] */
  readonly scoring?: Exclude<ScoringName, 'Gaussian'>;
  /** Of Berk-Jones. */
  readonly alpha?: number;
  /** Subtracted for each value named [strict: 1; AIF360: 1e-17, which charges nothing and so favours subsets of noise]. */
  readonly penalty?: number;
  /** [`strict`] */
  readonly convention?: 'strict' | 'aif360@0.6';
}

/** `value` is a log-likelihood ratio in nats; its denominator is 1. Higher: more evidence that the subset deviates. */
export type MdssScore = MeasuredRows & {
  readonly direction: Direction;
  /** Factor on the odds at which the score is reached (Berk-Jones: the share of outcomes); `null` at a limit, or without value. */
  readonly q: number | null;
  /** Favourable labels, and how many were expected, among the `n` persons of the subset. */
  readonly observed: number;
  readonly expected: number;
};

export type MdssFinding = MdssScore & {
  /** Empty: everybody, or nothing deviates in this direction. */
  readonly subset: NamedSubset;
};

/**
 * The score of a named subset. Observed are favourable labels, expected are scores, or predictions where there are none.
 * Rows without either are left out; weights play no part.
 *
 * @throws LedgerError `unknown_group`: a name that is no attribute or group · those of {@link createScoring}
 */
export function mdssScore(
  columns: AuditColumns,
  subset: NamedSubset,
  direction: Direction,
  options: MdssOptions = {},
): MdssScore {
  const masks = masksOf(columns, subset);
  const rows = knownRows(columns).filter((row) => masks.every(({ codes, mask }) => mask[codes[row] ?? 0] === 1));
  return scoreRows(columns, rows, Object.values(subset).flat().length, direction, options);
}

/**
 * The subsets with the highest scores in both directions.
 *
 * @param options - `restarts` [10] and `seed` ["0"] of the search; `attributes` to search in [all]
 * @throws LedgerError `unknown_group` · those of {@link createScoring}
 */
export function mdssScan(
  columns: AuditColumns,
  options: MdssOptions & {
    readonly restarts?: number;
    readonly seed?: string;
    readonly attributes?: readonly string[];
  } = {},
): Readonly<Record<Direction, MdssFinding>> {
  const { restarts = 10, seed = '0', attributes } = options;
  const searched = attributes?.map((name) => attributeOf(columns, name)) ?? columns.attributes;
  const rows = knownRows(columns);
  const { outcomes, expectations } = valuesOf(columns, rows);
  const scanRows: ScanRows = {
    attributes: searched.map(({ groups, codes }) => ({
      size: groups.length,
      codes: rows.map((row) => codes[row] ?? 0),
    })),
    outcomes,
    expectations,
  };
  const find = (direction: Direction): MdssFinding => {
    const scan = { ...withDefaults(options), direction, restarts, seed };
    const found = rows.length === 0 || searched.length === 0 ? undefined : scanSubsets(scanRows, scan);
    const subset = Object.fromEntries(
      [...(found?.subset ?? [])].map(([at, codes]) => [
        searched[at]?.name ?? '',
        codes.map((code) => searched[at]?.groups[code] ?? ''),
      ]),
    );
    return { subset, ...scoreFound(columns, subset, found, scan) };
  };
  return { positive: find('positive'), negative: find('negative') };
}

type Resolved = Required<Omit<MdssOptions, 'alpha'>> & Pick<MdssOptions, 'alpha'>;

function withDefaults({ scoring = 'Bernoulli', convention = 'strict', penalty, alpha }: MdssOptions): Resolved {
  const charged = penalty ?? (convention === 'strict' ? 1 : 1e-17);
  return { scoring, convention, penalty: charged, ...(alpha === undefined ? {} : { alpha }) };
}

/** A found subset's own score: the library's is the search's, in which Berk-Jones exchanges the outcomes. */
function scoreFound(
  columns: AuditColumns,
  subset: NamedSubset,
  found: FoundSubset | undefined,
  options: Resolved & { readonly direction: Direction },
): MdssScore {
  const score = mdssScore(columns, subset, options.direction, options);
  if (found === undefined || options.convention === 'strict') return score;
  return { ...score, ...rowsFraction(found.score + 0, 1, score.n, 'no_rows') };
}

function scoreRows(
  columns: AuditColumns,
  rows: Uint32Array,
  namedValues: number,
  direction: Direction,
  options: MdssOptions,
): MdssScore {
  const { outcomes, expectations } = valuesOf(columns, rows);
  const evidence = new RowEvidence(outcomes, expectations);
  const place = { direction, observed: evidence.observed, expected: evidence.expected };
  if (rows.length === 0) return { ...rowsUndefined('no_rows', 0), q: null, ...place };
  const { convention, ...resolved } = withDefaults(options);
  if (convention === 'strict') {
    // Predictions of 0 and 1 as probabilities make every error impossible.
    if (resolved.scoring === 'Bernoulli' && columns.scores === undefined)
      return { ...rowsUndefined('no_scores', rows.length), q: null, ...place };
    const { score, q } = exactScore(outcomes, expectations, { ...resolved, direction });
    const measure = Number.isFinite(score)
      ? rowsFraction(score - resolved.penalty * namedValues, 1, rows.length, 'no_rows')
      : rowsUndefined('not_converged', rows.length);
    return { ...measure, q: Number.isFinite(q) && Number.isFinite(score) ? q : null, ...place };
  }
  const scoring = createScoring({ ...resolved, direction, tolerance: LIBRARY.tolerance });
  const value = libraryScore(outcomes, expectations, namedValues, { ...resolved, direction });
  return { ...rowsFraction(value, 1, rows.length, 'no_rows'), q: scoring.best(evidence), ...place };
}

function exactScore(outcomes: Float64Array, expectations: Float64Array, options: ScoreOptions): ExactScore {
  const { scoring, direction, alpha } = options;
  if (scoring === 'Poisson') return exactPoisson(outcomes, expectations, direction);
  if (scoring === 'Bernoulli') return exactBernoulli(outcomes, expectations, direction);
  createScoring({ scoring, direction, tolerance: STRICT.tolerance, ...(alpha === undefined ? {} : { alpha }) });
  return exactBerkJones(outcomes, alpha ?? 0, direction);
}

/** Rows with a label, and a score or prediction. */
function knownRows({ cells, scores }: AuditColumns): Uint32Array {
  const known = new Uint32Array(cells.length);
  let count = 0;
  for (const [row, cell] of cells.entries()) {
    if (Math.floor(cell / 3) === UNKNOWN || (scores === undefined && cell % 3 === UNKNOWN)) continue;
    known[count] = row;
    count += 1;
  }
  return known.slice(0, count);
}

function valuesOf(
  { cells, scores }: AuditColumns,
  rows: Uint32Array,
): { readonly outcomes: Float64Array; readonly expectations: Float64Array } {
  const outcomes = new Float64Array(rows.length);
  const expectations = new Float64Array(rows.length);
  for (const [i, row] of rows.entries()) {
    const cell = cells[row] ?? 0;
    outcomes[i] = Math.floor(cell / 3) === FAVOURABLE ? 1 : 0;
    expectations[i] = scores?.[row] ?? (cell % 3 === FAVOURABLE ? 1 : 0);
  }
  return { outcomes, expectations };
}

function attributeOf({ attributes }: AuditColumns, name: string): AuditColumns['attributes'][number] {
  const attribute = attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined) throw new LedgerError('unknown_group', 'attribute: not one of the rows');
  return attribute;
}

function masksOf(
  columns: AuditColumns,
  subset: NamedSubset,
): readonly { readonly codes: AuditColumns['attributes'][number]['codes']; readonly mask: Uint8Array }[] {
  return Object.entries(subset).map(([name, values]) => {
    const { groups, codes } = attributeOf(columns, name);
    const mask = Uint8Array.from(groups, (group) => (values.includes(group) ? 1 : 0));
    if (values.some((value) => !groups.includes(value)))
      throw new LedgerError('unknown_group', 'subset: a group that no row has');
    return { codes, mask };
  });
}
