/**
 * Computes audits on a thread of their own, one after the other, so that a million rows do not keep appends waiting. The thread
 * is started by the first audit and let go of when none has come for a while.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { AskedWindow, AuditComputer, ComputedRows, WindowRows } from '../api/audit/audit-computer.ts';
import { createComputeAudit } from '../api/audit/compute-audit.ts';
import { BodyRuleError } from '../api/body-error.ts';
import { loadDocument } from '../api/document.ts';
import { LedgerError, type ErrorCode } from '../ledger/errors.ts';
import type { JsonObject } from '../ledger/types.ts';

/** To the thread. */
export interface Job {
  readonly kind: 'read' | 'window';
  readonly input: Uint8Array | WindowRows;
}

/** What went wrong there: errors lose their class on the way. */
export type Fault =
  | {
      readonly kind: 'ledger';
      readonly code: ErrorCode;
      readonly message: string;
      /** A {@link BodyRuleError}. */
      readonly isDocument: boolean;
      readonly pointer: string | undefined;
      readonly offset: number | undefined;
    }
  | { readonly kind: 'unexpected'; readonly error: unknown };

/** From the thread. */
export type Outcome =
  | { readonly ok: true; readonly value: JsonObject | ComputedRows | AskedWindow }
  | { readonly ok: false; readonly fault: Fault };

interface Waiting {
  readonly job: Job;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (value: JsonObject | ComputedRows | AskedWindow) => void;
  readonly reject: (error: unknown) => void;
}

/** Audits that may wait beside the one that is computed; windows that have been read wait in any case, and are few. */
const MAX_WAITING = 16;
/** An audit that takes longer asks for more than one request should. */
const LONGEST_MS = 120_000;
/** How long the thread waits for another audit. */
const IDLE_MS = 30_000;
/** 64 MiB of JSON are some hundred MiB of values. */
const HEAP_MIB = 1_536;
/** Threads are given JavaScript: run from its sources, audits are computed in between. */
const isCompiled = import.meta.url.endsWith('.js');

/** The port, and what ends it. */
export interface RunningAudits extends AuditComputer {
  /** Audits that are under way are answered `stopping`. */
  readonly stop: () => Promise<void>;
}

function toError(fault: Fault): unknown {
  if (fault.kind === 'unexpected') return fault.error;
  const { code, message, isDocument, pointer, offset } = fault;
  if (isDocument) return new BodyRuleError(code, message, pointer ?? '');
  const place = { ...(pointer !== undefined && { pointer }), ...(offset !== undefined && { offset }) };
  return new LedgerError(code, message, place);
}

function tooMuch(message: string): LedgerError {
  return new LedgerError('audit_too_large', `${message} Ask for fewer rows, attributes, metrics or resamples.`);
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** One thread at most, and the queue before it. */
class AuditThreads {
  readonly #version: string;
  readonly #waiting: Waiting[] = [];
  #running: Waiting | undefined;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(version: string) {
    this.#version = version;
  }

  run(job: Job, transfer: readonly ArrayBuffer[]): Promise<JsonObject | ComputedRows | AskedWindow> {
    if (this.#isStopped) return Promise.reject(stopping());
    if (job.kind === 'read' && this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new LedgerError('overloaded', 'Too many audits are waiting. Retry a moment later.'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, transfer, resolve, reject });
      this.#next();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { reject } of this.#waiting.splice(0)) reject(stopping());
    await this.#end(stopping());
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    this.#running = next;
    if (next === undefined) {
      this.#after(IDLE_MS, () => void this.#end(stopping()));
      return;
    }
    const worker = (this.#worker ??= this.#start());
    this.#after(LONGEST_MS, () => {
      void this.#end(tooMuch('The audit takes too long.'));
      this.#next();
    });
    worker.postMessage(next.job, next.transfer);
  }

  #after(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
    this.#timer.unref();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./audit-thread.js', import.meta.url), {
      workerData: { version: this.#version },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    worker.unref();
    worker.on('message', (outcome: Outcome) => {
      if (this.#worker !== worker) return;
      const done = this.#running;
      this.#running = undefined;
      if (outcome.ok) done?.resolve(outcome.value);
      else done?.reject(toError(outcome.fault));
      this.#next();
    });
    worker.on('error', (error) => {
      if (this.#worker !== worker) return;
      void this.#end(isOutOfMemory(error) ? tooMuch('The audit takes too much memory.') : error);
      this.#next();
    });
    return worker;
  }

  /** Ends the thread and whatever runs on it. The next audit starts another one. */
  async #end(reason: unknown): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#running?.reject(reason);
    this.#running = undefined;
    await worker?.terminate();
  }
}

function stopping(): LedgerError {
  return new LedgerError('stopping', 'The service is stopping. Retry at another instance or later.');
}

/** The bytes in a buffer of their own, which can be given away. */
function given(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly buffer: ArrayBuffer } {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
  const own = isWhole ? bytes : Uint8Array.from(bytes);
  // An own copy, or what was just looked at, is no shared buffer.
  return { bytes: new Uint8Array(own.buffer as ArrayBuffer), buffer: own.buffer as ArrayBuffer };
}

/** What the columns lie in. */
function buffersOf({ columns }: WindowRows): ArrayBuffer[] {
  const { cells, scores, weights, attributes } = columns;
  const arrays = [cells, scores, weights, ...attributes.map(({ codes }) => codes)];
  return [...new Set(arrays.flatMap((array) => (array === undefined ? [] : [array.buffer as ArrayBuffer])))];
}

/** @param version of the program, for the records */
export function createAuditThreads(version: string): RunningAudits {
  if (!isCompiled) return inBetween(version);
  const threads = new AuditThreads(version);
  return {
    read: async (body) => {
      const { bytes, buffer } = given(body);
      // The thread answers what was asked.
      return (await threads.run({ kind: 'read', input: bytes }, [buffer])) as ComputedRows | AskedWindow;
    },
    window: async (rows) => (await threads.run({ kind: 'window', input: rows }, buffersOf(rows))) as JsonObject,
    stop: () => threads.stop(),
  };
}

function inBetween(version: string): RunningAudits {
  const compute = createComputeAudit(loadDocument(), version);
  return {
    read: (bytes) => Promise.resolve().then(() => compute.read(bytes)),
    window: (rows) => Promise.resolve().then(() => compute.window(rows)),
    stop: () => Promise.resolve(),
  };
}
