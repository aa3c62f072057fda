/**
 * docs/fairness.md says of metrics, reasons, options and codes what the code has. `UPDATE_DOCS=1 npx vitest run
 * test/unit/project/fairness-docs.test.ts` writes the tables.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../fairness/audit/catalogue.ts';
import { boundOf } from '../../../fairness/audit/findings.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import { MISSING } from '../../../fairness/columns.ts';
import { MINIMUM_CELL } from '../../../fairness/suppress.ts';
import { PROFILES, REASONS } from '../../../fairness/types.ts';
import { buildProgram } from '../../../cli/program.ts';
import { REASON_WORDS } from '../../../fairness/reasons.ts';
import { projectRoot } from '../../support/project.ts';

const file = join(projectRoot, 'docs', 'fairness.md');
const text = readFileSync(file, 'utf8');

const cell = (value: string): string => value.replaceAll('|', '\\|');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const METRICS = [
  '| Metric | About | Formula | Default |',
  '|---|---|---|---|',
  ...CATALOGUE.map(({ name, scope, formula, isDefault }) => row(`\`${name}\``, scope, formula, isDefault ? 'yes' : '')),
].join('\n');
const REASON_ROWS = [
  '| Reason | Why there is no value |',
  '|---|---|',
  ...REASONS.map((reason) => row(`\`${reason}\``, REASON_WORDS[reason])),
].join('\n');

function withTable(document: string, name: string, table: string): string {
  const pattern = new RegExp(`(<!-- table: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!pattern.test(document)) throw new Error(`there is no place for the table ${name}`);
  return document.replace(pattern, (_, start: string, end: string) => `${start}\n${table}\n\n${end}`);
}

describe('docs/fairness.md', () => {
  test('has the tables of metrics and reasons as the code has them', () => {
    const after = withTable(withTable(text, 'metrics', METRICS), 'reasons', REASON_ROWS);
    if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(file, after);
    else expect(text).toBe(after);
  });

  test('describes every family of the catalogue', () => {
    for (const family of new Set(CATALOGUE.map((entry) => entry.family))) expect(text).toContain(`**${family}**`);
  });

  test('has every profile, each once', () => {
    for (const profile of PROFILES) expect(text.split(`\n| \`${profile}\` |`)).toHaveLength(2);
  });

  test('names options that there are', () => {
    const terminal = { out: () => undefined, err: () => undefined, progressStream: undefined, env: {} };
    const program = buildProgram({ terminal, exitCode: 0 });
    const commands = program.commands.flatMap((command) => [command, ...command.commands]);
    const known = new Set(commands.flatMap((command) => command.options.map((option) => option.long)));
    const named = [...text.matchAll(/(--[a-z][a-z-]+)/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((option) => !known.has(option))).toEqual([]);
  });

  test('says the defaults that there are', () => {
    const { favorable, minimumCell, adjustment, rateInterval, ratioInterval } = resolveOptions({});
    expect({ favorable, minimumCell, adjustment, rateInterval, ratioInterval, MISSING, MINIMUM_CELL }).toEqual({
      favorable: ['1'],
      minimumCell: 30,
      adjustment: 'holm',
      rateInterval: 'wilson',
      ratioInterval: 'koopman',
      MISSING: '(missing)',
      MINIMUM_CELL: 11,
    });
    const options = resolveOptions({});
    expect(boundOf({ name: 'disparate_impact' }, 'ratio', options)).toBe(0.8);
    expect(boundOf({ name: 'average_odds_difference' }, 'difference', options)).toBe(0.1);
  });
});
