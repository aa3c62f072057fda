/** Verifies bundles and tlog-proofs, offline and without any I/O. @module */
import { decodeBase64, encodeHex } from '../canonical/base64.ts';
import { equalBytes, utf8Decode } from '../canonical/bytes.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { isQuorumMet, type WitnessPolicy } from '../checkpoint/policy.ts';
import { parseTlogProof, type TlogProof } from '../checkpoint/tlog-proof.ts';
import { LedgerError } from '../errors.ts';
import { formatVerifierKey } from '../checkpoint/key.ts';
import type { AnchorEvidence, InclusionProof, Primitives } from '../types.ts';
import { checkCheckpoint, type CheckpointCheck, type PinnedKeys, readPinnedKeys } from './check-checkpoint.ts';
import { checkEntry, type CheckedEntry } from './check-entry.ts';
import { erasureFault } from './check-erasure.ts';
import { openingFault } from './check-opening.ts';
import { decodeProof, proofFault } from './check-proof.ts';
import type { FabricTrust } from './fabric/trust.ts';
import { readBundle, type UncheckedBundle, type UncheckedErasure, type UncheckedOpening } from './read-bundle.ts';
import { Findings, type Verification } from './verification.ts';

export interface VerifierOptions {
  readonly primitives: Primitives;
  /** vkeys that the verifier trusts: of logs (type 01) and of witnesses (type 04). */
  readonly pinnedKeys?: readonly string[];
  /** Its logs and witnesses are pinned too, and its quorum has to be met. */
  readonly policy?: WitnessPolicy;
  /** Base64 digests of known schemas, and the event type that each is for. */
  readonly schemas?: ReadonlyMap<string, string>;
  /** Whom to trust on the chain (`createFabricTrust`). With it, a file without evidence of the chain fails. */
  readonly fabric?: FabricTrust;
  /** Fails what cannot be checked and could be altered unnoticed: signature lines of unknown keys, and anchor evidence. */
  readonly refuseUnchecked?: boolean;
}

export interface Verifier {
  /** JSON text or its UTF-8 bytes. */
  readonly verifyBundle: (input: string | Uint8Array) => Verification;
  /**
   * Text or UTF-8 bytes of a C2SP tlog-proof. The proof is about `entry`; if that is not given, about the entry bytes in
   * the `extra` line, where this log puts them. If both are there they have to be the same.
   */
  readonly verifyTlogProof: (input: string | Uint8Array, entry?: Uint8Array) => Verification;
}

interface CheckedCheckpoint {
  readonly checkpoint?: Checkpoint | undefined;
  /** Of the key that its signature was verified with. */
  readonly vkey?: string | undefined;
}

/** What evidence of a chain has to fit, as far as it could be read. */
interface FileToAnchor extends CheckedCheckpoint {
  readonly index?: number;
  readonly leafHash?: Uint8Array | undefined;
}

/** Many files of an export share a checkpoint: its signature is verified once. */
const CHECKPOINT_CACHE_SIZE = 64;

