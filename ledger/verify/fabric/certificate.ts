/** X.509 certificates and revocation lists (RFC 5280), as far as Fabric identities use them. @module */
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  type AlgorithmIdentifier,
  BasicConstraints,
  Certificate as X509Certificate,
  CertificateList as X509CertificateList,
  type Extension,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  type SubjectPublicKeyInfo,
  type Time,
} from '@peculiar/asn1-x509';
import { decodeBase64, encodeHex } from '../../canonical/base64.ts';
import { LedgerError } from '../../errors.ts';
import type { Primitives } from '../../types.ts';
import { readEcdsaSignature, toLowS } from './ecdsa-signature.ts';
import { unfit } from './endorsed-result.ts';
import { isSignedDer } from './signed-der.ts';

/** Something that a CA signed. */
export interface Signed {
  /** Hex DER of the issuer's name. */
  readonly issuer: string;
  /** The bytes that were signed. */
  readonly tbs: Uint8Array;
  /** r ‖ s, low s. */
  readonly signature: Uint8Array;
}

export interface Certificate extends Signed {
  /** Hex DER of the subject's name. */
  readonly subject: string;
  /** The subject's name for people: `CN=…, O=…`. */
  readonly subjectText: string;
  /** Organisational units of the subject. */
  readonly units: readonly string[];
  /** Lower-case hex. */
  readonly serial: string;
  /** P-256, 0x04 ‖ x ‖ y. */
  readonly publicKey: Uint8Array;
  /** Unix milliseconds, both included. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly isCa: boolean;
  /** How many CAs may stand between this one and a certificate that is none. */
  readonly pathLength: number;
  readonly maySign: boolean;
  readonly mayIssueCertificates: boolean;
}

export interface RevocationList extends Signed {
  /** Serial numbers, lower-case hex. */
  readonly revoked: ReadonlySet<string>;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
/** DER of the OBJECT IDENTIFIER of P-256. */
const P256 = '06082a8648ce3d030107';
const UNCOMPRESSED_POINT = 0x04;
const POINT_SIZE = 65;
const ORGANIZATIONAL_UNIT = '2.5.4.11';

const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  [ORGANIZATIONAL_UNIT, 'OU'],
]);

/** Critical extensions that are taken into account, or that say nothing about signing. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
]);

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----/g;

/**
 * Contents of the PEM blocks of those labels (RFC 7468); text around them carries no meaning.
 * @throws LedgerError `verify_unusable` if such a block is malformed
 */
export function readPem(text: string, ...labels: readonly string[]): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (const [, begin, content = '', end] of text.matchAll(PEM_BLOCK)) {
    if (begin === undefined || !labels.includes(begin)) continue;
    const bytes = begin === end ? decodeBase64(content.replace(/[ \t\r\n]/g, '')) : undefined;
    if (bytes === undefined) throw unfit(`A PEM block ${begin} is malformed.`);
    blocks.push(bytes);
  }
  return blocks;
}

/** The library throws whatever it meets in a damaged certificate: all of it means the same here. */
function parsing<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    throw new LedgerError('verify_unusable', `The ${what} is damaged.`, { cause });
  }
}

function requireEcdsa(what: string, ...algorithms: readonly AlgorithmIdentifier[]): void {
  if (algorithms.some(({ algorithm }) => algorithm !== ECDSA_WITH_SHA256)) {
    throw unfit(`The ${what} is not signed by ECDSA with SHA-256, the one algorithm that can be checked here.`);
  }
}

/** What was signed, and by which signature. Around these two every byte is as DER has it. */
function signedOf(what: string, der: Uint8Array, { tbs, value }: Parts): Pick<Signed, 'tbs' | 'signature'> {
  const signature = readEcdsaSignature(new Uint8Array(value));
  if (signature === undefined) throw unfit(`The signature on the ${what} is malformed.`);
  if (tbs === undefined || !isSignedDer(der, new Uint8Array(tbs), new Uint8Array(value))) {
    throw unfit(`The ${what} is damaged.`);
  }
  return { tbs: new Uint8Array(tbs), signature: toLowS(signature) };
}

/** As the library reads them. */
interface Parts {
  readonly tbs: ArrayBuffer | undefined;
  readonly value: ArrayBuffer;
}

function publicKeyOf({ algorithm, subjectPublicKey }: SubjectPublicKeyInfo): Uint8Array {
  const parameters = encodeHex(new Uint8Array(algorithm.parameters ?? new ArrayBuffer(0)));
  const point = new Uint8Array(subjectPublicKey);
  if (algorithm.algorithm !== EC_PUBLIC_KEY || parameters !== P256) {
    throw unfit('The key of the certificate is not on the curve P-256, the one that can be checked here.');
  }
  if (point.length !== POINT_SIZE || point[0] !== UNCOMPRESSED_POINT) {
    throw unfit('The key of the certificate is malformed.');
  }
  return point;
}

