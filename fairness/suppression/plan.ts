/**
 * What of an audit's counts is shown: of everybody, of each group, of each combination.
 *
 * @module
 */
import type { CellTable } from '../cells.ts';
import { JOINT } from '../columns.ts';
import { type ClassCounts, classCounts, countsAt, everybody, type Level, NOTHING } from './classes.ts';
import { highestLevel, levelsOf } from './groups.ts';
import { type Crossing, isShown, type Pool, poolUntilLarge } from './intersections.ts';

/** Levels of what an audit counts. */
export interface Plan {
  /** Of everybody together. */
  readonly everybody: Level;
  /** By attribute, then by group. An attribute that is not in here shows nothing. */
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, Level>>;
  /** Whether anything at all is hidden. */
  readonly isComplete: boolean;
  /** Tables for each attribute: thresholds. */
  readonly thresholds: number;
}

/**
 * Decides what is shown.
 *
 * @param tables - of every attribute and intersection of the audit; of each one for every threshold
 */
export function planOf(tables: readonly CellTable[], minimum: number): Plan {
  const byAttribute = grouped(tables);
  const singles = [...byAttribute.keys()].filter((name) => partsOf(name, byAttribute).length <= 1);
  const classes = singles.flatMap((name) => classCounts(byAttribute.get(name) ?? []) ?? []);
  const [first] = classes;
  const highest =
    first === undefined || classes.length < singles.length ? NOTHING : highestLevel(everybody(first), minimum);
  const levels = classes.map((single) => levelsOf(single, { minimum, highest }));
  const attributes = new Map<string, ReadonlyMap<string, Level>>(
    classes.map(({ attribute, groups }, i) => [
      attribute,
      new Map(groups.map((group, j) => [group, levels[i]?.[j] ?? NOTHING])),
    ]),
  );
  for (const [name, shown] of crossed({ byAttribute, classes, levels }, { minimum, highest }))
    attributes.set(name, shown);
  return {
    everybody: highest,
    attributes,
    isComplete:
      highest === MOST && [...attributes.values()].every((groups) => [...groups.values()].every((own) => own === MOST)),
    thresholds: Math.max(1, ...[...byAttribute.values()].map(({ length }) => length)),
  };
}

const MOST: Level = 3;

function grouped(tables: readonly CellTable[]): ReadonlyMap<string, readonly CellTable[]> {
  const found = new Map<string, CellTable[]>();
  for (const table of tables) {
    const same = found.get(table.attribute);
    if (same === undefined) found.set(table.attribute, [table]);
    else same.push(table);
  }
  return found;
}

/** Attributes that an intersection is made of; the name itself of an attribute. */
function partsOf(name: string, known: ReadonlyMap<string, unknown>): readonly string[] {
  const parts = name.split(JOINT);
  return parts.length > 1 && parts.every((part) => known.has(part)) ? parts : [name];
}

interface Singles {
  readonly byAttribute: ReadonlyMap<string, readonly CellTable[]>;
  readonly classes: readonly ClassCounts[];
  readonly levels: readonly (readonly Level[])[];
}

/** Levels of the combinations of every intersection. */
function crossed(
  { byAttribute, classes, levels }: Singles,
  { minimum, highest }: { readonly minimum: number; readonly highest: Level },
): readonly (readonly [string, ReadonlyMap<string, Level>])[] {
  const names = [...byAttribute.keys()].filter((name) => partsOf(name, byAttribute).length > 1);
  if (names.length === 0) return [];
  const pools = classes.map((single, i) => poolOf(single, levels[i] ?? [], highest));
  const crossings = names.map((name) =>
    crossingOf(classCounts(byAttribute.get(name) ?? []), { name, classes, highest }),
  );
  const known = crossings.filter((crossing) => crossing !== undefined);
  // A combination whose values cannot be told from its name: nothing of any intersection is shown.
  if (highest === NOTHING || known.length < names.length) for (const pool of pools) pool.isPooled.fill(true);
  else poolUntilLarge(pools, known, minimum);
  return names.map((name, i) => {
    const groups = byAttribute.get(name)?.[0]?.groups ?? [];
    const crossing = crossings[i];
    const levelOf = (group: number): Level =>
      crossing !== undefined && isShown(pools, crossing, group) ? highest : NOTHING;
    return [name, new Map(groups.map((group, j) => [group, levelOf(j)]))];
  });
}

/** A group of which anything is hidden takes no part in intersections. */
function poolOf(classes: ClassCounts, levels: readonly Level[], highest: Level): Pool {
  const persons = countsAt(classes, 1).counts;
  return { attribute: classes.attribute, isPooled: levels.map((level) => level < highest), persons };
}

/** @returns `undefined` where values cannot be told from the names of the combinations */
function crossingOf(
  joint: ClassCounts | undefined,
  {
    name,
    classes,
    highest,
  }: { readonly name: string; readonly classes: readonly ClassCounts[]; readonly highest: Level },
): Crossing | undefined {
  const parts = name.split(JOINT);
  const members = parts.map((part) => classes.findIndex(({ attribute }) => attribute === part));
  if (joint === undefined || members.includes(-1)) return undefined;
  const positions = members.map((member) => new Map(classes[member]?.groups.map((group, i) => [group, i])));
  const values = new Uint32Array(joint.groups.length * members.length);
  for (const [i, group] of joint.groups.entries()) {
    const texts = group.split(JOINT);
    if (texts.length !== members.length) return undefined;
    for (const [j, text] of texts.entries()) {
      const value = positions[j]?.get(text);
      if (value === undefined) return undefined;
      values[i * members.length + j] = value;
    }
  }
  return { members, values, ...countsAt(joint, highest) };
}
