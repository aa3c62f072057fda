/**
 * Scores sorted once: what every metric of scores works on.
 *
 * Rows without a known label have no part in metrics that hold scores against labels, and are left out here.
 *
 * @module
 */
import { argsort } from '../../../numerics/argsort.ts';
import { LedgerError } from '../../../ledger/errors.ts';
import { codesFor } from '../../cells.ts';
import { type AttributeColumn, type AuditColumns, type Codes, FAVOURABLE, UNKNOWN } from '../../columns.ts';

/** Rows with a known label by ascending score, for all attributes alike. */
export interface ScoreOrder {
  /** Positions of the rows in the columns. */
  readonly rows: Uint32Array;
  readonly scores: Float64Array;
  /** 1: favourable label, 0: unfavourable. */
  readonly labels: Uint8Array;
  readonly weights?: Float64Array;
}

/** Sums of both classes. */
export interface ClassSums {
  readonly positives: number;
  readonly negatives: number;
}

/**
 * The distinct scores of a group, ascending, with the weight of each class at each. AUROC, calibration and thresholds
 * follow from these sums alone, so that the order of rows and a row split into several by weights change nothing.
 */
export interface ScoreSteps {
  readonly scores: Float64Array;
  /** Weight of the rows with a favourable label at each score; where there are no weights, their number. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** Rows (persons). */
  readonly rows: ClassSums;
  readonly weight: ClassSums;
  readonly weightSquared: ClassSums;
}

/** Sorts the scores; `undefined` where there are none. Θ(rows). */
export function orderScores({ rows, cells, scores, weights }: AuditColumns): ScoreOrder | undefined {
  if (scores === undefined) return undefined;
  const order = argsort(scores);
  const sortedLabels = new Uint8Array(rows);
  let known = 0;
  for (let i = 0; i < rows; i += 1) {
    const row = order[i] ?? 0;
    const label = labelOf(cells[row] ?? 0);
    if (label === UNKNOWN) continue;
    // The place being written is never ahead of the place being read.
    order[known] = row;
    sortedLabels[known] = label === FAVOURABLE ? 1 : 0;
    known += 1;
  }
  const labelled = order.subarray(0, known);
  return {
    rows: labelled,
    scores: gather(scores, labelled),
    labels: sortedLabels.subarray(0, known),
    ...(weights === undefined ? {} : { weights: gather(weights, labelled) }),
  };
}

/** The label in a cell (see `cellIndex`). */
function labelOf(cell: number): number {
  return (cell / 3) | 0;
}

function gather(values: Float64Array, rows: Uint32Array): Float64Array {
  const gathered = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i += 1) gathered[i] = values[rows[i] ?? 0] ?? 0;
  return gathered;
}

/** The steps of each group of an attribute, by code. Θ(rows). */
export function groupSteps(order: ScoreOrder, { groups, codes }: AttributeColumn): ScoreSteps[] {
  // Gathered once: the passes below then read in order.
  const sorted = codesFor(order.rows.length);
  for (let i = 0; i < sorted.length; i += 1) sorted[i] = codes[order.rows[i] ?? 0] ?? 0;
  return stepsByCode(order, sorted, groups.length);
}

/** The steps of everybody. Θ(rows). */
export function allSteps(order: ScoreOrder): ScoreSteps {
  const [steps] = stepsByCode(order, codesFor(order.rows.length), 1);
  if (steps === undefined) throw new LedgerError('internal', 'One group has the steps of one group.');
  return steps;
}

function stepsByCode(order: ScoreOrder, codes: Codes, groups: number): ScoreSteps[] {
  const starts = startsOf(codes, groups);
  const { scores, places, ends } = placeSteps(order.scores, codes, starts);
  const { positives, negatives } = addRows(order, places);
  const counts = countClasses(order, codes, groups);
  return Array.from({ length: groups }, (_, group) => {
    const section = (values: Float64Array): Float64Array => values.subarray(starts[group] ?? 0, ends[group] ?? 0);
    return {
      scores: section(scores),
      positives: section(positives),
      negatives: section(negatives),
      ...classSums(counts, group),
    };
  });
}

