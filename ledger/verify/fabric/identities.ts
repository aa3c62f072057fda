/** Who signed: certificates in the evidence, held against the CAs that the verifier was given. @module */
import { encodeBase64 } from '../../canonical/base64.ts';
import { utf8Decode } from '../../canonical/bytes.ts';
import { LedgerError } from '../../errors.ts';
import type { Primitives } from '../../types.ts';
import { type Authority, type Chain, chainFault, chainTo } from './authorities.ts';
import { type Certificate, readCertificate, readPem } from './certificate.ts';
import { isLowS, readEcdsaSignature } from './ecdsa-signature.ts';
import { unfit } from './endorsed-result.ts';
import { readSerializedIdentity } from './fabric-messages.generated.ts';
import type { PolicyRole } from './policy.ts';

/** Roles that Fabric tells by the organisational unit of a certificate (NodeOUs). */
export type Role = Exclude<PolicyRole, 'member'>;
const ROLES: readonly Role[] = ['client', 'peer', 'admin', 'orderer'];

/** A member of an organisation whose CA the verifier was given. */
export interface Identity {
  readonly mspId: string;
  readonly authority: Authority;
  readonly certificate: Certificate;
  readonly role: Role;
}

/** An identity, or the MSP id that somebody claims whose certificate none of the CAs issued. */
export type Identification = { readonly kind: 'known'; readonly identity: Identity } | Foreign;

export interface Foreign {
  readonly kind: 'foreign';
  readonly mspId: string;
}

type Issued =
  | { readonly kind: 'issued'; readonly certificate: Certificate; readonly authority: Authority; readonly chain: Chain }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'fault'; readonly error: LedgerError };

const MSP_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** Many files of an export are signed by the same few. */
const CERTIFICATE_CACHE_SIZE = 256;

/** Which CA issued a certificate. Remembers certificates: reading one costs more than all other checks together. */
export class CertificateBook {
  readonly #primitives: Primitives;
  readonly #authorities: readonly Authority[];
  readonly #known = new Map<string, Issued>();

  constructor(primitives: Primitives, authorities: readonly Authority[]) {
    this.#primitives = primitives;
    this.#authorities = authorities;
  }

  get authorities(): readonly Authority[] {
    return this.#authorities;
  }

  /** @param pem attacker-controlled */
  issuedBy(pem: Uint8Array): Issued {
    const key = encodeBase64(pem);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const issued = this.#look(pem);
    const oldest = this.#known.keys().next();
    if (this.#known.size >= CERTIFICATE_CACHE_SIZE && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(key, issued);
    return issued;
  }

  #look(pem: Uint8Array): Issued {
    try {
      const certificate = onlyCertificate(pem);
      for (const authority of this.#authorities) {
        const chain = chainTo(this.#primitives, certificate, authority);
        if (chain !== undefined) return { kind: 'issued', certificate, authority, chain };
      }
      return { kind: 'foreign' };
    } catch (error) {
      if (error instanceof LedgerError) return { kind: 'fault', error };
      throw error;
    }
  }
}

function onlyCertificate(pem: Uint8Array): Certificate {
  const [der, ...more] = readPem(utf8Decode(pem), 'CERTIFICATE');
  if (der === undefined || more.length > 0) throw unfit('An identity does not hold exactly one certificate in PEM.');
  return readCertificate(der);
}

/**
 * Which MSP id stands for which CA, in one piece of evidence: one CA file per MSP id and one MSP id per CA file. Where the
 * verifier named none, the first certificate that a CA issued binds it.
 */
export class MspBinding {
  readonly #authorities = new Map<string, Authority>();

  constructor(authorities: readonly Authority[]) {
    for (const authority of authorities) {
      if (authority.mspId !== undefined) this.#authorities.set(authority.mspId, authority);
    }
  }

