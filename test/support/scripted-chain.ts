/**
 * A chain in memory with the real contract, whose calls go wrong as a script says. What Fabric does on its own (order,
 * MVCC, a transaction that was handed in and is committed late or never) happens here on request.
 *
 * @module
 */
import { ChainError, type Chain, type ChainHead, type EndorsedCheckpoint } from '../../ledger/anchor/chain.ts';
import { PeerState } from './peer-state.ts';

export type AppendFault =
  /** Nobody answers: nothing happened. */
  | 'unreachable'
  /** Handed in and lost. */
  | 'lost'
  /** Committed, and the answer is lost. */
  | 'answer_lost'
  /** Handed in, and committed before the next call. */
  | 'late';
export type HeadFault = 'unreachable' | 'lagging';
export type ReadFault = 'unreachable' | 'lagging';

/** What goes wrong, in the order of the calls; nothing once it is used up. */
export interface Script {
  readonly append?: readonly (AppendFault | undefined)[];
  readonly head?: readonly (HeadFault | undefined)[];
  readonly read?: readonly (ReadFault | undefined)[];
}

const MSP_ID = 'Org1MSP';

const unreachable = (): ChainError => new ChainError('unreachable', 'nobody answers', { organizations: ['Org2MSP'] });

interface CheckpointAnswer {
  readonly size: string;
  readonly root: string;
}
const headOf = (answer: unknown): ChainHead => {
  const { size, root } = answer as CheckpointAnswer;
  return { size: Number(size), root: Buffer.from(root, 'hex') };
};

export class ScriptedChain implements Chain {
  readonly channel: string;
  readonly chaincode = 'merkle-anchor';
  readonly log = 'a-log';
  readonly certificates = [];
  /** Every leaf that is on the chain, in order. */
  readonly leaves: Buffer[] = [];
  /** Calls so far. */
  readonly calls = { append: 0, head: 0, read: 0 };
  /** Every call waits for it: a test can hold the chain. */
  gate: Promise<void> = Promise.resolve();
  #isClosed = false;
  #end: () => void = () => undefined;
  readonly #closed = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  #peer = new PeerState();
  #heads: ChainHead[] = [];
  #late: { readonly start: number; readonly leaves: Uint8Array } | undefined;
  #script: Script;

  constructor(channel: string, script: Script = {}) {
    this.channel = channel;
    this.#script = script;
  }

  script(script: Script): void {
    this.#script = script;
    Object.assign(this.calls, { append: 0, head: 0, read: 0 });
  }

  /** What the channel commits: only what starts where the log ends, as the peers and MVCC see to it. */
  async commit(start: number, leaves: Uint8Array): Promise<ChainHead> {
    const { answer, refusal } = await this.#peer.call(MSP_ID, 'appendLeaves', this.log, String(start), leaves);
    if (refusal !== undefined) throw new ChainError('not_endorsed', refusal);
    for (let at = 0; at < leaves.length; at += 32) this.leaves.push(Buffer.from(leaves.subarray(at, at + 32)));
    this.#heads.push(headOf(answer));
    return headOf(answer);
  }

  /** The channel was made anew. */
  reset(): void {
    this.#peer = new PeerState();
    this.#heads = [];
    this.leaves.length = 0;
  }

  async #begin(): Promise<void> {
    // A call that is under way when the connection is closed ends with it.
    await Promise.race([this.gate, this.#closed]);
    if (this.#isClosed) throw unreachable();
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) await this.commit(late.start, late.leaves).catch(() => undefined);
  }

  appendLeaves = async (start: number, leaves: Uint8Array): Promise<ChainHead> => {
    await this.#begin();
    const fault = this.#script.append?.[this.calls.append++];
    if (fault === undefined) return this.commit(start, leaves);
    if (fault === 'answer_lost') await this.commit(start, leaves);
    if (fault === 'late') this.#late = { start, leaves: Uint8Array.from(leaves) };
    throw unreachable();
  };

  head = async (): Promise<ChainHead> => {
    await this.#begin();
    const fault = this.#script.head?.[this.calls.head++];
    if (fault === 'unreachable') throw unreachable();
    const { answer } = await this.#peer.endorse(MSP_ID, 'getCheckpoint', this.log, '');
    const older = this.#heads.at(-2);
    return fault === 'lagging' && older !== undefined ? older : headOf(answer);
  };

  endorsedCheckpoint = async (size: number): Promise<EndorsedCheckpoint> => {
    await this.#begin();
    const fault = this.#script.read?.[this.calls.read++];
    if (fault === 'unreachable') throw unreachable();
    const { answer, refusal } = await this.#peer.endorse(MSP_ID, 'getCheckpoint', this.log, String(size));
    if (fault === 'lagging' || refusal !== undefined) {
      throw new ChainError('not_endorsed', refusal ?? `NO_CHECKPOINT ${size}`);
    }
    return {
      ...headOf(answer),
      read: { channelHeader: `of ${size}` } as unknown as EndorsedCheckpoint['read'],
      endorsers: ['Org1MSP', 'Org2MSP'],
      block: this.#heads.length,
      transaction: 0,
    };
  };

  block = (): Promise<Uint8Array> => Promise.reject(unreachable());
  height = (): Promise<number> => Promise.resolve(this.#heads.length);
  close = (): void => {
    this.#isClosed = true;
    this.#end();
  };
}
