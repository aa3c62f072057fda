/** Asks a running network through the organisations' gateways, as a client would. @module */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers, type Gateway, type Proposal } from '@hyperledger/fabric-gateway';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { organizationFiles, type Layout, type Network, type OrganizationNodes, type Plan } from './network.ts';
import { LOOPBACK } from './ports.ts';

/** A log that nobody opens: asking for its checkpoint exercises everything and changes nothing. */
const PROBE_LOG = 'devnet-probe';
const READY_MS = 60_000;
const ATTEMPT_MS = 5_000;
const RETRY_EVERY_MS = 50;

/** A network that was started, and how to see that one of its processes has ended meanwhile. */
export interface Started {
  readonly layout: Layout;
  readonly network: Network;
  readonly plan: Plan;
  /** @throws CommandFailure where one has: there is no use in waiting */
  readonly checkProcesses: () => Promise<void>;
}

/**
 * Waits until every organisation's gateway gets an endorsement of all organisations: peers know each other, and every
 * chaincode process answers.
 *
 * @throws CommandFailure code `devnet_not_ready` with what the gateway said last
 */
export async function awaitEndorsements(started: Started): Promise<void> {
  await untilEachCan(started, 'gets no endorsement of all organisations', async (proposal) => {
    await proposal.endorse({ deadline: Date.now() + ATTEMPT_MS });
  });
}

/**
 * Waits until every organisation's gateway gets a transaction committed: orderers have a leader, and peers are connected to
 * them again. The transactions read a checkpoint and write nothing.
 *
 * @throws CommandFailure code `devnet_not_ready` with what the gateway said last
 */
export async function awaitCommits(started: Started): Promise<void> {
  await untilEachCan(started, 'gets nothing committed', async (proposal) => {
    const deadline = { deadline: Date.now() + ATTEMPT_MS };
    const transaction = await proposal.endorse(deadline);
    const submitted = await transaction.submit(deadline);
    const { successful, code } = await submitted.getStatus(deadline);
    if (!successful) throw new Error(`the transaction was not valid (${code})`);
  });
}

async function untilEachCan(
  { layout, network, plan, checkProcesses }: Started,
  cannot: string,
  attempt: (proposal: Proposal) => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  const endorsingOrganizations = plan.organizations.map(({ mspId }) => mspId);
  await Promise.all(
    plan.organizations.map(async (organization) =>
      withGateway(layout, organization, async (gateway) => {
        const contract = gateway.getNetwork(network.channel).getContract(network.chaincode);
        for (;;) {
          try {
            await attempt(
              contract.newProposal('getCheckpoint', { arguments: [PROBE_LOG, ''], endorsingOrganizations }),
            );
            return;
          } catch (cause) {
            await checkProcesses();
            if (Date.now() > deadline) throw notReady(`${organization.mspId} ${cannot}`, cause);
            await sleep(RETRY_EVERY_MS);
          }
        }
      }),
    ),
  );
}

/** Number of blocks that an organisation's peer has, or `undefined` where it does not answer. */
export async function blockHeight(
  layout: Layout,
  network: Network,
  organization: OrganizationNodes,
): Promise<number | undefined> {
  try {
    return await withGateway(layout, organization, async (gateway) => {
      const contract = gateway.getNetwork(network.channel).getContract('qscc');
      const info = await contract.evaluate('GetChainInfo', {
        arguments: [network.channel],
        endorsingOrganizations: [organization.mspId],
      });
      return firstVarint(info);
    });
  } catch {
    return undefined;
  }
}

/** common.BlockchainInfo{ uint64 height = 1; … }: Fabric writes the fields in order. */
function firstVarint(message: Uint8Array): number | undefined {
  if (message[0] !== 0x08) return undefined;
  let value = 0;
  for (let i = 1; i < message.length; i += 1) {
    const byte = message[i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (i - 1));
    if (byte < 0x80) return value;
  }
  return undefined;
}

async function withGateway<T>(
  layout: Layout,
  organization: OrganizationNodes,
  work: (gateway: Gateway) => Promise<T>,
): Promise<T> {
  const files = organizationFiles(layout, organization);
  const client = new Client(
    `${LOOPBACK}:${organization.peerPort}`,
    credentials.createSsl(readFileSync(files.tlsCa)),
    // An address is no name that TLS could ask for.
    { 'grpc.ssl_target_name_override': 'localhost', 'grpc.initial_reconnect_backoff_ms': 100 },
  );
  const gateway = connect({
    client,
    identity: { mspId: organization.mspId, credentials: readFileSync(files.clientCertificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(files.clientKey))),
    hash: hash.sha256,
    evaluateOptions: () => ({ deadline: Date.now() + 2_000 }),
  });
  try {
    return await work(gateway);
  } finally {
    gateway.close();
    client.close();
  }
}

/** What a gateway says is in the details of its error, each with the peer that said it. */
function notReady(what: string, cause: unknown): CommandFailure {
  const details =
    cause instanceof Error && 'details' in cause && Array.isArray(cause.details)
      ? cause.details.map((detail: unknown) => ` ${JSON.stringify(detail)}`).join('')
      : '';
  const message = `${what}: ${messageOf(cause).trimEnd()}${details}`;
  return new CommandFailure(EXIT.failed, message, { code: 'devnet_not_ready', cause });
}
