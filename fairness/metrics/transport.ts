/**
 * Optimal transport: the least work that turns one distribution into another, mass times distance moved.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import { argsort } from '../../numerics/argsort.ts';
import { sum } from '../../numerics/sum.ts';
import { type AttributeColumn, type AuditColumns } from '../columns.ts';
import { type MeasuredRows, rowsFraction, rowsUndefined } from './measured-rows.ts';
import { leastCost } from './transport/least-cost.ts';

/** Masses on a line. */
export interface LineMasses {
  readonly positions: Float64Array;
  /** None negative, not all 0. */
  readonly masses: Float64Array;
}

/**
 * Distance of two distributions on a line (Wasserstein-1, earth mover's distance with |x − y| as the cost): the area between
 * their distribution functions. Each is taken as shares of its own total. Θ(n log n).
 */
export function wassersteinOnLine(a: LineMasses, b: LineMasses): number {
  const positions = join(a.positions, b.positions);
  const [totalA, totalB] = [sum(a.masses), sum(b.masses)];
  const shares = join(
    a.masses.map((mass) => mass / totalA),
    b.masses.map((mass) => -mass / totalB),
  );
  const order = argsort(positions);
  const areas = new Float64Array(positions.length);
  let ahead = 0;
  for (let i = 0; i + 1 < order.length; i += 1) {
    const at = order[i] ?? 0;
    ahead += shares[at] ?? 0;
    areas[i] = Math.abs(ahead) * ((positions[order[i + 1] ?? 0] ?? 0) - (positions[at] ?? 0));
  }
  return sum(areas);
}

/** Largest product of the two numbers of places for which any cost is solved. */
const LARGEST_COSTS = 250_000;

/**
 * Earth mover's distance for any cost, exactly (to rounding), by successive shortest paths. For small supports: the time grows
 * with the cube of the number of places.
 *
 * @param supply - shares, each of its own total
 * @param costs - row by row: from each place of `supply` to each of `demand`; none negative
 * @throws LedgerError `lengths_differ`, `invalid_value`, `audit_too_large`
 */
export function earthMoversDistance(supply: Float64Array, demand: Float64Array, costs: Float64Array): number {
  if (costs.length !== supply.length * demand.length)
    throw new LedgerError('lengths_differ', 'costs: one for each pair of places', { pointer: '/costs' });
  if (costs.length > LARGEST_COSTS)
    throw new LedgerError('audit_too_large', 'costs: at most 250,000 pairs of places', { pointer: '/costs' });
  for (const [name, values] of Object.entries({ supply, demand, costs })) {
    const at = values.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
    if (at >= 0) throw new LedgerError('invalid_value', 'numbers from 0 up', { pointer: `/${name}/${at}` });
  }
  return leastCost(shares(supply), shares(demand), costs);
}

/**
 * AIF360's `ot_distance` between labels and predictions of the same rows. It reads the values themselves as masses: both
 * lists are moved up to be at least 0 and divided by their sums, and mass moves between values at the cost of their
 * difference, or at given costs. What it says about fairness is unclear; for groups see {@link scoreDistance}.
 *
 * @returns NaN where one list is all 0 and the other is not: AIF360 raises there
 * @throws LedgerError `audit_too_large` with costs
 */
export function labelTransport(labels: Float64Array, predictions: Float64Array, costs?: Float64Array): number {
  const least = Math.min(minimum(labels), minimum(predictions));
  const lift = (values: Float64Array): Float64Array => (least < 0 ? values.map((value) => value - least) : values);
  const [from, to] = [lift(labels), lift(predictions)];
  const isEmpty = [sum(from) === 0, sum(to) === 0];
  if (isEmpty.includes(true)) return isEmpty.includes(false) ? Number.NaN : 0;
  const [masses, required] = [shares(from), shares(to)];
  if (costs !== undefined) return earthMoversDistance(masses, required, costs);
  return wassersteinOnLine({ positions: masses, masses }, { positions: required, masses: required });
}

/**
 * How far the scores of a group are from those of the reference: the mean change of score that would make their
 * distributions the same, with weights. 0: the same distribution; at most 1.
 */
export function scoreDistance(
  { scores, weights, rows }: AuditColumns,
  { codes }: AttributeColumn,
  group: number,
  reference: number,
): MeasuredRows {
  if (scores === undefined) return rowsUndefined('no_scores', 0);
  const of = (code: number): LineMasses => {
    const members = Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => codes[row] === code);
    return {
      positions: Float64Array.from(members, (row) => scores[row] ?? 0),
      masses: Float64Array.from(members, (row) => weights?.[row] ?? 1),
    };
  };
  const [own, theirs] = [of(group), of(reference)];
  const n = own.positions.length + theirs.positions.length;
  if (sum(own.masses) === 0 || sum(theirs.masses) === 0) return rowsUndefined('no_rows', n);
  return rowsFraction(wassersteinOnLine(own, theirs), 1, n, 'no_rows');
}

function shares(masses: Float64Array): Float64Array {
  const total = sum(masses);
  return total === 0 ? masses : masses.map((mass) => mass / total);
}

function minimum(values: Float64Array): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

function join(a: Float64Array, b: Float64Array): Float64Array {
  const joined = new Float64Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
