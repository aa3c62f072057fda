/**
 * What an audit has to show for 45 CFR 92.210: (b) reasonable efforts to identify tools that use inputs which measure race,
 * color, national origin, sex, age or disability; (c) reasonable efforts to mitigate what follows. Evidence of what was looked
 * at and what was not; whether that is reasonable is for people to say.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { createRandom } from '../../numerics/random.ts';
import { type AttributeColumn, MISSING } from '../columns.ts';
import { holm } from '../intervals/multiplicity.ts';
import type { ShownFigure } from '../suppress.ts';
import { contingency, cramersV, etaSquared } from './association.ts';
import { DEFAULT_GROUNDS, type Ground, type GroundMap, GROUNDS, groundsOf } from './grounds.ts';
import {
  type InputColumn,
  type InputLevels,
  inputLevels,
  MAXIMUM_LEVELS,
  NO_LEVEL,
  NUMERIC_BINS,
} from './input-levels.ts';
import { type Coverage, coverageOf } from './measured.ts';
import { type PermutationTest, permutationTests, STOP_AFTER, TESTED_ROWS, testedRows } from './permutation.ts';
import { wordsOf } from './words.ts';

/** What was done about what was found, as people state it. */
export interface Mitigation {
  readonly ground?: Ground;
  readonly measure: string;
  readonly owner?: string;
  readonly due?: string;
}

export interface Section1557Request {
  /** The tool's inputs by name, rows as in `attributes`. */
  readonly inputs: Readonly<Record<string, InputColumn>>;
  /** Attributes alone, no intersections. */
  readonly attributes: readonly AttributeColumn[];
  /** Figures of the audit. */
  readonly measured: readonly ShownFigure[];
  /** [{@link DEFAULT_GROUNDS}] */
  readonly grounds?: GroundMap;
  /** Of the permutations [`"0"`]. */
  readonly seed?: string;
  /** At most, for each input and attribute [1000]. */
  readonly permutations?: number;
  /** At or below it an adjusted p-value is no chance [0.05]. */
  readonly level?: number;
  readonly mitigation?: readonly Mitigation[];
}

/** One input of the tool. */
export interface InputView {
  readonly name: string;
  readonly kind: 'categorical' | 'numeric';
  /** Grounds that it measures by its name. */
  readonly grounds: readonly Ground[];
  readonly levels: number;
  /** Rows without a value, or with none that is finite; `null`: suppressed. */
  readonly missing: number | null;
  /** Rare categories that were counted as one. */
  readonly merged: number;
}

export type Strength = 'none' | 'weak' | 'moderate' | 'strong';

/** One input with one attribute. */
export interface Association {
  readonly input: string;
  readonly attribute: string;
  /** Rows with both; `null`: suppressed. */
  readonly n: number | null;
  readonly method: 'cramers_v_bias_corrected';
  /** Cramér's V, of a numeric input over its bins; `null`: see `reason`. */
  readonly value: number | null;
  /** Of a numeric input: share of its variance between the groups. */
  readonly etaSquared?: number;
  readonly reason: 'no_rows' | 'no_variation' | 'one_group' | null;
  readonly pValue: number | null;
  /** Over all inputs with this attribute, by Holm. */
  readonly adjustedPValue: number | null;
  readonly permutations: number;
  readonly strength: Strength | null;
  /** Input and attribute measure the same ground: no proxy, the thing itself. */
  readonly isSameGround: boolean;
  /** At least weak, and no chance. */
  readonly isProxy: boolean;
}

/** What there is about one ground. */
export interface GroundView {
  readonly ground: Ground;
  /** Inputs that measure it by their name. */
  readonly inputs: readonly string[];
  /** Attributes of the audit that measure it. */
  readonly attributes: readonly string[];
  readonly proxies: readonly string[];
  readonly coverage: Coverage;
  readonly mitigation: readonly Mitigation[];
}

