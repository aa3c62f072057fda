/**
 * The key-encryption key's port: a file now (`file-kek.ts`), a KMS later. Everything is asynchronous for that reason.
 *
 * @module
 */

export interface WrappedKey {
  readonly wrapped: Uint8Array;
  readonly kekId: string;
}

export interface KekProvider {
  /** Id of the KEK that new keys are wrapped under. */
  readonly activeId: () => Promise<string>;
  /**
   * Wraps a 32-byte key under the active KEK.
   * @param context bound to the result: unwrapping under another context fails (a wrapped key cannot be moved to
   *   another subject's row)
   */
  readonly wrap: (key: Uint8Array, context: string) => Promise<WrappedKey>;
  /** @throws LedgerError `key_file_invalid` if the KEK is unknown or authentication fails */
  readonly unwrap: (key: WrappedKey, context: string) => Promise<Uint8Array>;
  /** Makes a new KEK active; earlier ones stay until retired. Returns its id. */
  readonly rotate: () => Promise<string>;
  /** Destroys every KEK but `activeId`, if that is still the active one. Only after all keys were rewrapped under it. */
  readonly retireOld: (activeId: string) => Promise<readonly string[]>;
}
