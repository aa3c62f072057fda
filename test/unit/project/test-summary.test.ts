/** The closing lines of `npm test` are read by people and by machines: they must not make a bad run look good. */
import { describe, expect, test } from 'vitest';
import { summarise } from '../../../scripts/test-summary.mjs';

function file(...statuses: readonly string[]) {
  const assertionResults = statuses.map((status, at) => ({ status, fullName: `case ${at} (needs Java)` }));
  return { status: statuses.includes('failed') ? 'failed' : 'passed', assertionResults };
}

const lastLine = (lines: readonly string[]): string | undefined => lines.at(-1);

describe('closing lines of npm test', () => {
  test('counts are the last line, and skipped tests are named', () => {
    const { lines, exitCode } = summarise({ testResults: [file('passed', 'skipped'), file('passed', 'todo')] }, 0);
    expect(lastLine(lines)).toBe('2 passed, 0 failed, 2 skipped');
    expect(lines.filter((line) => line.includes('case 1 (needs Java)'))).toHaveLength(2);
    expect(exitCode).toBe(0);
  });

  test('a failed test fails the run', () => {
    const { lines, exitCode } = summarise({ testResults: [file('passed', 'failed')] }, 1);
    expect(lastLine(lines)).toBe('1 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });

  test('a file that does not load is a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const { lines, exitCode } = summarise({ testResults: [file('passed'), broken] }, 1);
    expect(lastLine(lines)).toBe('1 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });

  test('an error outside of any test is a failure', () => {
    const { lines, exitCode } = summarise({ testResults: [file('passed')] }, 1);
    expect(lastLine(lines)).toBe('1 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });

  test('a run without a passed or failed test fails', () => {
    expect(summarise({ testResults: [] }, 0).exitCode).toBe(1);
    expect(summarise({ testResults: [file('skipped')] }, 0).exitCode).toBe(1);
    const { lines, exitCode } = summarise(undefined, 0);
    expect(lastLine(lines)).toBe('0 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });
});
