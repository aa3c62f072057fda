import type { Command } from 'commander';
import type * as Run from '../service/run-events.ts';
import type { Invocation } from '../invocation.ts';
import type { EventOptions, ProofOptions, SearchOptions } from '../options.ts';
import { collect, withConnection } from './shared-options.ts';

/** `vericlin events get|proof|search`: everyday reading. */
export function defineEvents(program: Command, invocation: Invocation): void {
  const events = program.command('events').description('Read events and their proofs');
  const load = (): Promise<typeof Run> => import('../service/run-events.ts');
  withConnection(events.command('get').description('Print one event as JSON.').argument('<id>', 'id of the event'))
    .addHelpText(
      'after',
      '\nExample:\n  vericlin events get 0197a1c2-5a3e-7000-8000-000000000001 --key-file auditor.key',
    )
    .action(async (id: string, options: EventOptions) => {
      invocation.exitCode = await (await load()).getEvent(id, options, invocation.terminal);
    });
  withConnection(
    events
      .command('proof')
      .description('Fetch the bundle of an event, to be checked by `vericlin verify`.')
      .argument('<id>', 'id of the event')
      .option('--out <file>', 'file to write (default: stdout)')
      .option('--opening', 'include the content, for those entitled to it')
      .option('--tlog-proof', 'fetch a C2SP tlog-proof instead of a bundle'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  vericlin events proof 0197a1c2-5a3e-7000-8000-000000000001 --out decision.json --key-file auditor.key',
    )
    .action(async (id: string, options: ProofOptions) => {
      invocation.exitCode = await (await load()).getProof(id, options, invocation.terminal);
    });
  withConnection(
    events
      .command('search')
      .description('Search events; conditions hold together. Every search is recorded in the log.')
      .option('--type <type>', 'event type; may be repeated', collect, [])
      .option('--model <name[@version]>', 'model name, or name and version')
      .option('--ref <id>', 'events that refer to this one')
      .option('--from-index <n>', 'first index')
      .option('--to-index <n>', 'index to stop before')
      .option('--order <order>', 'asc or desc')
      .option('--limit <n>', 'how many at most; 0 for all', '100')
      .option(
        '--query <file>',
        'JSON file of further conditions (subject, encounter, actor, time ranges), kept out of the arguments',
      ),
  )
    .addHelpText(
      'after',
      `
Examples:
  vericlin events search --type prediction --limit 20 --key-file auditor.key
  vericlin events search --model readmission@3.1.0 --json --key-file auditor.key
  vericlin events search --query conditions.json --key-file privacy.key`,
    )
    .action(async (options: SearchOptions) => {
      invocation.exitCode = await (await load()).searchEvents(options, invocation.terminal);
    });
}
