/** HTTP/1.1 by hand over one socket: what was sent when, and whether an answer came, is known exactly. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** `undefined`: the connection ended without a whole answer. */
  readonly status: number | undefined;
  readonly headers: string;
  readonly body: string;
  readonly error: string | undefined;
}

export interface RawConnection {
  /** Hands the bytes to the kernel and returns at once; the promise settles with the whole answer, or without. */
  readonly send: (request: string) => Promise<RawAnswer>;
  readonly close: () => void;
  readonly isClosed: () => boolean;
}

export function request(method: string, path: string, key: string, body?: string, contentType?: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${key}`];
  if (body !== undefined) {
    lines.push(`Content-Type: ${contentType ?? 'application/json'}`, `Content-Length: ${Buffer.byteLength(body)}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const headers = text.slice(0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(headers)?.[1] ?? 0);
  const body = Buffer.from(text.slice(end + 4), 'utf8');
  if (body.length < length) return undefined;
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(headers)?.[1]);
  return { status, headers, body: body.subarray(0, length).toString('utf8'), error: undefined };
}

export async function openRaw(port: number): Promise<RawConnection> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = '';
  let isClosed = false;
  let waiting: ((answer: RawAnswer) => void) | undefined;
  const settle = (answer: RawAnswer): void => {
    waiting?.(answer);
    waiting = undefined;
    received = '';
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const answer = parse(received);
    if (answer !== undefined) settle(answer);
  });
  let failure = 'the connection was closed';
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', () => {
    isClosed = true;
    settle({ status: undefined, headers: received, body: '', error: failure });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    send: (text) =>
      new Promise((resolve) => {
        waiting = resolve;
        socket.write(text);
      }),
    close: () => socket.destroy(),
    isClosed: () => isClosed,
  };
}
