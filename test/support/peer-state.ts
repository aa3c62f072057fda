/**
 * A peer's state in memory, with the rules of a Fabric transaction: reads see what was committed before, in the order of the
 * keys' bytes, and writes count only if the call succeeds.
 *
 * @module
 */
import { fastSha256 } from '../../ledger/chaincode/fast-sha256.ts';
import { answerCall } from '../../ledger/chaincode/merkle-anchor.ts';
import { Refusal } from '../../ledger/chaincode/refusal.ts';

export interface Outcome {
  /** The answer's JSON, where the call succeeded. */
  readonly answer?: unknown;
  /** Text of the refusal. */
  readonly refusal?: string;
  readonly reads: readonly string[];
  readonly writes: ReadonlyMap<string, Buffer>;
}

export class PeerState {
  readonly committed = new Map<string, Buffer>();

  /** Calls the chaincode and commits what it wrote. Errors that are no refusal are thrown. */
  async call(creatorMspId: string, ...args: readonly (string | Uint8Array)[]): Promise<Outcome> {
    const outcome = await this.endorse(creatorMspId, ...args);
    if (outcome.refusal === undefined) for (const [key, value] of outcome.writes) this.committed.set(key, value);
    return outcome;
  }

  /** Calls the chaincode and commits nothing. */
  async endorse(creatorMspId: string, ...args: readonly (string | Uint8Array)[]): Promise<Outcome> {
    const reads: string[] = [];
    const writes = new Map<string, Buffer>();
    const { committed } = this;
    const state = {
      get: (key: string) => {
        reads.push(key);
        return Promise.resolve(Buffer.from(committed.get(key) ?? ''));
      },
      put: (key: string, value: Uint8Array) => {
        writes.set(key, Buffer.from(value));
        return Promise.resolve();
      },
      range: async function* (start: string, end: string) {
        reads.push(`${start} to ${end}`);
        await Promise.resolve();
        for (const key of [...committed.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
          if (key >= start && key < end) yield { key, value: Buffer.from(committed.get(key)!) };
        }
      },
    };
    const bytes = args.map((argument) => Buffer.from(argument as Uint8Array));
    try {
      const answer = await answerCall(fastSha256, { state, creatorMspId, args: bytes });
      return { answer: JSON.parse(Buffer.from(answer).toString()) as unknown, reads, writes };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { refusal: error.message, reads, writes };
    }
  }
}
