/** Signing of what is sent to the peers. @module */
import { type KeyObject, sign as signBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectOptions, hash, type Hash, type Signer, signers } from '@hyperledger/fabric-gateway';
import type { FabricIdentity, TokenKey } from './profile.ts';

/** An identity ready to sign. */
export interface Signing {
  readonly connectOptions: Pick<ConnectOptions, 'identity' | 'signer' | 'hash'>;
  readonly close: () => void;
}

/** Order of the group of P-256 (SEC 2, §2.4.2). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SCALAR_BYTES = 32;

function derInteger(scalar: Uint8Array): Uint8Array {
  const first = scalar.findIndex((byte) => byte !== 0);
  const minimal = scalar.subarray(first === -1 ? scalar.length - 1 : first);
  const padding = (minimal[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.of(0x02, padding.length + minimal.length, ...padding, ...minimal);
}

/**
 * DER of an ECDSA P-256 signature r ‖ s, with the low one of the two values of s, the only one that peers take.
 *
 * @param signature 64 bytes
 */
export function toLowSDer(signature: Uint8Array): Uint8Array {
  const r = signature.subarray(0, SCALAR_BYTES);
  let s = signature.subarray(SCALAR_BYTES);
  const value = BigInt(`0x${Buffer.from(s).toString('hex')}`);
  if (value > P256_ORDER / 2n) {
    s = Buffer.from((P256_ORDER - value).toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex');
  }
  const body = [...derInteger(r), ...derInteger(s)];
  return Uint8Array.of(0x30, body.length, ...body);
}

/** Hashes and signs off the main thread: an append is half a megabyte. Takes the message, not its digest. */
function fileSigner(key: KeyObject): Signer {
  return (message) =>
    new Promise((resolve, reject) => {
      signBytes('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, (error, signature) => {
        if (error === null) resolve(toLowSDer(signature));
        else reject(error);
      });
    });
}

/**
 * The gateway library loads pkcs11js in this call, and nowhere else.
 * @throws Error of the token's library, or where pkcs11js is not installed
 */
function tokenSigner({ library, label, pinFile, keyId }: TokenKey): { signer: Signer; close: () => void } {
  const factory = signers.newHSMSignerFactory(library);
  try {
    const pin = readFileSync(pinFile, 'utf8').trim();
    const { signer, close } = factory.newSigner({ label, pin, identifier: Buffer.from(keyId, 'hex') });
    return {
      signer,
      close: () => {
        close();
        factory.dispose();
      },
    };
  } catch (error) {
    factory.dispose();
    throw error;
  }
}

/** @throws Error where the key is in a token that cannot be opened */
export function openIdentity({ mspId, certificate, key }: FabricIdentity): Signing {
  const identity = { mspId, credentials: Buffer.from(certificate) };
  const noHash: Hash = hash.none;
  if (key.kind === 'file') {
    return { connectOptions: { identity, signer: fileSigner(key.key), hash: noHash }, close: () => undefined };
  }
  const { signer, close } = tokenSigner(key);
  return { connectOptions: { identity, signer, hash: hash.sha256 }, close };
}