class FileVerifier implements Verifier {
  readonly #options: VerifierOptions;
  readonly #primitives: Primitives;
  readonly #pinned: PinnedKeys;
  readonly #checkpoints = new Map<string, CheckpointCheck>();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#primitives = options.primitives;
    const pinned = readPinnedKeys(options.primitives, options.pinnedKeys ?? []);
    this.#pinned = {
      logs: [...pinned.logs, ...(options.policy?.logs.map(({ key }) => key) ?? [])],
      witnesses: [...pinned.witnesses, ...(options.policy?.witnesses.map(({ key }) => key) ?? [])],
    };
  }

  readonly verifyBundle = (input: string | Uint8Array): Verification => {
    const findings = new Findings();
    let bundle: UncheckedBundle;
    try {
      bundle = readBundle(input);
    } catch (error) {
      return findings.unusable(describeUnusable(error, 'bundle'));
    }
    findings.passed('format', 'The file is a bundle of format vericlin-bundle/1.');
    const entry = this.#checkEntry(findings, decodeBase64(bundle.entry));
    const { checkpoint, vkey } = this.#checkCheckpoint(findings, bundle.checkpoint, bundle.key);
    this.#checkInclusion(findings, decodeProof(bundle.proof), entry, checkpoint);
    this.#checkOpening(findings, bundle.opening, entry);
    this.#checkSchema(findings, entry);
    this.#checkErasure(findings, bundle.erasure, bundle.proof.index, checkpoint);
    this.#checkAnchor(findings, bundle.anchor, {
      index: bundle.proof.index,
      leafHash: entry?.leafHash,
      checkpoint,
      vkey,
    });
    return findings.conclude();
  };

  readonly verifyTlogProof = (input: string | Uint8Array, entryBytes?: Uint8Array): Verification => {
    const findings = new Findings();
    let proof: TlogProof;
    try {
      proof = parseTlogProof(typeof input === 'string' ? input : utf8Decode(input));
    } catch (error) {
      return findings.unusable(describeUnusable(error, 'tlog-proof'));
    }
    const bytes = entryBytes ?? proof.extra;
    if (bytes === undefined) {
      return findings.unusable('The proof does not carry the entry that it is about, and none was given beside it.');
    }
    findings.passed('format', 'The file is a C2SP transparency log proof, version 1.');
    const entry = this.#checkEntry(findings, bytes);
    if (proof.extra !== undefined && !equalBytes(proof.extra, bytes)) {
      findings.failed('entry', 'The entry in the proof is not the entry that was given beside it.');
    }
    const { checkpoint } = this.#checkCheckpoint(findings, proof.checkpoint, undefined);
    const inclusion = { index: proof.index, size: checkpoint?.size ?? 0, hashes: proof.hashes };
    this.#checkInclusion(findings, inclusion, entry, checkpoint);
    this.#checkOpening(findings, undefined, entry);
    this.#checkSchema(findings, entry);
    if (this.#options.fabric !== undefined) this.#checkAnchor(findings, null, {});
    return findings.conclude();
  };

  #checkEntry(findings: Findings, bytes: Uint8Array | undefined): CheckedEntry | undefined {
    const checked = checkEntry(this.#primitives.sha256, bytes);
    if (checked.kind === 'not_entry') {
      findings.failed('entry', `The entry ${checked.reason}.`);
      return undefined;
    }
    findings.passed('entry', 'The entry is complete and written in the one form that the log uses.');
    findings.learn({ id: checked.entry.id, type: checked.entry.type, leafHash: encodeHex(checked.leafHash) });
    return checked;
  }

  #openCheckpoint(note: string, claimedKey: string | undefined): CheckpointCheck {
    // The length keeps apart what a hostile file could otherwise shift between key and note.
    const cacheKey = `${claimedKey?.length ?? 'none'}:${claimedKey ?? ''}${note}`;
    const cached = this.#checkpoints.get(cacheKey);
    if (cached !== undefined) return cached;
    const check = checkCheckpoint(this.#primitives, note, claimedKey, this.#pinned);
    const oldest = this.#checkpoints.keys().next();
    if (this.#checkpoints.size >= CHECKPOINT_CACHE_SIZE && oldest.done !== true) this.#checkpoints.delete(oldest.value);
    this.#checkpoints.set(cacheKey, check);
    return check;
  }

  /** The checkpoint where it could be read, and the key where its signature verified. */
  #checkCheckpoint(findings: Findings, note: string, claimedKey: string | undefined): CheckedCheckpoint {
    const check = this.#openCheckpoint(note, claimedKey);
    if (check.kind === 'signed') {
      this.#reportSigned(findings, check);
      return { checkpoint: check.opening.checkpoint, vkey: formatVerifierKey(check.opening.logKey) };
    }
    if (check.kind === 'fault') findings.failed('checkpoint', check.reason);
    else {
      findings.notChecked('checkpoint', 'The signature was NOT verified: the file carries no key and you pinned none.');
    }
    findings.notChecked('cosignatures', 'Not looked into, because the signature of the log itself was not verified.');
    if (check.checkpoint !== undefined)
      findings.learn({ origin: check.checkpoint.origin, size: check.checkpoint.size });
    return { checkpoint: check.checkpoint };
  }

  #reportSigned(findings: Findings, { opening, isPinned }: CheckpointCheck & { kind: 'signed' }): void {
    const { checkpoint, logKey, cosignatures } = opening;
    const signer = `${logKey.name} (key ${logKey.keyId})`;
    const trust = isPinned
      ? 'a key that you pinned'
      : 'a key that only this file vouches for: whoever made the file could have made the key too';
    findings.passed('checkpoint', `The log’s state at ${checkpoint.size} entries is signed by ${signer}, ${trust}.`);
    findings.learn({
      origin: checkpoint.origin,
      size: checkpoint.size,
      keyId: logKey.keyId,
      isKeyPinned: isPinned,
      cosignedBy: cosignatures.map(({ key, cosignature }) => ({ name: key.name, time: cosignature?.time ?? 0 })),
    });
    this.#reportCosignatures(findings, opening);
  }

  #reportCosignatures(
    findings: Findings,
    { cosignatures, unknown }: (CheckpointCheck & { kind: 'signed' })['opening'],
  ): void {
    const names = [...new Set(cosignatures.map(({ key }) => key.name))].join(', ');
    const { policy } = this.#options;
    if (
      policy !== undefined &&
      !isQuorumMet(
        policy,
        cosignatures.map(({ key }) => key),
      )
    ) {
      findings.failed('cosignatures', 'The witnesses whose cosignature verified are fewer than the policy asks for.');
    } else if (names !== '')
      findings.passed('cosignatures', `Cosigned by the witnesses ${names}, whose keys you pinned.`);
    else findings.notChecked('cosignatures', 'No witness whose key you pinned cosigned this checkpoint.');
    if (unknown.length === 0) return;
    const lines = `${unknown.length} further signature line(s) are of keys that you did not pin: they prove nothing`;
    if (this.#options.refuseUnchecked === true) findings.failed('cosignatures', `${lines}, and could not be checked.`);
    else findings.notChecked('cosignatures', `${lines} and were left out.`);
  }

  #checkInclusion(
    findings: Findings,
    proof: InclusionProof | undefined,
    checked: CheckedEntry | undefined,
    checkpoint: Checkpoint | undefined,
  ): void {
    if (checked === undefined || checkpoint === undefined) {
      findings.notChecked('inclusion', 'Needs an entry and a checkpoint that can be read.');
      return;
    }
    const fault = proofFault(this.#primitives.sha256, proof, checked.leafHash, checkpoint);
    if (fault !== undefined || proof === undefined) {
      findings.failed('inclusion', fault ?? 'A hash of the proof is not base64.');
      return;
    }
    findings.learn({ index: proof.index });
    findings.passed(
      'inclusion',
      `The entry stands at index ${proof.index} of the ${checkpoint.size} that the checkpoint covers.`,
    );
  }

  #checkOpening(findings: Findings, opening: UncheckedOpening | undefined, checked: CheckedEntry | undefined): void {
    if (opening === undefined) {
      findings.notChecked(
        'opening',
        'The file does not carry the content; the entry shows that it exists, not what it says.',
      );
      return;
    }
    if (checked === undefined) {
      findings.notChecked('opening', 'Needs an entry that can be read.');
      return;
    }
    const fault = openingFault(this.#primitives, opening, checked.entry);
    if (fault !== undefined) {
      findings.failed('opening', fault);
      return;
    }
    const recordedAt = opening.envelope['recordedAt'];
    if (typeof recordedAt === 'string') findings.learn({ recordedAt });
    findings.passed('opening', 'The content is exactly what the entry committed to, the recording time included.');
  }

  #checkSchema(findings: Findings, checked: CheckedEntry | undefined): void {
    if (checked === undefined) {
      findings.notChecked('schema', 'Needs an entry that can be read.');
      return;
    }
    const type = this.#options.schemas?.get(checked.entry.schema);
    if (type === undefined) {
      findings.notChecked('schema', 'The entry names the schema by a digest that this verifier does not know.');
    } else if (type === checked.entry.type) {
      findings.passed('schema', `The entry names the published schema of the type ${type}.`);
    } else findings.failed('schema', 'The entry names the schema of another type than its own.');
  }

  #checkErasure(
    findings: Findings,
    erasure: UncheckedErasure | undefined,
    index: number,
    checkpoint: Checkpoint | undefined,
  ): void {
    if (erasure === undefined) return;
    if (checkpoint === undefined) {
      findings.notChecked('erasure', 'Needs a checkpoint that can be read.');
      return;
    }
    const fault = erasureFault(this.#primitives, erasure, index, checkpoint);
    if (fault !== undefined) {
      findings.failed('erasure', fault);
      return;
    }
    findings.learn({ erasedBy: { id: erasure.event, index: erasure.index } });
    findings.passed(
      'erasure',
      `The log records at index ${erasure.index} that a subject’s key was destroyed. That this entry was about that ` +
        'subject is the operator’s statement; entries name no subject, so no one outside can check it.',
    );
  }

  #checkAnchor(findings: Findings, anchor: AnchorEvidence | null, file: FileToAnchor): void {
    const { fabric, refuseUnchecked = false } = this.#options;
    if (fabric === undefined) {
      reportUncheckedAnchor(findings, anchor !== null, refuseUnchecked);
      return;
    }
    if (anchor === null) {
      findings.failed(
        'anchor',
        'You gave CA certificates, but the file carries no evidence of a chain to check by them.',
      );
      return;
    }
    const { checkpoint, index, leafHash, vkey } = file;
    if (checkpoint === undefined || vkey === undefined || index === undefined || leafHash === undefined) {
      findings.notChecked('anchor', 'Needs an entry that can be read and a checkpoint whose signature verifies.');
      return;
    }
    const { checks, facts } = fabric.checkAnchor(
      anchor,
      { checkpoint, vkey, entry: { index, leafHash } },
      refuseUnchecked,
    );
    for (const check of checks) findings.add(check);
    if (facts !== undefined) findings.learn({ anchored: facts });
  }
}

function reportUncheckedAnchor(findings: Findings, isPresent: boolean, refuseUnchecked: boolean): void {
  if (!isPresent) {
    findings.notChecked(
      'anchor',
      'The file carries no evidence of an anchor: only the log itself vouches for its history.',
    );
    return;
  }
  const detail =
    'The file carries evidence of a chain, which was NOT checked: give the CA certificates of its organisations.';
  if (refuseUnchecked) findings.failed('anchor', detail);
  else findings.notChecked('anchor', detail);
}

function describeUnusable(error: unknown, what: string): string {
  if (!(error instanceof LedgerError)) throw error;
  const place = error.pointer === undefined || error.pointer === '' ? '' : ` (at ${error.pointer})`;
  return `This is not a usable ${what}: ${error.message}${place}`;
}

/**
 * A verifier for many files; it remembers the checkpoints it verified.
 * @throws LedgerError `verify_unusable` if a pinned key is malformed
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new FileVerifier(options);
}