/** JSON-safe. */
export interface Section1557View {
  readonly rule: '45 CFR 92.210';
  /** `null`: suppressed. */
  readonly rows: number | null;
  readonly grounds: readonly GroundView[];
  readonly inputs: readonly InputView[];
  readonly associations: readonly Association[];
  /** Attributes that the map does not know: nobody can say which ground they measure. */
  readonly unmapped: readonly string[];
  /** Mitigation that names no ground. */
  readonly mitigation: readonly Mitigation[];
  readonly method: {
    readonly permutations: number;
    readonly stoppedAfter: number;
    /** Rows that the p-values rest on: all, or a random part. The other figures rest on all rows. */
    readonly testedRows: number;
    readonly seed: string;
    readonly level: number;
    readonly adjustment: 'holm';
    readonly numericBins: number;
    readonly maximumLevels: number;
    /** Cramér's V, and η² of numeric inputs, from which an association is weak, moderate, strong (Cohen 1988). */
    readonly strengths: typeof STRENGTHS;
  };
  /** Sentences for people. */
  readonly words: readonly string[];
}

/** Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988: w and η². */
export const STRENGTHS = {
  cramersV: [0.1, 0.3, 0.5],
  etaSquared: [0.01, 0.06, 0.14],
} as const;
const NAMES: readonly Strength[] = ['none', 'weak', 'moderate', 'strong'];

const MAX_PERMUTATIONS = 100_000;

interface Setting {
  readonly seed: string;
  readonly permutations: number;
  readonly level: number;
  readonly map: GroundMap;
}

/**
 * The view. Θ(rows · inputs · attributes) for the figures and, with at most 5,000 rows, Θ(rows · inputs · attributes ·
 * permutations) for the p-values.
 *
 * @throws LedgerError `lengths_differ`, `invalid_value`
 */
export function section1557View(request: Section1557Request): Section1557View {
  const { attributes, measured, mitigation = [] } = request;
  const setting = settingOf(request);
  const rows = attributes[0]?.codes.length ?? Object.values(request.inputs)[0]?.length ?? 0;
  const read = readInputs(request.inputs, rows);
  const inputs = [...read].map(([name, { kind, levels, missing, merged }]): InputView => {
    return { name, kind, grounds: groundsOf(name, setting.map), levels, missing, merged };
  });
  const sample = testedRows(rows, createRandom(JSON.stringify(['section1557', setting.seed])));
  const associations = attributes.flatMap((attribute) =>
    associationsWith(attribute, { inputs: read, sample }, setting),
  );
  const grounds = GROUNDS.map((ground): GroundView => {
    const own = attributes.filter(({ name }) => groundsOf(name, setting.map).includes(ground)).map(({ name }) => name);
    const proxies = associations.filter(({ attribute, isProxy }) => isProxy && own.includes(attribute));
    return {
      ground,
      inputs: inputs.filter((input) => input.grounds.includes(ground)).map(({ name }) => name),
      attributes: own,
      proxies: [...new Set(proxies.map(({ input }) => input))],
      coverage: coverageOf(own, measured),
      mitigation: mitigation.filter((one) => one.ground === ground),
    };
  });
  const view = {
    rule: '45 CFR 92.210',
    rows,
    grounds,
    inputs,
    associations,
    unmapped: attributes.map(({ name }) => name).filter((name) => groundsOf(name, setting.map).length === 0),
    mitigation: mitigation.filter(({ ground }) => ground === undefined),
    method: methodOf(setting, rows),
  } as const;
  return { ...view, words: wordsOf(view) };
}

function settingOf({ grounds, seed = '0', permutations = 1_000, level = 0.05 }: Section1557Request): Setting {
  const isRight = Number.isInteger(permutations) && permutations >= 1 && permutations <= MAX_PERMUTATIONS;
  if (!isRight) {
    throw new LedgerError('invalid_value', `Permutations: a whole number from 1 to ${MAX_PERMUTATIONS}.`, {
      pointer: '/permutations',
    });
  }
  if (!(level > 0 && level < 1)) {
    throw new LedgerError('invalid_value', 'The level has to be between 0 and 1.', { pointer: '/level' });
  }
  return { seed, permutations, level, map: grounds ?? DEFAULT_GROUNDS };
}

