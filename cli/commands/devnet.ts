import type { Command } from 'commander';
import { DEFAULT_FOLDER } from '../devnet/default-folder.ts';
import type * as Run from '../devnet/run-devnet.ts';
import type { Invocation } from '../invocation.ts';
import type { DevnetOptions, DevnetUpOptions } from '../options.ts';

/** `vericlin devnet up|status|down|programs`. */
export function defineDevnet(program: Command, invocation: Invocation): void {
  const devnet = program
    .command('devnet')
    .description('A Fabric network on this machine, to try anchoring on. Needs no Docker; for development alone.');
  const load = (): Promise<typeof Run> => import('../devnet/run-devnet.ts');
  withFolder(
    devnet
      .command('up')
      .description('Start a network, or what does not run of one, and write the profile to use.')
      .option('--orgs <number>', 'organisations, each with a peer and a chaincode process (default: 2)')
      .option('--orderers <number>', 'ordering nodes: 1, or 3 and more to survive the loss of one (default: 1)')
      .option('--channel <name>', 'name of the channel (default: vericlin)')
      .option('--chaincode <name>', 'name of the chaincode (default: merkle-anchor)'),
  )
    .addHelpText(
      'after',
      `
Fabric's programs come from VERICLIN_FABRIC_BIN, from PATH, or are built once with go.
Running it again starts what does not run, e.g. after a restart of the machine.

Examples:
  vericlin devnet up
  vericlin devnet up --orgs 3 --orderers 3 --dir ./bigger
  VERICLIN_FABRIC_PROFILE=vericlin-devnet/profile.yaml vericlin serve`,
    )
    .action(async (options: DevnetUpOptions) => {
      invocation.exitCode = await (await load()).runUp(options, invocation.terminal);
    });
  withFolder(devnet.command('status').description('Show the processes of a network, their ports and their blocks.'))
    .addHelpText(
      'after',
      '\nExit codes: 0 everything runs; 1 something does not; 2 no network there.\n\nExample:\n  vericlin devnet status',
    )
    .action(async (options: DevnetOptions) => {
      invocation.exitCode = await (await load()).runStatus(options, invocation.terminal);
    });
  withFolder(
    devnet
      .command('down')
      .description('Stop every process of a network. Its ledger stays, for the next `up`.')
      .option('--remove', 'remove its folder too: ledger, keys and profile'),
  )
    .addHelpText('after', '\nExamples:\n  vericlin devnet down\n  vericlin devnet down --remove')
    .action(async (options: DevnetOptions & { remove?: boolean }) => {
      invocation.exitCode = await (await load()).runDown(options, invocation.terminal);
    });
  devnet
    .command('programs')
    .description("Find Fabric's programs, or build them once with go, and say where they are.")
    .option('--json', 'machine-readable result on stdout')
    .addHelpText('after', '\nExample:\n  vericlin devnet programs')
    .action(async (options: { json?: boolean }) => {
      invocation.exitCode = await (await load()).runPrograms(options, invocation.terminal);
    });
}

function withFolder(command: Command): Command {
  return command
    .option('--dir <folder>', 'folder of the network', DEFAULT_FOLDER)
    .option('--json', 'machine-readable result on stdout');
}
