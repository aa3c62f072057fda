/** The shape of Fabric evidence. @module */
import type { AnchorEvidence, BlockEvidence, ConsistencyJson, JsonValue, SignedRead } from '../types.ts';
import { readArray, readObject, readPosition, readProof, readString, readStrings, unusable } from './read-members.ts';

const FORMAT = 'vericlin-anchor/1';
const STATEMENT = ['format', 'channel', 'chaincode', 'log', 'size', 'root', 'read'];

function readConsistency(value: JsonValue, pointer: string): ConsistencyJson {
  const members = readObject(value, pointer, ['from', 'to', 'hashes']);
  return {
    from: readPosition(members['from'], `${pointer}/from`),
    to: readPosition(members['to'], `${pointer}/to`),
    hashes: readStrings(members['hashes'], `${pointer}/hashes`),
  };
}

function readEndorsement(value: JsonValue, pointer: string): SignedRead['endorsements'][number] {
  const members = readObject(value, pointer, ['endorser', 'signature']);
  return {
    endorser: readString(members['endorser'], `${pointer}/endorser`),
    signature: readString(members['signature'], `${pointer}/signature`),
  };
}

function readRead(value: JsonValue | undefined, pointer: string): SignedRead {
  const texts = ['channelHeader', 'signatureHeader', 'proposalPayload', 'responsePayload'] as const;
  const members = readObject(value, pointer, [...texts, 'endorsements']);
  const [channelHeader, signatureHeader, proposalPayload, responsePayload] = texts.map((name) =>
    readString(members[name], `${pointer}/${name}`),
  ) as [string, string, string, string];
  const endorsements = readArray(members['endorsements'], `${pointer}/endorsements`);
  return {
    channelHeader,
    signatureHeader,
    proposalPayload,
    responsePayload,
    endorsements: endorsements.map((one, i) => readEndorsement(one, `${pointer}/endorsements/${i}`)),
  };
}

function readBlock(value: JsonValue, pointer: string): BlockEvidence {
  const members = readObject(value, pointer, ['number', 'previousHash', 'data', 'transaction', 'signatures']);
  return {
    number: readPosition(members['number'], `${pointer}/number`),
    previousHash: readString(members['previousHash'], `${pointer}/previousHash`),
    data: readStrings(members['data'], `${pointer}/data`),
    transaction: readPosition(members['transaction'], `${pointer}/transaction`),
    signatures: readString(members['signatures'], `${pointer}/signatures`),
  };
}

/**
 * Reads the `anchor` of a bundle or receipt (attacker-controlled) as far as its shape goes. `null` or absent: there is none.
 * @throws LedgerError `verify_unusable` with pointer
 */
export function readAnchor(value: JsonValue | undefined, pointer: string): AnchorEvidence | null {
  if (value === undefined || value === null) return null;
  const members = readObject(value, pointer, STATEMENT, ['proof', 'consistency', 'block']);
  if (members['format'] !== FORMAT) throw unusable(`the format is not ${FORMAT}`, `${pointer}/format`);
  const { block, consistency, proof } = members;
  return {
    format: FORMAT,
    channel: readString(members['channel'], `${pointer}/channel`),
    chaincode: readString(members['chaincode'], `${pointer}/chaincode`),
    log: readString(members['log'], `${pointer}/log`),
    size: readPosition(members['size'], `${pointer}/size`),
    root: readString(members['root'], `${pointer}/root`),
    ...(proof !== undefined && { proof: readProof(proof, `${pointer}/proof`) }),
    ...(consistency !== undefined && { consistency: readConsistency(consistency, `${pointer}/consistency`) }),
    read: readRead(members['read'], `${pointer}/read`),
    ...(block !== undefined && { block: readBlock(block, `${pointer}/block`) }),
  };
}
