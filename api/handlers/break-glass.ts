/**
 * Break-glass: ask, list, review.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { LedgerError } from '../../ledger/errors.ts';
import type { BreakGlassGrant } from '../../ledger/ports.ts';
import { grantBreakGlass } from '../auth/break-glass.ts';
import type { Handlers, Schema } from '../handler.ts';
import { jsonReply } from '../http/reply.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

const DEFAULT_LIMIT = 100;

function toJson(grant: BreakGlassGrant): Schema<'BreakGlassGrant'> {
  return { ...grant, reviewedBy: grant.reviewedBy ?? null, reviewedAt: grant.reviewedAt ?? null };
}

type Operation = 'requestBreakGlass' | 'listBreakGlass' | 'reviewBreakGlass';

/** Break-glass. */
export function breakGlassHandlers(deps: HandlerDeps): Pick<Handlers, Operation> {
  const { ledger, record, now } = deps;
  const store = ledger.breakGlass;
  return {
    requestBreakGlass: async (call) => {
      const { principal, body } = call;
      const recordWithId: typeof record = (by, access) => record(by, { ...access, ...originOf(call) });
      const granting = { subjects: ledger.subjects, store, record: recordWithId, now, newId: randomUUID };
      return jsonReply(201, toJson(await grantBreakGlass(granting, body, principal)));
    },
    listBreakGlass: async (call) => {
      const { principal, query } = call;
      const unreviewedOnly = query.unreviewed === true;
      const grants = await store.list({ unreviewedOnly, limit: query.limit ?? DEFAULT_LIMIT });
      const operation = 'listBreakGlass';
      await record(principal, {
        action: 'search',
        operation,
        outcome: 'success',
        ...originOf(call),
        detail: { grants: grants.length },
      });
      return jsonReply(200, { grants: grants.map(toJson) });
    },
    reviewBreakGlass: async (call) => {
      const { principal, path } = call;
      const grant = await store.review(path.id.toLowerCase(), principal.id);
      if (grant === undefined) throw new LedgerError('not_found', 'There is no such grant.');
      // Reviewed first: a review shows nothing, and one that could not be recorded is repeated by its caller.
      await record(principal, {
        action: 'break_glass',
        operation: 'reviewBreakGlass',
        outcome: 'success',
        pseudonym: grant.pseudonym,
        ...originOf(call),
        breakGlass: { grant: grant.id, reviewed: true },
      });
      return jsonReply(200, toJson(grant));
    },
  };
}
