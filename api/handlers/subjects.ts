/**
 * `POST /v1/subjects:shred` and `POST /v1/subjects:hold`. The ledger appends `key_shredded` and `legal_hold` itself, in the
 * transaction that changes the subject.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { Handlers } from '../handler.ts';
import { jsonReply } from '../http/reply.ts';
import { Refusal } from '../refusal.ts';
import type { HandlerDeps } from './handler-deps.ts';

/** A refusal under a hold is recorded with the pseudonym, never with the outside id. */
async function withPseudonym(deps: HandlerDeps, error: unknown, subject: string): Promise<unknown> {
  if (!(error instanceof LedgerError) || error.code !== 'legal_hold') return error;
  return new Refusal('legal_hold', error.message, { pseudonym: await deps.ledger.subjects.resolve(subject) });
}

/** Erasure and legal hold. */
export function subjectHandlers(deps: HandlerDeps): Pick<Handlers, 'shredSubject' | 'holdSubject'> {
  const { subjects } = deps.ledger;
  return {
    shredSubject: async ({ principal, body }) => {
      try {
        const { pseudonym, erasedEvents, receipt } = await subjects.shred(body, principal);
        return jsonReply(200, { pseudonym, erasedEvents, receipt });
      } catch (error) {
        throw await withPseudonym(deps, error, body.subject);
      }
    },
    holdSubject: async ({ principal, body }) => {
      const { pseudonym, hold, receipt } = await subjects.hold(body, principal);
      return jsonReply(200, { pseudonym, hold, receipt });
    },
  };
}
