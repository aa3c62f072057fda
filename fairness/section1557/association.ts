/**
 * How strongly an input goes with a protected attribute.
 *
 * @module
 */
/** Counts of levels by groups, levels and groups that do not occur left out. */
export interface Contingency {
  readonly levels: number;
  readonly groups: number;
  /** `counts[level * groups + group]` */
  readonly counts: Float64Array;
  readonly levelSums: Float64Array;
  readonly groupSums: Float64Array;
  readonly n: number;
}

/** Counts rows with a level and a group. `NO_LEVEL` and groups at or beyond `groups` are left out. */
export function contingency(
  levels: ArrayLike<number>,
  groups: ArrayLike<number>,
  shape: { readonly levels: number; readonly groups: number },
): Contingency {
  const all = new Float64Array(shape.levels * shape.groups);
  for (let i = 0; i < levels.length; i += 1) {
    const level = levels[i] ?? 0;
    const group = groups[i] ?? 0;
    if (level >= shape.levels || group >= shape.groups) continue;
    const at = level * shape.groups + group;
    all[at] = (all[at] ?? 0) + 1;
  }
  return compacted(all, shape);
}

function compacted(all: Float64Array, shape: { readonly levels: number; readonly groups: number }): Contingency {
  const levelSums = new Float64Array(shape.levels);
  const groupSums = new Float64Array(shape.groups);
  for (const [i, count] of all.entries()) {
    const [level, group] = [Math.floor(i / shape.groups), i % shape.groups];
    levelSums[level] = (levelSums[level] ?? 0) + count;
    groupSums[group] = (groupSums[group] ?? 0) + count;
  }
  const levels = [...levelSums.keys()].filter((level) => (levelSums[level] ?? 0) > 0);
  const groups = [...groupSums.keys()].filter((group) => (groupSums[group] ?? 0) > 0);
  return {
    levels: levels.length,
    groups: groups.length,
    counts: Float64Array.from(levels.flatMap((level) => groups.map((group) => all[level * shape.groups + group] ?? 0))),
    levelSums: Float64Array.from(levels, (level) => levelSums[level] ?? 0),
    groupSums: Float64Array.from(groups, (group) => groupSums[group] ?? 0),
    n: groupSums.reduce((sum, count) => sum + count, 0),
  };
}

/** Σ count² / (level sum · group sum): χ² / n + 1. */
function squares({ levels, groups, levelSums, groupSums }: Contingency, counts: Float64Array): number {
  let sum = 0;
  for (let level = 0; level < levels; level += 1) {
    let row = 0;
    for (let group = 0; group < groups; group += 1) {
      const count = counts[level * groups + group] ?? 0;
      row += (count * count) / (groupSums[group] ?? 1);
    }
    sum += row / (levelSums[level] ?? 1);
  }
  return sum;
}

/**
 * Cramér's V with Bergsma's correction of its bias ("A bias-correction for Cramér's V and Tschuprow's T", J. Korean Statistical
 * Society 42, 2013). In [0, 1]; 0 without association, whatever the size of the table.
 *
 * @returns `undefined` where there is one level or one group
 */
export function cramersV(table: Contingency): number | undefined {
  const { levels, groups, counts, n } = table;
  if (Math.min(levels, groups) < 2) return undefined;
  const phiSquared = squares(table, counts) - 1;
  const corrected = Math.max(0, phiSquared - ((levels - 1) * (groups - 1)) / (n - 1));
  const shrink = (k: number): number => k - (k - 1) ** 2 / (n - 1);
  const least = Math.min(shrink(levels), shrink(groups)) - 1;
  return least > 0 ? Math.min(1, Math.sqrt(corrected / least)) : undefined;
}

/**
 * η², the correlation ratio squared: the share of the variance of `values` that lies between groups. In [0, 1].
 *
 * @param groups - codes; rows at or beyond `count`, or with a value that is not finite, are left out
 * @returns `undefined` where there is one group, or one value
 */
export function etaSquared(values: Float64Array, groups: ArrayLike<number>, count: number): number | undefined {
  const known = knownRows(values, groups, count);
  const { all, between, occurring } = squaredDeviations(values, groups, { known, count });
  const isDefined = occurring > 1 && all > 0 && Number.isFinite(all);
  return isDefined ? Math.min(1, between / all) : undefined;
}

function knownRows(values: Float64Array, groups: ArrayLike<number>, count: number): Uint32Array {
  const rows = new Uint32Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (!isKnown(values[i], groups[i], count)) continue;
    rows[length] = i;
    length += 1;
  }
  return rows.subarray(0, length);
}

/** Around one of the values: a mean of sums loses digits where values are large and alike. */
function meanOf(values: Float64Array, rows: Uint32Array): number {
  const origin = values[rows[0] ?? 0] ?? 0;
  let total = 0;
  for (let i = 0; i < rows.length; i += 1) total += (values[rows[i] ?? 0] ?? 0) - origin;
  return origin + total / rows.length;
}

/** Sums of squared deviations from the mean: of all rows `known`, and of the means of their groups. */
function squaredDeviations(
  values: Float64Array,
  groups: ArrayLike<number>,
  { known, count }: { readonly known: Uint32Array; readonly count: number },
): { readonly all: number; readonly between: number; readonly occurring: number } {
  const mean = meanOf(values, known);
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  let all = 0;
  for (let i = 0; i < known.length; i += 1) {
    const row = known[i] ?? 0;
    const group = groups[row] ?? 0;
    const deviation = (values[row] ?? 0) - mean;
    sums[group] = (sums[group] ?? 0) + deviation;
    sizes[group] = (sizes[group] ?? 0) + 1;
    all += deviation * deviation;
  }
  const between = sums.reduce((sum, one, group) => sum + ratio(one * one, sizes[group] ?? 0), 0);
  return { all, between, occurring: sizes.filter((size) => size > 0).length };
}

function isKnown(value: number | undefined, group: number | undefined, count: number): boolean {
  return value !== undefined && Number.isFinite(value) && group !== undefined && group < count;
}

function ratio(sum: number, size: number): number {
  return size === 0 ? 0 : sum / size;
}
