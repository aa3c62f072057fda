/** What can disagree. Stable words of `--json`. */
export type PeerFaultKind =
  /** The peer gives another block than it was asked for, bytes that are no block, or a header that does not cover its transactions. */
  | 'bad_block'
  /** A block does not name the header of the one before it. */
  | 'header_chain'
  /** The peer's history is not the one that it had at the last run. */
  | 'history_changed'
  /** A committed transaction changed the log's state in a way that an append cannot. */
  | 'bad_append'
  /** A batch that does not start where the one before it ended. */
  | 'wrong_start'
  /** Size or root on the chain are not those of the leaf hashes. */
  | 'wrong_root'
  /** An organisation of the profile did not endorse. */
  | 'not_endorsed'
  /** The served log's checkpoint is not signed by its key, or its tiles are not what the checkpoint says. */
  | 'log_invalid'
  /** The chain has entries that the served log has not. */
  | 'log_behind'
  /** The served log holds other leaf hashes than the chain. */
  | 'log_differs';

export interface FaultPlace {
  readonly block?: number;
  /** Position in the block. */
  readonly transaction?: number;
  /** Index of the first entry concerned. */
  readonly index?: number;
}

/** The peer's blocks and the log do not agree: what, and where. */
export class PeerFault extends Error {
  readonly kind: PeerFaultKind;
  readonly place: FaultPlace;

  constructor(kind: PeerFaultKind, message: string, place: FaultPlace = {}) {
    super(message);
    this.name = 'PeerFault';
    this.kind = kind;
    this.place = place;
  }
}
