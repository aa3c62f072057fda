import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { ExportOptions } from '../options.ts';
import { withConnection } from './shared-options.ts';

/** `vericlin export`. */
export function defineExport(program: Command, invocation: Invocation): void {
  withConnection(
    program
      .command('export')
      .description(
        'Write the whole log as a static C2SP tlog-tiles folder, each tile verified as it comes. Resumes by itself.',
      )
      .requiredOption('--out <folder>', 'folder to write; an earlier export of the same log is brought up to date')
      .option('--key <vkey>', 'verifier key that the log must be signed by, as text or a file that holds it'),
  )
    .addHelpText(
      'after',
      `
The export is recorded in the log as an access event. The folder holds no content, only entries and hashes.

Examples:
  vericlin export --out log-copy --key-file auditor.key
  vericlin export --out log-copy --url https://log.example.com --key-file auditor.key --key log.vkey`,
    )
    .action(async (options: ExportOptions) => {
      const { runExport } = await import('../log/run-export.ts');
      invocation.exitCode = await runExport(options, invocation.terminal);
    });
}
