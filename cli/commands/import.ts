import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { ImportOptions } from '../options.ts';
import { withConnection } from './shared-options.ts';

/** `vericlin import`. */
export function defineImport(program: Command, invocation: Invocation): void {
  withConnection(
    program
      .command('import')
      .description(
        'Post the events of an NDJSON or CSV file. Running it again changes nothing; what was interrupted goes on.',
      )
      .argument('<file>', 'NDJSON of event envelopes, or CSV (needs --map)')
      .option('--map <file>', 'mapping of CSV columns to events, YAML or JSON (docs/import.md)')
      .option('--rejects <file>', 'where rejected rows are named (default: <file>.rejects.ndjson)')
      .option('--state <file>', 'where progress is kept until the end (default: <file>.import-state.json)')
      .option('--no-resume', 'start at the first row, whatever the state file says')
      .option('--dry-run', 'read, map and validate everything, send nothing')
      .option('--show <n>', 'with --dry-run: print the events of the first n rows'),
  )
    .addHelpText(
      'after',
      `
Exit codes: 0 everything is in; 1 some rows were rejected, or the service could not be reached; 2 unusable input.

Examples:
  vericlin import events.ndjson --key-file integrator.key
  vericlin import encounters.csv --map mapping.yaml --dry-run --show 2
  vericlin import encounters.csv --map mapping.yaml --url https://log.example.com --key-file integrator.key`,
    )
    .action(async (file: string, options: ImportOptions) => {
      const { runImport } = await import('../import/run-import.ts');
      invocation.exitCode = await runImport(file, options, invocation.terminal);
    });
}