/** Where the section of each group starts: sections are as long as the group has rows, an upper bound of its steps. */
function startsOf(codes: Codes, groups: number): Uint32Array {
  const starts = new Uint32Array(groups + 1);
  for (let i = 0; i < codes.length; i += 1) {
    const next = (codes[i] ?? 0) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let group = 0; group < groups; group += 1) starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
  return starts;
}

interface Placed {
  /** Distinct scores of each group in its section. */
  readonly scores: Float64Array;
  /** The step of each row. */
  readonly places: Uint32Array;
  /** Where the steps of each group end. */
  readonly ends: Uint32Array;
}

function placeSteps(sorted: Float64Array, codes: Codes, starts: Uint32Array): Placed {
  const scores = new Float64Array(sorted.length);
  const places = new Uint32Array(sorted.length);
  const ends = starts.slice();
  for (let i = 0; i < sorted.length; i += 1) {
    const group = codes[i] ?? 0;
    const score = sorted[i] ?? 0;
    let at = ends[group] ?? 0;
    if (at > (starts[group] ?? 0) && scores[at - 1] === score) {
      at -= 1;
    } else {
      scores[at] = score;
      ends[group] = at + 1;
    }
    places[i] = at;
  }
  return { scores, places, ends };
}

function addRows({ labels, weights }: ScoreOrder, places: Uint32Array): Pick<ScoreSteps, 'positives' | 'negatives'> {
  const positives = new Float64Array(places.length);
  const negatives = new Float64Array(places.length);
  for (let i = 0; i < places.length; i += 1) {
    const sums = labels[i] === 1 ? positives : negatives;
    const at = places[i] ?? 0;
    sums[at] = (sums[at] ?? 0) + (weights === undefined ? 1 : (weights[i] ?? 0));
  }
  return { positives, negatives };
}

interface ClassCounts {
  readonly rows: Float64Array;
  readonly weight: Float64Array;
  readonly weightSquared: Float64Array;
}

function countClasses({ labels, weights }: ScoreOrder, codes: Codes, groups: number): ClassCounts {
  const summed = (...factors: Float64Array[]): Float64Array => sumByClass(codes, labels, { groups, factors });
  const rows = summed();
  if (weights === undefined) return { rows, weight: rows, weightSquared: rows };
  return { rows, weight: summed(weights), weightSquared: summed(weights, weights) };
}

/** Sums of the product of the factors, by `group * 2 + label`; without factors the number of rows. */
function sumByClass(
  codes: Codes,
  labels: Uint8Array,
  { groups, factors: [a, b] }: { readonly groups: number; readonly factors: readonly Float64Array[] },
): Float64Array {
  const sums = new Float64Array(groups * 2);
  for (let i = 0; i < codes.length; i += 1) {
    const at = (codes[i] ?? 0) * 2 + (labels[i] ?? 0);
    const value = a === undefined ? 1 : (a[i] ?? 0);
    sums[at] = (sums[at] ?? 0) + (b === undefined ? value : value * (b[i] ?? 0));
  }
  return sums;
}

function classSums(counts: ClassCounts, group: number): Pick<ScoreSteps, keyof ClassCounts> {
  const of = (sums: Float64Array): ClassSums => ({
    negatives: sums[group * 2] ?? 0,
    positives: sums[group * 2 + 1] ?? 0,
  });
  return { rows: of(counts.rows), weight: of(counts.weight), weightSquared: of(counts.weightSquared) };
}

/** Kish's effective number of rows, (Σw)²/Σw²: as many rows without weights would say as much. */
export function effectiveRows({ weight, weightSquared }: ScoreSteps): ClassSums & { readonly all: number } {
  const kish = (sum: number, squares: number): number => (squares > 0 ? (sum * sum) / squares : 0);
  return {
    positives: kish(weight.positives, weightSquared.positives),
    negatives: kish(weight.negatives, weightSquared.negatives),
    all: kish(weight.positives + weight.negatives, weightSquared.positives + weightSquared.negatives),
  };
}
