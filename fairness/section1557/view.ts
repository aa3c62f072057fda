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
import { contingency, cramersV, etaSquared } from './association.ts';
import { DEFAULT_GROUNDS, type GroundMap, GROUNDS, groundsOf } from './grounds.ts';
import { type InputLevels, inputLevels, MAXIMUM_LEVELS, NO_LEVEL, NUMERIC_BINS } from './input-levels.ts';
import { coverageOf } from './measured.ts';
import { type PermutationTest, permutationTests, STOP_AFTER, TESTED_ROWS, testedRows } from './permutation.ts';
import {
  type Association,
  type GroundView,
  type InputView,
  type Section1557Request,
  type Section1557View,
  type Strength,
  STRENGTHS,
} from './types.ts';
import { wordsOf } from './words.ts';

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
