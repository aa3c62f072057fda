/**
 * What handlers answer, and how it leaves.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProblemAnswer } from '../problems.ts';
import { endAfter } from './linger.ts';
import { RAW_SECURITY_HEADERS } from './security-headers.ts';

/** An answer. `headers`: name and value alternating. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** Instead of the usual security headers. */
  readonly securityHeaders?: readonly string[];
}

/** An answer that waits for something outside. What the request brought is let go of meanwhile: `later` must not hold it. */
export interface Deferred {
  /** @param signal aborted when the client is gone or the service stops: then answer with what there is, at once */
  readonly later: (signal: AbortSignal) => Promise<Reply>;
}

/** RFC 9111: content is kept nowhere on its way. */
export const NO_STORE: readonly string[] = ['Cache-Control', 'no-store'];
const JSON_HEADERS: readonly string[] = ['Content-Type', 'application/json', ...NO_STORE];
const PROBLEM_HEADERS: readonly string[] = ['Content-Type', 'application/problem+json', ...NO_STORE];

/** A JSON answer that no cache keeps. `extra`: more headers, name and value alternating. */
export function jsonReply(status: number, body: unknown, extra: readonly string[] = []): Reply {
  const headers = extra.length === 0 ? JSON_HEADERS : [...JSON_HEADERS, ...extra];
  return { status, headers, body: JSON.stringify(body) };
}

/** JSON under another media type. */
export function typedJsonReply(mediaType: string, body: unknown): Reply {
  return { status: 200, headers: ['Content-Type', mediaType, ...NO_STORE], body: JSON.stringify(body) };
}

/** UTF-8 text that no cache keeps. */
export function textReply(body: string): Reply {
  return { status: 200, headers: ['Content-Type', 'text/plain; charset=utf-8', ...NO_STORE], body };
}

/** A problem, with `WWW-Authenticate` (RFC 6750 §3) and `Retry-After` where they belong. */
export function problemReply({ problem, retryAfterSeconds }: ProblemAnswer, extra: readonly string[] = []): Reply {
  const headers = [...PROBLEM_HEADERS, ...extra];
  if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(Math.ceil(retryAfterSeconds)));
  if (problem.status === 401) headers.push('WWW-Authenticate', 'Bearer realm="vericlin"');
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** How an answer leaves. */
export interface Sending {
  readonly requestId: string;
  /** The body is left out, and kept in `Content-Length`. */
  readonly isHead: boolean;
  /** The request, where its body was not read to the end. */
  readonly unread: IncomingMessage | undefined;
}

/** Sends `reply`. */
export function sendReply(response: ServerResponse, reply: Reply, { requestId, isHead, unread }: Sending): void {
  const headers = [...(reply.securityHeaders ?? RAW_SECURITY_HEADERS), 'X-Request-Id', requestId, ...reply.headers];
  const { body } = reply;
  if (body === undefined) {
    // RFC 9110 §8.6: 204 and 304 have no Content-Length of an empty body.
    response.writeHead(reply.status, headers);
    response.end();
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  headers.push('Content-Length', String(length));
  response.writeHead(reply.status, headers);
  if (isHead) response.end();
  else if (unread === undefined) response.end(body);
  else {
    response.write(body);
    endAfter(unread, response);
  }
}
