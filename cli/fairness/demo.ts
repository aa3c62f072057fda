import { audit } from '../../fairness/audit/audit.ts';
import type { AuditRows, Cell } from '../../fairness/audit-types.ts';
import { encodeRows } from '../../fairness/encode.ts';
import { type Answer, type ThreeAnswers, threeAnswers } from '../../fairness/three-answers.ts';
import type { Figure } from '../../fairness/types.ts';
import { intervalText, numberText } from './report/figure-text.ts';
import { columnsText, type TextStyle } from './report/group-table.ts';
import { reasonText } from './report/reason-words.ts';
import { wrap } from './report/wrap.ts';

/** Demonstrations by name. */
export const DEMOS: readonly string[] = ['three-answers'];

/** Everything that `demoText` shows, as figures. */
export function demoResult(): ThreeAnswers & { readonly measurable: readonly Figure[] } {
  const result = threeAnswers();
  return { ...result, measurable: measurable(result) };
}

/** What the rows do say about the two rates that equalized odds is made of. */
function measurable({ rows, options }: ThreeAnswers): readonly Figure[] {
  const asked = { ...options, metrics: ['true_positive_rate', 'false_positive_rate_difference'] };
  const { metrics } = audit(encodeRows(rows, asked), asked);
  return metrics.filter(({ attribute }) => attribute !== null);
}

const WHY =
  'Equalized odds compares two rates, and one of them is 0 of 0 people here: nobody in A has the favourable label, so nothing ' +
  'can be said about how often A would get it. AIF360 takes the larger of two differences and passes over the one that is not ' +
  'a number, which leaves 0.0. Fairlearn counts 0 of 0 as a rate of 0, as far from the 1.0 of B as can be. Aequitas answers NaN. ' +
  'Two of these answers mislead whoever reads them, the third explains nothing. Strictly the figure is undefined; the ' +
  'reason and its side are part of the answer, and so is how little eight people show about the rate that is left.';

/** The three answers on one screen. */
export function demoText(style: TextStyle): string {
  const { rows, words, answers, strict, measurable: figures } = demoResult();
  const title = 'The same rows, three answers';
  return [
    `${title}\n${(style.isUnicode ? '─' : '-').repeat(title.length)}\n`,
    `${words}\n`,
    rowsText(rows),
    answersText([...answers, strict]),
    figuresText(figures),
    wrap(WHY, style.width)
      .map((line) => `${line}\n`)
      .join(''),
  ].join('\n');
}

/** Rows that are the same, counted. */
function rowsText({ labels = [], predictions = [], attributes }: AuditRows): string {
  const groups = attributes['group'] ?? [];
  const kinds = groups.map((group, i) => [group, labels[i] ?? null, predictions[i] ?? null].map(cellText).join('\n'));
  const distinct = [...new Set(kinds)];
  const column = (at: number): readonly string[] => distinct.map((kind) => kind.split('\n')[at] ?? '');
  return columnsText([
    { head: 'group', cells: column(0), isNumber: false },
    { head: 'label', cells: column(1), isNumber: false },
    { head: 'prediction', cells: column(2), isNumber: false },
    { head: 'rows', cells: distinct.map((kind) => String(kinds.filter((one) => one === kind).length)), isNumber: true },
  ]);
}

function cellText(cell: Cell): string {
  return cell === null ? '' : String(cell);
}

function answersText(answers: readonly Answer[]): string {
  return columnsText([
    { head: 'profile', cells: answers.map(({ profile }) => profile), isNumber: false },
    { head: 'equalized odds, A against B', cells: answers.map(({ figure }) => answerText(figure)), isNumber: false },
    { head: 'reads as', cells: answers.map(({ reading }) => reading), isNumber: false },
  ]);
}

/** As the library prints it; of the strict one the reason. */
function answerText(figure: Figure): string {
  if (figure.value !== null) return figure.value.toFixed(1);
  return figure.libraryValue ?? figure.status;
}

function figuresText(figures: readonly Figure[]): string {
  const level = figures.find(({ ci }) => ci !== null)?.ci?.level ?? 0.95;
  return columnsText([
    { head: 'strict, what can be measured', cells: figures.map(({ name }) => name), isNumber: false },
    { head: 'group', cells: figures.map(groupText), isNumber: false },
    { head: 'value', cells: figures.map(({ value }) => (value === null ? '' : numberText(value))), isNumber: false },
    {
      head: `${level * 100} % interval, or why there is none`,
      cells: figures.map((figure) => (figure.value === null ? reasonText(figure) : intervalText(figure.ci))),
      isNumber: false,
    },
  ]);
}

function groupText({ group, reference }: Figure): string {
  return reference === null ? (group ?? '') : `${group ?? ''} against ${reference}`;
}
