/**
 * Whether a transaction changes a log's state, whatever its form. Peers take more forms than honest clients write, and a
 * chaincode can call another: what counts is the write set, so it is looked for without asking what the rest is.
 *
 * @module
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Field numbers from an Envelope to the read-write set of each namespace (Fabric, common, peer and rwset protos). */
const ENVELOPE_TO_RESULTS = [
  1, // Envelope.payload
  2, // Payload.data
  1, // Transaction.actions
  2, // TransactionAction.payload
  2, // ChaincodeActionPayload.action
  1, // ChaincodeEndorsedAction.proposal_response_payload
  2, // ProposalResponsePayload.extension
  1, // ChaincodeAction.results
  2, // TxReadWriteSet.ns_rwset
];
const NAMESPACE = 1;
const RWSET = 2;
/** KVRWSet.writes and KVRWSet.metadata_writes; each begins with its key. */
const WRITES = [3, 4];
const KEY = 1;

/** Whether `envelope` (attacker-controlled) writes a key that begins with `prefix` in the state of `chaincode`. */
export function writesKeys(envelope: Uint8Array, chaincode: string, prefix: string): boolean {
  // A key stands in the bytes as it is, so most transactions need no more than this.
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength);
  if (!bytes.includes(prefix)) return false;
  return follow([envelope], ENVELOPE_TO_RESULTS).some((set) => {
    if (!follow([set], [NAMESPACE]).some((name) => Buffer.from(name).equals(Buffer.from(chaincode)))) return false;
    return WRITES.some((field) =>
      follow([set], [RWSET, field, KEY]).some((key) => Buffer.from(key).toString('latin1').startsWith(prefix)),
    );
  });
}

/** Every value that lies at the end of a path of length-delimited fields, repeated ones included. */
function follow(messages: readonly Uint8Array[], path: readonly number[]): readonly Uint8Array[] {
  return path.reduce((found, field) => found.flatMap((message) => valuesOf(message, field)), messages);
}

/** The length-delimited values of one field; none of what comes after something that is no protocol buffer. */
function valuesOf(message: Uint8Array, wanted: number): readonly Uint8Array[] {
  const values: Uint8Array[] = [];
  const cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const tag = takeVarint(cursor);
    const length = tag === undefined ? undefined : lengthOf(tag % 8, cursor);
    if (tag === undefined || length === undefined || cursor.at + length > message.length) return values;
    if (tag === wanted * 8 + LENGTH_DELIMITED) values.push(message.subarray(cursor.at, cursor.at + length));
    cursor.at += length;
  }
  return values;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** Bytes of the value at the cursor; those of a varint are passed already. */
function lengthOf(wireType: number, cursor: Cursor): number | undefined {
  if (wireType === LENGTH_DELIMITED) return takeVarint(cursor);
  if (wireType === VARINT) return takeVarint(cursor) === undefined ? undefined : 0;
  if (wireType === FIXED64) return 8;
  return wireType === FIXED32 ? 4 : undefined;
}

/** Values beyond 2^53 lose digits: they are no length and no tag of ours. */
function takeVarint(cursor: Cursor): number | undefined {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return value;
  }
  return undefined;
}
