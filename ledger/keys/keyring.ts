/**
 * Data keys: one per subject, found through the blind index, wrapped by the KEK; and the log's own secrets.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { LedgerError } from '../errors.ts';
import { uuidFromBytes, uuidToBytes } from '../event/uuid.ts';
import { createBlindIndex, type BlindIndex } from './blind-index.ts';
import type { KekProvider, WrappedKey } from './kek.ts';
import type { RewrapRow, SubjectRow, SubjectStore } from './subject-store.ts';

export interface SubjectKey {
  /** 16 bytes. */
  readonly pseudonym: Uint8Array;
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
}

export interface Keyring {
  /** Keys of the subjects, made where absent. @throws StoreUnavailableError */
  readonly keysFor: (subjects: readonly string[]) => Promise<ReadonlyMap<string, SubjectKey>>;
  /** The key of a subject known by its pseudonym; `undefined` once shredded. */
  readonly keyOfPseudonym: (pseudonym: Uint8Array) => Promise<SubjectKey | undefined>;
  /** The pseudonym of a subject, where a link exists. */
  readonly resolve: (subject: string) => Promise<Uint8Array | undefined>;
  readonly unwrapSubjectKey: (pseudonym: string, wrapped: WrappedKey) => Promise<Uint8Array>;
  /** Forgets what is cached: after a shredding, and whenever the database may have lost what was not yet durable. */
  readonly forget: () => void;
  readonly blind: BlindIndex;
  /** Data key of events without a subject. */
  readonly logKey: Uint8Array;
  /** Authenticates search cursors. */
  readonly cursorKey: Uint8Array;
  /** Makes a new KEK, rewraps every key, destroys the earlier KEKs. Running it again finishes a broken-off run. */
  readonly rotateKek: () => Promise<{ kekId: string; rewrapped: number }>;
}

/** Subjects kept in memory, about 300 bytes each. */
const REMEMBERED_SUBJECTS = 20_000;
const REWRAP_ROWS = 500;
const STALLED_ROUNDS = 3;

const subjectContext = (pseudonym: string): string => `subject\n${pseudonym}`;
const secretContext = (name: string): string => `secret\n${name}`;

async function loadSecret(kek: KekProvider, store: SubjectStore, name: string): Promise<Uint8Array> {
  const found =
    (await store.findSecret(name)) ??
    (await store.ensureSecret(name, await kek.wrap(randomBytes(32), secretContext(name))));
  return kek.unwrap(found, secretContext(name));
}

async function newSubject(kek: KekProvider, blind: Uint8Array): Promise<{ row: SubjectRow; dataKey: Uint8Array }> {
  const pseudonym = randomUUID();
  const dataKey = randomBytes(32);
  const { wrapped, kekId } = await kek.wrap(dataKey, subjectContext(pseudonym));
  return { row: { blind, pseudonym: uuidToBytes(pseudonym), wrapped, kekId }, dataKey };
}

