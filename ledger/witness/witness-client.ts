/** C2SP tlog-witness, the log's side: one `add-checkpoint` call. @module */
import { parseDecimal } from '../checkpoint/checkpoint.ts';
import type { VerifierKey } from '../checkpoint/key.ts';
import { formatSignatureLine, openNote, parseNote } from '../checkpoint/note.ts';
import { formatAddCheckpoint, parseCosignatureLines } from '../checkpoint/witness-request.ts';
import type { Primitives } from '../types.ts';

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface WitnessSubmission {
  readonly fetch: Fetch;
  readonly primitives: Primitives;
  /** Submission prefix of the witness. */
  readonly url: string;
  /** The witness's key; only its cosignature is accepted. */
  readonly key: VerifierKey;
  /** The very checkpoint that is published, as signed note. */
  readonly note: string;
  /** Its size. */
  readonly size: number;
  /** The size that the witness cosigned last, as far as is known; 0 if never. */
  readonly oldSize: number;
  /** Consistency proof from a size, above 0 and below `size`, to `size`. */
  readonly prove: (oldSize: number) => Promise<readonly Uint8Array[]>;
  /** For the whole of one exchange, body included, ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type WitnessAnswer =
  | {
      readonly kind: 'cosigned';
      /** The signature line with its newline, to be appended to the checkpoint unchanged. */
      readonly line: string;
      /** RFC 3339 UTC: the witness's own time. */
      readonly cosignedAt: string;
    }
  /** Asking again may help. `size`: what the witness says it holds, where it said so. */
  | {
      readonly kind: 'failed';
      readonly reason: 'unreachable' | 'timeout' | 'http_error' | 'bad_answer' | 'bad_cosignature' | 'conflict';
      readonly status?: number;
      readonly size?: number;
    }
  /** Asking again with this checkpoint will not help; somebody has to look. */
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'unknown_log'
        | 'signature_refused'
        | 'proof_refused'
        | 'bad_request'
        /** The witness holds another root for this size: one of the two was shown a fork. */
        | 'forked'
        /** The witness saw a larger log than this checkpoint: a restored backup has to catch up first. */
        | 'witness_ahead';
      readonly status: number;
      readonly size?: number;
    };

/** An honest answer is a few hundred bytes; post-quantum cosignatures take some thousand. */
const MAX_ANSWER_BYTES = 20_000;

const REFUSALS = {
  400: 'bad_request',
  403: 'signature_refused',
  404: 'unknown_log',
  422: 'proof_refused',
} as const satisfies Record<number, (WitnessAnswer & { kind: 'refused' })['reason']>;

/** A whole answer, read within bounds. */
interface Exchange {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * Asks a witness to cosign a checkpoint. On 409 it takes the size from the answer and proves from there, once: the
 * witness stores before it answers, so that an answer lost on the way shows as 409. A cosignature is verified before it
 * is accepted. Never throws for what the witness does (attacker-controlled).
 *
 * @throws what `prove` throws
 */
export async function submitToWitness(submission: WitnessSubmission): Promise<WitnessAnswer> {
  const first = await exchange(submission, submission.oldSize);
  if (!isExchange(first)) return first;
  if (first.status !== 409) return judge(submission, first);
  const held = conflictingSize(submission, submission.oldSize, first);
  if (typeof held !== 'number') return held;
  const second = await exchange(submission, held);
  if (!isExchange(second)) return second;
  if (second.status !== 409) return judge(submission, second);
  // Somebody else moved the witness on between the two calls, or it plays games: the next round starts from its size.
  const again = conflictingSize(submission, held, second);
  return typeof again === 'number' ? { kind: 'failed', reason: 'conflict', status: 409, size: again } : again;
}

async function exchange(submission: WitnessSubmission, oldSize: number): Promise<Exchange | WitnessAnswer> {
  const { note, size, url, timeoutMs, signal } = submission;
  const proof = oldSize === 0 || oldSize === size ? [] : await submission.prove(oldSize);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await submission.fetch(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: formatAddCheckpoint({ oldSize, proof, checkpoint: note }),
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const body = await readBounded(response);
    if (body === undefined) return { kind: 'failed', reason: 'bad_answer', status: response.status };
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', body };
  } catch {
    return { kind: 'failed', reason: timeout.aborted ? 'timeout' : 'unreachable' };
  }
}

function isExchange(value: Exchange | WitnessAnswer): value is Exchange {
  return 'body' in value;
}

/** The body as text; `undefined` if it is too long. */
async function readBounded(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = (await reader.read()) as { done: boolean; value?: Uint8Array };
    if (done || value === undefined) return text + decoder.decode();
    length += value.length;
    if (length > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** What a 409 to `sentOldSize` says: the size to prove from, or why there is none. */
function conflictingSize(submission: WitnessSubmission, sentOldSize: number, answer: Exchange): number | WitnessAnswer {
  const size = answer.contentType.startsWith('text/x.tlog.size')
    ? parseDecimal(answer.body.replace(/\n$/, ''))
    : undefined;
  // The roots of one size differ: C2SP answers that with 409 too, and what is in the body is not said.
  if (sentOldSize === submission.size && (size === undefined || size === sentOldSize)) {
    return { kind: 'refused', reason: 'forked', status: 409 };
  }
  if (size === undefined || size === sentOldSize) return { kind: 'failed', reason: 'bad_answer', status: 409 };
  if (size > submission.size) return { kind: 'refused', reason: 'witness_ahead', status: 409, size };
  return size;
}

function judge(submission: WitnessSubmission, { status, body }: Exchange): WitnessAnswer {
  if (status === 200) return readCosignature(submission, body);
  const reason = (REFUSALS as Readonly<Record<number, (typeof REFUSALS)[keyof typeof REFUSALS]>>)[status];
  return reason === undefined ? { kind: 'failed', reason: 'http_error', status } : { kind: 'refused', reason, status };
}

/** Lines of unknown keys are ignored, as C2SP asks; a line of the witness's key that fails spoils the answer. */
function readCosignature({ key, note, primitives }: WitnessSubmission, body: string): WitnessAnswer {
  try {
    const signatures = parseCosignatureLines(body);
    const opening = openNote({ text: parseNote(note).text, signatures }, [key], primitives);
    const cosignature = opening.kind === 'opened' ? opening.verified[0]?.cosignature : undefined;
    const line = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
    const cosignedAt = cosignature === undefined ? undefined : timeText(cosignature.time);
    if (line === undefined || cosignedAt === undefined) {
      return { kind: 'failed', reason: 'bad_cosignature', status: 200 };
    }
    return { kind: 'cosigned', line: formatSignatureLine(line), cosignedAt };
  } catch {
    return { kind: 'failed', reason: 'bad_answer', status: 200 };
  }
}

/** `undefined` for what is no time on a calendar: a witness may sign any 64-bit number. */
function timeText(seconds: number): string | undefined {
  const time = new Date(seconds * 1000);
  return seconds === 0 || Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 ? undefined : time.toISOString();
}
