/**
 * Whole numbers, none negative, that fulfil linear equations: an exact search for small systems, by linear programming and
 * branch and bound. Slow and plain: it stands against the product, which never solves anything of the kind.
 */

/** Σ coefficients[j] · x[j] = value */
export interface Equation {
  readonly coefficients: readonly number[];
  readonly value: number;
}

const TOLERANCE = 1e-7;

/** Reduced row echelon form; `undefined` where the equations contradict each other. */
function independent(equations: readonly Equation[], columns: number): number[][] | undefined {
  const rows = equations.map(({ coefficients, value }) => [...coefficients, value]);
  const kept: number[][] = [];
  for (let column = 0; column <= columns; column += 1) {
    const at = rows.findIndex((row) => Math.abs(row[column]!) > TOLERANCE);
    if (at < 0) continue;
    if (column === columns) return undefined;
    const [pivot] = rows.splice(at, 1);
    const scaled = pivot!.map((entry) => entry / pivot![column]!);
    for (const row of [...rows, ...kept]) {
      const factor = row[column]!;
      if (factor !== 0) for (let j = 0; j <= columns; j += 1) row[j]! -= factor * scaled[j]!;
    }
    kept.push(scaled);
  }
  return kept;
}

/** Simplex with Bland's rule on a tableau whose last column is the right side; `cost` is minimised. @returns the minimum, or undefined if unbounded */
function simplex(tableau: number[][], basis: number[], cost: number[], columns: number): void {
  for (;;) {
    let entering = -1;
    for (let j = 0; j < columns && entering < 0; j += 1) if (cost[j]! < -TOLERANCE) entering = j;
    if (entering < 0) return;
    let leaving = -1;
    let best = Number.POSITIVE_INFINITY;
    for (const [i, row] of tableau.entries()) {
      if (row[entering]! <= TOLERANCE) continue;
      const ratio = row[columns]! / row[entering]!;
      if (ratio < best - TOLERANCE || (ratio < best + TOLERANCE && basis[i]! < basis[leaving]!)) {
        best = ratio;
        leaving = i;
      }
    }
    if (leaving < 0) throw new Error('unbounded');
    pivot(tableau, cost, { row: leaving, column: entering });
    basis[leaving] = entering;
  }
}

function pivot(tableau: number[][], cost: number[], { row, column }: { row: number; column: number }): void {
  const scale = tableau[row]![column]!;
  tableau[row] = tableau[row]!.map((entry) => entry / scale);
  for (const other of [...tableau.filter((_, i) => i !== row), cost]) {
    const factor = other[column]!;
    if (factor !== 0) for (let j = 0; j < other.length; j += 1) other[j]! -= factor * tableau[row][j]!;
  }
}

/** A vertex that maximises `objective`; `undefined` where nothing is feasible. */
export function maximise(equations: readonly Equation[], objective: readonly number[]): readonly number[] | undefined {
  const n = objective.length;
  const rows = independent(equations, n);
  if (rows === undefined) return undefined;
  const m = rows.length;
  const columns = n + m;
  const tableau = rows.map((row, i) => {
    const sign = row[n]! < 0 ? -1 : 1;
    const artificial = Array.from({ length: m }, (_, j) => (i === j ? 1 : 0));
    return [...row.slice(0, n).map((entry) => entry * sign), ...artificial, row[n]! * sign];
  });
  const basis = rows.map((_, i) => n + i);
  const first = Array.from({ length: columns + 1 }, (_, j) => -tableau.reduce((sum, row) => sum + row[j]!, 0));
  for (let j = n; j < columns; j += 1) first[j] = 0;
  simplex(tableau, basis, first, columns);
  if (-first[columns]! > 1e-5) return undefined;
  for (const [i, variable] of basis.entries()) {
    if (variable < n) continue;
    const column = tableau[i]!.findIndex((entry, j) => j < n && Math.abs(entry) > TOLERANCE);
    if (column < 0) continue;
    pivot(tableau, first, { row: i, column });
    basis[i] = column;
  }
  const trimmed = tableau.map((row) => [...row.slice(0, n), row[columns]!]);
  const cost = [...objective.map((entry) => -entry), 0];
  for (const [i, variable] of basis.entries()) {
    const factor = variable < n ? cost[variable]! : 0;
    if (factor !== 0) for (let j = 0; j <= n; j += 1) cost[j]! -= factor * trimmed[i]![j]!;
  }
  simplex(trimmed, basis, cost, n);
  const found = new Array<number>(n).fill(0);
  for (const [i, variable] of basis.entries()) if (variable < n) found[variable] = trimmed[i]![n]!;
  return found;
}

/** Whole numbers with Σ objective · x ≥ atLeast; `undefined` where there are none. @throws Error beyond so many branches */
export function wholeSolution(
  equations: readonly Equation[],
  objective: readonly number[],
  atLeast: number,
): readonly number[] | undefined {
  // One more variable: how far above `atLeast` the sum is.
  const n = objective.length;
  const wide = equations.map(({ coefficients, value }) => ({ coefficients: [...coefficients, 0], value }));
  wide.push({ coefficients: [...objective, -1], value: atLeast });
  let branches = 0;
  const search = (system: readonly Equation[], width: number): readonly number[] | undefined => {
    branches += 1;
    if (branches > 2_000) throw new Error('too many branches');
    const vertex = maximise(system, [...objective, ...new Array<number>(width - n).fill(0)]);
    if (vertex === undefined) return undefined;
    const split = vertex.findIndex((x, j) => j < n && Math.abs(x - Math.round(x)) > 1e-5);
    if (split < 0) return vertex.slice(0, n).map(Math.round);
    const below = Math.floor(vertex[split]!);
    for (const [bound, sign] of [
      [below, 1],
      [below + 1, -1],
    ] as const) {
      const grown = system.map(({ coefficients, value }) => ({ coefficients: [...coefficients, 0], value }));
      const row = new Array<number>(width + 1).fill(0);
      row[split] = 1;
      row[width] = sign;
      grown.push({ coefficients: row, value: bound });
      const found = search(grown, width + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(wide, n + 1);
}
