/**
 * Which values of attributes are told apart in intersections. Values that are not are pooled, the same ones in every
 * intersection: what is shown of intersections is what could be counted if each pooled value said only "one of the pooled".
 *
 * Two persons of one class whose values of an attribute are both pooled can then be taken to have each other's value without a
 * change to anything shown. So a small count that is hidden may be as large as its block, the combination with every pooled
 * value replaced by the pool; and of each class, blocks hold nobody or at least the minimum.
 *
 * @module
 */
import { isSmall } from './classes.ts';

/** Values of an attribute, and which of them are pooled. Changed in place. */
export interface Pool {
  readonly attribute: string;
  readonly isPooled: boolean[];
  /** Persons with each value. */
  readonly persons: Float64Array;
}

/** An intersection: its combinations that occur, and persons by combination and class. */
export interface Crossing {
  /** Positions of its attributes among the pools. */
  readonly members: readonly number[];
  /** Values of each combination, `members.length` a combination. */
  readonly values: Uint32Array;
  readonly counts: Float64Array;
  /** Classes. */
  readonly size: number;
}

/** Beyond so many combinations no search is made: all are hidden where one is. */
const SEARCHED_COMBINATIONS = 50_000;
/** Up to so many it is tried as well to leave out attributes. */
const TRIED_COMBINATIONS = 2_000;
/** Rounds in which single values are pooled; beyond, several at a time. */
const SINGLE_ROUNDS = 64;

/** Pools values until no block is small. Ends because pooling everything leaves one block, everybody. */
export function poolUntilLarge(pools: readonly Pool[], crossings: readonly Crossing[], minimum: number): void {
  const combinations = crossings.reduce((sum, { values, members }) => sum + values.length / members.length, 0);
  if (combinations > SEARCHED_COMBINATIONS) {
    for (const pool of pools) pool.isPooled.fill(true);
    return;
  }
  const start = pools.map(({ isPooled }) => [...isPooled]);
  pool(pools, crossings, minimum);
  if (combinations <= TRIED_COMBINATIONS) leaveOut(pools, crossings, { minimum, start });
}

/** Leaving an attribute out of intersections may show more combinations of the others. Goes on while it does. */
function leaveOut(
  pools: readonly Pool[],
  crossings: readonly Crossing[],
  { minimum, start }: { readonly minimum: number; readonly start: readonly (readonly boolean[])[] },
): void {
  const out = new Set<number>();
  let best = { shown: shownCombinations(pools, crossings), pooled: pools.map(({ isPooled }) => [...isPooled]) };
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    let add = -1;
    for (const [attribute] of pools.entries()) {
      if (out.has(attribute)) continue;
      restore(pools, start);
      for (const left of [...out, attribute]) pools[left]?.isPooled.fill(true);
      pool(pools, crossings, minimum);
      const shown = shownCombinations(pools, crossings);
      if (shown <= best.shown) continue;
      best = { shown, pooled: pools.map(({ isPooled }) => [...isPooled]) };
      add = attribute;
      isBetter = true;
    }
    if (add >= 0) out.add(add);
  }
  restore(pools, best.pooled);
}

function restore(pools: readonly Pool[], pooled: readonly (readonly boolean[])[]): void {
  for (const [i, { isPooled }] of pools.entries()) {
    for (let value = 0; value < isPooled.length; value += 1) isPooled[value] = pooled[i]?.[value] ?? true;
  }
}

function shownCombinations(pools: readonly Pool[], crossings: readonly Crossing[]): number {
  let shown = 0;
  for (const crossing of crossings) {
    const all = crossing.values.length / crossing.members.length;
    for (let i = 0; i < all; i += 1) if (isShown(pools, crossing, i)) shown += 1;
  }
  return shown;
}

/** Whether every value of a combination is told apart. */
export function isShown(pools: readonly Pool[], { members, values }: Crossing, combination: number): boolean {
  return members.every((member, i) => pools[member]?.isPooled[values[combination * members.length + i] ?? 0] === false);
}

/** What pooling a value would settle, and what it would hide. */
interface Tally {
  readonly small: Float64Array;
  readonly shown: Float64Array;
}

