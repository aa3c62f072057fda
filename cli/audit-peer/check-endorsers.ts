import { LedgerError } from '../../ledger/errors.ts';
import type { Primitives } from '../../ledger/types.ts';
import { readAuthorities } from '../../ledger/verify/fabric/authorities.ts';
import type { EndorsedTransaction } from '../../ledger/verify/fabric/block.ts';
import { checkEndorsements } from '../../ledger/verify/fabric/check-endorsements.ts';
import { CertificateBook, MspBinding } from '../../ledger/verify/fabric/identities.ts';
import type { AuditedPeer } from './peer-blocks.ts';

/** What is wrong with the endorsements of a transaction, as a sentence, or `undefined`. */
export type EndorserCheck = (transaction: EndorsedTransaction) => string | undefined;

/**
 * Makes the check that a peer of every organisation of the profile endorsed: certified by the organisation's CA, valid when
 * the transaction was made, and signed over what the chaincode answered and wrote.
 *
 * @throws LedgerError `verify_unusable` if a CA certificate cannot be used
 */
export function newEndorserCheck(primitives: Primitives, organizations: AuditedPeer['organizations']): EndorserCheck {
  const cas = organizations.map(({ mspId, ca }) => ({ mspId, pem: ca, label: `of ${mspId}` }));
  const authorities = readAuthorities(primitives, cas, []);
  const rules = { primitives, book: new CertificateBook(primitives, authorities), policy: undefined };
  return (transaction) => {
    try {
      checkEndorsements(rules, new MspBinding(authorities), { ...transaction, timeMs: transaction.result.timeMs });
      return undefined;
    } catch (thrown) {
      if (thrown instanceof LedgerError) return thrown.message;
      throw thrown;
    }
  };
}
