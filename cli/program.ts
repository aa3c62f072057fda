import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { LedgerError } from '../ledger/errors.ts';
import { defineAuditPeer } from './commands/audit-peer.ts';
import { defineDevnet } from './commands/devnet.ts';
import { defineEvents } from './commands/events.ts';
import { defineExport } from './commands/export.ts';
import { defineFairness } from './commands/fairness.ts';
import { defineFsck } from './commands/fsck.ts';
import { defineImport } from './commands/import.ts';
import { defineKeys } from './commands/keys.ts';
import { defineReplay } from './commands/replay.ts';
import { defineServe } from './commands/serve.ts';
import { defineVerify } from './commands/verify.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CommandFailure, messageOf } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/**
 * Runs one command line and answers its exit code; never throws. The commands' own modules are imported only when
 * their command runs, so that `vericlin verify` starts fast and loads nothing that could reach a network.
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const invocation: Invocation = { terminal, exitCode: EXIT.ok };
  const program = buildProgram(invocation);
  try {
    await program.parseAsync(args, { from: 'user' });
    return invocation.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return exitCodeOf(thrown);
    return report(thrown, terminal, args.includes('--json'));
  }
}

/** The whole command line. */
export function buildProgram(invocation: Invocation): Command {
  const { terminal } = invocation;
  const program = new Command('vericlin')
    .description('Records what clinical AI did, so that anyone can check it later without trusting whoever ran it.')
    .version(packageVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText(
      'after',
      `
Exit codes:
  0  done; verify: valid
  1  verify, fsck, audit-peer: not what it claims; replay: differs; others: refused, unreachable or partly rejected
  2  unusable command line or input
  3  verify: valid, content lawfully erased
  4  verify: consistent, but the signer was not pinned by --key

Start a service with \`vericlin serve\`; check a file that somebody gave you with \`vericlin verify\`.`,
    );
  for (const define of [
    defineServe,
    defineVerify,
    defineImport,
    defineFairness,
    defineReplay,
    defineExport,
    defineFsck,
    defineAuditPeer,
    defineEvents,
    defineKeys,
    defineDevnet,
  ]) {
    define(program, invocation);
  }
  return program;
}

/** Help that was asked for is success; every other complaint of the parser means an unusable command line. */
function exitCodeOf(error: CommanderError): ExitCode {
  return error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
}

function report(thrown: unknown, terminal: Terminal, asJson: boolean): ExitCode {
  const { code, next, exitCode } = describe(thrown);
  const message = messageOf(thrown);
  if (asJson) terminal.err(jsonLine({ error: { code: code ?? 'failed', message, next } }));
  else terminal.err(`vericlin: ${message}\n${next === undefined ? '' : `${next}\n`}`);
  return exitCode;
}

function describe(thrown: unknown): Pick<CommandFailure, 'code' | 'next' | 'exitCode'> {
  if (thrown instanceof CommandFailure) return thrown;
  if (!(thrown instanceof LedgerError)) return { code: undefined, next: undefined, exitCode: EXIT.failed };
  // Of `serve`: the message says what to do.
  const exitCode = thrown.code === 'config_invalid' ? EXIT.unusable : EXIT.failed;
  return { code: thrown.code, next: undefined, exitCode };
}

function packageVersion(): string {
  const manifest = createRequire(import.meta.url)('vericlin/package.json') as { version: string };
  return manifest.version;
}
