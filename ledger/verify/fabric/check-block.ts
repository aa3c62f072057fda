/** The block that committed an append: transaction, hashes and the orderers' signatures. @module */
import { decodeBase64, encodeHex } from '../../canonical/base64.ts';
import { concatBytes, equalBytes } from '../../canonical/bytes.ts';
import type { BlockEvidence } from '../../types.ts';
import { type Append, readAppend } from './append.ts';
import { encodeBlockHeader, type EndorsedTransaction, hashBlockData, readTransaction } from './block.ts';
import { checkEndorsements, type EndorsementRules } from './check-endorsements.ts';
import { unfit } from './endorsed-result.ts';
import { type MetadataSignature, readMetadata, readSignatureHeader } from './fabric-messages.generated.ts';
import { type CertificateBook, identify, type Identity, MspBinding, requireSignature } from './identities.ts';
import type { CheckpointRead } from './signed-read.ts';

const HASH_SIZE = 32;

/** The entry that the evidence is about. */
export interface AnchoredEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
}

export interface BlockRules extends EndorsementRules {
  /** CAs of the ordering service; none given, its signatures are not checked. */
  readonly orderers: CertificateBook;
}

export interface BlockFindings {
  readonly append: Append;
  /** Orderers whose signature verified; empty if no CA of theirs was given. */
  readonly orderers: readonly Identity[];
  /** What could not be checked, as sentences. */
  readonly unchecked: readonly string[];
}

function bytesOf(base64: string): Uint8Array {
  const bytes = decodeBase64(base64);
  if (bytes === undefined) throw unfit('A member of the block is not base64.');
  return bytes;
}

/**
 * Verifies the block (attacker-controlled) of the append that `read` is about: who asked for it, who endorsed it, what it
 * wrote, where it stands, and who ordered it. That it was committed is what `read` shows, not the block: nobody signs
 * a block's validation codes, and they are not part of the evidence.
 *
 * @throws LedgerError `verify_unusable` with the reason
 */
export function checkBlock(
  rules: BlockRules,
  binding: MspBinding,
  block: BlockEvidence,
  { read, entry }: { readonly read: CheckpointRead; readonly entry: AnchoredEntry },
): BlockFindings {
  requirePlace(block, read);
  const envelopes = block.data.map(bytesOf);
  const envelope = envelopes[block.transaction];
  if (envelope === undefined) throw unfit('The block has no transaction at that position.');
  const transaction = readTransaction(rules.primitives.sha256, envelope);
  const append = checkAppend(rules, transaction, read, entry);
  checkEndorsements(rules, binding, { ...transaction, timeMs: transaction.result.timeMs });
  const unchecked = checkCreator(rules, binding, transaction);
  const previousHash = bytesOf(block.previousHash);
  if (previousHash.length !== HASH_SIZE) throw unfit('The hash of the previous block is not one.');
  const header = { number: block.number, previousHash, dataHash: hashBlockData(rules.primitives.sha256, envelopes) };
  const orderers = checkOrderers(
    rules,
    bytesOf(block.signatures),
    encodeBlockHeader(header),
    transaction.result.timeMs,
  );
  return { append, orderers: orderers.identities, unchecked: [...unchecked, ...orderers.unchecked] };
}

function requirePlace({ number, transaction }: BlockEvidence, read: CheckpointRead): void {
  if (number !== read.block || transaction !== read.transaction) {
    throw unfit('The block or transaction is not the one that the signed read names.');
  }
}

function checkAppend(
  { primitives }: BlockRules,
  { result }: EndorsedTransaction,
  read: CheckpointRead,
  { index, leafHash }: AnchoredEntry,
): Append {
  if (result.channel !== read.channel) throw unfit('The transaction in the block is of another channel.');
  if (result.chaincode !== read.chaincode) throw unfit('The transaction in the block is of another chaincode.');
  const append = readAppend(primitives.sha256, result);
  if (append.log !== read.log) throw unfit('The transaction in the block is about another log.');
  if (append.size !== read.size || !equalBytes(append.root, read.root)) {
    throw unfit('The transaction in the block leads to another size or root than the signed read states.');
  }
  const leaf = append.leaves[index - append.start];
  if (leaf !== undefined && !equalBytes(leaf, leafHash)) {
    throw unfit('The transaction in the block holds another leaf at the place of the entry.');
  }
  return append;
}

function checkCreator(
  { book, primitives }: BlockRules,
  binding: MspBinding,
  { creatorSignature, payload, result }: EndorsedTransaction,
): string[] {
  const query = { identity: result.creatorBytes, role: 'client', timeMs: result.timeMs } as const;
  const creator = identify(book, binding, query);
  if (creator.kind === 'known') {
    requireSignature(primitives, creator.identity, payload, creatorSignature);
    return [];
  }
  if (binding.has(creator.mspId)) {
    throw unfit(`The creator claims to be of ${creator.mspId}, whose CA did not issue its certificate.`);
  }
  return [`The creator of the transaction is of ${creator.mspId}, whose CA you did not give.`];
}

/** With a signature header it is one that can be checked, whatever else it carries. */
function isOfBftService({ identifierHeader, signatureHeader }: MetadataSignature): boolean {
  return identifierHeader.length > 0 && signatureHeader.length === 0;
}

function checkOrderers(
  { orderers, primitives }: BlockRules,
  metadataBytes: Uint8Array,
  header: Uint8Array,
  timeMs: number,
): { identities: Identity[]; unchecked: string[] } {
  const { signatures, value } = readMetadata(metadataBytes);
  if (signatures.length === 0) throw unfit('No orderer signed the block.');
  if (signatures.every(isOfBftService)) {
    return {
      identities: [],
      unchecked: ['The block was ordered by a BFT service, whose signatures this version cannot check.'],
    };
  }
  if (orderers.authorities.length === 0) {
    return {
      identities: [],
      unchecked: ['The orderers’ signatures were not checked: give their CA with --orderer-ca.'],
    };
  }
  const binding = new MspBinding(orderers.authorities);
  const identities = signatures.map((signature) => {
    const orderer = identifyOrderer(orderers, binding, signature, timeMs);
    const message = concatBytes(value, signature.signatureHeader, header);
    requireSignature(primitives, orderer, message, signature.signature);
    return orderer;
  });
  if (new Set(identities.map(({ certificate }) => encodeHex(certificate.publicKey))).size < identities.length) {
    throw unfit('The same orderer signed the block twice.');
  }
  return { identities, unchecked: [] };
}

function identifyOrderer(
  orderers: CertificateBook,
  binding: MspBinding,
  { identifierHeader, signatureHeader }: MetadataSignature,
  timeMs: number,
): Identity {
  if (identifierHeader.length > 0) throw unfit('A signature on the block names its orderer in two ways.');
  const { creator } = readSignatureHeader(signatureHeader);
  const identified = identify(orderers, binding, { identity: creator, role: 'orderer', timeMs });
  if (identified.kind === 'known') return identified.identity;
  throw unfit(`The block was signed for ${identified.mspId} with a certificate of no orderer CA that you gave.`);
}
