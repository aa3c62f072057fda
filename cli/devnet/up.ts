/** `vericlin devnet up`, and the same for tests. @module */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { systemCode, unusable } from '../failure.ts';
import { deployChaincode, joinChannel } from './channel.ts';
import { withLock } from './lock.ts';
import { createMaterial, writeConfiguration } from './material.ts';
import { layoutOf, planOf, readNetwork, type Layout, type Network, type NetworkOptions } from './network.ts';
import { awaitNode, chaincodeFile, checkNodes, nodesOf, startNode, type NodeContext } from './nodes.ts';
import { awaitCommits, awaitEndorsements, type Started } from './probe.ts';
import type { Environment, Programs } from './programs.ts';
import type { Steps } from './steps.ts';

export interface UpOptions {
  /** Absolute path of the network's folder. */
  readonly folder: string;
  /** What was asked for; what is left out is as it was, or the default for a new network. */
  readonly wanted: Partial<NetworkOptions>;
  readonly programs: Programs;
  readonly env: Environment;
  readonly steps: Steps;
}

export interface UpResult {
  readonly network: Network;
  /** Processes that were started now. */
  readonly started: readonly string[];
}

/** Two organisations, one orderer. */
export const DEFAULT_NETWORK: NetworkOptions = {
  organizations: 2,
  orderers: 1,
  channel: 'vericlin',
  chaincode: 'merkle-anchor',
};

const LOCK_MS = 120_000;

/**
 * Makes the network where there is none and starts what does not run. Running it again repairs: after a kill, a restart of the
 * machine, or a run that was broken off.
 *
 * @throws CommandFailure exit 2 where the options contradict the network that is there
 */
export async function bringUp(options: UpOptions): Promise<UpResult> {
  chaincodeFile();
  const layout = layoutOf(options.folder);
  claimFolder(layout);
  return withLock(
    {
      path: layout.lock,
      waitMs: LOCK_MS,
      onWait: (pid) => {
        options.steps.say(`waiting for process ${pid}, which is at work there`);
      },
    },
    async () => bringUpLocked(layout, options),
  );
}

async function bringUpLocked(layout: Layout, options: UpOptions): Promise<UpResult> {
  const { steps, programs, env, wanted } = options;
  const found = readNetwork(layout);
  if (found !== undefined) refuseContradiction(found, wanted, layout.folder);
  const network =
    found ??
    (await steps.run('certificates, keys and genesis block', async () =>
      createMaterial(layout, { ...DEFAULT_NETWORK, ...wanted }, programs, env),
    ));
  const plan = planOf(network);
  const context: NodeContext = { layout, network, plan, programs, env };
  writeConfiguration(layout, plan);
  const nodes = nodesOf(context);
  const started = await steps.run(`${nodes.length} processes`, async () => {
    const states = await Promise.all(nodes.map(async (node) => ({ node, isNew: await startNode(node) })));
    await Promise.all(nodes.map(awaitNode));
    return states.filter(({ isNew }) => isNew).map(({ node }) => node.role);
  });
  const isNew = !existsSync(layout.committed);
  if (isNew) {
    await steps.run(`channel ${network.channel}`, async () => joinChannel(context));
    await steps.run(`chaincode ${network.chaincode}`, async () => deployChaincode(context));
    writeFileSync(layout.committed, '');
  }
  const running: Started = { layout, network, plan, checkProcesses: async () => checkNodes(nodes) };
  await steps.run('endorsement by every organisation', async () => awaitEndorsements(running));
  // A new network has just committed the chaincode's definition. After an orderer was away, peers wait before they try again.
  if (!isNew && plan.orderers.some(({ role }) => started.includes(role))) {
    await steps.run('a transaction by every organisation', async () => awaitCommits(running));
  }
  return { network, started };
}

/** Marks a new folder as a devnet's own, and refuses one that holds other things. */
function claimFolder(layout: Layout): void {
  try {
    mkdirSync(layout.folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason = systemCode(cause) ?? 'unknown reason';
    throw unusable(`${layout.folder} cannot be made a folder (${reason})`, 'Name another folder with --dir.', cause);
  }
  if (existsSync(layout.marker)) return;
  if (readdirSync(layout.folder).length > 0) {
    throw unusable(`${layout.folder} is not empty and no devnet`, 'Name another folder with --dir.');
  }
  writeFileSync(layout.marker, 'A development network of Vericlin. `vericlin devnet down --remove` removes it.\n');
}

const OPTION_NAMES: Readonly<Record<keyof NetworkOptions, string>> = {
  organizations: '--orgs',
  orderers: '--orderers',
  channel: '--channel',
  chaincode: '--chaincode',
};

function refuseContradiction(network: Network, wanted: Partial<NetworkOptions>, folder: string): void {
  for (const [name, option] of Object.entries(OPTION_NAMES) as [keyof NetworkOptions, string][]) {
    if (wanted[name] === undefined || wanted[name] === network[name]) continue;
    throw unusable(
      `this devnet has ${option} ${network[name]}, not ${wanted[name]}`,
      `Leave the option out, name another folder with --dir, or remove this one: \`vericlin devnet down --remove --dir ${folder}\`.`,
    );
  }
}
