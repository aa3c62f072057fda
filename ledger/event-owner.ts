/**
 * Whose data key seals an event. One that names a subject is sealed under that subject's key. An explanation, an outcome or
 * a clinician's correction that names none says something about the subject of the event it refers to, so it is sealed under
 * that subject's key too: erasing the subject erases what was said about it (invariant 8).
 *
 * @module
 */
import { LedgerError } from './errors.ts';
import { uuidFromBytes, uuidToBytes } from './event/uuid.ts';
import type { Keyring, SubjectKey } from './keys/keyring.ts';
import type { LogStore } from './store/log-store.ts';
import type { Envelope, EventType } from './types.ts';

/** Types that are about one subject, whether they name it or not. */
const ABOUT_ONE: ReadonlySet<EventType> = new Set(['explanation', 'outcome', 'clinician_feedback']);
/** Types that are about the subject they refer to if it is one, and about nobody in particular otherwise. */
const ABOUT_ONE_OR_MANY: ReadonlySet<EventType> = new Set(['disclosure']);

/** Refs of a request that point out of it. */
export interface OutsideRefs {
  /** Those that are not in the log (yet). */
  readonly unresolved: readonly string[];
  /** Pseudonym by event id, of those that are in the log; `undefined` for events without a subject. */
  readonly owners: ReadonlyMap<string, Uint8Array | undefined>;
}

/** Looks up the refs that no earlier event of the request brings. */
export async function findOutsideRefs(
  envelopes: readonly Envelope[],
  store: Pick<LogStore, 'findIds'>,
): Promise<OutsideRefs> {
  const brought = new Set<string>();
  const outside = new Set<string>();
  for (const { id, refs } of envelopes) {
    for (const ref of refs ?? []) if (!brought.has(ref)) outside.add(ref);
    brought.add(id);
  }
  const owners = new Map<string, Uint8Array | undefined>();
  if (outside.size > 0) {
    for (const { id, pseudonym } of await store.findIds([...outside])) {
      owners.set(id, pseudonym === undefined ? undefined : uuidToBytes(pseudonym));
    }
  }
  // What is in the log stays there, so only what is missing now has to be looked up again under the lock.
  return { unresolved: [...outside].filter((ref) => !owners.has(ref)), owners };
}

/** Decides for the events of one request, in order. */
export interface EventOwners {
  /** @param pointer where the event stands in the request */
  readonly keyOf: (envelope: Envelope, pointer: string) => Promise<SubjectKey | undefined>;
}

/**
 * @throws LedgerError from `keyOf`: `unknown_ref` if an event that needs its ref's subject refers to one that is not there,
 *   `invalid_ref` if the refs belong to several subjects, `content_erased` if that subject was erased
 */
export async function createEventOwners(
  envelopes: readonly Envelope[],
  { owners }: OutsideRefs,
  keyring: Pick<Keyring, 'keysFor' | 'keyOfPseudonym'>,
): Promise<EventOwners> {
  const named = new Set<string>();
  for (const { subject } of envelopes) if (subject !== undefined) named.add(subject);
  const keys = await keyring.keysFor([...named]);
  const known = new Map(owners);

  function ownersOfRefs({ refs = [] }: Envelope, pointer: string): readonly Uint8Array[] {
    const found = new Map<string, Uint8Array>();
    for (const [at, ref] of refs.entries()) {
      if (!known.has(ref)) {
        const message = 'an event that is referred to is not in the log: post it first, or earlier in the same batch';
        throw new LedgerError('unknown_ref', message, { pointer: `${pointer}/refs/${at}` });
      }
      const owner = known.get(ref);
      if (owner !== undefined) found.set(uuidFromBytes(owner), owner);
    }
    return [...found.values()];
  }

  async function inherited(envelope: Envelope, pointer: string): Promise<SubjectKey | undefined> {
    const isAboutOne = ABOUT_ONE.has(envelope.type);
    if (!isAboutOne && !ABOUT_ONE_OR_MANY.has(envelope.type)) return undefined;
    const [owner, ...others] = ownersOfRefs(envelope, pointer);
    if (others.length > 0 && isAboutOne) {
      const message = 'the events referred to belong to several subjects: post one event for each';
      throw new LedgerError('invalid_ref', message, { pointer: `${pointer}/refs` });
    }
    if (owner === undefined || others.length > 0) return undefined;
    const key = await keyring.keyOfPseudonym(owner);
    if (key === undefined) {
      const message = 'the subject of the event referred to was erased: nothing more can be recorded about it';
      throw new LedgerError('content_erased', message, { pointer: `${pointer}/refs` });
    }
    return key;
  }

  return {
    keyOf: async (envelope, pointer) => {
      const { id, subject } = envelope;
      const key = subject === undefined ? await inherited(envelope, pointer) : keys.get(subject);
      if (subject !== undefined && key === undefined) throw new LedgerError('internal', 'a subject has no data key');
      known.set(id, key?.pseudonym);
      return key;
    },
  };
}
