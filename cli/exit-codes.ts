/** Exit codes of the `vericlin` command (DESIGN.md §5), the same for every command. */
export const EXIT = {
  /** Done; of `verify`: everything checked is valid. */
  ok: 0,
  /**
   * Of `verify`, `fsck` and `audit-peer`: something is not what it claims; of `replay`: the result differs; of the others:
   * refused, unreachable or partly rejected.
   */
  failed: 1,
  /** The command line or an input file cannot be used. Nothing was sent. */
  unusable: 2,
  /** Of `verify`: valid, but the content was lawfully erased. */
  erased: 3,
  /** Of `verify`: consistent, but the signer was not pinned by `--key`. */
  signerNotPinned: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