  get mspIds(): readonly string[] {
    return [...this.#authorities.keys()];
  }

  has(mspId: string): boolean {
    return this.#authorities.has(mspId);
  }

  /** @throws LedgerError `verify_unusable` if that would bind either a second time */
  bind(mspId: string, authority: Authority): void {
    const bound = this.#authorities.get(mspId);
    if (bound === authority) return;
    const other = [...this.#authorities].find(([, one]) => one === authority)?.[0];
    if (other !== undefined) {
      throw unfit(`A certificate that claims to be of ${mspId} was issued by the CA of ${other} (${authority.name}).`);
    }
    if (bound !== undefined) {
      throw unfit(`Certificates of ${mspId} were issued by two CAs: ${bound.name} and ${authority.name}.`);
    }
    this.#authorities.set(mspId, authority);
  }
}

const WITH_ARTICLE: Readonly<Record<Role, string>> = {
  client: 'a client',
  peer: 'a peer',
  admin: 'an administrator',
  orderer: 'an orderer',
};

/** Fabric's NodeOUs: exactly one unit names a role. Units that name none (departments) are of no account. */
function roleOf({ units }: Certificate, mspId: string): Role {
  const roles = units.flatMap((unit) => ROLES.filter((role) => role === unit));
  const [role, ...more] = roles;
  if (role === undefined) throw unfit(`A certificate of ${mspId} names no role.`);
  if (more.length > 0) throw unfit(`A certificate of ${mspId} names more than one role.`);
  return role;
}

export interface IdentityQuery {
  /** msp.SerializedIdentity, attacker-controlled. */
  readonly identity: Uint8Array;
  /** The role that it has to have. */
  readonly role: Role;
  /** When its certificate has to be valid, Unix milliseconds. */
  readonly timeMs: number;
}

/**
 * Finds out who an identity is.
 * @throws LedgerError `verify_unusable` with the reason, if it is not one of that role, valid then
 */
export function identify(book: CertificateBook, binding: MspBinding, query: IdentityQuery): Identification {
  const { idBytes, mspid: mspId } = readSerializedIdentity(query.identity);
  // It is repeated in what people read.
  if (!MSP_ID.test(mspId)) throw unfit('An identity does not name an MSP id.');
  const issued = book.issuedBy(idBytes);
  if (issued.kind === 'fault') throw unfit(`A certificate of ${mspId} cannot be used: ${issued.error.message}`);
  if (issued.kind === 'foreign') return { kind: 'foreign', mspId };
  const { authority, certificate, chain } = issued;
  binding.bind(mspId, authority);
  if (certificate.isCa) throw unfit(`A CA of ${mspId} signed where ${WITH_ARTICLE[query.role]} has to.`);
  const role = roleOf(certificate, mspId);
  if (role !== query.role) {
    throw unfit(`${mspId} signed by ${WITH_ARTICLE[role]}, where ${WITH_ARTICLE[query.role]} has to.`);
  }
  const who = `${WITH_ARTICLE[role]} of ${mspId}`;
  if (!certificate.maySign) throw unfit(`The certificate of ${who} is not one for signatures.`);
  const fault = chainFault(certificate, chain, authority, { timeMs: query.timeMs, who });
  if (fault !== undefined) throw unfit(fault);
  return { kind: 'known', identity: { mspId, authority, certificate, role } };
}

/**
 * Verifies a signature in DER (attacker-controlled) over SHA-256 of the message.
 * @throws LedgerError `verify_unusable` with the reason, if it is not the strict, low-S form or does not verify
 */
export function requireSignature(
  primitives: Primitives,
  { mspId, role, certificate }: Identity,
  message: Uint8Array,
  der: Uint8Array,
): void {
  const who = `${WITH_ARTICLE[role]} of ${mspId}`;
  if (der.length === 0) throw unfit(`The signature of ${who} is missing.`);
  const signature = readEcdsaSignature(der);
  if (signature === undefined) throw unfit(`The signature of ${who} is not in canonical DER.`);
  if (!isLowS(signature)) throw unfit(`The signature of ${who} has a high s, which Fabric does not take.`);
  if (!primitives.verifyP256(certificate.publicKey, message, signature)) {
    throw unfit(`The signature of ${who} does not verify.`);
  }
}