function nameKey(name: Name): string {
  return encodeHex(new Uint8Array(AsnConvert.serialize(name)));
}

function attributesOf(name: Name): { type: string; text: string }[] {
  return [...name].flatMap((part) => [...part].map(({ type, value }) => ({ type, text: value.toString() })));
}

/** Most specific first, as RFC 4514 writes names. */
function nameText(name: Name): string {
  const parts = attributesOf(name).map(({ type, text }) => `${ATTRIBUTES.get(type) ?? type}=${text}`);
  return parts.reverse().join(', ');
}

function timeMs(time: Time): number {
  const ms = time.getTime().getTime();
  if (Number.isNaN(ms)) throw unfit('A time in the certificate is malformed.');
  return ms;
}

function refuseUnknown(extensions: readonly Extension[], what: string): void {
  if (extensions.some(({ critical, extnID }) => critical && !KNOWN_EXTENSIONS.has(extnID))) {
    throw unfit(`The ${what} has a critical extension that is not understood here.`);
  }
  if (new Set(extensions.map(({ extnID }) => extnID)).size !== extensions.length) {
    throw unfit(`The ${what} has an extension twice.`);
  }
}

function extensionValue(extensions: readonly Extension[], id: string): ArrayBuffer | undefined {
  return extensions.find(({ extnID }) => extnID === id)?.extnValue.buffer;
}

type Constraints = Pick<Certificate, 'isCa' | 'pathLength' | 'maySign' | 'mayIssueCertificates'>;

function constraintsOf(extensions: readonly Extension[]): Constraints {
  refuseUnknown(extensions, 'certificate');
  const basic = extensionValue(extensions, id_ce_basicConstraints);
  const constraints = basic === undefined ? undefined : AsnConvert.parse(basic, BasicConstraints);
  const usage = extensionValue(extensions, id_ce_keyUsage);
  // Without the extension a key is good for everything (RFC 5280 §4.2.1.3).
  const flags: number = usage === undefined ? ~0 : AsnConvert.parse(usage, KeyUsage).toNumber();
  return {
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint ?? Infinity,
    maySign: (flags & KeyUsageFlags.digitalSignature) !== 0,
    mayIssueCertificates: (flags & KeyUsageFlags.keyCertSign) !== 0,
  };
}

/**
 * Reads a certificate in DER (attacker-controlled).
 * @throws LedgerError `verify_unusable` with the reason, if it is damaged or of a kind that cannot be checked here
 */
export function readCertificate(der: Uint8Array): Certificate {
  return parsing('certificate', () => {
    const {
      signatureAlgorithm,
      signatureValue,
      tbsCertificate: tbs,
      tbsCertificateRaw,
    } = AsnConvert.parse(der, X509Certificate);
    requireEcdsa('certificate', signatureAlgorithm, tbs.signature);
    return {
      issuer: nameKey(tbs.issuer),
      subject: nameKey(tbs.subject),
      subjectText: nameText(tbs.subject),
      units: attributesOf(tbs.subject).flatMap(({ type, text }) => (type === ORGANIZATIONAL_UNIT ? [text] : [])),
      serial: encodeHex(new Uint8Array(tbs.serialNumber)),
      publicKey: publicKeyOf(tbs.subjectPublicKeyInfo),
      notBeforeMs: timeMs(tbs.validity.notBefore),
      notAfterMs: timeMs(tbs.validity.notAfter),
      ...signedOf('certificate', der, { tbs: tbsCertificateRaw, value: signatureValue }),
      ...constraintsOf(tbs.extensions ?? []),
    };
  });
}

/**
 * Reads a revocation list in DER.
 * @throws LedgerError `verify_unusable` with the reason, if it is damaged or of a kind that cannot be checked here
 */
export function readRevocationList(der: Uint8Array): RevocationList {
  return parsing('revocation list', () => {
    const list = AsnConvert.parse(der, X509CertificateList);
    const { tbsCertList: tbs, tbsCertListRaw } = list;
    requireEcdsa('revocation list', list.signatureAlgorithm, tbs.signature);
    const entries = tbs.revokedCertificates ?? [];
    refuseUnknown([...(tbs.crlExtensions ?? [])], 'revocation list');
    for (const { crlEntryExtensions } of entries) refuseUnknown(crlEntryExtensions ?? [], 'revocation list');
    return {
      issuer: nameKey(tbs.issuer),
      ...signedOf('revocation list', der, { tbs: tbsCertListRaw, value: list.signature }),
      revoked: new Set(entries.map(({ userCertificate }) => encodeHex(new Uint8Array(userCertificate)))),
    };
  });
}

/** Whether `ca` signed it, by name and by key. */
export function isSignedBy({ verifyP256 }: Primitives, signed: Signed, ca: Certificate): boolean {
  return signed.issuer === ca.subject && verifyP256(ca.publicKey, signed.tbs, signed.signature);
}
