import type { Command } from 'commander';
import { DEFAULT_URL } from '../service/connection.ts';

/** `--url`, `--key-file` and `--json`: every command that talks to a service has them. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'address of the service', DEFAULT_URL)
    .option('--key-file <file>', 'file that holds the API key (or set VERICLIN_API_KEY)')
    .option('--json', 'machine-readable result on stdout');
}

/** Collects a repeatable option. Without a default in its definition an option that is not given is `undefined`. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
