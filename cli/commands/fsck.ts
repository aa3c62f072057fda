import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { FsckOptions } from '../options.ts';

/** `vericlin fsck`. */
export function defineFsck(program: Command, invocation: Invocation): void {
  program
    .command('fsck')
    .description('Re-verify a whole log from outside: signature, every tile, every entry. Names the first that is bad.')
    .argument(
      '<folder|url>',
      'exported folder, or address under which checkpoint and tile/ are (a service has them at /log)',
    )
    .option(
      '--key <vkey>',
      "verifier key that you trust, as text or a file that holds it (default: the log's own claim)",
    )
    .option('--since <checkpoint>', 'file of an older checkpoint: also prove that the log only grew since')
    .option('--key-file <file>', 'with a URL: file that holds the API key (or set VERICLIN_API_KEY)')
    .option('--json', 'machine-readable result on stdout')
    .addHelpText(
      'after',
      `
Exit codes: 0 the log is what it claims; 1 it is not; 2 unusable input.

Examples:
  vericlin fsck log-copy --key log.vkey
  vericlin fsck http://127.0.0.1:8080/log --key log.vkey --key-file auditor.key --since last-month/checkpoint`,
    )
    .action(async (target: string, options: FsckOptions) => {
      const { runFsck } = await import('../log/run-fsck.ts');
      invocation.exitCode = await runFsck(target, options, invocation.terminal);
    });
}
