import { CATALOGUE, type CatalogueEntry } from '../../fairness/audit/catalogue.ts';
import { columnsText } from './report/group-table.ts';

/** The catalogue, for `--json`. */
export function metricsList(): readonly CatalogueEntry[] {
  return CATALOGUE;
}

/** The catalogue for people, family by family. */
export function metricsText(): string {
  const families = [...new Set(CATALOGUE.map(({ family }) => family))];
  const blocks = families.map((family) => {
    const entries = CATALOGUE.filter((entry) => entry.family === family);
    return columnsText([
      {
        head: family,
        cells: entries.map(({ name, isDefault }) => `${isDefault ? '*' : ' '} ${name}`),
        isNumber: false,
      },
      { head: 'about', cells: entries.map(({ scope }) => scope), isNumber: false },
      { head: 'formula', cells: entries.map(({ formula }) => formula), isNumber: false },
    ]);
  });
  return `${blocks.join('\n')}\n* computed where no --metric is given. g: the group, r: the reference, n: rows; all counts are weighted.\n`;
}
