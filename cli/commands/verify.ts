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
    .option(
      '--ca <[MSPID=]pem>',
      'CA certificate (and intermediates) of an organisation that has to vouch for the log on the chain; may be repeated',
      collect,
      [],
    )
    .option('--orderer-ca <[MSPID=]pem>', 'CA certificate of the ordering service; may be repeated', collect, [])
    .option(
      '--policy <policy>',
      "who has to endorse, as Fabric writes it: AND, OR, OutOf over 'Org1MSP.peer' and the like; without, a peer of every organisation whose CA is given",
    )
    .option('--crl <pem>', 'certificate revocation list of one of those CAs; may be repeated', collect, [])
    .option('--channel <name>', 'channel that the log is on (default: vericlin)')
    .option('--chaincode <name>', 'chaincode that keeps the log (default: merkle-anchor)')
    .option('--entry <file>', 'entry bytes that a tlog-proof is about, where the proof does not carry them')
    .option(
      '--strict',
      'fail what cannot be checked: signature lines of unknown keys, evidence of a chain without its CA',
    )
    .option('--json', 'machine-readable result on stdout')
    .addHelpText(
      'after',
      `
Exit codes:
  0  valid                                    3  valid, content lawfully erased
  1  invalid                                  4  consistent, but the signer was not pinned by --key
  2  unusable input
  Of several files, the worst one counts: 1 before 2 before 4 before 3 before 0.

Evidence of a chain:
  With --ca, every file has to show that the organisations behind those CAs vouch for the log: a file without evidence
  fails. Each CA file stands for one organisation. Naming its MSP id (--ca Org1MSP=org1-ca.pem) is the stronger form;
  without, each MSP id in the evidence takes one CA, and every CA has to be taken.

Examples:
  vericlin verify decision.json --key log.vkey
  vericlin verify decision.json --key 'example.com/log+530d903a+AbC…'
  vericlin verify proof.tlog-proof --entry entry.bin --key log.vkey
  vericlin verify evidence/ --key log.vkey --json
  vericlin verify decision.json --key log.vkey --ca org1-ca.pem --ca org2-ca.pem
  vericlin verify decision.json --key log.vkey --ca Org1MSP=org1-ca.pem --ca Org2MSP=org2-ca.pem \\
      --orderer-ca orderer-ca.pem --policy "AND('Org1MSP.peer','Org2MSP.peer')" --crl org1-crl.pem`,
    )
    .action(async (paths: readonly string[], options: VerifyOptions) => {
      const { runVerify } = await import('../verify/run-verify.ts');
      invocation.exitCode = await runVerify(paths, options, invocation.terminal);
    });
}
