/** C2SP tlog-cosignature, version 1 (Ed25519): a witness's word that it saw a checkpoint at a time. @module */
import { concatBytes, copyBytes, utf8Encode } from '../canonical/bytes.ts';
import { LedgerError } from '../errors.ts';
import type { Primitives } from '../types.ts';
import { COSIGNATURE_TYPE, type NoteSignature, type NoteSigner, type VerifierKey } from './key.ts';

const TIME_SIZE = 8;
const SIGNATURE_SIZE = 64;
const TWO_POW_32 = 2 ** 32;

export interface Cosignature {
  /** Unix seconds at which the witness cosigned. */
  readonly time: number;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** What the witness signs: `cosignature/v1`, `time <seconds>`, the checkpoint text without signature lines. */
export function cosignatureMessage(time: number, text: string): Uint8Array {
  return utf8Encode(`cosignature/v1\ntime ${time}\n${text}`);
}

/** Reads the signature field of a cosignature line (u64-BE time ‖ signature); `undefined` if it is not one. */
export function parseCosignature(field: Uint8Array): Cosignature | undefined {
  if (field.length !== TIME_SIZE + SIGNATURE_SIZE) return undefined;
  const view = new DataView(field.buffer, field.byteOffset, TIME_SIZE);
  const time = view.getUint32(0) * TWO_POW_32 + view.getUint32(4);
  return Number.isSafeInteger(time) ? { time, signature: copyBytes(field.subarray(TIME_SIZE)) } : undefined;
}

/** The signature field of a cosignature line. Inverse of {@link parseCosignature}. */
export function formatCosignature({ time, signature }: Cosignature): Uint8Array {
  const head = new Uint8Array(TIME_SIZE);
  const view = new DataView(head.buffer);
  view.setUint32(0, Math.floor(time / TWO_POW_32));
  view.setUint32(4, time % TWO_POW_32);
  return concatBytes(head, signature);
}

/** Whether the witness `key` cosigned the checkpoint text at that time. */
export function verifyCosignature(
  { verifyEd25519 }: Pick<Primitives, 'verifyEd25519'>,
  key: VerifierKey,
  { time, signature }: Cosignature,
  text: string,
): boolean {
  return key.type === COSIGNATURE_TYPE && verifyEd25519(key.publicKey, cosignatureMessage(time, text), signature);
}

/**
 * Cosigns a checkpoint text (which ends in a newline) at `time`, Unix seconds.
 * @throws LedgerError `invalid_value` unless the key is of type cosignature/v1
 */
export function cosign(text: string, time: number, signer: NoteSigner): NoteSignature {
  if (signer.key.type !== COSIGNATURE_TYPE || !Number.isSafeInteger(time) || time < 0) {
    throw new LedgerError('invalid_value', 'A cosignature needs a cosignature/v1 key and a time in seconds.');
  }
  const signature = formatCosignature({ time, signature: signer.sign(cosignatureMessage(time, text)) });
  return { name: signer.key.name, keyId: signer.key.keyId, signature };
}
