/** Whom a verifier trusts on a Fabric channel. @module */
import type { AnchorEvidence, Primitives } from '../../types.ts';
import { type CaSettings, readAuthorities, readRevocationLists, requireIssuers } from './authorities.ts';
import { type AnchoredFile, type AnchorVerification, checkAnchor } from './check-anchor.ts';
import { unfit } from './endorsed-result.ts';
import { CertificateBook } from './identities.ts';
import { parsePolicy } from './policy.ts';

/** Plain data, so that it goes to worker threads. */
export interface FabricTrustSettings {
  /** CAs of the organisations, at least one. */
  readonly cas: readonly CaSettings[];
  /** CAs of the ordering service, for evidence that carries a block. */
  readonly ordererCas?: readonly CaSettings[];
  /** Revocation lists, PEM. */
  readonly crls?: readonly string[];
  /** Fabric signature policy. Without one a peer of every organisation whose CA is given has to have signed. */
  readonly policy?: string;
  readonly channel?: string;
  readonly chaincode?: string;
}

/** Checks the evidence in files. Remembers certificates, so one serves for many files. */
export interface FabricTrust {
  /** @param refuseUnchecked fails what cannot be checked */
  readonly checkAnchor: (anchor: AnchorEvidence, file: AnchoredFile, refuseUnchecked: boolean) => AnchorVerification;
}

/** Unless the verifier says otherwise. */
export const DEFAULT_CHANNEL = 'vericlin';
export const DEFAULT_CHAINCODE = 'merkle-anchor';

/**
 * Reads CAs, revocation lists and policy once, for any number of files.
 * @throws LedgerError `verify_unusable` with the reason, if one of them cannot be used
 */
export function createFabricTrust(primitives: Primitives, settings: FabricTrustSettings): FabricTrust {
  const { cas, channel, chaincode, crls = [], ordererCas = [], policy } = settings;
  if (cas.length === 0) throw unfit('Fabric evidence is checked against the CA of at least one organisation.');
  const lists = readRevocationLists(crls);
  const organizations = readAuthorities(primitives, cas, lists);
  const orderers = readAuthorities(primitives, ordererCas, lists);
  requireIssuers(primitives, [...organizations, ...orderers], lists);
  const rules = {
    primitives,
    book: new CertificateBook(primitives, organizations),
    orderers: new CertificateBook(primitives, orderers),
    policy: policy === undefined ? undefined : parsePolicy(policy),
    channel: channel ?? DEFAULT_CHANNEL,
    chaincode: chaincode ?? DEFAULT_CHAINCODE,
  };
  return {
    checkAnchor: (anchor, file, refuseUnchecked) => checkAnchor({ ...rules, refuseUnchecked }, anchor, file),
  };
}