/** @throws LedgerError `key_file_invalid` if the KEK does not open the log's secrets */
export async function openKeyring(kek: KekProvider, store: SubjectStore): Promise<Keyring> {
  const logKey = await loadSecret(kek, store, 'seal');
  const cursorKey = await loadSecret(kek, store, 'cursor');
  const blind = createBlindIndex(await loadSecret(kek, store, 'index'));
  const cache = new Map<string, SubjectKey>();
  const byPseudonym = new Map<string, SubjectKey>();
  // One look-up at a time; whoever comes meanwhile joins the next one, so that a burst of posts costs one transaction.
  let tail: Promise<void> = Promise.resolve();
  let next: { subjects: Set<string>; done: Promise<void> } | undefined;

  function unwrapSubjectKey(pseudonym: string, wrapped: WrappedKey): Promise<Uint8Array> {
    return kek.unwrap(wrapped, subjectContext(pseudonym));
  }
  function remember(subject: string, key: SubjectKey): void {
    if (cache.size >= REMEMBERED_SUBJECTS) cache.clear();
    cache.set(subject, key);
  }
  async function take(row: SubjectRow, subjects: Map<string, string>): Promise<void> {
    const id = Buffer.from(row.blind).toString('base64');
    const subject = subjects.get(id);
    if (subject === undefined) return;
    subjects.delete(id);
    remember(subject, { pseudonym: row.pseudonym, dataKey: await unwrapSubjectKey(uuidFromBytes(row.pseudonym), row) });
  }
  async function load(subjects: ReadonlySet<string>): Promise<void> {
    const missing = new Map<string, string>();
    for (const subject of subjects)
      missing.set(Buffer.from(blind.full('subject', subject)).toString('base64'), subject);
    for (let stalled = 0; missing.size > 0;) {
      const wanted = missing.size;
      const blinds = [...missing.keys()].sort().map((id) => Buffer.from(id, 'base64'));
      for (const row of await store.findByBlinds(blinds)) await take(row, missing);
      const made = await Promise.all(
        [...missing.keys()].sort().map((id) => newSubject(kek, Buffer.from(id, 'base64'))),
      );
      if (made.length === 0) return;
      for (const row of await store.insert(made.map(({ row }) => row))) await take(row, missing);
      if (missing.size < wanted) continue;
      // The store takes keys under the KEK of the log's secrets alone. If that is not the active one, a rotation is under way
      // elsewhere, which is waited for, or was broken off after its first step, which is made up for.
      if (stalled === STALLED_ROUNDS) {
        throw new LedgerError('store_unavailable', 'new data keys are not taken: rotate the KEK again', {
          retryAfterSeconds: 2,
        });
      }
      stalled += 1;
      await store.exclusively(async () => rewrapAll(kek, store, await kek.activeId()));
    }
  }
  function joinNext(subjects: readonly string[]): Promise<void> {
    if (next === undefined) {
      const batch = { subjects: new Set<string>(), done: Promise.resolve() };
      batch.done = tail.then(() => {
        if (next === batch) next = undefined;
        return load(batch.subjects);
      });
      tail = batch.done.catch(() => undefined);
      next = batch;
    }
    for (const subject of subjects) next.subjects.add(subject);
    return next.done;
  }
  async function keyOfPseudonym(pseudonym: Uint8Array): Promise<SubjectKey | undefined> {
    const named = uuidFromBytes(pseudonym);
    const known = byPseudonym.get(named);
    if (known !== undefined) return known;
    const row = await store.findByPseudonym(pseudonym);
    if (row === undefined) return undefined;
    if (byPseudonym.size >= REMEMBERED_SUBJECTS) byPseudonym.clear();
    const key = { pseudonym: row.pseudonym, dataKey: await unwrapSubjectKey(named, row) };
    byPseudonym.set(named, key);
    return key;
  }
  async function keysFor(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const keys = new Map<string, SubjectKey>();
    for (;;) {
      const missing: string[] = [];
      for (const subject of subjects) {
        const known = keys.get(subject) ?? cache.get(subject);
        if (known === undefined) missing.push(subject);
        else keys.set(subject, known);
      }
      if (missing.length === 0) return keys;
      await joinNext(missing);
    }
  }

  return {
    keysFor,
    keyOfPseudonym,
    resolve: async (subject) => (await store.findByBlinds([blind.full('subject', subject)]))[0]?.pseudonym,
    unwrapSubjectKey,
    forget: () => {
      cache.clear();
      byPseudonym.clear();
    },
    blind,
    logKey,
    cursorKey,
    // Two rotations at once would each lose the KEK that the other just made.
    rotateKek: () => store.exclusively(() => rotateKek(kek, store)),
  };
}

async function rewrapOne(kek: KekProvider, row: RewrapRow): Promise<RewrapRow & { next: WrappedKey }> {
  const context = row.kind === 'subject' ? subjectContext(row.pseudonym) : secretContext(row.name);
  return { ...row, next: await kek.wrap(await kek.unwrap(row, context), context) };
}

async function rewrapAll(kek: KekProvider, store: SubjectStore, kekId: string): Promise<number> {
  for (let rewrapped = 0; ;) {
    const rows = await store.notUnder(kekId, REWRAP_ROWS);
    if (rows.length === 0) return rewrapped;
    await store.rewrap(await Promise.all(rows.map((row) => rewrapOne(kek, row))));
    rewrapped += rows.length;
  }
}

async function rotateKek(kek: KekProvider, store: SubjectStore): Promise<{ kekId: string; rewrapped: number }> {
  const kekId = await kek.rotate();
  // A crash in between leaves both KEKs in the file and every key under one of them: nothing is lost, run it again.
  const rewrapped = await rewrapAll(kek, store, kekId);
  await kek.retireOld(kekId);
  return { kekId, rewrapped };
}
