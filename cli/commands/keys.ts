import type { Command } from 'commander';
import type * as Run from '../service/run-keys.ts';
import type { Invocation } from '../invocation.ts';
import type { CreateKeyOptions, KeyOptions } from '../options.ts';
import { collect, withConnection } from './shared-options.ts';

/** `vericlin keys create|list|revoke|rotate-kek`: an admin's commands. */
export function defineKeys(program: Command, invocation: Invocation): void {
  const keys = program.command('keys').description('API keys, and the key that wraps the data keys (role admin)');
  const load = (): Promise<typeof Run> => import('../service/run-keys.ts');
  withConnection(
    keys
      .command('create')
      .description('Make an API key. Its secret is shown once.')
      .requiredOption(
        '--role <role>',
        'what it may do: integrator, clinician, privacy-officer, security-officer, ai-governance, auditor, admin',
      )
      .requiredOption('--name <name>', 'whom or what it is for')
      .option('--expires-in <duration>', 'how long it holds, e.g. 12h, 30d, 52w')
      .option('--actor <id>', 'actor id that envelopes know its holder by')
      .option('--grant <grant>', 'phi: may see identified content; may be repeated', collect, [])
      .option('--out <file>', 'write the secret to this new file, readable by you alone, and do not print it'),
  )
    .addHelpText(
      'after',
      `
Examples:
  vericlin keys create --role integrator --name scoring-service --out integrator.key --key-file admin.key
  vericlin keys create --role auditor --name 'Annual audit' --expires-in 30d --key-file admin.key`,
    )
    .action(async (options: CreateKeyOptions) => {
      invocation.exitCode = await (await load()).createKey(options, invocation.terminal);
    });
  withConnection(keys.command('list').description('List API keys (never their secrets).'))
    .addHelpText('after', '\nExample:\n  vericlin keys list --key-file admin.key')
    .action(async (options: KeyOptions) => {
      invocation.exitCode = await (await load()).listKeys(options, invocation.terminal);
    });
  withConnection(
    keys.command('revoke').description('Revoke an API key, at once and for good.').argument('<id>', 'id of the key'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  vericlin keys revoke 0197a1c2-5a3e-7000-8000-000000000001 --key-file admin.key',
    )
    .action(async (id: string, options: KeyOptions) => {
      invocation.exitCode = await (await load()).revokeKey(id, options, invocation.terminal);
    });
  withConnection(
    keys.command('rotate-kek').description('Make a new key-encryption key and rewrap every data key with it.'),
  )
    .addHelpText(
      'after',
      '\nRunning it again finishes what was interrupted.\n\nExample:\n  vericlin keys rotate-kek --key-file admin.key',
    )
    .action(async (options: KeyOptions) => {
      invocation.exitCode = await (await load()).rotateKek(options, invocation.terminal);
    });
}
