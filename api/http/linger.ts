/**
 * Answering before the body was read. A connection that is closed with unread bytes is reset, and a reset may take the
 * answer away from a client that is still sending (RFC 9112 §9.6): so the answer goes out, the rest of the body is read and
 * dropped for a moment, and only then the connection ends.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

const LONGEST_MS = 2_000;
const MOST_BYTES = 32 * 1024 * 1024;

/** Ends `response`, whose body was written, when the request was received or that took too long. */
export function endAfter(request: IncomingMessage, response: ServerResponse): void {
  let received = 0;
  const end = (): void => {
    clearTimeout(timer);
    if (!response.writableEnded) response.end();
  };
  const timer = setTimeout(end, LONGEST_MS);
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > MOST_BYTES) end();
  });
  for (const event of ['end', 'error', 'close'] as const) request.once(event, end);
  request.resume();
}
