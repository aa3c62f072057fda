/**
 * `GET /v1/events/{id}/proof`: bundle or C2SP tlog-proof.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';
import type { Principal, StoredEvent } from '../../ledger/ports.ts';
import { entitlementTo } from '../content/entitlement.ts';
import type { Call, Handlers } from '../handler.ts';
import { chooseMediaType } from '../http/negotiate.ts';
import { jsonReply, textReply, type Reply } from '../http/reply.ts';
import { Refusal } from '../refusal.ts';
import { requireEvent } from './events.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

const OFFERS = ['application/json', 'text/plain'] as const;

/** A proof without opening holds no content: it is for every reader, but integrators see their own events alone. */
async function authorise(deps: HandlerDeps, by: Principal, event: StoredEvent, opening: boolean): Promise<void> {
  if (!opening && by.role !== 'integrator') return;
  const entitlement = await entitlementTo(deps.ledger, by, event);
  if (!opening || entitlement === 'open') return;
  const { pseudonym } = event;
  const message = 'This role gets no openings. Ask for the proof without opening.';
  throw new Refusal('forbidden', message, { refs: [event.id], pseudonym });
}

async function recordOpening(deps: HandlerDeps, call: Call<'getProof'>, event: StoredEvent): Promise<void> {
  const { pseudonym } = event;
  await deps.record(call.principal, {
    action: 'read',
    operation: 'getProof',
    outcome: 'success',
    refs: [event.id],
    ...originOf(call),
    ...(pseudonym === undefined ? {} : { pseudonym }),
  });
}

interface Wanted {
  readonly mediaType: (typeof OFFERS)[number];
  readonly opening: boolean;
  /** The block that anchored the entry, too. */
  readonly block: boolean;
}

/** @throws LedgerError `not_acceptable`, `invalid_query` */
function wantedOf({ query, headers }: Call<'getProof'>): Wanted {
  const opening = query.opening === true;
  const block = query.anchor === 'block';
  const mediaType = chooseMediaType(headers.accept, OFFERS);
  if (mediaType === undefined) {
    throw new LedgerError('not_acceptable', 'Accept must allow application/json (bundle) or text/plain (tlog-proof).');
  }
  if ((opening || block) && mediaType === 'text/plain') {
    const what = opening ? 'opening' : 'block';
    throw new LedgerError('invalid_query', `A tlog-proof holds no ${what}. Ask for application/json.`);
  }
  return { mediaType, opening, block };
}

async function answerProof(deps: HandlerDeps, call: Call<'getProof'>): Promise<Reply> {
  const { mediaType, opening, block } = wantedOf(call);
  const event = await requireEvent(deps.ledger, call.path.id);
  await authorise(deps, call.principal, event, opening);
  if (mediaType === 'text/plain') return textReply(await deps.ledger.read.tlogProof(event));
  if (block && deps.ledger.anchoring === undefined) {
    throw new LedgerError(
      'anchor_unavailable',
      'The log has no anchor, so there is no block. Ask without anchor=block.',
    );
  }
  if (opening) await recordOpening(deps, call, event);
  return jsonReply(200, await deps.ledger.read.bundle(event, { opening, block }));
}

/** Proofs. */
export function proofHandlers(deps: HandlerDeps): Pick<Handlers, 'getProof'> {
  return { getProof: (call) => answerProof(deps, call) };
}
