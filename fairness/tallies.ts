/**
 * The sums of many attributes and intersections from one pass over the rows: all attributes are counted together once, and
 * every table of some of them is summed up from that.
 *
 * @module
 */
import { type CellTable, codesFor, compareNames, intersect, requireDistinct, tally } from './cells.ts';
import { type AttributeColumn, type AuditColumns, CELLS, JOINT } from './columns.ts';

/** Combinations of all attributes up to which they are counted together: the sums then stay in a core's cache. */
const JOINT_LIMIT = 4_096;

/** Tables of one set of rows. */
export class Tallies {
  readonly #columns: AuditColumns;
  readonly #joint: CellTable | undefined;

  constructor(columns: AuditColumns) {
    this.#columns = columns;
    const product = columns.attributes.reduce((all, { groups }) => all * groups.length, 1);
    this.#joint = product <= JOINT_LIMIT && columns.attributes.length > 1 ? tallyTogether(columns, product) : undefined;
  }

  /** The table of one attribute, or of the intersection of several: `members` are positions in `columns.attributes`. */
  table(members: readonly number[]): CellTable {
    const { attributes } = this.#columns;
    if (this.#joint !== undefined) return margin(this.#joint, attributes, members);
    return tally(this.#columns, columnOf(attributes, members));
  }

  /** Its codes, for what needs to go through the rows. */
  column(members: readonly number[]): AttributeColumn {
    return columnOf(this.#columns.attributes, members);
  }
}

function columnOf(attributes: readonly AttributeColumn[], members: readonly number[]): AttributeColumn {
  const named = members.flatMap((member) => attributes[member] ?? []);
  const [only] = named;
  return named.length === 1 && only !== undefined ? only : intersect(named);
}

function tallyTogether(columns: AuditColumns, product: number): CellTable {
  const codes = codesFor(columns.rows);
  for (const attribute of columns.attributes) {
    const size = attribute.groups.length;
    const of = attribute.codes;
    for (let i = 0; i < codes.length; i += 1) codes[i] = (codes[i] ?? 0) * size + (of[i] ?? 0);
  }
  const groups = Array.from({ length: product }, () => '');
  return tally(columns, { name: '', groups, codes });
}

/** Which group of the members each combination of all attributes belongs to, and the groups' names. */
interface Assignment {
  readonly groups: readonly string[];
  /** −1: the combination does not occur. */
  readonly groupOf: Int32Array;
}

function margin(joint: CellTable, attributes: readonly AttributeColumn[], members: readonly number[]): CellTable {
  const { groups, groupOf } = assign(joint, attributes, members);
  const sum = (from: Float64Array): Float64Array => {
    const sums = new Float64Array(groups.length * CELLS);
    for (const [combination, group] of groupOf.entries()) {
      if (group < 0) continue;
      for (let cell = 0; cell < CELLS; cell += 1) {
        const at = group * CELLS + cell;
        sums[at] = (sums[at] ?? 0) + (from[combination * CELLS + cell] ?? 0);
      }
    }
    return sums;
  };
  const rows = sum(joint.rows);
  const isWeighted = joint.weight !== joint.rows;
  return {
    attribute: members.map((member) => attributes[member]?.name ?? '').join(JOINT),
    groups,
    rows,
    weight: isWeighted ? sum(joint.weight) : rows,
    weightSquared: isWeighted ? sum(joint.weightSquared) : rows,
    ...(joint.score === undefined ? {} : { score: sum(joint.score) }),
    ...(joint.scoreSquared === undefined ? {} : { scoreSquared: sum(joint.scoreSquared) }),
  };
}

function assign(joint: CellTable, attributes: readonly AttributeColumn[], members: readonly number[]): Assignment {
  const partOf = partsOf(attributes, members);
  const names = new Map<number, string>();
  const parts = Int32Array.from(joint.groups, (_, combination) => {
    if (!occurs(joint, combination)) return -1;
    const codes = partOf(combination);
    const part = codes.reduce((all, code, i) => all * sizeOf(attributes, members[i]) + code, 0);
    if (!names.has(part)) {
      names.set(part, codes.map((code, i) => attributes[members[i] ?? 0]?.groups[code] ?? '').join(JOINT));
    }
    return part;
  });
  requireDistinct([...names.values()]);
  const order = [...names].sort(([, a], [, b]) => compareNames(a, b));
  const position = new Map(order.map(([part], i) => [part, i]));
  return { groups: order.map(([, name]) => name), groupOf: parts.map((part) => position.get(part) ?? -1) };
}

function sizeOf(attributes: readonly AttributeColumn[], member: number | undefined): number {
  return attributes[member ?? 0]?.groups.length ?? 1;
}

function occurs({ rows }: CellTable, combination: number): boolean {
  for (let cell = 0; cell < CELLS; cell += 1) if ((rows[combination * CELLS + cell] ?? 0) > 0) return true;
  return false;
}

/** The members' own codes in a combination of all attributes. */
function partsOf(
  attributes: readonly AttributeColumn[],
  members: readonly number[],
): (combination: number) => readonly number[] {
  // How many combinations of the attributes after it share one code of a member.
  const strides = members.map((member) =>
    attributes.slice(member + 1).reduce((all, { groups }) => all * groups.length, 1),
  );
  return (combination) =>
    members.map((member, i) => Math.floor(combination / (strides[i] ?? 1)) % sizeOf(attributes, member));
}
