/**
 * Development networks for tests: real Fabric programs on loopback. One is shared by all test files of a run and ended by the
 * global teardown; tests that kill things start their own.
 *
 * @module
 */
import { mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { takeDown } from '../../cli/devnet/down.ts';
import { layoutOf, planOf, readNetwork, recordFileOf } from '../../cli/devnet/network.ts';
import { awaitNode, chaincodeFile, nodesOf, startNode, type Node } from '../../cli/devnet/nodes.ts';
import { runningPid, signalProcess, waitUntilGone } from '../../cli/devnet/processes.ts';
import { findPrograms, type Programs } from '../../cli/devnet/programs.ts';
import { statusOf, type OrganizationStatus } from '../../cli/devnet/status.ts';
import { bringUp } from '../../cli/devnet/up.ts';
import { sharedDevnetFolder } from './devnet-run.ts';

/** A network that runs. */
export interface TestDevnet {
  readonly folder: string;
  /** Connection profile of the first organisation; each organisation has its own as well. */
  readonly profile: string;
  readonly channel: string;
  readonly chaincode: string;
  /** MSP id, CA certificate, client certificate and key, gateway and profile of each. */
  readonly organizations: readonly OrganizationStatus[];
  /** CA certificate of the orderers. */
  readonly ordererCa: string;
  /** Names of its processes: `orderer1`, `peer1`, `peer2`, `chaincode1`, `chaincode2`. */
  readonly roles: readonly string[];
  /** The process id of a role, or `undefined` where it does not run. */
  readonly pidOf: (role: string) => number | undefined;
  /** Kills a process (SIGKILL where nothing else is said) and waits until it has ended. */
  readonly kill: (role: string, signal?: NodeJS.Signals) => Promise<void>;
  /** Starts a process again and waits until it accepts connections. */
  readonly start: (role: string) => Promise<void>;
  /** Starts whatever does not run, and waits until every organisation endorses. */
  readonly up: () => Promise<void>;
  /** Ends every process and removes the folder. Does nothing to the shared network: the run ends that. */
  readonly close: () => Promise<void>;
}

export interface NewDevnetOptions {
  /** Default 2. */
  readonly organizations?: number;
  /** Default 1; or 3 and more. */
  readonly orderers?: number;
  readonly channel?: string;
  readonly chaincode?: string;
}

const GONE_MS = 20_000;
const SILENT = { run: async <T>(_label: string, work: () => Promise<T>): Promise<T> => work(), say: () => undefined };

/**
 * Why no network can be started here, to be put into the name of what is skipped; `undefined` where one can:
 *
 * ```ts
 * const unavailable = devnetUnavailable();
 * describe.skipIf(unavailable !== undefined)(`anchoring${unavailable === undefined ? '' : ` (skipped: ${unavailable})`}`, …)
 * ```
 */
export function devnetUnavailable(): string | undefined {
  try {
    chaincodeFile();
    return findPrograms(process.env) === undefined
      ? 'no Fabric programs: `vericlin devnet programs` builds them where go is'
      : undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Appended to the name of a suite that needs a network. */
export function devnetSkipNote(): string {
  const reason = devnetUnavailable();
  return reason === undefined ? '' : ` (skipped: ${reason})`;
}

/** The network of this run: started by the first who asks, and repaired for those who come after. Two organisations. */
export async function sharedDevnet(): Promise<TestDevnet> {
  const folder = sharedDevnetFolder();
  return openDevnet(folder, {}, async () => Promise.resolve());
}

/** A network of one's own. Close it. */
export async function newDevnet(options: NewDevnetOptions = {}): Promise<TestDevnet> {
  // In the run's folder, so that the teardown finds it should the test not close it.
  const folder = mkdtempSync(join(dirname(sharedDevnetFolder()), 'own-'));
  return openDevnet(folder, options, async () => {
    await takeDown(folder, true);
  });
}

async function openDevnet(folder: string, options: NewDevnetOptions, close: () => Promise<void>): Promise<TestDevnet> {
  const programs = requirePrograms();
  const up = async (): Promise<void> => {
    await bringUp({ folder, wanted: options, programs, env: process.env, steps: SILENT });
  };
  await up();
  const status = statusOf(folder);
  if (status === undefined) throw new Error('the network that was started is not there');
  const layout = layoutOf(folder);
  const pidOf = (role: string): number | undefined => runningPid(recordFileOf(layout, role));
  return {
    folder,
    profile: status.profile,
    channel: status.channel,
    chaincode: status.chaincode,
    organizations: status.organizations,
    ordererCa: status.ordererCa,
    roles: status.processes.map(({ role }) => role),
    pidOf,
    async kill(role, signal = 'SIGKILL') {
      const { recordFile } = nodeOf(folder, role, programs).program;
      signalProcess(recordFile, signal);
      if (!(await waitUntilGone(recordFile, GONE_MS))) throw new Error(`${role} did not end`);
    },
    async start(role) {
      const node = nodeOf(folder, role, programs);
      await startNode(node);
      await awaitNode(node);
    },
    up,
    close,
  };
}

function requirePrograms(): Programs {
  const programs = findPrograms(process.env);
  if (programs === undefined) throw new Error(devnetUnavailable() ?? 'no Fabric programs');
  return programs;
}

function nodeOf(folder: string, role: string, programs: Programs): Node {
  const layout = layoutOf(folder);
  const network = readNetwork(layout);
  if (network === undefined) throw new Error(`no network in ${folder}`);
  const context = { layout, network, plan: planOf(network), programs, env: process.env };
  const node = nodesOf(context).find((candidate) => candidate.role === role);
  if (node === undefined) throw new Error(`no process is called ${role}`);
  return node;
}
