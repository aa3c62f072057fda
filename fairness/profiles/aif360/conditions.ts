/**
 * AIF360's way of naming groups: conditions over the protected attributes.
 *
 * @module
 */
import { LedgerError } from '../../../ledger/errors.ts';
import { type CellTable, intersect, tally } from '../../cells.ts';
import type { AttributeColumn, AuditColumns } from '../../columns.ts';

/** A list of clauses: a row is meant if any clause holds (OR), and a clause holds if all its attributes have its values (AND). */
export type Condition = readonly Readonly<Record<string, string>>[];

/** The combinations of all protected attributes that occur, each with its sums: what AIF360 calls intersecting groups. */
export interface Strata {
  readonly attributes: readonly string[];
  /** By stratum, then by attribute. */
  readonly values: readonly (readonly string[])[];
  /** `table.groups[i]` is stratum i. */
  readonly table: CellTable;
}

/** Strata of one attribute: its groups. Reads no rows. */
export function strataOfTable(table: CellTable): Strata {
  return { attributes: [table.attribute], values: table.groups.map((group) => [group]), table };
}

/** Strata of the columns' attributes, or of some of them. Θ(rows · attributes). */
export function strataOf(columns: AuditColumns, attributes: readonly AttributeColumn[] = columns.attributes): Strata {
  const joint = attributes.length === 1 ? (attributes[0] as AttributeColumn) : intersect(attributes);
  const first = new Int32Array(joint.groups.length).fill(-1);
  for (let row = columns.rows - 1; row >= 0; row -= 1) first[joint.codes[row] ?? 0] = row;
  const values = joint.groups.map((_, stratum) => {
    const row = first[stratum] ?? -1;
    return attributes.map(({ groups, codes }) => (row < 0 ? '' : (groups[codes[row] ?? 0] ?? '')));
  });
  return { attributes: attributes.map(({ name }) => name), values, table: tally(columns, joint) };
}

/**
 * Positions of the strata that a condition means. An empty condition means nobody; `null` everybody.
 *
 * @throws LedgerError `unknown_group` for an attribute that is none of the strata's
 */
export function selectStrata({ attributes, values }: Strata, condition: Condition | null): readonly number[] {
  const clauses = condition?.map((clause) =>
    Object.entries(clause).map(([name, value]) => ({ at: positionOf(attributes, name), value })),
  );
  return [...values.keys()].filter(
    (stratum) => clauses?.some((clause) => clause.every(({ at, value }) => values[stratum]?.[at] === value)) ?? true,
  );
}

function positionOf(attributes: readonly string[], name: string): number {
  const at = attributes.indexOf(name);
  if (at >= 0) return at;
  throw new LedgerError('unknown_group', 'A condition names an attribute that is not a protected one here.');
}

/**
 * The two groups of a comparison.
 *
 * @throws LedgerError `unknown_group`; `invalid_value` where a row is in both
 */
export function selectBoth(
  strata: Strata,
  unprivileged: Condition,
  privileged: Condition,
): { readonly unprivileged: readonly number[]; readonly privileged: readonly number[] } {
  const low = selectStrata(strata, unprivileged);
  const high = selectStrata(strata, privileged);
  if (low.some((stratum) => high.includes(stratum))) {
    throw new LedgerError('invalid_value', 'The privileged and the unprivileged groups must be disjoint.');
  }
  return { unprivileged: low, privileged: high };
}
