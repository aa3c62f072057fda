/** Calls the chaincode on a real network, with nothing of the product between. @module */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, type Contract, GatewayError, hash, signers, StatusCode } from '@hyperledger/fabric-gateway';
import type { TestDevnet } from '../harness/devnet.ts';

type Organization = TestDevnet['organizations'][number];
type Argument = string | Uint8Array;

export interface ChaincodeCheckpoint {
  readonly size: string;
  readonly root: string;
}

/** What became of a transaction: committed with this answer, or the texts of the peers or of the commit. */
export type Outcome =
  | { readonly kind: 'committed'; readonly answer: ChaincodeCheckpoint }
  | { readonly kind: 'refused'; readonly texts: readonly string[] }
  | { readonly kind: 'invalid'; readonly code: number };

export interface ChaincodeClient {
  /** A transaction, endorsed by every organisation. */
  readonly submit: (name: string, ...args: Argument[]) => Promise<Outcome>;
  /** A read answered by the peer of one organisation, or the texts of its refusal. */
  readonly read: (mspId: string, name: string, ...args: Argument[]) => Promise<unknown>;
  readonly close: () => void;
}

/** The texts of the peers: what the chaincode said stands in the details, not in the message. */
function refusalTexts(error: unknown): readonly string[] {
  if (!(error instanceof GatewayError)) throw error;
  const details = error.details.map(({ message }) => message);
  return details.length > 0 ? details : [error.message];
}

const within = (milliseconds: number) => () => ({ deadline: Date.now() + milliseconds });
const toJson = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

async function submitTo(contract: Contract, organizations: string[], name: string, args: Argument[]): Promise<Outcome> {
  const proposal = contract.newProposal(name, { arguments: args, endorsingOrganizations: organizations });
  let transaction: Awaited<ReturnType<typeof proposal.endorse>>;
  try {
    transaction = await proposal.endorse();
  } catch (error) {
    return { kind: 'refused', texts: refusalTexts(error) };
  }
  const status = await (await transaction.submit()).getStatus();
  if (status.code !== StatusCode.VALID) return { kind: 'invalid', code: status.code };
  return { kind: 'committed', answer: toJson(transaction.getResult()) as ChaincodeCheckpoint };
}

/** @param through whose peer is the gateway; the identity's own organisation unless said otherwise */
export function openChaincodeClient(
  { channel, chaincode, organizations }: TestDevnet,
  identity: Organization,
  through: Organization = identity,
): ChaincodeClient {
  const client = new Client(through.gateway, credentials.createSsl(readFileSync(through.tlsCa)), {
    'grpc.ssl_target_name_override': through.serverName,
    'grpc.max_receive_message_length': -1,
    // A connection of its own: two clients of a race do not share one.
    'grpc.use_local_subchannel_pool': 1,
  });
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: readFileSync(identity.client.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(identity.client.key))),
    hash: hash.sha256,
    evaluateOptions: within(10_000),
    endorseOptions: within(15_000),
    submitOptions: within(10_000),
    commitStatusOptions: within(15_000),
  });
  const contract = gateway.getNetwork(channel).getContract(chaincode);
  const everybody = organizations.map(({ mspId }) => mspId);
  return {
    submit: (name, ...args) => submitTo(contract, everybody, name, args),
    async read(mspId, name, ...args) {
      try {
        return toJson(await contract.evaluate(name, { arguments: args, endorsingOrganizations: [mspId] }));
      } catch (error) {
        return refusalTexts(error);
      }
    },
    close() {
      gateway.close();
      client.close();
    },
  };
}
