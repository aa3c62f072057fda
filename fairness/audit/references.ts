/**
 * Which attributes and intersections are measured, and against which group.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { CellTable } from '../cells.ts';
import { type AttributeColumn, JOINT } from '../columns.ts';
import { rowsOf } from './measured.ts';
import type { ResolvedOptions } from './options.ts';

/** Attributes and intersections of one audit. */
const MAX_ATTRIBUTES_MEASURED = 200;

function combinations<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => combinations(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}

function countOf(attributes: number, depth: number): number {
  let count = 0;
  let ways = 1;
  for (let size = 1; size <= Math.min(depth, attributes); size += 1) {
    ways = (ways * (attributes - size + 1)) / size;
    count += ways;
  }
  return count;
}

/**
 * The attributes, then their intersections by depth, each as positions in the list of attributes.
 *
 * @throws LedgerError `audit_too_large`
 */
export function* measuredMembers(attributes: number, depth: number): Generator<readonly number[]> {
  if (countOf(attributes, depth) > MAX_ATTRIBUTES_MEASURED) {
    throw new LedgerError(
      'audit_too_large',
      `An audit measures at most ${MAX_ATTRIBUTES_MEASURED} attributes and intersections. Name fewer attributes, or a smaller depth.`,
      { pointer: '/intersections' },
    );
  }
  const positions = Array.from({ length: attributes }, (_, i) => i);
  for (let size = 1; size <= Math.min(depth, attributes); size += 1) yield* combinations(positions, size);
}

/**
 * Position of the reference group: the one that was named, otherwise the largest, the first by name of several.
 *
 * @throws LedgerError `unknown_group` where a named group does not occur
 */
export function referenceOf(table: CellTable, options: ResolvedOptions): number {
  return namedReference(table, options) ?? largest(table);
}

/**
 * Position of the group that was named as the reference; of an intersection the one whose parts were all named, where anybody is
 * in it.
 *
 * @throws LedgerError `unknown_group` where a named group does not occur
 */
export function namedReference(table: CellTable, { reference }: ResolvedOptions): number | undefined {
  const { attribute, groups } = table;
  if (Object.hasOwn(reference, attribute)) {
    const named = groups.indexOf(reference[attribute] ?? '');
    if (named >= 0) return named;
    throw new LedgerError('unknown_group', 'The reference group does not occur in the rows. Compare the spelling.', {
      pointer: `/reference/${attribute}`,
    });
  }
  const parts = attribute.split(JOINT);
  if (parts.length > 1 && parts.every((part) => Object.hasOwn(reference, part))) {
    const joint = groups.indexOf(parts.map((part) => reference[part]).join(JOINT));
    if (joint >= 0) return joint;
  }
  return undefined;
}

function largest(table: CellTable): number {
  let found = 0;
  for (const [i] of table.groups.entries()) if (rowsOf(table, i) > rowsOf(table, found)) found = i;
  return found;
}

/** @throws LedgerError `unknown_group` where an option names an attribute that is not there */
export function requireAttributes(
  attributes: readonly AttributeColumn[],
  { reference, control, bins }: ResolvedOptions,
): void {
  const names = new Set(attributes.map(({ name }) => name));
  for (const attribute of Object.keys(reference)) {
    if (names.has(attribute) || attribute.split(JOINT).every((part) => names.has(part))) continue;
    throw new LedgerError('unknown_group', 'A reference is named for an attribute that is not there.', {
      pointer: '/reference',
    });
  }
  if (!Object.keys(bins).every((name) => names.has(name))) {
    throw new LedgerError('unknown_group', 'Bins are given for an attribute that is not there.', { pointer: '/bins' });
  }
  if (control.every((name) => names.has(name))) return;
  throw new LedgerError('unknown_group', 'Control features have to be attributes of the audit.', {
    pointer: '/control',
  });
}
