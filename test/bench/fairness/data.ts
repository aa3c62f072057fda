/** Rows to measure: a million people, drawn with a fixed seed. @module */
import { type AuditColumns, cellIndex, type AttributeColumn } from '../../../fairness/columns.ts';
import { createRandom, type Random } from '../../../numerics/random.ts';

/** Sizes of the attributes; the first two are those of the row of two attributes. */
const ATTRIBUTES: readonly (readonly [name: string, groups: number])[] = [
  ['sex', 2],
  ['race', 5],
  ['age', 10],
  ['payer', 3],
  ['site', 4],
  ['shift', 3],
];

function attribute(random: Random, name: string, groups: number, rows: number): AttributeColumn {
  const codes = new Uint16Array(rows);
  for (let i = 0; i < rows; i += 1) codes[i] = random.below(groups);
  return { name, groups: Array.from({ length: groups }, (_, i) => `${name}${String.fromCharCode(97 + i)}`), codes };
}

/** Scores that lean on the first attribute, labels drawn by them, predictions from 0.5 up. */
export function benchColumns(rows: number, attributes: number, options: { readonly scores: boolean }): AuditColumns {
  const random = createRandom(`bench ${rows} ${attributes}`);
  const named = ATTRIBUTES.slice(0, attributes).map(([name, groups]) => attribute(random, name, groups, rows));
  const cells = new Uint8Array(rows);
  const scores = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) {
    const lean = named[0]?.codes[i] === 0 ? 0.45 : 0.55;
    const score = Math.min(1, Math.max(0, lean + (random.next() - 0.5) * 0.9));
    scores[i] = score;
    cells[i] = cellIndex(random.next() < score ? 1 : 0, score >= 0.5 ? 1 : 0);
  }
  return { rows, cells, ...(options.scores ? { scores } : {}), attributes: named };
}

/** The same rows as CSV text, line by line. */
export function* csvLines({ rows, cells, scores, attributes }: AuditColumns): Generator<string> {
  yield `y,yhat,score,${attributes.map(({ name }) => name).join(',')}\n`;
  for (let i = 0; i < rows; i += 1) {
    const cell = cells[i] ?? 0;
    const groups = attributes.map(({ groups: names, codes }) => names[codes[i] ?? 0] ?? '');
    yield `${Math.floor(cell / 3)},${cell % 3},${(scores?.[i] ?? 0).toFixed(6)},${groups.join(',')}\n`;
  }
}
