/** Did the organisations endorse this response, as the policy asks? @module */
import { encodeHex } from '../../canonical/base64.ts';
import { concatBytes } from '../../canonical/bytes.ts';
import type { Primitives } from '../../types.ts';
import { unfit } from './endorsed-result.ts';
import type { Endorsement } from './fabric-messages.generated.ts';
import {
  type CertificateBook,
  type Foreign,
  identify,
  type Identity,
  type MspBinding,
  requireSignature,
} from './identities.ts';
import { formatPolicy, isPolicySatisfied, peersOf, type SignaturePolicy } from './policy.ts';

/** What endorsements are held against. */
export interface EndorsementRules {
  readonly primitives: Primitives;
  readonly book: CertificateBook;
  /** Without one, a peer of every organisation whose CA was given has to have signed. */
  readonly policy: SignaturePolicy | undefined;
}

export interface Endorsed {
  readonly responsePayload: Uint8Array;
  readonly endorsements: readonly Endorsement[];
  /** Unix milliseconds. */
  readonly timeMs: number;
}

export interface EndorsementFindings {
  /** Peers whose signature verified, in the order of the evidence. */
  readonly endorsers: readonly Identity[];
  /** MSP ids of endorsers whose CA was not given: their signatures were not checked. */
  readonly unchecked: readonly string[];
  /** In Fabric's form. */
  readonly policy: string;
}

/**
 * Verifies every endorsement (attacker-controlled) by a certificate of a CA that was given, and the policy.
 * @throws LedgerError `verify_unusable` with the reason
 */
export function checkEndorsements(
  rules: EndorsementRules,
  binding: MspBinding,
  endorsed: Endorsed,
): EndorsementFindings {
  if (endorsed.endorsements.length === 0) throw unfit('Nobody endorsed it.');
  const identified = endorsed.endorsements.map((endorsement) =>
    verifyEndorsement(rules, binding, endorsed, endorsement),
  );
  const endorsers = identified.flatMap((one) => (one.kind === 'known' ? [one.identity] : []));
  refuseRepetitions(endorsers);
  const unchecked = identified.flatMap((one) => (one.kind === 'foreign' ? [one.mspId] : []));
  const impostor = unchecked.find((mspId) => binding.has(mspId));
  if (impostor !== undefined) {
    throw unfit(`A certificate that claims to be of ${impostor} was not issued by the CA of ${impostor}.`);
  }
  requireEveryAuthority(rules.book, endorsers);
  const policy = rules.policy ?? peersOf(binding.mspIds);
  requirePolicy(policy, endorsers);
  return { endorsers, unchecked, policy: formatPolicy(policy) };
}

function verifyEndorsement(
  { book, primitives }: EndorsementRules,
  binding: MspBinding,
  { responsePayload, timeMs }: Endorsed,
  { endorser, signature }: Endorsement,
): { readonly kind: 'known'; readonly identity: Identity } | Foreign {
  const identified = identify(book, binding, { identity: endorser, role: 'peer', timeMs });
  if (identified.kind === 'known') {
    requireSignature(primitives, identified.identity, concatBytes(responsePayload, endorser), signature);
  }
  return identified;
}

/** Told by the key, so that one peer with two certificates is still one. */
function refuseRepetitions(endorsers: readonly Identity[]): void {
  const keys = new Set<string>();
  for (const { certificate, mspId } of endorsers) {
    const key = encodeHex(certificate.publicKey);
    if (keys.has(key)) throw unfit(`The same peer of ${mspId} endorsed twice.`);
    keys.add(key);
  }
}

/** A CA of which nobody says whose it is has to show it, or a spare one could pose as another. */
function requireEveryAuthority({ authorities }: CertificateBook, endorsers: readonly Identity[]): void {
  for (const authority of authorities) {
    if (authority.mspId === undefined && !endorsers.some((endorser) => endorser.authority === authority)) {
      throw unfit(`No peer with a certificate of the CA ${authority.name}, which you gave, endorsed it.`);
    }
  }
}

function requirePolicy(policy: SignaturePolicy, endorsers: readonly Identity[]): void {
  if (isPolicySatisfied(policy, endorsers)) return;
  const signed = [...new Set(endorsers.map(({ mspId }) => mspId))].join(' and ');
  const who = signed === '' ? 'nobody whose CA you gave' : `peers of ${signed} alone`;
  throw unfit(`It was endorsed by ${who}, and the policy ${formatPolicy(policy)} asks for more.`);
}
