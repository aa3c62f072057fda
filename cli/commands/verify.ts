import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { VerifyOptions } from '../options.ts';
import { collect } from './shared-options.ts';

/** `vericlin verify`. */
export function defineVerify(program: Command, invocation: Invocation): void {
  program
    .command('verify')
    .description('Check bundles, tlog-proofs or folders of them, offline: nothing is sent or fetched.')
    .argument('<path...>', 'bundle (.json), tlog-proof, or folder (searched recursively)')
    .option(
      '--key <vkey>',
      'verifier key that you trust, as text or a file that holds it; may be repeated',
      collect,
      [],
    )
    .option('--ca <pem>', 'CA certificate of an organisation, for Fabric evidence; may be repeated', collect, [])
    .option('--entry <file>', 'entry bytes that a tlog-proof is about, where the proof does not carry them')
    .option('--strict', 'fail what cannot be checked: signature lines of unknown keys, anchor evidence')
    .option('--json', 'machine-readable result on stdout')
    .addHelpText(
      'after',
      `
Exit codes:
  0  valid                                    3  valid, content lawfully erased
  1  invalid                                  4  consistent, but the signer was not pinned by --key
  2  unusable input
  Of several files, the worst one counts: 1 before 2 before 4 before 3 before 0.

Examples:
  vericlin verify decision.json --key log.vkey
  vericlin verify decision.json --key 'example.com/log+530d903a+AbC…'
  vericlin verify proof.tlog-proof --entry entry.bin --key log.vkey
  vericlin verify evidence/ --key log.vkey --json`,
    )
    .action(async (paths: readonly string[], options: VerifyOptions) => {
      const { runVerify } = await import('../verify/run-verify.ts');
      invocation.exitCode = await runVerify(paths, options, invocation.terminal);
    });
}
