import type { Command } from 'commander';
import { CONFIG_KEYS, type ConfigKey } from '../../runtime/config-keys.ts';

/** `vericlin serve`. */
export function defineServe(program: Command): void {
  program
    .command('serve')
    .description('Run the service. Configured by the environment (docs/operations.md); ends on SIGINT or SIGTERM.')
    .addHelpText(
      'after',
      `
Examples:
  vericlin serve
  VERICLIN_PORT=0 VERICLIN_DATA_DIR=/var/lib/vericlin vericlin serve
  DATABASE_URL=postgres://vericlin@db/vericlin vericlin serve

Configuration (environment):
${CONFIG_KEYS.map(describeKey).join('\n')}`,
    )
    .action(async () => {
      const { serve } = await import('../../runtime/serve.ts');
      await serve();
    });
}

function describeKey({ key, meaning, default: byDefault }: ConfigKey): string {
  return `  ${key} (${byDefault})\n      ${meaning}`;
}
