/**
 * A load generator that costs little: raw sockets, prepared request bytes, one request at a time a connection. It runs in a
 * process of its own (`load-process.ts`), so that it does not share the service's event loop.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';

/** What one run is to do. */
export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** Requests in all; each is sent once. */
  readonly requests: readonly Buffer[];
  /** Rest after each answer before the connection's next request; 0 when absent. */
  readonly pauseMs?: number;
  /** Requests start no sooner than this rate lets them, whatever the answers; as fast as they are answered when absent. */
  readonly requestsPerSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds, in the order of the answers. */
  readonly latencies: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
  /** The first body of each status. */
  readonly samples: Readonly<Record<string, string>>;
}

/** A request as bytes. */
export function requestBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: bench',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** One HTTP answer. */
export interface Answer {
  /** Three digits. */
  readonly status: string;
  readonly body: Buffer;
}

/**
 * Reads the answers from a socket's chunks, wherever these are cut. Only answers with Content-Length are understood: another
 * one throws, lest a body be taken for the next answer.
 */
export class AnswerReader {
  #buffer: Buffer = Buffer.alloc(0);
  #wanted = -1;
  #head = '';
  readonly #onAnswer: (answer: Answer) => void;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#readOne());
  }

  /** Whether a whole answer was there. */
  #readOne(): boolean {
    if (this.#wanted < 0) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end < 0) return false;
      this.#head = this.#buffer.toString('latin1', 0, end);
      const length = /\ncontent-length: *(\d+)/i.exec(this.#head)?.[1];
      if (length === undefined) throw new Error(`an answer without Content-Length: ${this.#head}`);
      this.#wanted = Number(length);
      this.#buffer = this.#buffer.subarray(end + 4);
    }
    if (this.#buffer.length < this.#wanted) return false;
    const body = this.#buffer.subarray(0, this.#wanted);
    this.#buffer = this.#buffer.subarray(this.#wanted);
    this.#wanted = -1;
    this.#onAnswer({ status: this.#head.slice(9, 12), body });
    return true;
  }
}

function open(plan: LoadPlan): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(plan.port, plan.host, () => {
      resolve(socket);
    });
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** Sends every request once and measures. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const sockets = await Promise.all(
    Array.from({ length: Math.min(plan.connections, plan.requests.length) }, () => open(plan)),
  );
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const samples: Record<string, string> = {};
  const { pauseMs = 0, requestsPerSecond } = plan;
  let next = 0;
  const started = performance.now();
  const waitMs = (): number =>
    requestsPerSecond === undefined
      ? pauseMs
      : Math.max(0, started + (next * 1_000) / requestsPerSecond - performance.now());
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let sentAt = 0;
          const send = (): void => {
            const request = plan.requests[next];
            next += 1;
            if (request === undefined) {
              socket.end();
              resolve();
              return;
            }
            sentAt = performance.now();
            socket.write(request);
          };
          const reader = new AnswerReader(({ status, body }) => {
            latencies.push(performance.now() - sentAt);
            statuses[status] = (statuses[status] ?? 0) + 1;
            samples[status] ??= body.toString('utf8', 0, 2_000);
            const ms = waitMs();
            if (ms === 0) send();
            else setTimeout(send, ms);
          });
          socket.on('data', (chunk: Buffer) => {
            try {
              reader.push(chunk);
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
          socket.on('error', reject);
          // A connection that the server ends early leaves requests unanswered: whoever reads the result counts them.
          socket.on('close', () => {
            resolve();
          });
          send();
        }),
    ),
  );
  return { requests: latencies.length, seconds: (performance.now() - started) / 1000, latencies, statuses, samples };
}

/** The value below which `share` (0..1) of the numbers lie. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
