/**
 * An event as a reader sees it: metadata, and content as far as the reader is entitled.
 *
 * @module
 */
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import type { Opened, Principal, StoredEvent } from '../../ledger/ports.ts';
import type { Schema } from '../handler.ts';
import { deidentified } from './deidentified.ts';
import type { Entitlement } from './entitlement.ts';

function metadataOf(event: StoredEvent, by: Principal): Omit<Schema<'EventView'>, 'content'> {
  const { id, index, type, recordedAt, refs, entry, postedBy, pseudonym } = event;
  // A pseudonym links a patient's events: integrators, who know the patient, do not need the link inside.
  const linked = pseudonym === undefined || by.role === 'integrator' ? {} : { pseudonym };
  return { id, index, type, recordedAt, refs: [...refs], entry: encodeBase64(entry), postedBy, ...linked };
}

/** @param opened what the store opened; `undefined` where the entitlement is `withheld` */
export function toEventView(
  event: StoredEvent,
  by: Principal,
  entitlement: Entitlement,
  opened: Opened | undefined,
): Schema<'EventView'> {
  const metadata = metadataOf(event, by);
  if (entitlement === 'withheld' || opened === undefined) return { ...metadata, content: 'withheld' };
  if (opened.kind === 'erased') return { ...metadata, content: 'erased' };
  const { envelope, salt } = opened.opening;
  if (entitlement === 'open') return { ...metadata, content: 'open', opening: { envelope: { ...envelope }, salt } };
  const { occurredAt, model, payload } = deidentified(event, envelope);
  const shown = { occurredAt, payload, ...(model === undefined ? {} : { model }) };
  return { ...metadata, content: 'deidentified', deidentified: shown };
}
