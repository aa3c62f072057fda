import { LedgerError } from '../../ledger/errors.ts';
import type { Sha256 } from '../../ledger/types.ts';
import { readAppend } from '../../ledger/verify/fabric/append.ts';
import { readBlock, type BlockTransaction, type ChannelBlock } from '../../ledger/verify/fabric/block.ts';
import { readBlock as readBlockMessage } from '../../ledger/verify/fabric/fabric-messages.generated.ts';
import type { LogAppend, LogBlock, LogTransaction } from './log-block.ts';
import type { AuditedPeer } from './peer-blocks.ts';
import { PeerFault } from './peer-fault.ts';
import { writesKeys } from './written-keys.ts';

const VALID = 0;

export interface BlockReaderDeps {
  readonly sha256: Sha256;
  readonly peer: AuditedPeer;
}

/**
 * Makes the reader of one log's blocks (common.Block, attacker-controlled). It throws PeerFault `bad_block` for bytes that
 * are no block.
 */
export function newBlockReader(deps: BlockReaderDeps): (number: number, bytes: Uint8Array) => LogBlock {
  const { chaincode } = deps.peer.blocks;
  return (number, bytes) => {
    let block: ChannelBlock;
    let envelopes: readonly Uint8Array[];
    try {
      block = readBlock(deps.sha256, bytes, chaincode);
      envelopes = readBlockMessage(bytes).data?.data ?? [];
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown;
      throw new PeerFault('bad_block', thrown.message, { block: number });
    }
    const transactions = block.transactions.flatMap((transaction, i) =>
      readTransaction(deps, transaction, envelopes[i] ?? new Uint8Array(0)),
    );
    return { number: block.number, previousHash: block.previousHash, hash: block.hash, transactions };
  };
}

/** None, or the one that changes the log's state. */
function readTransaction(
  deps: BlockReaderDeps,
  transaction: BlockTransaction,
  envelope: Uint8Array,
): readonly LogTransaction[] {
  const { chaincode, log } = deps.peer.blocks;
  const prefix = `${log}/`;
  const isOfLog =
    transaction.kind === 'call'
      ? transaction.result.writes.some(({ key }) => key.startsWith(prefix))
      : writesKeys(envelope, chaincode, prefix);
  if (!isOfLog) return [];
  const isCommitted = transaction.validationCode === VALID;
  return [{ position: transaction.index, isCommitted, append: isCommitted ? appendOf(deps, transaction) : 'rejected' }];
}

function appendOf(deps: BlockReaderDeps, transaction: BlockTransaction): LogAppend | string {
  if (transaction.kind === 'other') return 'another chaincode changed the state of the log';
  if (transaction.kind === 'unreadable') return transaction.reason;
  const { channel, log } = deps.peer.blocks;
  const { result } = transaction;
  try {
    const append = readAppend(deps.sha256, result);
    if (append.log !== log || result.channel !== channel) return 'the append is of another log or channel';
    const version = result.reads.find(({ key }) => key === `${log}/frontier`)?.version;
    return {
      start: append.start,
      leaves: result.args[3] ?? new Uint8Array(0),
      size: append.size,
      root: append.root,
      extended: version === undefined ? undefined : { block: version.blockNum, transaction: version.txNum },
      endorsementFault: deps.peer.endorsers.faultOf(transaction),
    };
  } catch (thrown) {
    if (thrown instanceof LedgerError) return thrown.message;
    throw thrown;
  }
}
