// The closing lines of `npm test`, from vitest's JSON report. Kept apart so that a test can hand it reports.

const SKIPPED = new Set(['skipped', 'pending', 'todo', 'disabled']);

/** A file that failed before its first test ran counts as one failure: nobody knows how many tests it hides. */
function isBrokenFile({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}

function count(report) {
  const files = report.testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + files.filter(isBrokenFile).length,
    skipped: tests.filter((test) => SKIPPED.has(test.status)).map((test) => test.fullName),
  };
}

/**
 * @param {{ testResults: readonly { status: string, assertionResults: readonly { status: string, fullName: string }[] }[] } | undefined} report
 *   vitest's JSON report, or `undefined` if it wrote none.
 * @param {number} vitestExitCode What vitest ended with.
 * @returns {{ lines: string[], exitCode: number }} The lines to print, the counts last, and how to end.
 */
export function summarise(report, vitestExitCode) {
  if (report === undefined) {
    return { lines: ['vitest ended without a report', '0 passed, 1 failed, 0 skipped'], exitCode: vitestExitCode || 1 };
  }
  const { passed, failed, skipped } = count(report);
  const lines = skipped.length === 0 ? ['', 'Nothing was skipped.'] : ['', 'Skipped, with the reason in the name:'];
  lines.push(...skipped.map((name) => `  - ${name}`));
  // Vitest can fail with every test green: an unhandled rejection, a worker that died.
  const unexplained = vitestExitCode !== 0 && failed === 0 ? 1 : 0;
  if (unexplained === 1) lines.push('vitest reported an error outside of any test: see above');
  const ranNothing = passed + failed === 0;
  if (ranNothing) lines.push('no test ran');
  lines.push(`${passed} passed, ${failed + unexplained} failed, ${skipped.length} skipped`);
  return { lines, exitCode: failed + unexplained > 0 || ranNothing ? 1 : 0 };
}
