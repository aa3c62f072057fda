/**
 * Listening, limits and the graceful stop.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LedgerError, type ErrorCode } from '../ledger/errors.ts';
import { createApp } from './app.ts';
import type { EdgeDeps } from './edge-deps.ts';
import { problemReply } from './http/reply.ts';
import { RAW_SECURITY_HEADERS } from './http/security-headers.ts';
import { toProblem } from './problems.ts';

/** Where it listens, and how much. */
export interface ServerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly maxConnections: number;
  readonly stopTimeoutSeconds: number;
}

/** A running server. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** Stops accepting, answers what was accepted, ends. Waits `stopTimeoutSeconds` at most. Idempotent. */
  readonly stop: () => Promise<void>;
}

/** The largest header section, in bytes: a token and a few short headers. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 64;
/** A header section that takes longer is an attack (Slowloris). */
const HEADERS_TIMEOUT_MS = 10_000;
/** A batch of 16 MiB at 3 Mbit/s. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle timeout of usual proxies (60 s), so that the proxy closes first and loses no request. */
const KEEP_ALIVE_MS = 65_000;
const CHECK_CONNECTIONS_MS = 5_000;
/** How often idle connections are closed while stopping. */
const CLOSE_IDLE_MS = 50;
/** How long a stop goes on reading before it closes anything. */
const LAST_READ_MS = 100;
const LONGEST_LAST_READ_MS = 3_000;
const QUIET_TURNS = 5;

const PARSER_CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['bad_request', 'The headers are too large.'],
};

/** What cannot be parsed as HTTP gets a problem too, by hand: there is no response object yet. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [code, message] = PARSER_CODES[error.code ?? ''] ?? (['bad_request', 'The request is not HTTP.'] as const);
  const requestId = randomUUID();
  const { status, headers, body } = problemReply(toProblem(new LedgerError(code, message), requestId));
  const text = typeof body === 'string' ? body : '';
  const lines = [...headers, ...RAW_SECURITY_HEADERS, 'X-Request-Id', requestId, 'Connection', 'close'];
  lines.push('Content-Length', String(Buffer.byteLength(text)));
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let i = 0; i < lines.length; i += 2) head += `${lines[i] ?? ''}: ${lines[i + 1] ?? ''}\r\n`;
  socket.end(`${head}\r\n${text}`);
}

function listen(server: Server, { host, port }: ServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // A TCP server's address is never a string or null while it listens.
      resolve(server.address() as AddressInfo);
    });
  });
}

interface Connections {
  readonly open: ReadonlySet<Socket>;
  /** How many were ever accepted. */
  readonly accepted: () => number;
}

/**
 * What was sent before the stop may still lie in the kernel's buffers, on connections that look idle or were not even
 * accepted yet. It is read before any of them is closed: closing one with unread bytes resets it.
 */
async function readWhatWasSent({ accepted }: Connections): Promise<void> {
  const began = Date.now();
  await new Promise((resolve) => setTimeout(resolve, LAST_READ_MS));
  // libuv accepts one connection a turn of the event loop, and reads it in the next: until none has come for some turns.
  let seen = -1;
  for (let quiet = 0; quiet < QUIET_TURNS && Date.now() - began < LONGEST_LAST_READ_MS; quiet += 1) {
    if (accepted() !== seen) quiet = 0;
    seen = accepted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Closes idle connections until the last request was answered, or time is up. */
function drain(server: Server, { open }: Connections, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const closeIdle = (): void => {
      server.closeIdleConnections();
      // Node takes a connection on which nothing was ever sent for one whose first request is on its way.
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    };
    const sweep = setInterval(closeIdle, CLOSE_IDLE_MS);
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, timeoutMs);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(deadline);
      resolve();
    });
    closeIdle();
  });
}

function trackConnections(server: Server): Connections {
  const open = new Set<Socket>();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return { open, accepted: () => accepted };
}

/** Starts listening. @throws whatever listening throws, for example that the port is taken */
export async function startServer(deps: EdgeDeps, options: ServerOptions): Promise<RunningServer> {
  const app = await createApp(deps);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
      noDelay: true,
    },
    app.listener,
  );
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = options.maxConnections;
  server.on('clientError', answerClientError);
  const connections = trackConnections(server);
  const { address, port, family } = await listen(server, options);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    app.stop();
    await readWhatWasSent(connections);
    await drain(server, connections, options.stopTimeoutSeconds * 1000);
    await app.close();
  };
  const host = family === 'IPv6' ? `[${address}]` : address;
  return {
    host: address,
    port,
    url: `http://${host}:${port}`,
    stop: () => (stopped ??= stop()),
  };
}
