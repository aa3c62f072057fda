/**
 * Reading a request body once, raw, within limits. Everything here is attacker-controlled.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { LedgerError } from '../../ledger/errors.ts';

/** Bytes of one event. */
export const MAX_EVENT_BODY = 1024 * 1024;
/** Bytes of a batch. */
export const MAX_BATCH_BODY = 16 * 1024 * 1024;
/** Bytes of the rows of an audit. */
export const MAX_AUDIT_BODY = 64 * 1024 * 1024;
/** Bytes of any other body: a handful of short members. */
export const MAX_SMALL_BODY = 64 * 1024;
/** Bytes of bodies that may be in memory at once, over all requests. */
export const MAX_BODIES_IN_FLIGHT = 96 * 1024 * 1024;

/** Bounds the memory of bodies in flight: beyond it, callers are told to come again. */
export class BodyBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number = MAX_BODIES_IN_FLIGHT) {
    this.#limit = limit;
  }

  /** @throws LedgerError `overloaded` */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) {
      throw new LedgerError('overloaded', 'Too many large bodies are in flight. Retry a moment later.');
    }
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

const inflate = promisify(gunzip);

function tooLarge(limit: number): LedgerError {
  return new LedgerError('body_too_large', `The body may have at most ${limit} bytes here. Send less at a time.`);
}

/** What a body will cost: its declared length, or the limit where it is not known. */
function costOf(request: IncomingMessage, limit: number, isCompressed: boolean): number {
  const declared = request.headers['content-length'];
  if (declared === undefined || isCompressed) return limit;
  const length = Number(declared);
  if (length > limit) throw tooLarge(limit);
  return length;
}

function isGzip(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return false;
  if (encoding.toLowerCase() === 'gzip') return true;
  throw new LedgerError('media_type_unsupported', 'Content-Encoding may be gzip or absent.');
}

/**
 * Reads the body into memory, decompressed. Holds its share of `budget` until `release` is called.
 *
 * @throws LedgerError `body_too_large`, `media_type_unsupported`, `bad_request`, `overloaded`
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  budget: BodyBudget,
): Promise<{ bytes: Uint8Array; release: () => void }> {
  const compressed = isGzip(request);
  const cost = costOf(request, limit, compressed);
  budget.take(cost);
  const release = (): void => {
    budget.give(cost);
  };
  try {
    const raw = await collect(request, limit, compressed ? undefined : request.headers['content-length']);
    return { bytes: compressed ? await decompress(raw, limit) : raw, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Gathers chunks; where the length is declared, in one buffer from the start, so that large bodies are copied once. */
class Gathered {
  readonly #whole: Buffer | undefined;
  readonly #chunks: Buffer[] = [];
  length = 0;

  constructor(declared: string | undefined) {
    const length = Number(declared ?? Number.NaN);
    this.#whole = Number.isSafeInteger(length) && length > 0 ? Buffer.allocUnsafe(length) : undefined;
  }

  add(chunk: Buffer): void {
    // Node's parser gives no more than was declared.
    if (this.#whole === undefined) this.#chunks.push(chunk);
    else this.#whole.set(chunk, this.length);
    this.length += chunk.length;
  }

  bytes(): Uint8Array {
    return this.#whole?.subarray(0, this.length) ?? Buffer.concat(this.#chunks, this.length);
  }
}

function collect(request: IncomingMessage, limit: number, declared: string | undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gathered = new Gathered(declared);
    request.on('data', (chunk: Buffer) => {
      if (gathered.length + chunk.length > limit) {
        request.removeAllListeners('data');
        reject(tooLarge(limit));
        return;
      }
      gathered.add(chunk);
    });
    request.on('end', () => {
      resolve(gathered.bytes());
    });
    request.on('error', () => {
      reject(new LedgerError('bad_request', 'The body ended before it was complete.'));
    });
    request.on('aborted', () => {
      reject(new LedgerError('bad_request', 'The body ended before it was complete.'));
    });
  });
}

async function decompress(raw: Uint8Array, limit: number): Promise<Uint8Array> {
  try {
    return await inflate(raw, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new LedgerError('bad_request', 'The body is not the gzip that Content-Encoding says it is.');
  }
}

/** `type/subtype` in lower case. @throws LedgerError `media_type_unsupported` unless it is one of `allowed`, in UTF-8 */
export function mediaTypeOf(request: IncomingMessage, allowed: readonly string[]): string {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const mediaType = type.trim();
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (!allowed.includes(mediaType) || !isUtf8) {
    throw new LedgerError('media_type_unsupported', `Content-Type must be ${allowed.join(' or ')}, in UTF-8.`);
  }
  return mediaType;
}
