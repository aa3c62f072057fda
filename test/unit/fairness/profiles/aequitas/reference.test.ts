/** The crosstab of the Aequitas profile against a second way to it: from the rows, one at a time, by its definition. */
import { expect, test } from 'vitest';
import { tally } from '../../../../../fairness/cells.ts';
import {
  CROSSTAB_METRICS,
  type CrosstabMetric,
  crosstab,
  valueOf,
} from '../../../../../fairness/profiles/aequitas/crosstab.ts';
import { agrees } from '../../../../harness/python-libraries.ts';
import { attributeOf, columnsOf, fairnessCases } from '../../../../support/fairness-cases.ts';

interface Row {
  readonly label: number;
  readonly prediction: number;
}

/** Share of the rows for which `then` holds, among those for which `given` does. */
function share(rows: readonly Row[], given: (row: Row) => boolean, then: (row: Row) => boolean): number {
  const among = rows.filter(given);
  return among.filter(then).length / among.length;
}

const isPositive = ({ label }: Row): boolean => label === 1;
const isNegative = ({ label }: Row): boolean => label === 0;
const isSelected = ({ prediction }: Row): boolean => prediction === 1;
const isRejected = ({ prediction }: Row): boolean => prediction === 0;
const isAnyone = (): boolean => true;
const count = (rows: readonly Row[], ...conditions: readonly ((row: Row) => boolean)[]): number =>
  rows.filter((row) => conditions.every((holds) => holds(row))).length;

const DEFINITIONS: Readonly<Record<CrosstabMetric, (group: readonly Row[], all: readonly Row[]) => number>> = {
  k: (_, all) => count(all, isSelected),
  accuracy: (group) => share(group, isAnyone, ({ label, prediction }) => label === prediction),
  tpr: (group) => share(group, isPositive, isSelected),
  tnr: (group) => share(group, isNegative, isRejected),
  for: (group) => share(group, isRejected, isPositive),
  fdr: (group) => share(group, isSelected, isNegative),
  fpr: (group) => share(group, isNegative, isSelected),
  fnr: (group) => share(group, isPositive, isRejected),
  npv: (group) => share(group, isRejected, isNegative),
  precision: (group) => share(group, isSelected, isPositive),
  pp: (group) => count(group, isSelected),
  pn: (group) => count(group, isRejected),
  ppr: (group, all) => count(group, isSelected) / count(all, isSelected),
  pprev: (group) => share(group, isAnyone, isSelected),
  fp: (group) => count(group, isNegative, isSelected),
  fn: (group) => count(group, isPositive, isRejected),
  tn: (group) => count(group, isNegative, isRejected),
  tp: (group) => count(group, isPositive, isSelected),
  group_label_pos: (group) => count(group, isPositive),
  group_label_neg: (group) => count(group, isNegative),
  group_size: (group) => group.length,
  total_entities: (_, all) => all.length,
  prev: (group) => share(group, isAnyone, isPositive),
};

const CASES = fairnessCases('aequitas reference', 150, [
  { weighted: false, controls: 0, missing: true },
  { weighted: true, controls: 0, missing: false },
]);

test.each(CROSSTAB_METRICS)('%s, weights or not, groups without a value left out', (metric) => {
  for (const one of CASES) {
    const columns = columnsOf(one);
    const rows = one.labels.map((label, i) => ({ label, prediction: one.predictions[i]!, group: one.groups[i] }));
    const table = crosstab(tally(columns, attributeOf(columns, 'group')));
    expect(table.map(({ group }) => group)).toEqual([...new Set(one.groups.filter((group) => group !== null))].sort());
    for (const { group, cells } of table) {
      const expected = DEFINITIONS[metric](
        rows.filter((row) => row.group === group),
        rows,
      );
      expect(agrees(valueOf(cells[metric]), expected), `${group}: ${valueOf(cells[metric])} and ${expected}`).toBe(
        true,
      );
    }
  }
});
