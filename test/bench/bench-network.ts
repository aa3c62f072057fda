/** A development network for the bench, as `vericlin devnet up` makes it. @module */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { COMMAND } from './service-process.ts';

/** A running network. */
export interface BenchNetwork {
  /** Fabric profile for the service. */
  readonly profile: string;
  /** What `vericlin verify` needs to check the evidence: `--ca` and `--orderer-ca` with their files. */
  readonly verifyOptions: readonly string[];
  /** CA files by MSP id. */
  readonly cas: readonly { readonly mspId: string; readonly ca: string }[];
  readonly seconds: number;
  readonly close: () => Promise<void>;
}

async function devnet(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, 'devnet', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (chunks.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (chunks.err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`vericlin devnet ${args[0] ?? ''} ended with ${code ?? 'a signal'}: ${chunks.err}`);
  return chunks.out;
}

/**
 * Starts one of two organisations.
 * @throws Error where Fabric's programs are not to be had, with what the command says
 */
export async function startNetwork(workDir: string): Promise<BenchNetwork> {
  const dir = join(workDir, 'network');
  const started = performance.now();
  const { profile, organizations, ordererCa } = JSON.parse(await devnet('up', '--dir', dir)) as {
    readonly profile: string;
    readonly organizations: BenchNetwork['cas'];
    readonly ordererCa: string;
  };
  return {
    profile,
    cas: organizations,
    verifyOptions: [...organizations.flatMap(({ mspId, ca }) => ['--ca', `${mspId}=${ca}`]), '--orderer-ca', ordererCa],
    seconds: (performance.now() - started) / 1_000,
    close: async () => {
      await devnet('down', '--dir', dir);
    },
  };
}
