/**
 * The contract: a log's frontier on the chain, from which every peer derives the root itself. Pure but for the state that
 * it is given, and deterministic: no clock, no randomness, no order that is not the state's.
 *
 * State of a log: `<log>/frontier` = size and perfect subtrees (ledger/merkle/frontier.ts), `<log>/cp:<size, 20 digits>` =
 * root of that size, `<log>/owner` = the MSP id that opened it. The leaf hashes stay in the block, as the argument.
 *
 * @module
 */
import { encodeHex } from '../canonical/base64.ts';
import { equalBytes, utf8Encode } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { decodeFrontier, encodeFrontier } from '../merkle/frontier.ts';
import { HASH_SIZE } from '../merkle/hash.ts';
import type { Sha256 } from '../types.ts';
import { readFunction, readLeaves, readLog, readOptionalSize, readStart, requireCount } from './arguments.ts';
import { Refusal } from './refusal.ts';

/** What the contract needs of a peer's state, in one transaction. Reads do not see the transaction's own writes. */
export interface ChaincodeState {
  /** The value, empty where there is none. */
  readonly get: (key: string) => Promise<Uint8Array>;
  readonly put: (key: string, value: Uint8Array) => Promise<void>;
  /** Keys from `start` to before `end`, in order. */
  readonly range: (start: string, end: string) => AsyncIterable<{ readonly key: string; readonly value: Uint8Array }>;
}

/** One call of the chaincode. */
export interface Call {
  readonly state: ChaincodeState;
  /** MSP id of the identity that signed the proposal; the peer has checked it. */
  readonly creatorMspId: string;
  /** Function name and parameters, as bytes. */
  readonly args: readonly Uint8Array[];
}

/** Checkpoints in an answer of `listCheckpoints`, at most. */
export const PAGE_SIZE = 100;

const SIZE_DIGITS = 20;
const frontierKey = (log: string): string => `${log}/frontier`;
const ownerKey = (log: string): string => `${log}/owner`;
const checkpointPrefix = (log: string): string => `${log}/cp:`;
const checkpointKey = (log: string, size: number): string =>
  checkpointPrefix(log) + String(size).padStart(SIZE_DIGITS, '0');

interface CheckpointJson {
  /** Decimal. */
  readonly size: string;
  /** 32 bytes, lower-case hex. */
  readonly root: string;
}

function checkpointJson(size: number, root: Uint8Array): CheckpointJson {
  if (root.length !== HASH_SIZE) throw new Refusal('CORRUPT_STATE');
  return { size: String(size), root: encodeHex(root) };
}

async function readRange(sha256: Sha256, { state }: Call, log: string): Promise<CompactRange> {
  const stored = await state.get(frontierKey(log));
  if (stored.length === 0) return new CompactRange(sha256);
  try {
    return CompactRange.fromFrontier(sha256, decodeFrontier(stored));
  } catch (error) {
    if (error instanceof LedgerError) throw new Refusal('CORRUPT_STATE');
    throw error;
  }
}

/** A log belongs to the organisation that opened it. Returns whether this call opens it. */
async function requireOwner({ state, creatorMspId }: Call, log: string): Promise<boolean> {
  const owner = await state.get(ownerKey(log));
  const isOpen = owner.length > 0;
  // An empty id would open the log for everybody: an empty value is no value.
  if (creatorMspId === '' || (isOpen && !equalBytes(owner, utf8Encode(creatorMspId)))) throw new Refusal('NOT_OWNER');
  return !isOpen;
}

/** `appendLeaves(log, start, leaves)`: writes frontier and checkpoint, and the owner the first time. */
async function appendLeaves(sha256: Sha256, call: Call, parameters: readonly Uint8Array[]): Promise<CheckpointJson> {
  requireCount(parameters, 3);
  const log = readLog(parameters[0]);
  const start = readStart(parameters[1]);
  const leaves = readLeaves(parameters[2]);
  if (!Number.isSafeInteger(start + leaves.length / HASH_SIZE)) throw new Refusal('BAD_START');

  const opens = await requireOwner(call, log);
  const range = await readRange(sha256, call, log);
  if (opens && range.size > 0) throw new Refusal('CORRUPT_STATE');
  if (start !== range.size) throw new Refusal(`WRONG_START expected ${range.size} got ${start}`);

  range.appendAll(leaves);
  const root = range.root();
  if (opens) await call.state.put(ownerKey(log), utf8Encode(call.creatorMspId));
  await call.state.put(frontierKey(log), encodeFrontier(range.frontier()));
  await call.state.put(checkpointKey(log, range.size), root);
  return checkpointJson(range.size, root);
}

/** `getCheckpoint(log, size | "")`: reads one key, so that an endorsement of the answer names the version of that key. */
async function getCheckpoint(sha256: Sha256, call: Call, parameters: readonly Uint8Array[]): Promise<CheckpointJson> {
  requireCount(parameters, 2);
  const log = readLog(parameters[0]);
  const size = readOptionalSize(parameters[1]);
  if (size === undefined) {
    const range = await readRange(sha256, call, log);
    return checkpointJson(range.size, range.root());
  }
  const root = await call.state.get(checkpointKey(log, size));
  if (root.length === 0) throw new Refusal(`NO_CHECKPOINT ${size}`);
  return checkpointJson(size, root);
}

/** `listCheckpoints(log, page)`: oldest first, those after the size `page`, or from the first for the empty page. */
async function listCheckpoints(call: Call, parameters: readonly Uint8Array[]): Promise<object> {
  requireCount(parameters, 2);
  const log = readLog(parameters[0]);
  const after = readOptionalSize(parameters[1]) ?? 0;
  const prefix = checkpointPrefix(log);
  // `:` follows `9` in the order of keys: behind every size.
  const entries = call.state.range(checkpointKey(log, after + 1), `${prefix}:`);
  const checkpoints: CheckpointJson[] = [];
  for await (const { key, value } of entries) {
    if (checkpoints.length === PAGE_SIZE) return { checkpoints, next: checkpoints.at(-1)?.size ?? '' };
    checkpoints.push(checkpointJson(Number(key.slice(prefix.length)), value));
  }
  return { checkpoints, next: '' };
}

/**
 * Answers a call with the bytes of its JSON.
 * @throws Refusal with a stable text; any other error means that the peer could not read or write
 */
export async function answerCall(sha256: Sha256, call: Call): Promise<Uint8Array> {
  const [name, ...parameters] = call.args;
  switch (readFunction(name)) {
    case 'appendLeaves':
      return utf8Encode(JSON.stringify(await appendLeaves(sha256, call, parameters)));
    case 'getCheckpoint':
      return utf8Encode(JSON.stringify(await getCheckpoint(sha256, call, parameters)));
    case 'listCheckpoints':
      return utf8Encode(JSON.stringify(await listCheckpoints(call, parameters)));
    default:
      throw new Refusal('UNKNOWN_FUNCTION');
  }
}
