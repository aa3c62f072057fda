/** Puts the evidence of a chain together with the file that carries it. @module */
import { decodeBase64, encodeHex } from '../../canonical/base64.ts';
import { equalBytes } from '../../canonical/bytes.ts';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { chainLogName } from '../../checkpoint/chain-log-name.ts';
import { LedgerError } from '../../errors.ts';
import { verifyConsistency, verifyInclusion } from '../../merkle/verify-proof.ts';
import type { AnchorEvidence, ConsistencyJson, Sha256 } from '../../types.ts';
import { decodeProof } from '../check-proof.ts';
import type { AnchorFacts, Check } from '../verification.ts';
import { type AnchoredEntry, type BlockFindings, type BlockRules, checkBlock } from './check-block.ts';
import { checkEndorsements, type EndorsementFindings } from './check-endorsements.ts';
import { unfit } from './endorsed-result.ts';
import { type Identity, MspBinding } from './identities.ts';
import { type CheckpointRead, readSignedRead } from './signed-read.ts';

/** The file that carries the evidence, as far as it was verified. */
export interface AnchoredFile {
  readonly entry: AnchoredEntry;
  readonly checkpoint: Checkpoint;
  /** Of the key that the checkpoint was verified with: the log's name on the chain follows from it. */
  readonly vkey: string;
}

export interface AnchorRules extends BlockRules {
  readonly channel: string;
  readonly chaincode: string;
  /** Fails what cannot be checked. */
  readonly refuseUnchecked: boolean;
}

export interface AnchorVerification {
  readonly checks: readonly Check[];
  readonly facts: AnchorFacts | undefined;
}

/**
 * Verifies evidence (attacker-controlled) against the CAs that the verifier was given, and joins it to the checkpoint of
 * the file. Never throws for what the evidence holds.
 */
export function checkAnchor(rules: AnchorRules, anchor: AnchorEvidence, file: AnchoredFile): AnchorVerification {
  const findings = new AnchorFindings(rules.refuseUnchecked);
  const { primitives } = rules;
  const read = findings.attempt('anchor', () => readSignedRead(primitives.sha256, anchor.read));
  if (read === undefined) return findings.conclude();
  findings.attempt('anchor', () => {
    requireStatement(rules, anchor, read);
    requireLog(primitives.sha256, read, file.vkey);
    join(primitives.sha256, anchor, read, file);
    findings.passed('anchor', anchorText(read));
    return true;
  });
  const binding = new MspBinding(rules.book.authorities);
  const endorsed = findings.attempt('endorsements', () => checkEndorsements(rules, binding, read));
  if (endorsed !== undefined) findings.endorsed(endorsed);
  const block = checkOrdering(rules, findings, anchor, { read, binding, entry: file.entry });
  findings.learn(factsOf(read, endorsed, block));
  return findings.conclude();
}

function checkOrdering(
  rules: AnchorRules,
  findings: AnchorFindings,
  { block }: AnchorEvidence,
  {
    read,
    binding,
    entry,
  }: { readonly read: CheckpointRead; readonly binding: MspBinding; readonly entry: AnchoredEntry },
): BlockFindings | undefined {
  if (block === undefined) {
    if (rules.orderers.authorities.length > 0) {
      findings.notChecked('ordering', 'The file does not carry the block, so what the orderers signed is not in it.');
    }
    return undefined;
  }
  const found = findings.attempt('ordering', () => checkBlock(rules, binding, block, { read, entry }));
  if (found !== undefined) findings.ordered(found, block.number);
  return found;
}

/** Collects checks; a fault becomes the failure of the check that met it. */
class AnchorFindings {
  readonly #refuseUnchecked: boolean;
  readonly #checks: Check[] = [];
  #facts: AnchorFacts | undefined;

  constructor(refuseUnchecked: boolean) {
    this.#refuseUnchecked = refuseUnchecked;
  }

