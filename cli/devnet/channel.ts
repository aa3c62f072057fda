/**
 * Makes the channel and the chaincode's definition. Every step may have been done before, by a run that was broken off: it is
 * tried, and that it was done already is success.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ordererCrypto, organizationCrypto } from './crypto-paths.ts';
import {
  CHAINCODE_VERSION,
  endorsementPolicy,
  nodeFolder,
  type OrdererNode,
  type OrganizationNodes,
} from './network.ts';
import type { NodeContext } from './nodes.ts';
import { LOOPBACK } from './ports.ts';
import { fabricEnvironment, runToEnd, stepFailure, type ProgramResult } from './run-program.ts';

const PROGRAM_MS = 60_000;
/** How long a step is tried again: a raft group needs a moment to choose its leader. */
const RETRY_MS = 30_000;
const RETRY_EVERY_MS = 100;

/**
 * Fabric's words for an approval that says nothing new: before the definition is committed, after it on 3.1, and after it was
 * replaced. "Current committed sequence" followed by "with different parameters" would be another definition.
 */
const APPROVED_ALREADY =
  /unchanged content|new definition must be sequence 2|current committed sequence \(1\) for namespace \S+\s*$/m;

/** Every orderer and every peer joins the channel. @throws CommandFailure code `devnet_step` */
export async function joinChannel(context: NodeContext): Promise<void> {
  await Promise.all([
    ...context.plan.orderers.map(async (orderer) => joinOrderer(context, orderer)),
    ...context.plan.organizations.map(async (organization) => joinPeer(context, organization)),
  ]);
}

/** Every organisation installs and approves the chaincode; then it is committed. @throws CommandFailure `devnet_step` */
export async function deployChaincode(context: NodeContext): Promise<void> {
  await Promise.all(
    context.plan.organizations.map(async (organization) => {
      await install(context, organization);
      await approve(context, organization);
    }),
  );
  await commit(context);
}

async function joinOrderer({ layout, network, programs, env }: NodeContext, orderer: OrdererNode): Promise<void> {
  const { tls } = ordererCrypto(layout, orderer);
  const where = ['-o', `${LOOPBACK}:${orderer.adminPort}`, '--ca-file', tls.ca];
  const identity = ['--client-cert', tls.certificate, '--client-key', tls.key];
  await untilDone(`osnadmin channel join of ${orderer.role}`, async () => {
    const result = await runToEnd({
      command: programs.paths.osnadmin,
      args: [
        'channel',
        'join',
        '--channelID',
        network.channel,
        '--config-block',
        layout.genesis,
        ...where,
        ...identity,
      ],
      cwd: layout.folder,
      env: fabricEnvironment(env),
      timeoutMs: PROGRAM_MS,
    });
    // It exits 0 whatever the orderer answered. 405: the channel is there already.
    return { output: result.output, isDone: /Status: (201|405)/.test(result.output) };
  });
}

async function joinPeer(context: NodeContext, organization: OrganizationNodes): Promise<void> {
  await peerStep(context, organization, `peer channel join of ${organization.peer}`, {
    args: ['channel', 'join', '-b', context.layout.genesis],
    already: /already exists/,
  });
}

async function install(context: NodeContext, organization: OrganizationNodes): Promise<void> {
  await peerStep(context, organization, `installing the chaincode on ${organization.peer}`, {
    args: ['lifecycle', 'chaincode', 'install', context.layout.chaincodePackage],
    already: /already successfully installed/,
  });
}

async function approve(context: NodeContext, organization: OrganizationNodes): Promise<void> {
  await peerStep(context, organization, `approval of the chaincode by ${organization.mspId}`, {
    args: [
      ...['lifecycle', 'chaincode', 'approveformyorg', '--package-id', context.network.packageId],
      ...definition(context),
    ],
    already: APPROVED_ALREADY,
  });
}

async function commit(context: NodeContext): Promise<void> {
  const [first] = context.plan.organizations;
  if (first === undefined) throw new Error('a network has organisations');
  const peers = context.plan.organizations.flatMap((organization) => [
    ...['--peerAddresses', `${LOOPBACK}:${organization.peerPort}`],
    ...['--tlsRootCertFiles', organizationCrypto(context.layout, organization).tlsCa],
  ]);
  await peerStep(context, first, 'committing the chaincode definition', {
    args: ['lifecycle', 'chaincode', 'commit', ...definition(context), ...peers],
    already: /new definition must be sequence 2/,
  });
}

/** Approvals and the commit have to say the same. */
function definition({ layout, network, plan }: NodeContext): readonly string[] {
  const [orderer] = plan.orderers;
  if (orderer === undefined) throw new Error('a network has orderers');
  return [
    ...['--channelID', network.channel, '--name', network.chaincode, '--version', CHAINCODE_VERSION, '--sequence', '1'],
    ...['--signature-policy', endorsementPolicy(plan)],
    ...['-o', `${LOOPBACK}:${orderer.port}`, '--tls', '--cafile', ordererCrypto(layout, orderer).tls.ca],
  ];
}

interface PeerStep {
  readonly args: readonly string[];
  /** What it says where it was done before. */
  readonly already: RegExp;
}

/** A command of `peer` as the organisation's administrator. */
async function peerStep(
  { layout, programs, env }: NodeContext,
  organization: OrganizationNodes,
  what: string,
  step: PeerStep,
): Promise<void> {
  const folder = nodeFolder(layout, organization.peer);
  await untilDone(what, async () => {
    const result: ProgramResult = await runToEnd({
      command: programs.paths.peer,
      args: step.args,
      cwd: layout.folder,
      env: fabricEnvironment(env, {
        FABRIC_CFG_PATH: folder,
        CORE_PEER_MSPCONFIGPATH: organizationCrypto(layout, organization).adminMsp,
      }),
      timeoutMs: PROGRAM_MS,
    });
    return { output: result.output, isDone: result.exitCode === 0 || step.already.test(result.output) };
  });
}

async function untilDone(what: string, attempt: () => Promise<{ output: string; isDone: boolean }>): Promise<void> {
  const deadline = Date.now() + RETRY_MS;
  for (;;) {
    const { output, isDone } = await attempt();
    if (isDone) return;
    if (Date.now() > deadline) throw stepFailure(what, output);
    await sleep(RETRY_EVERY_MS);
  }
}
