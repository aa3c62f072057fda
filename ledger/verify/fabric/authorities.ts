/** The certification authorities that a verifier was given, and which of them vouches for a certificate. @module */
import { encodeHex } from '../../canonical/base64.ts';
import { LedgerError } from '../../errors.ts';
import type { Primitives } from '../../types.ts';
import {
  type Certificate,
  isSignedBy,
  readCertificate,
  readPem,
  readRevocationList,
  type RevocationList,
} from './certificate.ts';
import { unfit } from './endorsed-result.ts';

/** One CA file: a root, and the intermediate CAs below it if there are any. */
export interface CaSettings {
  /** PEM, one or more certificates. */
  readonly pem: string;
  /** The organisation's MSP id, where the verifier knows it. */
  readonly mspId?: string;
  /** What to call it when it cannot be used: the file's name. */
  readonly label?: string;
}

/** An organisation as the verifier knows it: by its CA. */
export interface Authority {
  readonly certificates: readonly Certificate[];
  readonly mspId: string | undefined;
  /** Subject of the first certificate, for people. */
  readonly name: string;
  /** Issuer and serial number of what its CAs revoked. */
  readonly revoked: ReadonlySet<string>;
}

/** CAs above a certificate, the issuer first. */
export type Chain = readonly Certificate[];

const MOST_CAS_IN_A_CHAIN = 8;
/** RFC 7468 §6, and what some tools write. */
const CRL_LABELS = ['X509 CRL', 'CRL'];

function revocationKey({ issuer }: { issuer: string }, serial: string): string {
  return `${issuer}:${serial}`;
}

function named(label: string | undefined): string {
  return label === undefined ? 'A CA certificate' : `The CA certificate ${label}`;
}

function readCaCertificates({ pem, label }: CaSettings): Certificate[] {
  let certificates: Certificate[];
  try {
    certificates = readPem(pem, 'CERTIFICATE').map(readCertificate);
  } catch (error) {
    if (error instanceof LedgerError) throw unfit(`${named(label)} cannot be used: ${error.message}`);
    throw error;
  }
  if (certificates.length === 0) throw unfit(`${named(label)} is no PEM certificate.`);
  if (certificates.some(({ isCa, mayIssueCertificates }) => !isCa || !mayIssueCertificates)) {
    throw unfit(`${named(label)} is not one of a CA: it may not issue certificates.`);
  }
  return certificates;
}

/** Two organisations with one CA could each speak for the other. */
function refuseShared(authorities: readonly Authority[]): void {
  const keys = new Set<string>();
  for (const { certificates, name } of authorities) {
    for (const key of new Set(certificates.map(({ publicKey }) => encodeHex(publicKey)))) {
      if (keys.has(key)) throw unfit(`The CA ${name} was given twice. Every organisation has its own.`);
      keys.add(key);
    }
  }
}

function groupByMsp(cas: readonly CaSettings[]): { mspId: string | undefined; files: CaSettings[] }[] {
  const groups: { mspId: string | undefined; files: CaSettings[] }[] = [];
  for (const ca of cas) {
    const same = ca.mspId === undefined ? undefined : groups.find(({ mspId }) => mspId === ca.mspId);
    if (same === undefined) groups.push({ mspId: ca.mspId, files: [ca] });
    else same.files.push(ca);
  }
  return groups;
}

/**
 * Reads revocation lists, one or more in each PEM file.
 * @throws LedgerError `verify_unusable` with the reason, if one cannot be used
 */
export function readRevocationLists(pems: readonly string[]): RevocationList[] {
  return pems.flatMap((pem) => {
    const lists = readPem(pem, ...CRL_LABELS).map(readRevocationList);
    if (lists.length === 0) throw unfit('A revocation list is no PEM block X509 CRL.');
    return lists;
  });
}

/**
 * Reads CA files. Files with the same MSP id are one organisation; each without is one of its own.
 * @param lists those that an organisation's CAs issued hold for it
 * @throws LedgerError `verify_unusable` with the reason, if a file cannot be used
 */
export function readAuthorities(
  primitives: Primitives,
  cas: readonly CaSettings[],
  lists: readonly RevocationList[],
): Authority[] {
  const authorities = groupByMsp(cas).map(({ mspId, files }): Authority => {
    const certificates = files.flatMap(readCaCertificates);
    const own = lists.filter((list) => certificates.some((ca) => isSignedBy(primitives, list, ca)));
    return {
      certificates,
      mspId,
      name: certificates[0]?.subjectText ?? '',
      revoked: new Set(own.flatMap((list) => [...list.revoked].map((serial) => revocationKey(list, serial)))),
    };
  });
  refuseShared(authorities);
  return authorities;
}

/**
 * Refuses revocation lists that would go unheeded.
 * @throws LedgerError `verify_unusable` if one was issued by none of the CAs
 */
export function requireIssuers(
  primitives: Primitives,
  authorities: readonly Authority[],
  lists: readonly RevocationList[],
): void {
  const cas = authorities.flatMap(({ certificates }) => certificates);
  if (lists.some((list) => !cas.some((ca) => isSignedBy(primitives, list, ca)))) {
    throw unfit('A revocation list was issued by none of the CAs that you gave.');
  }
}

/** The CAs of `authority` above `certificate`, or `undefined` if it is not one of its. */
export function chainTo(primitives: Primitives, certificate: Certificate, authority: Authority): Chain | undefined {
  const chain: Certificate[] = [];
  let current = certificate;
  while (chain.length < MOST_CAS_IN_A_CHAIN) {
    const below = current;
    const issuer = authority.certificates.find((ca) => !chain.includes(ca) && isSignedBy(primitives, below, ca));
    if (issuer === undefined || issuer === current) break;
    chain.push(issuer);
    if (issuer.issuer === issuer.subject) break;
    current = issuer;
  }
  return chain.length === 0 ? undefined : chain;
}

/** What is wrong with a certificate at `timeMs`, as a sentence about `who`, or `undefined`. */
export function chainFault(
  certificate: Certificate,
  chain: Chain,
  { revoked }: Authority,
  { timeMs, who }: { readonly timeMs: number; readonly who: string },
): string | undefined {
  for (const [i, one] of [certificate, ...chain].entries()) {
    const what = i === 0 ? `The certificate of ${who}` : `The CA certificate ${one.subjectText} above ${who}`;
    if (timeMs < one.notBeforeMs) return `${what} was not yet valid at the time of the evidence.`;
    if (timeMs > one.notAfterMs) return `${what} had expired at the time of the evidence.`;
    if (revoked.has(revocationKey(one, one.serial))) return `${what} was revoked.`;
    if (i > 0 && one.pathLength < i - 1) return `${what} may not stand that far above it.`;
  }
  return undefined;
}