  attempt<T>(name: Check['name'], check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#checks.push({ name, status: 'failed', detail: error.message });
      return undefined;
    }
  }

  passed(name: Check['name'], detail: string): void {
    this.#checks.push({ name, status: 'passed', detail });
  }

  notChecked(name: Check['name'], detail: string): void {
    this.#checks.push({ name, status: 'not_checked', detail });
  }

  /** Something in the file that nobody looked at. */
  unchecked(name: Check['name'], detail: string): void {
    this.#checks.push({ name, status: this.#refuseUnchecked ? 'failed' : 'not_checked', detail });
  }

  endorsed({ endorsers, policy, unchecked }: EndorsementFindings): void {
    const whose = [...new Set(endorsers.map(({ mspId, authority }) => `${mspId} (CA ${authority.name})`))];
    const [verb, each] = whose.length === 1 ? ['vouches', ''] : ['vouch', 'each '];
    this.passed(
      'endorsements',
      `${inWords(whose)} ${verb} that the chain holds this root, ${each}by the signature of a peer. The policy ${policy} is satisfied.`,
    );
    if (unchecked.length > 0) {
      const detail = `A further endorsement, of ${inWords(unchecked)}, was NOT checked: you did not give the CA.`;
      this.unchecked('endorsements', detail);
    }
  }

  ordered({ append, orderers, unchecked }: BlockFindings, number: number): void {
    const who = inWords([...new Set(orderers.map(({ mspId, authority }) => `${mspId} (CA ${authority.name})`))]);
    const place = `Block ${number} holds the transaction that appended the entries ${append.start} to ${append.size - 1}`;
    if (orderers.length > 0) this.passed('ordering', `${place}, and ${who} signed that block as orderer.`);
    if (unchecked.length > 0) this.unchecked('ordering', `${place}. ${unchecked.join(' ')}`);
  }

  learn(facts: AnchorFacts): void {
    this.#facts = facts;
  }

  conclude(): AnchorVerification {
    return { checks: this.#checks, facts: this.#facts };
  }
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function timeText(timeMs: number): string {
  const time = new Date(timeMs);
  return Number.isNaN(time.getTime()) ? 'an impossible time' : time.toISOString();
}

/** Says what the evidence states, and no more: whether it is true is for the endorsements, which are checked after it. */
function anchorText({ block, chaincode, channel, size, timeMs }: CheckpointRead): string {
  return (
    `The evidence states that the first ${size} entries of the log are on the channel ${channel} (chaincode ` +
    `${chaincode}), committed in block ${block}, as read from the chain at ${timeText(timeMs)}, with a root that ` +
    'this file’s checkpoint agrees with.'
  );
}

/** What the evidence says of itself has to be what was endorsed, and on the channel and by the chaincode that is expected. */
function requireStatement(rules: AnchorRules, anchor: AnchorEvidence, read: CheckpointRead): void {
  if (read.channel !== rules.channel) {
    throw unfit(`What was endorsed is of another channel than ${rules.channel}.`);
  }
  if (read.chaincode !== rules.chaincode) {
    throw unfit(`What was endorsed is of another chaincode than ${rules.chaincode}.`);
  }
  const root = decodeBase64(anchor.root);
  const isSame =
    anchor.channel === read.channel &&
    anchor.chaincode === read.chaincode &&
    anchor.log === read.log &&
    anchor.size === read.size;
  if (!isSame || root === undefined || !equalBytes(root, read.root)) {
    throw unfit('The evidence states another channel, chaincode, log, size or root than was endorsed.');
  }
}

function requireLog(sha256: Sha256, { log }: CheckpointRead, vkey: string): void {
  if (log !== chainLogName(sha256, vkey)) {
    throw unfit('What was endorsed is of another log: its name does not follow from the key of the checkpoint.');
  }
}

/** The anchored tree and that of the checkpoint are the same, or one extends the other; and the entry is in both. */
function join(sha256: Sha256, anchor: AnchorEvidence, read: CheckpointRead, file: AnchoredFile): void {
  if (read.size === file.checkpoint.size) {
    requireSameTree(anchor, read, file);
    return;
  }
  requireEntry(sha256, anchor, read, file.entry);
  if (!isConsistent(sha256, anchor.consistency, read, file.checkpoint)) {
    throw unfit('The root on the chain and that of the checkpoint are not joined by a consistency proof.');
  }
}

function requireSameTree(anchor: AnchorEvidence, read: CheckpointRead, { checkpoint }: AnchoredFile): void {
  if (anchor.proof !== undefined || anchor.consistency !== undefined) {
    throw unfit('The evidence carries proofs to another size, though the chain and the checkpoint are at the same.');
  }
  if (!equalBytes(read.root, checkpoint.root)) {
    throw unfit('The root on the chain is not the one that the checkpoint states: these are two different histories.');
  }
}

function requireEntry(sha256: Sha256, anchor: AnchorEvidence, read: CheckpointRead, entry: AnchoredEntry): void {
  if (entry.index >= read.size) throw unfit('The entry is not among those that the chain covers.');
  const proof = anchor.proof === undefined ? undefined : decodeProof(anchor.proof);
  if (proof?.index !== entry.index || proof.size !== read.size) {
    throw unfit('The evidence lacks the proof that the entry is in the tree on the chain.');
  }
  if (!verifyInclusion(sha256, proof, entry.leafHash, read.root)) {
    throw unfit('The proof does not lead from the entry to the root on the chain.');
  }
}

function isConsistent(
  sha256: Sha256,
  consistency: ConsistencyJson | undefined,
  read: CheckpointRead,
  checkpoint: Checkpoint,
): boolean {
  if (consistency === undefined) return false;
  const [smaller, larger] = read.size < checkpoint.size ? [read, checkpoint] : [checkpoint, read];
  if (consistency.from !== smaller.size || consistency.to !== larger.size) return false;
  const hashes = consistency.hashes.map(decodeBase64);
  if (!hashes.every((hash) => hash !== undefined)) return false;
  const proof = { from: consistency.from, to: consistency.to, hashes };
  return verifyConsistency(sha256, proof, smaller.root, larger.root);
}

function signerFacts({ authority, certificate, mspId, role }: Identity): AnchorFacts['endorsers'][number] {
  return { mspId, ca: authority.name, role, subject: certificate.subjectText };
}

function factsOf(
  read: CheckpointRead,
  endorsed: EndorsementFindings | undefined,
  block: BlockFindings | undefined,
): AnchorFacts {
  return {
    channel: read.channel,
    chaincode: read.chaincode,
    log: read.log,
    size: read.size,
    root: encodeHex(read.root),
    block: read.block,
    transaction: read.transaction,
    readAt: timeText(read.timeMs),
    endorsers: endorsed?.endorsers.map(signerFacts) ?? [],
    ...(endorsed !== undefined && { policy: endorsed.policy }),
    ...(block !== undefined && { orderers: block.orderers.map(signerFacts) }),
  };
}
