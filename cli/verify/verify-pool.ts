import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Check, Facts } from '../../ledger/verify/index.ts';
import { createFileVerifier, type FileVerification, type VerifySettings } from './evidence-file.ts';

/** What is said of one file among many. */
export interface Verdict {
  readonly outcome: FileVerification['outcome'];
  readonly failed: readonly Check[];
  readonly facts: Facts;
}

export interface VerifiedFile {
  readonly path: string;
  readonly verdict: Verdict;
}

/** Without the checks that passed, which would be most of what goes between threads. */
export function verdictOf({ outcome, checks, facts }: FileVerification): Verdict {
  return { outcome, failed: checks.filter((check) => check.status === 'failed'), facts };
}

/** Files a message: enough that messages cost nothing, few enough that memory stays small. */
const CHUNK_FILES = 128;
/** Starting threads costs about 100 ms: a folder smaller than this is done sooner without. */
const FILES_FOR_THREADS = 384;
const MOST_THREADS = 8;
/** Threads are given JavaScript: run from its sources, all is done on one. */
const isCompiled = import.meta.url.endsWith('.js');

/**
 * Verifies a stream of files and answers in the order of the stream, on several threads once it is long. Memory is
 * bounded: at most two chunks a thread are under way.
 */
export async function* verifyFiles(
  paths: AsyncIterable<string>,
  settings: VerifySettings,
): AsyncGenerator<readonly VerifiedFile[]> {
  const chunks = inChunks(paths);
  const verify = await createFileVerifier(settings);
  let done = 0;
  while (done < FILES_FOR_THREADS) {
    const chunk = await chunks.next();
    if (chunk.done === true) return;
    yield chunk.value.map((path) => ({ path, verdict: verdictOf(verify(path)) }));
    done += chunk.value.length;
  }
  if (isCompiled) yield* onThreads(chunks, settings);
  else for await (const chunk of chunks) yield chunk.map((path) => ({ path, verdict: verdictOf(verify(path)) }));
}

async function* inChunks(paths: AsyncIterable<string>): AsyncGenerator<string[]> {
  let chunk: string[] = [];
  for await (const path of paths) {
    chunk.push(path);
    if (chunk.length < CHUNK_FILES) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function* onThreads(
  chunks: AsyncIterator<string[], unknown>,
  settings: VerifySettings,
): AsyncGenerator<readonly VerifiedFile[]> {
  const threads = Array.from({ length: Math.min(MOST_THREADS, availableParallelism()) }, () => new Thread(settings));
  const waiting: Promise<readonly VerifiedFile[]>[] = [];
  try {
    for (let turn = 0; ; turn += 1) {
      const chunk = await chunks.next();
      const thread = threads[turn % threads.length];
      if (chunk.done === true || thread === undefined) break;
      waiting.push(thread.verify(chunk.value));
      const oldest = waiting.length > 2 * threads.length ? waiting.shift() : undefined;
      if (oldest !== undefined) yield await oldest;
    }
    for (let oldest = waiting.shift(); oldest !== undefined; oldest = waiting.shift()) yield await oldest;
  } finally {
    await Promise.all(
      threads.map(async (thread) => {
        await thread.stop();
      }),
    );
  }
}

interface Waiting {
  readonly paths: readonly string[];
  readonly resolve: (files: readonly VerifiedFile[]) => void;
  readonly reject: (error: Error) => void;
}

/** A worker thread that answers chunks in the order in which it got them. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];

  constructor(settings: VerifySettings) {
    this.#worker = new Worker(new URL('./verify-thread.js', import.meta.url), { workerData: settings });
    this.#worker.on('message', (verdicts: readonly Verdict[]) => {
      const first = this.#waiting.shift();
      first?.resolve(first.paths.map((path, i) => ({ path, verdict: verdicts[i] ?? UNANSWERED })));
    });
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  async verify(paths: readonly string[]): Promise<readonly VerifiedFile[]> {
    const answer = new Promise<readonly VerifiedFile[]>((resolve, reject) => {
      this.#waiting.push({ paths, resolve, reject });
    });
    // Awaited only when its turn comes; until then a failure must not count as unhandled.
    answer.catch(() => undefined);
    this.#worker.postMessage(paths);
    return await answer;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Never happens: a thread answers every path. If it did, the file would not count as verified. */
const UNANSWERED: Verdict = { outcome: 'unusable', failed: [], facts: {} };