function methodOf({ permutations, seed, level }: Setting, rows: number): Section1557View['method'] {
  return {
    permutations,
    stoppedAfter: STOP_AFTER,
    testedRows: Math.min(rows, TESTED_ROWS),
    seed,
    level,
    adjustment: 'holm',
    numericBins: NUMERIC_BINS,
    maximumLevels: MAXIMUM_LEVELS,
    strengths: STRENGTHS,
  };
}

function readInputs(inputs: Section1557Request['inputs'], rows: number): ReadonlyMap<string, InputLevels> {
  const names = Object.keys(inputs).sort();
  return new Map(
    names.map((name, i) => {
      const column = inputs[name] ?? [];
      if (column.length === rows) return [name, inputLevels(column)];
      throw new LedgerError('lengths_differ', 'An input has another number of rows than the attributes.', {
        pointer: `/inputs/${i}`,
      });
    }),
  );
}

interface Material {
  readonly inputs: ReadonlyMap<string, InputLevels>;
  /** Rows of the permutation tests. */
  readonly sample: Uint32Array;
}

/** Rows without a value of the attribute are left out: being missing is no ground. */
function associationsWith(
  { name: attribute, groups, codes }: AttributeColumn,
  { inputs, sample }: Material,
  { seed, permutations, level, map }: Setting,
): readonly Association[] {
  const missing = groups.indexOf(MISSING);
  const known = Uint16Array.from(codes, (code) => (code === missing ? NO_LEVEL : code));
  const grounds = groundsOf(attribute, map);
  const pick = (from: Uint16Array): Uint16Array => Uint16Array.from(sample, (row) => from[row] ?? NO_LEVEL);
  const tests = permutationTests(
    [...inputs.values()].map((input) => ({ codes: pick(input.codes), levels: input.levels })),
    { codes: pick(known), groups: groups.length },
    { permutations, random: createRandom(JSON.stringify(['section1557', seed, attribute])) },
  );
  const found = [...inputs].map(([input, levels], i) => {
    const isSameGround = groundsOf(input, map).some((ground) => grounds.includes(ground));
    const measured = associationOf(levels, { codes: known, groups: groups.length }, tests[i]);
    return { input, attribute, ...measured, isSameGround };
  });
  const tested = found.filter(({ pValue }) => pValue !== null);
  const adjusted = holm(tested.map(({ pValue }) => pValue ?? 1));
  return found.map((one): Association => {
    const adjustedPValue = one.pValue === null ? null : (adjusted[tested.indexOf(one)] ?? 1);
    const isStrong = one.strength !== null && one.strength !== 'none';
    const isProxy = isStrong && !one.isSameGround && adjustedPValue !== null && adjustedPValue <= level;
    return { ...one, adjustedPValue, isProxy };
  });
}

function associationOf(
  { codes: levels, levels: count, values }: InputLevels,
  { codes, groups }: { readonly codes: Uint16Array; readonly groups: number },
  test: PermutationTest = { pValue: null, permutations: 0 },
): Omit<Association, 'input' | 'attribute' | 'adjustedPValue' | 'isProxy' | 'isSameGround'> {
  const table = contingency(levels, codes, { levels: count, groups });
  const about = { n: table.n, method: 'cramers_v_bias_corrected', ...test } as const;
  const value = cramersV(table);
  if (value === undefined) return { ...about, value: null, reason: reasonOf(table), pValue: null, strength: null };
  const eta = values === undefined ? undefined : etaSquared(values, codes, groups);
  const shares = eta === undefined ? {} : { etaSquared: eta };
  return { ...about, value, ...shares, reason: null, strength: strengthOf(value, eta) };
}

function reasonOf({ n, groups }: { readonly n: number; readonly groups: number }): NonNullable<Association['reason']> {
  if (n === 0) return 'no_rows';
  return groups < 2 ? 'one_group' : 'no_variation';
}

/** The stronger of what the two measures say. */
function strengthOf(value: number, eta: number | undefined): Strength {
  const reached = (bounds: readonly number[], of: number): number => bounds.filter((bound) => of >= bound).length;
  const rank = Math.max(reached(STRENGTHS.cramersV, value), reached(STRENGTHS.etaSquared, eta ?? 0));
  return NAMES[rank] ?? 'none';
}
