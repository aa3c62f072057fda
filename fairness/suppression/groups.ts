/**
 * How much is shown of the groups of one attribute. A group that is not shown could be had by subtraction from what
 * everybody adds up to; so it is pooled with others until the pool tells nothing of any small number of persons in it.
 *
 * @module
 */
import { type ClassCounts, countsAt, isSmall, LABELLED, type Level, NOTHING, ownLevels, SIZE } from './classes.ts';

/** Counts of a group at the finest level that anything is shown at. */
interface Counts {
  readonly counts: Float64Array;
  readonly size: number;
  readonly minimum: number;
}

/**
 * Levels by group. For each level, the groups below it are a pool; of each class that is small in a group whose first hidden
 * level it is, the pool holds at least `minimum` persons. Persons of the pool could then be exchanged among its groups, without
 * a change to anything shown, until that group has `minimum` of them: nobody can tell that it is small.
 *
 * @param highest - level at which everybody together is shown
 */
export function levelsOf(classes: ClassCounts, { minimum, highest }: { minimum: number; highest: Level }): Level[] {
  const levels = ownLevels(classes, minimum).map((level) => Math.min(level, highest) as Level);
  if (highest === NOTHING) return levels;
  const counts = { ...countsAt(classes, highest), minimum };
  for (let level: number = SIZE; level <= highest; level += 1) fillPool(levels, level as Level, counts);
  // Sums of weights would tell exchanged persons apart: then it is all or nothing.
  return classes.isWeighted ? levels.map((level) => (level < highest ? NOTHING : level)) : levels;
}

function fillPool(levels: Level[], level: Level, counts: Counts): void {
  for (;;) {
    const missing = missingPersons(levels, level, counts);
    if (missing.every((persons) => persons === 0)) return;
    const next = partner(levels, { level, counts, missing });
    // All groups together are large in every class that is shown, so that there is always one left to add.
    if (next === undefined) return;
    levels[next] = (level - 1) as Level;
  }
}

/** By class, how many persons the pool of this level lacks. */
function missingPersons(levels: readonly Level[], level: Level, { counts, size, minimum }: Counts): Float64Array {
  const pool = new Float64Array(size);
  const isNeeded = new Uint8Array(size);
  for (const [group, own] of levels.entries()) {
    if (own >= level) continue;
    for (let i = 0; i < size; i += 1) {
      const persons = counts[group * size + i] ?? 0;
      pool[i] = (pool[i] ?? 0) + persons;
      if (own === level - 1 && isSmall(persons, minimum)) isNeeded[i] = 1;
    }
  }
  return pool.map((persons, i) => (isNeeded[i] === 1 ? Math.max(0, minimum - persons) : 0));
}

interface Search {
  readonly level: Level;
  readonly counts: Counts;
  readonly missing: Float64Array;
}

interface Candidate {
  readonly group: number;
  /** How many of the missing persons it has. */
  readonly filled: number;
  readonly persons: number;
}

/** The smallest group that fills the pool, or else the one that fills most of it. */
function partner(levels: readonly Level[], { level, counts, missing }: Search): number | undefined {
  let found: Candidate | undefined;
  for (const [group, own] of levels.entries()) {
    if (own < level) continue;
    const candidate = candidateOf(group, counts, missing);
    if (found === undefined || isBetter(candidate, found)) found = candidate;
  }
  return found?.group;
}

function candidateOf(group: number, { counts, size }: Counts, missing: Float64Array): Candidate {
  let filled = 0;
  let persons = 0;
  for (let i = 0; i < size; i += 1) {
    const here = counts[group * size + i] ?? 0;
    persons += here;
    filled += Math.min(here, missing[i] ?? 0);
  }
  return { group, filled, persons };
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.filled > b.filled || (a.filled === b.filled && a.persons < b.persons);
}

/** Level at which everybody together is shown. */
export function highestLevel(everybody: ClassCounts, minimum: number): Level {
  return ownLevels(everybody, minimum)[0] ?? LABELLED;
}
