/**
 * A log as the blocks of one organisation's peer hold it. Read with a schema of its own, straight from Fabric's message
 * definitions, so that a fault in the product's readers cannot hide itself.
 *
 * @module
 */
import protobuf from 'protobufjs';
import { openFabricChain } from '../../runtime/fabric-chain.ts';

const SCHEMA = `syntax = "proto3";
message Header { uint64 number = 1; }
message Data { repeated bytes data = 1; }
message Metadata { repeated bytes metadata = 1; }
message Block { Header header = 1; Data data = 2; Metadata metadata = 3; }
message Envelope { bytes payload = 1; }
message PayloadHeader { bytes channel_header = 1; }
message Payload { PayloadHeader header = 1; bytes data = 2; }
message ChannelHeader { int32 type = 1; string channel_id = 4; }
message Action { bytes header = 1; bytes payload = 2; }
message Transaction { repeated Action actions = 1; }
message EndorsedAction { bytes proposal_response_payload = 1; }
message ChaincodeActionPayload { bytes chaincode_proposal_payload = 1; EndorsedAction action = 2; }
message ProposalResponsePayload { bytes proposal_hash = 1; bytes extension = 2; }
message Response { int32 status = 1; string message = 2; bytes payload = 3; }
message ChaincodeAction { bytes results = 1; bytes events = 2; Response response = 3; }
message ChaincodeProposalPayload { bytes input = 1; }
message Id { string path = 1; string name = 2; }
message Input { repeated bytes args = 1; }
message Spec { int32 type = 1; Id chaincode_id = 2; Input input = 3; }
message Invocation { Spec chaincode_spec = 1; }`;
const { root } = protobuf.parse(SCHEMA, { keepCase: true });
const ENDORSER_TRANSACTION = 3;
const VALIDATION_FLAGS = 2;
const LEAF_BYTES = 32;

/** A call of `appendLeaves` in a block. */
export interface ChainAppend {
  readonly block: number;
  readonly start: number;
  readonly leaves: Buffer;
  /** As the chaincode answered. */
  readonly size: number;
  /** Hex, as the chaincode answered. */
  readonly root: string;
  /** Whether the peer committed it. */
  readonly isCommitted: boolean;
}

export interface ChainLog {
  /** Blocks of the channel, as the peer gave them. */
  readonly blocks: readonly Uint8Array[];
  /** Calls for this log, in the order of the chain. */
  readonly appends: readonly ChainAppend[];
  /** Leaf hashes of the committed ones, in the order of the chain. */
  readonly leaves: readonly Buffer[];
  /** What the chaincode says now. */
  readonly head: { readonly size: number; readonly root: Uint8Array };
}

/** Reads all blocks of the peer of one organisation, through its gateway alone. */
export async function readChainLog(profile: string, vkey: string, mspId: string): Promise<ChainLog> {
  const { chain } = await openFabricChain(profile, vkey, { gateway: mspId });
  try {
    const height = await chain.height();
    const blocks: Uint8Array[] = [];
    for (let number = 0; number < height; number += 1) blocks.push(await chain.block(number));
    const appends = blocks.flatMap((bytes) => appendsIn(bytes, chain.chaincode)).filter(({ log }) => log === chain.log);
    const leaves = appends.filter(({ isCommitted }) => isCommitted).flatMap((append) => split(append.leaves));
    return { blocks, appends, leaves, head: await chain.head() };
  } finally {
    chain.close();
  }
}

function split(leaves: Buffer): Buffer[] {
  const count = leaves.length / LEAF_BYTES;
  return Array.from({ length: count }, (_, i) => leaves.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES));
}

interface Fields {
  readonly [name: string]: unknown;
}

function decode(type: string, bytes: unknown): Fields {
  return root.lookupType(type).decode(bytes as Uint8Array);
}

const at = (message: unknown, name: string): unknown => (message as Fields | null)?.[name];

function appendsIn(bytes: Uint8Array, chaincode: string): (ChainAppend & { readonly log: string })[] {
  const block = decode('Block', bytes);
  const number = Number(at(block['header'], 'number'));
  const flags = (at(block['metadata'], 'metadata') as Uint8Array[])[VALIDATION_FLAGS] ?? new Uint8Array(0);
  return (at(block['data'], 'data') as Uint8Array[]).flatMap((envelope, position) => {
    const append = appendIn(envelope, chaincode);
    return append === undefined ? [] : [{ ...append, block: number, isCommitted: flags[position] === 0 }];
  });
}

function appendIn(
  envelope: Uint8Array,
  chaincode: string,
): Omit<ChainAppend & { readonly log: string }, 'block' | 'isCommitted'> | undefined {
  const payload = decode('Payload', decode('Envelope', envelope)['payload']);
  const header = decode('ChannelHeader', at(payload['header'], 'channel_header'));
  if (header['type'] !== ENDORSER_TRANSACTION) return undefined;
  const [action] = decode('Transaction', payload['data'])['actions'] as Fields[];
  const call = decode('ChaincodeActionPayload', action?.['payload']);
  const proposal = decode('ChaincodeProposalPayload', call['chaincode_proposal_payload']);
  const { chaincode_spec: spec } = decode('Invocation', proposal['input']);
  const args = (at(at(spec, 'input'), 'args') as Uint8Array[]).map((arg) => Buffer.from(arg));
  const [name, log, start, leaves] = args;
  if (at(at(spec, 'chaincode_id'), 'name') !== chaincode || name?.toString() !== 'appendLeaves') return undefined;
  const response = decode('ProposalResponsePayload', at(call['action'], 'proposal_response_payload'));
  const result = at(decode('ChaincodeAction', response['extension'])['response'], 'payload') as Uint8Array;
  const answer = JSON.parse(Buffer.from(result).toString()) as { size: string; root: string };
  return {
    log: String(log),
    start: Number(String(start)),
    leaves: leaves ?? Buffer.alloc(0),
    size: Number(answer.size),
    root: answer.root,
  };
}
