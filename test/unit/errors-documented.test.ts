import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../api/problems.ts';
import { ERROR_CODES } from '../../ledger/errors.ts';

const file = join(import.meta.dirname, '..', '..', 'docs', 'errors.md');

describe('docs/errors.md', () => {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  /** Rows of its tables: `| code | status | … |`. */
  const rows = text.split('\n').filter((line) => line.startsWith('|'));

  it.each(ERROR_CODES)('documents %s with its HTTP status', (code) => {
    const row = rows.find((line) => line.includes(`\`${code}\``));
    expect(row, `no row for ${code}`).toBeDefined();
    const { status } = PROBLEMS[code];
    // Codes that never leave by HTTP have a row too, without a status.
    const isNeverSent = status === 500 && code !== 'internal';
    if (!isNeverSent && code !== 'verify_unusable') expect(row).toContain(String(status));
  });

  it('documents no code that there is not', () => {
    const known: readonly string[] = ERROR_CODES;
    const documented = rows.flatMap((row) => /^\|\s*`([a-z_]+)`/.exec(row)?.[1] ?? []);
    expect(documented.filter((code) => !known.includes(code))).toEqual([]);
  });
});
