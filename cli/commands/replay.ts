import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { ReplayOptions } from '../options.ts';
import { withRows } from './row-options.ts';
import { collect, withConnection } from './shared-options.ts';

/** `vericlin replay`. */
export function defineReplay(program: Command, invocation: Invocation): void {
  withConnection(
    withRows(
      program
        .command('replay')
        .description('Compute a recorded result again from the same input, and compare it byte for byte.')
        .argument('<bundle>', 'bundle with its opening, of an audit (bias_metric)')
        .option('--input <file>', 'the rows: CSV or NDJSON with the columns named as for `fairness`, or JSON columns')
        .option(
          '--key <vkey>',
          'verifier key that you trust, as text or a file that holds it; may be repeated',
          collect,
          [],
        ),
    ),
  )
    .addHelpText(
      'after',
      `
The bundle is checked as \`verify\` does it, then the result is computed again with the recorded options. The rows of an
audit over a window of the log are read from the service (--url, --key-file) instead of a file.

Exit codes: 0 the same bytes; 1 they differ, and the first difference is named; 2 unusable input.

Examples:
  vericlin replay audit.json --input data.csv --label y --prediction yhat --attribute sex --key log.vkey
  vericlin replay audit.json --input rows.json --key log.vkey
  vericlin replay window-audit.json --url https://log.example.com --key-file governance.key --key log.vkey`,
    )
    .action(async (bundle: string, options: ReplayOptions) => {
      const { runReplay } = await import('../replay/run-replay.ts');
      invocation.exitCode = await runReplay(bundle, options, invocation.terminal);
    });
}
