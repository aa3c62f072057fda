import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { AuditPeerOptions } from '../options.ts';

/** `vericlin audit-peer`. */
export function defineAuditPeer(program: Command, invocation: Invocation): void {
  program
    .command('audit-peer')
    .description(
      "Rebuild a log's tree from the blocks of your own organisation's peer, and compare it with the log that is served.",
    )
    .requiredOption('--profile <file>', 'Fabric profile (YAML or JSON)')
    .option('--gateway <mspId>', "organisation whose peer is read (default: the profile's first gateway)")
    .option(
      '--key <vkey>',
      "verifier key that you trust, as text or a file that holds it (default: the log's own claim)",
    )
    .option(
      '--policy <policy>',
      "who has to have endorsed each append, as Fabric writes it: AND, OR, OutOf over 'Org1MSP.peer' and the like " +
        '(default: a peer of every organisation of the profile)',
    )
    .option('--url <url>', 'address of a Vericlin service to compare with')
    .option('--key-file <file>', 'with --url: file that holds the API key (or set VERICLIN_API_KEY)')
    .option('--log <folder>', 'exported folder to compare with, instead of a service')
    .option(
      '--state <file>',
      'go on from this file, and keep there how far it came: only new blocks are read next time',
    )
    .option('--json', 'machine-readable result on stdout')
    .addHelpText(
      'after',
      `
Reads every block, from that one peer alone, and takes nothing over that the chain says of size or root: the leaf hashes in
the transactions give them. Needs an identity in the profile that the peer lets read blocks (qscc).

Exit codes: 0 peer and log agree; 1 they do not, or the chain contradicts itself; 2 could not be checked.

Examples:
  vericlin audit-peer --profile org2.yaml --gateway Org2MSP --key log.vkey --url https://log.example --key-file auditor.key
  vericlin audit-peer --profile org2.yaml --key log.vkey --log log-copy --state audit.json
  vericlin audit-peer --profile org2.yaml --key log.vkey --json`,
    )
    .action(async (options: AuditPeerOptions) => {
      const { runAuditPeer } = await import('../audit-peer/run-audit-peer.ts');
      invocation.exitCode = await runAuditPeer(options, invocation.terminal);
    });
}