function pool(pools: readonly Pool[], crossings: readonly Crossing[], minimum: number): void {
  for (let round = 0; ; round += 1) {
    const tallies = pools.map(({ isPooled }): Tally => {
      return { small: new Float64Array(isPooled.length), shown: new Float64Array(isPooled.length) };
    });
    let isAnySmall = false;
    for (const crossing of crossings) isAnySmall = tallyBlocks(pools, crossing, { minimum, tallies }) || isAnySmall;
    if (!isAnySmall) return;
    const candidates = ranked(pools, tallies);
    if (candidates.length === 0) return;
    const several = round < SINGLE_ROUNDS ? 1 : Math.ceil(candidates.length / 16);
    for (const { attribute, value } of candidates.slice(0, several)) {
      const pooled = pools[attribute]?.isPooled;
      if (pooled !== undefined) pooled[value] = true;
    }
  }
}

interface Candidate {
  readonly attribute: number;
  readonly value: number;
  readonly settled: number;
  readonly persons: number;
}

/** Values that may be pooled, the one first that settles most small blocks for each combination that it hides. */
function ranked(pools: readonly Pool[], tallies: readonly Tally[]): readonly Candidate[] {
  const candidates = pools.flatMap(({ isPooled, persons }, attribute) =>
    isPooled.flatMap((already, value): Candidate[] => {
      if (already) return [];
      const { small, shown } = tallies[attribute] ?? { small: [], shown: [] };
      const settled = ((small[value] ?? 0) + 1e-3) / ((shown[value] ?? 0) + 1);
      return [{ attribute, value, settled, persons: persons[value] ?? 0 }];
    }),
  );
  return candidates.sort(
    (a, b) => b.settled - a.settled || a.persons - b.persons || a.attribute - b.attribute || a.value - b.value,
  );
}

/** Counts blocks of one intersection, small and shown, by the values in them. @returns whether any is small */
function tallyBlocks(
  pools: readonly Pool[],
  crossing: Crossing,
  { minimum, tallies }: { readonly minimum: number; readonly tallies: readonly Tally[] },
): boolean {
  const { members, values, size } = crossing;
  let isAnySmall = false;
  for (const { first, counts } of blocksOf(pools, crossing)) {
    const isSmallBlock = hasSmall(counts, size, minimum);
    isAnySmall ||= isSmallBlock;
    const isWhole = isShown(pools, crossing, first);
    for (const [i, member] of members.entries()) {
      const value = values[first * members.length + i] ?? 0;
      const tally = tallies[member];
      if (tally === undefined) continue;
      if (isSmallBlock) tally.small[value] = (tally.small[value] ?? 0) + 1;
      else if (isWhole) tally.shown[value] = (tally.shown[value] ?? 0) + 1;
    }
  }
  return isAnySmall;
}

function hasSmall(counts: Float64Array, size: number, minimum: number): boolean {
  for (let i = 0; i < size; i += 1) if (isSmall(counts[i] ?? 0, minimum)) return true;
  return false;
}

interface Block {
  /** One of its combinations. */
  readonly first: number;
  readonly counts: Float64Array;
}

/** Combinations that are not told apart, added up. */
export function blocksOf(pools: readonly Pool[], { members, values, counts, size }: Crossing): Iterable<Block> {
  const blocks = new Map<number, Block>();
  for (let i = 0; i * members.length < values.length; i += 1) {
    let key = 0;
    for (const [j, member] of members.entries()) {
      const { isPooled } = pools[member] ?? { isPooled: [] };
      const value = values[i * members.length + j] ?? 0;
      key = key * (isPooled.length + 1) + (isPooled[value] === false ? value + 1 : 0);
    }
    let block = blocks.get(key);
    if (block === undefined) {
      block = { first: i, counts: new Float64Array(size) };
      blocks.set(key, block);
    }
    for (let k = 0; k < size; k += 1) block.counts[k] = (block.counts[k] ?? 0) + (counts[i * size + k] ?? 0);
  }
  return blocks.values();
}
