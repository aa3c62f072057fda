/**
 * The keyring's store port: subjects with their wrapped data keys, and the log's own secrets.
 *
 * @module
 */
import type { WrappedKey } from './kek.ts';

export interface SubjectRow extends WrappedKey {
  /** 32 bytes: the link to the outside id. */
  readonly blind: Uint8Array;
  /** 16 bytes. */
  readonly pseudonym: Uint8Array;
}

export interface SubjectStore {
  /** The rows that exist, in any order. */
  findByBlinds: (blinds: readonly Uint8Array[]) => Promise<readonly SubjectRow[]>;
  /** The row of a pseudonym, unless it was shredded. */
  readonly findByPseudonym: (pseudonym: Uint8Array) => Promise<SubjectRow | undefined>;
  /**
   * Makes rows. One whose `blind` exists already (another process made it: look it up) or whose KEK is no longer the
   * active one (wrap again) is left out of the answer.
   * Durable no later than the next commit of the log on the same database; the commit checks that it is there.
   */
  insert: (rows: readonly SubjectRow[]) => Promise<readonly SubjectRow[]>;
  /** How many events are sealed under the subject's key. */
  countEvents: (pseudonym: Uint8Array) => Promise<number>;
  isHeld: (pseudonym: Uint8Array) => Promise<boolean>;
  /** Makes the secret unless it exists, and answers the one that is there. */
  ensureSecret: (name: string, secret: WrappedKey) => Promise<WrappedKey>;
  findSecret: (name: string) => Promise<WrappedKey | undefined>;
  /** Up to `limit` keys that are not under the KEK: `context` as it was wrapped with. */
  notUnder: (kekId: string, limit: number) => Promise<readonly RewrapRow[]>;
  /** Runs the task while no other process does the same on this database. */
  exclusively: <T>(task: () => Promise<T>) => Promise<T>;
  /** Replaces the wrapped keys, each only if it is still the one that was read. */
  rewrap: (rows: readonly (RewrapRow & { readonly next: WrappedKey })[]) => Promise<void>;
}

export type RewrapRow = WrappedKey &
  ({ readonly kind: 'subject'; readonly pseudonym: string } | { readonly kind: 'secret'; readonly name: string });
