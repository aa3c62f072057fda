/**
 * The chain port over the Fabric gateway of the peers. Loaded only where a profile is set: it brings gRPC.
 *
 * @module
 */
import { type Contract, type ProposalOptions, StatusCode } from '@hyperledger/fabric-gateway';
import { HASH_SIZE } from '../../merkle/hash.ts';
import { ChainError, type Chain, type ChainHead, type EndorsedCheckpoint } from '../chain.ts';
import { readHead, readHeight } from './chain-answer.ts';
import { newSignatureCheck } from './check-signatures.ts';
import { type GatewayConnection, openConnection } from './connection.ts';
import { endorseCheckpoint } from './endorsed-checkpoint.ts';
import { isDeadline, type Step, toChainError } from './errors.ts';
import { GatewayTurn } from './gateway-turn.ts';
import { openIdentity } from './identity.ts';
import type { FabricProfile, ProfileCertificate } from './profile.ts';

/** Fabric's system chaincode for reading the ledger. */
const QUERY_CHAINCODE = 'qscc';

export interface GatewayChainOptions {
  /** Now; the clock of the machine unless a test has another. */
  readonly now?: () => Date;
}

/** Certificates that a call through this gateway depends on. */
function certificatesOf(profile: FabricProfile, mspId: string): readonly ProfileCertificate[] {
  return profile.certificates.filter(({ name }) => name.startsWith('client') || name.startsWith(`gateway ${mspId} `));
}

/** What the peers found when the transaction stood in a block (peer.TxValidationCode). */
function notTaken(code: number, organizations: readonly string[]): ChainError {
  const name = Object.entries(StatusCode).find(([, value]) => value === code)?.[0] ?? String(code);
  if (code === StatusCode.MVCC_READ_CONFLICT) {
    return new ChainError('not_endorsed', `Another append came first (${name}): the transaction changed nothing.`);
  }
  const hint =
    code === StatusCode.ENDORSEMENT_POLICY_FAILURE
      ? ' Do organizations of the profile suffice for the endorsement policy?'
      : '';
  return new ChainError('not_endorsed', `The channel did not take the transaction: ${name}.${hint}`, { organizations });
}

/**
 * @param log the log's name on the chain (`chainLogName`)
 * @throws Error where the identity's key is in a token that cannot be opened. Nothing is connected yet: peers that do not
 * answer are the business of the calls.
 */
export function createGatewayChain(profile: FabricProfile, log: string, options: GatewayChainOptions = {}): Chain {
  const now = options.now ?? ((): Date => new Date());
  const { channel, chaincode } = profile;
  const organizations = profile.organizations.map(({ mspId }) => mspId);
  const checkSignatures = newSignatureCheck(profile.organizations);
  const signing = openIdentity(profile.identity);
  const connections = profile.gateways.map((gateway) => openConnection(gateway, signing, profile.timeouts));
  const turn = new GatewayTurn(connections);

  /** One step through one gateway, its failure in the words of the port. */
  async function step<T>(connection: GatewayConnection, name: Step, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      // A connection that is dead without having been closed is noticed late otherwise: the next call makes a new one.
      if (name === 'evaluate' && isDeadline(error)) connection.reset();
      const certificates = certificatesOf(profile, connection.mspId);
      throw toChainError(error, { step: name, gateway: connection.mspId, certificates, now: now() });
    }
  }

  function contractOf(connection: GatewayConnection, name = chaincode): Contract {
    return connection.gateway().getNetwork(channel).getContract(name);
  }

  function evaluate(
    connection: GatewayConnection,
    name: string,
    call: string,
    options: ProposalOptions,
  ): Promise<Uint8Array> {
    return step(connection, 'evaluate', () => contractOf(connection, name).newProposal(call, options).evaluate());
  }

  /** Of the ledger of the gateway's own organisation: a gateway whose own peer fails may ask another one otherwise. */
  function query(connection: GatewayConnection, call: string, ...args: string[]): Promise<Uint8Array> {
    const options = { arguments: [channel, ...args], endorsingOrganizations: [connection.mspId] };
    return evaluate(connection, QUERY_CHAINCODE, call, options);
  }

  async function headOf(connection: GatewayConnection): Promise<ChainHead> {
    return readHead(await evaluate(connection, chaincode, 'getCheckpoint', { arguments: [log, ''] }), connection.mspId);
  }

  async function append(connection: GatewayConnection, start: number, leaves: Uint8Array): Promise<ChainHead> {
    const transaction = await step(connection, 'endorse', () =>
      contractOf(connection)
        .newProposal('appendLeaves', {
          arguments: [log, String(start), leaves],
          endorsingOrganizations: organizations,
        })
        .endorse(),
    );
    const head = readHead(transaction.getResult(), connection.mspId);
    // A crash before this line leaves nothing behind on the chain; from here on, the transaction may be committed.
    const commit = await step(connection, 'submit', () => transaction.submit());
    const status = await step(connection, 'commit', () => commit.getStatus());
    if (status.successful) return head;
    throw notTaken(status.code, organizations);
  }

  async function highest(least: number, head: ChainHead): Promise<ChainHead> {
    if (head.size >= least) return head;
    const heads = await turn.every(headOf);
    return heads.reduce((best, one) => (one.size > best.size ? one : best), head);
  }

  return {
    channel,
    chaincode,
    log,
    certificates: profile.certificates,
    appendLeaves: (start, leaves) => {
      if (leaves.length === 0 || leaves.length % HASH_SIZE !== 0) throw new RangeError('leaves of 32 bytes each');
      return turn.write((connection) => append(connection, start, leaves));
    },
    head: async (least = 0) => highest(least, await turn.read(headOf)),
    endorsedCheckpoint: (size): Promise<EndorsedCheckpoint> =>
      turn.read((connection) => {
        const question = { channel, chaincode, log, size, organizations, checkSignatures };
        return step(connection, 'endorse', () => endorseCheckpoint(contractOf(connection), question));
      }),
    block: (number) => turn.read((connection) => query(connection, 'GetBlockByNumber', String(number))),
    height: () =>
      turn.read(async (connection) => readHeight(await query(connection, 'GetChainInfo'), connection.mspId)),
    close: () => {
      for (const connection of connections) connection.close();
      signing.close();
    },
  };
}
