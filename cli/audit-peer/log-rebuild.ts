import { encodeHex, decodeHex } from '../../ledger/canonical/base64.ts';
import { equalBytes } from '../../ledger/canonical/bytes.ts';
import { CompactRange } from '../../ledger/merkle/compact-range.ts';
import type { Sha256 } from '../../ledger/types.ts';
import type { AuditState } from './audit-state.ts';
import type { LogAppend, LogBlock, LogTransaction } from './log-block.ts';
import { PeerFault } from './peer-fault.ts';

/** Block 0 names no header. */
const NO_HASH = new Uint8Array(0);

/** Which log is rebuilt. */
export interface RebuildOptions {
  readonly sha256: Sha256;
  readonly channel: string;
  readonly chaincode: string;
  readonly log: string;
}

/**
 * Rebuilds a log's tree from blocks, one after the other, and checks each against what came before: nothing that the chain
 * says of size or root is taken over. Memory does not grow with the log.
 */
export class LogRebuild {
  readonly #options: RebuildOptions;
  readonly #range: CompactRange;
  #nextBlock = 0;
  #lastHeader: Uint8Array | undefined;
  #lastAppend: AuditState['lastAppend'];
  #appends = 0;
  #rejected = 0;

  /** @param state where an earlier run stopped. @throws LedgerError `invalid_value` where its frontier does not fit its size */
  constructor(options: RebuildOptions, state?: AuditState) {
    this.#options = options;
    if (state === undefined) {
      this.#range = new CompactRange(options.sha256);
      return;
    }
    const roots = state.frontier.map((hex) => decodeHex(hex) ?? new Uint8Array(0));
    this.#range = CompactRange.fromFrontier(options.sha256, { size: state.size, roots });
    this.#nextBlock = state.nextBlock;
    this.#lastHeader = state.lastHeader === undefined ? undefined : decodeHex(state.lastHeader);
    this.#lastAppend = state.lastAppend;
    this.#appends = state.appends;
    this.#rejected = state.rejected;
  }

  /** Number of the block that {@link take} expects. */
  get nextBlock(): number {
    return this.#nextBlock;
  }

  /** Leaf hashes so far. */
  get size(): number {
    return this.#range.size;
  }

  /** Transactions that appended. */
  get appends(): number {
    return this.#appends;
  }

  /** Transactions of this log that the peer did not commit. */
  get rejected(): number {
    return this.#rejected;
  }

  root(): Uint8Array {
    return this.#range.root();
  }

  /** Where to go on. */
  state(): AuditState {
    const { channel, chaincode, log } = this.#options;
    const { size, roots } = this.#range.frontier();
    return {
      format: 'vericlin-audit-state/1',
      channel,
      chaincode,
      log,
      nextBlock: this.#nextBlock,
      ...(this.#lastHeader === undefined ? {} : { lastHeader: encodeHex(this.#lastHeader) }),
      size,
      frontier: roots.map(encodeHex),
      ...(this.#lastAppend === undefined ? {} : { lastAppend: this.#lastAppend }),
      appends: this.#appends,
      rejected: this.#rejected,
    };
  }

  /**
   * That the peer still has the block before {@link nextBlock} as it was: its header's hash stands for everything before.
   * @throws PeerFault `history_changed`
   */
  requireSameHistory(last: LogBlock): void {
    if (last.number === this.#nextBlock - 1 && equalBytes(last.hash, this.#lastHeader ?? NO_HASH)) return;
    throw new PeerFault('history_changed', `block ${last.number} is not the one that was read before`, {
      block: last.number,
    });
  }

  /** Takes in the next block. After a fault the rebuild must not be used any more. @throws PeerFault */
  take(block: LogBlock): void {
    this.#checkLink(block);
    for (const transaction of block.transactions) this.#takeTransaction(block.number, transaction);
    this.#lastHeader = block.hash;
    this.#nextBlock += 1;
  }

  #checkLink({ number, previousHash }: LogBlock): void {
    const place = { block: number };
    if (number !== this.#nextBlock) {
      throw new PeerFault('bad_block', `block ${this.#nextBlock} was asked for, block ${number} came`, place);
    }
    if (!equalBytes(previousHash, this.#lastHeader ?? NO_HASH)) {
      throw new PeerFault('header_chain', `block ${number} does not name the header of block ${number - 1}`, place);
    }
  }

  #takeTransaction(block: number, { position, isCommitted, append }: LogTransaction): void {
    if (!isCommitted) {
      this.#rejected += 1;
      return;
    }
    const place = { block, transaction: position, index: this.size };
    if (typeof append === 'string') throw new PeerFault('bad_append', append, place);
    if (append.endorsementFault !== undefined) throw new PeerFault('not_endorsed', append.endorsementFault, place);
    this.#checkStart(append, place);
    this.#range.appendAll(append.leaves);
    this.#checkOutcome(append, place);
    this.#lastAppend = { block, transaction: position };
    this.#appends += 1;
  }

  #checkStart({ start, extended }: LogAppend, place: PeerFault['place']): void {
    if (start !== this.size) {
      throw new PeerFault('wrong_start', `the batch starts at ${start}, the log had ${this.size} entries`, place);
    }
    const last = this.#lastAppend;
    if (extended?.block === last?.block && extended?.transaction === last?.transaction) return;
    const of = (version: AuditState['lastAppend']): string =>
      version === undefined ? 'none' : `that of block ${version.block}, transaction ${version.transaction}`;
    throw new PeerFault(
      'bad_append',
      `the batch extends another state of the log than the last: ${of(extended)} instead of ${of(last)}`,
      place,
    );
  }

  #checkOutcome({ size, root }: LogAppend, place: PeerFault['place']): void {
    const ours = this.#range.root();
    if (size === this.size && equalBytes(root, ours)) return;
    throw new PeerFault(
      'wrong_root',
      `the chain says size ${size} and root ${encodeHex(root)}, ` +
        `the leaf hashes give size ${this.size} and root ${encodeHex(ours)}`,
      place,
    );
  }
}
