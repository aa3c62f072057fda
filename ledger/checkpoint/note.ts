/** C2SP signed-note: text, an empty line, signature lines. @module */
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../canonical/base64.ts';
import { concatBytes, isWellFormed, utf8Encode } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Primitives } from '../types.ts';
import { parseCosignature, type Cosignature, verifyCosignature } from './cosignature.ts';
import { COSIGNATURE_TYPE, isKeyName, type NoteSignature, type NoteSigner, type VerifierKey } from './key.ts';

/** More signature lines than this are refused (C2SP asks for at least 16). */
export const MAX_SIGNATURES = 100;
/** A longer note is refused; characters. */
const MAX_NOTE_LENGTH = 1_000_000;
const KEY_ID_SIZE = 4;
const LINE_START = '\u2014 ';

/** A note, read but not verified. */
export interface Note {
  /** The signed text, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A signature that verified. `cosignature` is there for keys of type cosignature/v1. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  readonly cosignature?: Cosignature;
}

export type NoteOpening =
  | {
      readonly kind: 'opened';
      readonly text: string;
      readonly verified: readonly VerifiedSignature[];
      /** Lines of keys that were not given: nothing is known about them. */
      readonly unknown: readonly NoteSignature[];
    }
  | { readonly kind: 'rejected'; readonly reason: 'bad_signature' | 'no_known_signature'; readonly key?: VerifierKey };

function unusable(reason: string): LedgerError {
  return new LedgerError('verify_unusable', `Not a usable signed note: ${reason}.`);
}

/** `— name base64(keyID ‖ signature)` and a newline. */
export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  const id = decodeHex(keyId);
  if (id?.length !== KEY_ID_SIZE || !isKeyName(name))
    throw new LedgerError('invalid_value', 'Not a key name and key ID.');
  return `${LINE_START}${name} ${encodeBase64(concatBytes(id, signature))}\n`;
}

/**
 * Reads one signature line without its newline (attacker-controlled).
 * @throws LedgerError `verify_unusable`
 */
export function parseSignatureLine(line: string): NoteSignature {
  const space = line.indexOf(' ', LINE_START.length);
  if (!line.startsWith(LINE_START) || space === -1) throw unusable('a signature line is "— name base64"');
  const name = line.slice(LINE_START.length, space);
  const bytes = decodeBase64(line.slice(space + 1));
  if (!isKeyName(name)) throw unusable('a key name is empty or has spaces');
  if (bytes === undefined || bytes.length <= KEY_ID_SIZE)
    throw unusable('a signature is not base64 of key ID and signature');
  return { name, keyId: encodeHex(bytes.subarray(0, KEY_ID_SIZE)), signature: bytes.subarray(KEY_ID_SIZE) };
}

/**
 * Reads a signed note (attacker-controlled), strict in every byte.
 * @throws LedgerError `verify_unusable`
 */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_LENGTH) throw unusable('it is too long');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw unusable('it has control characters');
  if (!isWellFormed(note)) throw unusable('it is not valid Unicode');
  const split = note.lastIndexOf('\n\n');
  if (split === -1 || !note.endsWith('\n')) throw unusable('text, an empty line and signature lines are expected');
  const lines = note.slice(split + 2, -1).split('\n');
  if (note.length === split + 2) throw unusable('it has no signature');
  if (lines.length > MAX_SIGNATURES) throw unusable(`it has more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** The note as text. Inverse of {@link parseNote}. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignatureLine).join('')}`;
}

/** Signs a text (which ends in a newline) with a key of type Ed25519: the note with that one signature line. */
export function signNote(text: string, signer: NoteSigner): string {
  if (signer.key.type === COSIGNATURE_TYPE) throw new LedgerError('invalid_value', 'A cosignature key signs no notes.');
  const { name, keyId } = signer.key;
  return formatNote({ text, signatures: [{ name, keyId, signature: signer.sign(utf8Encode(text)) }] });
}

/**
 * Appends signature lines to a note, leaving what is there unchanged (C2SP tlog-witness: cosignatures are appended).
 * @throws LedgerError `verify_unusable` if the note or a line is malformed, or there would be too many
 */
export function appendSignatures(note: string, lines: readonly NoteSignature[]): string {
  const appended = note + lines.map(formatSignatureLine).join('');
  parseNote(appended);
  return appended;
}

function verifySignature(
  key: VerifierKey,
  { signature }: NoteSignature,
  text: string,
  primitives: Primitives,
): VerifiedSignature | undefined {
  if (key.type !== COSIGNATURE_TYPE) {
    return primitives.verifyEd25519(key.publicKey, utf8Encode(text), signature) ? { key } : undefined;
  }
  const cosignature = parseCosignature(signature);
  if (cosignature === undefined || !verifyCosignature(primitives, key, cosignature, text)) return undefined;
  return { key, cosignature };
}

/**
 * Verifies a note against known keys. Lines of unknown keys are set aside. A line of a known key that fails, or a second
 * line of a known log key, rejects the whole note; so does the want of any known signature.
 */
export function openNote(note: Note, keys: readonly VerifierKey[], primitives: Primitives): NoteOpening {
  const verified: VerifiedSignature[] = [];
  const unknown: NoteSignature[] = [];
  for (const signature of note.signatures) {
    const key = keys.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    if (key === undefined) {
      unknown.push(signature);
      continue;
    }
    const repeats = key.type !== COSIGNATURE_TYPE && verified.some((other) => other.key === key);
    const outcome = repeats ? undefined : verifySignature(key, signature, note.text, primitives);
    if (outcome === undefined) return { kind: 'rejected', reason: 'bad_signature', key };
    verified.push(outcome);
  }
  if (verified.length === 0) return { kind: 'rejected', reason: 'no_known_signature' };
  return { kind: 'opened', text: note.text, verified, unknown };
}
