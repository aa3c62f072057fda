/**
 * What somebody who sees the suppressed figures of an audit of two attributes and their intersection can work out.
 *
 * The attacker is given more than the figures: the names of all groups, and for each figure every count that goes into it, not
 * the value alone. Unknown are the persons by both attributes, label and prediction.
 */
import type { CellTable } from '../../fairness/cells.ts';
import { CELLS, cellIndex, JOINT } from '../../fairness/columns.ts';
import { type Equation, wholeSolution } from './integer-program.ts';

/** Persons: `counts[(a * sizes[1] + b) * 4 + label * 2 + prediction]`. */
export interface Population {
  readonly sizes: readonly [number, number];
  readonly counts: readonly number[];
}

export const ATTRIBUTES = ['a', 'b'] as const;
export const JOINED = ATTRIBUTES.join(JOINT);

export function groupName(attribute: number, value: number): string {
  return `${ATTRIBUTES[attribute]!}${value}`;
}

/** Counts of `a`, of `b` and of both. Combinations without persons do not occur. */
export function tablesOf({ sizes: [first, second], counts }: Population): readonly CellTable[] {
  const build = (attribute: string, keyOf: (a: number, b: number) => string): CellTable => {
    const byGroup = new Map<string, Float64Array>();
    for (let a = 0; a < first; a += 1) {
      for (let b = 0; b < second; b += 1) {
        const own = counts.slice((a * second + b) * 4, (a * second + b + 1) * 4);
        if (own.every((count) => count === 0)) continue;
        const sums = byGroup.get(keyOf(a, b)) ?? new Float64Array(CELLS);
        for (const [i, count] of own.entries()) sums[cellIndex(i >> 1, i & 1)]! += count;
        byGroup.set(keyOf(a, b), sums);
      }
    }
    const groups = [...byGroup.keys()].sort();
    const rows = new Float64Array(groups.length * CELLS);
    for (const [i, group] of groups.entries()) rows.set(byGroup.get(group)!, i * CELLS);
    return { attribute, groups, rows, weight: rows, weightSquared: rows };
  };
  return [
    build('a', (a) => groupName(0, a)),
    build('b', (_, b) => groupName(1, b)),
    build(JOINED, (a, b) => `${groupName(0, a)}${JOINT}${groupName(1, b)}`),
  ];
}

/** Numbers of persons that a figure can be about, as sums over label × prediction. */
export const PARTS = {
  n: [1, 1, 1, 1],
  tn: [1, 0, 0, 0],
  fp: [0, 1, 0, 0],
  fn: [0, 0, 1, 0],
  tp: [0, 0, 0, 1],
  negatives: [1, 1, 0, 0],
  positives: [0, 0, 1, 1],
  rejected: [1, 0, 1, 0],
  selected: [0, 1, 0, 1],
  right: [1, 0, 0, 1],
  wrong: [0, 1, 1, 0],
} as const;
export type Part = keyof typeof PARTS;

/** Everybody, a group, or a combination. */
export interface Place {
  readonly attribute: string | null;
  readonly group: string | null;
}

export function coefficientsOf(
  { sizes: [first, second] }: Population,
  { attribute, group }: Place,
  part: Part,
): number[] {
  const found: number[] = [];
  for (let a = 0; a < first; a += 1) {
    for (let b = 0; b < second; b += 1) {
      const names: Readonly<Record<string, string>> = {
        a: groupName(0, a),
        b: groupName(1, b),
        [JOINED]: `${groupName(0, a)}${JOINT}${groupName(1, b)}`,
      };
      const isInside = attribute === null || names[attribute] === group;
      found.push(...PARTS[part].map((one) => (isInside ? one : 0)));
    }
  }
  return found;
}

function dot(coefficients: readonly number[], counts: readonly number[]): number {
  return coefficients.reduce((sum, one, i) => sum + one * counts[i]!, 0);
}

/** What is known: this number of persons. */
export interface Known extends Place {
  readonly part: Part;
}

/** A small number of persons that cannot be as large as the minimum: somebody who sees the figures knows that it is small. */
export interface Leak extends Known {
  readonly persons: number;
}

/** Every number of 1 to `minimum` − 1 persons of which the attacker can tell that it is below the minimum. */
export function leaks(population: Population, known: readonly Known[], minimum: number): readonly Leak[] {
  const { counts } = population;
  const equations = known.map((one): Equation => {
    const coefficients = coefficientsOf(population, one, one.part);
    return { coefficients, value: dot(coefficients, counts) };
  });
  const places: Place[] = [{ attribute: null, group: null }];
  for (const { attribute, groups } of tablesOf(population))
    places.push(...groups.map((group) => ({ attribute, group })));
  const solutions: (readonly number[])[] = [];
  const found: Leak[] = [];
  for (const place of places) {
    for (const part of Object.keys(PARTS) as Part[]) {
      const objective = coefficientsOf(population, place, part);
      const persons = dot(objective, counts);
      if (persons === 0 || persons >= minimum) continue;
      if (solutions.some((solution) => dot(objective, solution) >= minimum)) continue;
      const solution = largeSolution(equations, objective, minimum);
      if (solution === undefined) found.push({ ...place, part, persons });
      else solutions.push(solution);
    }
  }
  return found;
}

/** A population with the same known numbers in which this one is large; checked, not believed. */
function largeSolution(
  equations: readonly Equation[],
  objective: readonly number[],
  minimum: number,
): readonly number[] | undefined {
  // Nobody shows how many persons there are: bounded, so that a maximum exists.
  const width = objective.length;
  const bounded = equations.map(({ coefficients, value }) => ({ coefficients: [...coefficients, 0], value }));
  bounded.push({ coefficients: new Array<number>(width + 1).fill(1), value: 1e5 });
  const solution = wholeSolution(bounded, [...objective, 0], minimum)?.slice(0, width);
  if (solution === undefined) return undefined;
  const isRight = solution.every((count) => count >= 0) && dot(objective, solution) >= minimum;
  const isSame = equations.every(({ coefficients, value }) => Math.abs(dot(coefficients, solution) - value) < 1e-6);
  if (!isRight || !isSame) throw new Error('the solver is wrong');
  return solution;
}
