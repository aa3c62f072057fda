import { LedgerError } from '../../ledger/errors.ts';
import type { Primitives } from '../../ledger/types.ts';
import { readAuthorities } from '../../ledger/verify/fabric/authorities.ts';
import type { EndorsedTransaction } from '../../ledger/verify/fabric/block.ts';
import { checkEndorsements } from '../../ledger/verify/fabric/check-endorsements.ts';
import { CertificateBook, MspBinding } from '../../ledger/verify/fabric/identities.ts';
import { formatPolicy, parsePolicy, peersOf } from '../../ledger/verify/fabric/policy.ts';

/** Who has to have endorsed an append. */
export interface EndorserCheck {
  /** As Fabric writes policies. */
  readonly policy: string;
  /** What is wrong with the endorsements of a transaction, as a sentence, or `undefined`. */
  readonly faultOf: (transaction: EndorsedTransaction) => string | undefined;
}

/** An organisation whose peers endorse. */
export interface EndorsingOrganization {
  readonly mspId: string;
  /** PEM, one CA certificate or several: those of earlier years as well. */
  readonly ca: string;
}

/**
 * Makes the check of endorsements: by peers that are certified by their organisation's CA, valid when the transaction was
 * made, and signed over what the chaincode answered and wrote.
 *
 * @param policyText by default a peer of every organisation has to have endorsed
 * @throws LedgerError `verify_unusable` if a CA certificate or the policy cannot be used
 */
export function newEndorserCheck(
  primitives: Primitives,
  organizations: readonly EndorsingOrganization[],
  policyText?: string,
): EndorserCheck {
  const cas = organizations.map(({ mspId, ca }) => ({ mspId, pem: ca, label: `of ${mspId}` }));
  const authorities = readAuthorities(primitives, cas, []);
  const policy = policyText === undefined ? peersOf(organizations.map(({ mspId }) => mspId)) : parsePolicy(policyText);
  const rules = { primitives, book: new CertificateBook(primitives, authorities), policy };
  const faultOf = (transaction: EndorsedTransaction): string | undefined => {
    try {
      checkEndorsements(rules, new MspBinding(authorities), { ...transaction, timeMs: transaction.result.timeMs });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof LedgerError) return thrown.message;
      throw thrown;
    }
  };
  return { policy: formatPolicy(policy), faultOf };
}
