/** The requests of a group commit and their answers. @module */
import { LedgerError } from '../errors.ts';
import type { TreeEdge } from '../merkle/edge.ts';
import { verifyInclusion } from '../merkle/verify-proof.ts';
import type { CommitBatch } from '../store/log-store.ts';
import type { InclusionProof, Primitives } from '../types.ts';
import { indicesOf, type Placed } from './batch.ts';
import type { Sequenced, Submission } from './submission.ts';

/** A request that waits for its answer. */
export interface Waiting {
  readonly submission: Submission;
  readonly resolve: (sequenced: Sequenced) => void;
  readonly reject: (error: unknown) => void;
}

/** The requests of one group that have no answer yet. */
export class Unanswered {
  readonly #waiting: Map<Submission, Waiting>;

  constructor(group: readonly Waiting[]) {
    this.#waiting = new Map(group.map((item) => [item.submission, item]));
  }

  get submissions(): readonly Submission[] {
    return [...this.#waiting.keys()];
  }

  resolve(submission: Submission, sequenced: Sequenced): void {
    this.#waiting.get(submission)?.resolve(sequenced);
    this.#waiting.delete(submission);
  }

  reject(submission: Submission, error: unknown): void {
    this.#waiting.get(submission)?.reject(error);
    this.#waiting.delete(submission);
  }

  rejectAll(error: unknown): void {
    for (const submission of this.submissions) this.reject(submission, error);
  }
}

/** A batch that was committed: what proofs of it are made of. */
export interface Proven {
  readonly edge: TreeEdge;
  readonly commit: Pick<CommitBatch, 'expected' | 'root'>;
  readonly primitives: Primitives;
}

/** The proof of a request's first event, if it asked for one and the event is new. Invariant 4: verified before it leaves. */
export function proveFirst(placed: Placed, { edge, commit, primitives }: Proven): InclusionProof | undefined {
  const [placement] = placed.placements;
  const [event] = placed.submission.events;
  // A repeat in the same batch has the entry of the first: its receipt is read from the log.
  if (!placed.submission.wantProof || event === undefined || placement?.kind !== 'new' || placement.repeated) {
    return undefined;
  }
  const proof = edge.prove(commit.expected.size + placement.position);
  if (!verifyInclusion(primitives.sha256, proof, event.leafHash, commit.root)) {
    throw new LedgerError('internal', 'a proof did not verify before it left');
  }
  return proof;
}

/** Requests of which every event is in the log already. */
export function answerRepeats(
  placed: readonly Placed[],
  base: Pick<Proven, 'edge'> & { readonly note: string },
  unanswered: Unanswered,
): void {
  for (const one of placed) {
    const events = indicesOf(one, base.edge.size);
    unanswered.resolve(one.submission, { events, note: base.note, size: base.edge.size, proof: undefined });
  }
}
