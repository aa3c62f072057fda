/**
 * Erasure and legal hold. Destroying the data key, cutting the link and appending `key_shredded` are one transaction;
 * every proof stays valid (invariant 8).
 *
 * @module
 */
import type { Appender } from './append.ts';
import { LedgerError } from './errors.ts';
import { uuidFromBytes } from './event/uuid.ts';
import type { Keyring } from './keys/keyring.ts';
import type { SubjectStore } from './keys/subject-store.ts';
import type { Principal, Subjects } from './ports.ts';
import { RecountError } from './sequencer/submission.ts';
import type { Envelope, JsonObject } from './types.ts';

export interface SubjectsDeps {
  readonly appender: Appender;
  readonly keyring: Keyring;
  readonly store: Pick<SubjectStore, 'countEvents' | 'isHeld'>;
  readonly newId: () => string;
  readonly nowMs: () => number;
}

const RECOUNT_RETRIES = 5;

/** An event that the service makes itself. */
export function serverEvent(
  deps: Pick<SubjectsDeps, 'newId' | 'nowMs'>,
  type: Envelope['type'],
  by: Principal,
  payload: JsonObject,
): Envelope {
  return {
    id: deps.newId(),
    type,
    occurredAt: new Date(deps.nowMs()).toISOString(),
    actor: { id: by.actor },
    payload,
  };
}

export function createSubjects(deps: SubjectsDeps): Subjects {
  const { appender, keyring, store } = deps;

  async function pseudonymOf(subject: string): Promise<Uint8Array> {
    const pseudonym = await keyring.resolve(subject);
    if (pseudonym === undefined)
      throw new LedgerError('unknown_subject', 'no such subject, or its content was erased already');
    return pseudonym;
  }

  async function shredOnce(pseudonym: Uint8Array, reason: string, by: Principal): ReturnType<Subjects['shred']> {
    if (await store.isHeld(pseudonym))
      throw new LedgerError(
        'legal_hold',
        'the subject is under a legal hold: lift the hold first, if it may be lifted',
      );
    const erasedEvents = await store.countEvents(pseudonym);
    const named = uuidFromBytes(pseudonym);
    const payload = { pseudonym: named, reason, erasedEvents, by: by.id };
    const envelope = serverEvent(deps, 'key_shredded', by, payload);
    const { receipt } = await appender.appendOne(envelope, by, {
      effect: { kind: 'shred', pseudonym, subjectEvents: erasedEvents },
    });
    keyring.forget();
    return { pseudonym: named, receipt, erasedEvents };
  }

  return {
    resolve: async (subject) => {
      const pseudonym = await keyring.resolve(subject);
      return pseudonym === undefined ? undefined : uuidFromBytes(pseudonym);
    },
    shred: async ({ subject, reason }, by) => {
      const pseudonym = await pseudonymOf(subject);
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await shredOnce(pseudonym, reason, by);
        } catch (error) {
          // Events about the subject came in between counting and erasing: count again, so that the record is exact.
          if (!(error instanceof RecountError)) throw error;
          if (attempt === RECOUNT_RETRIES) {
            const message = 'events about this subject keep coming in: try again when they have stopped';
            throw new LedgerError('overloaded', message, { retryAfterSeconds: 1, cause: error });
          }
        }
      }
    },
    hold: async ({ subject, reason, hold }, by) => {
      const pseudonym = await pseudonymOf(subject);
      const named = uuidFromBytes(pseudonym);
      const envelope = serverEvent(deps, 'legal_hold', by, { pseudonym: named, hold, reason, by: by.id });
      const { receipt } = await appender.appendOne(envelope, by, { effect: { kind: 'hold', pseudonym, hold } });
      return { pseudonym: named, hold, receipt };
    },
  };
}
