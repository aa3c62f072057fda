/** Whether a signed read will convince a verifier who has the organisations' CA certificates. @module */
import { nodePrimitives } from '../../verify/node-primitives.ts';
import { readAuthorities } from '../../verify/fabric/authorities.ts';
import { checkEndorsements } from '../../verify/fabric/check-endorsements.ts';
import { CertificateBook, MspBinding } from '../../verify/fabric/identities.ts';
import { peersOf } from '../../verify/fabric/policy.ts';
import type { CheckpointRead } from '../../verify/fabric/signed-read.ts';
import type { FabricOrganization } from './profile.ts';

/** @throws LedgerError `verify_unusable` with the reason */
export type CheckSignatures = (read: CheckpointRead) => void;

/**
 * Checks what a verifier will check, so that evidence which nobody will accept is never handed out. Remembers the
 * certificates that it has seen.
 *
 * @param organizations a peer of each has to have signed
 */
export function newSignatureCheck(organizations: readonly FabricOrganization[]): CheckSignatures {
  const policy = peersOf(organizations.map(({ mspId }) => mspId));
  let book: CertificateBook | undefined;
  return (read) => {
    // Not before it is needed: a CA that verifiers cannot use keeps evidence from being made, not the service from starting.
    book ??= new CertificateBook(
      nodePrimitives,
      readAuthorities(
        nodePrimitives,
        organizations.map(({ mspId, ca }) => ({ mspId, pem: ca, label: `${mspId} CA` })),
        [],
      ),
    );
    checkEndorsements({ primitives: nodePrimitives, book, policy }, new MspBinding(book.authorities), read);
  };
}
