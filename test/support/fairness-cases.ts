/** Data sets for comparing with the Python libraries: random ones, and the ones where the libraries do odd things. Seeded. */
import type { AuditRows } from '../../fairness/audit-types.ts';
import type { AttributeColumn, AuditColumns } from '../../fairness/columns.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { createRandom, type Random } from '../../numerics/random.ts';

export interface FairnessCase {
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  /** `null`: no value, where the case was made with missing ones. */
  readonly groups: readonly (string | null)[];
  readonly weights: readonly number[] | null;
  /** Columns of control features; none, or one or two. */
  readonly controls: readonly (readonly string[])[];
}

export interface CaseShape {
  readonly weighted: boolean;
  readonly controls: number;
  readonly missing: boolean;
}

/** What the labels and predictions of a case are like. */
const KINDS = [
  'random',
  'perfect',
  'no positives',
  'no negatives',
  'nobody selected',
  'all selected',
  'pure group',
] as const;

const NAMES = ['A', 'B', 'C', 'D', 'Éire', 'group with spaces'];

/** @param random decides everything: the same seed, the same case */
export function fairnessCase(random: Random, shape: CaseShape): FairnessCase {
  const kind = KINDS[random.below(4) === 0 ? random.below(KINDS.length) : 0] ?? 'random';
  const rows = 1 + random.below(random.below(3) === 0 ? 5 : 40);
  const groups = column(random, rows, 1 + random.below(5));
  const [base, quality] = [random.next(), random.next()];
  const labels = groups.map((group) => labelOf(random, kind, { base, isFirst: group === 'A' }));
  return {
    labels,
    predictions: labels.map((label) => predictionOf(random, kind, { label, quality })),
    groups: shape.missing ? groups.map((group) => (random.below(8) === 0 ? null : group)) : groups,
    weights: shape.weighted ? groups.map(() => 0.25 + 4 * random.next()) : null,
    controls: Array.from({ length: shape.controls }, () => column(random, rows, 1 + random.below(3))),
  };
}

/** @returns so many cases of every mixture of weights, controls and missing values asked for */
export function fairnessCases(seed: string, each: number, shapes: readonly CaseShape[]): readonly FairnessCase[] {
  const random = createRandom(seed);
  return shapes.flatMap((shape) => Array.from({ length: each }, () => fairnessCase(random, shape)));
}

function column(random: Random, rows: number, count: number): string[] {
  return Array.from({ length: rows }, () => NAMES[random.below(count)] ?? 'A');
}

function labelOf(random: Random, kind: string, { base, isFirst }: { base: number; isFirst: boolean }): number {
  if (kind === 'no positives' || (kind === 'pure group' && isFirst)) return 0;
  if (kind === 'no negatives') return 1;
  return random.next() < base ? 1 : 0;
}

function predictionOf(random: Random, kind: string, { label, quality }: { label: number; quality: number }): number {
  if (kind === 'nobody selected') return 0;
  if (kind === 'all selected') return 1;
  return kind === 'perfect' || random.next() < quality ? label : 1 - label;
}

/** The case as an audit has it: attribute `group`, control features `control0`, … */
export function columnsOf({ labels, predictions, groups, weights, controls }: FairnessCase): AuditColumns {
  const rows: AuditRows = {
    labels,
    predictions,
    ...(weights === null ? {} : { weights }),
    attributes: { group: groups, ...Object.fromEntries(controls.map((values, i) => [`control${i}`, values])) },
  };
  return encodeRows(rows, {});
}

export function attributeOf(columns: AuditColumns, name: string): AttributeColumn {
  const found = columns.attributes.find((attribute) => attribute.name === name);
  if (found === undefined) throw new Error(`no attribute ${name}`);
  return found;
}
