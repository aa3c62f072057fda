/** The append part of the HTTP interface on the loopback interface, in memory, with faults on demand. @module */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BatchServer {
  readonly url: string;
  readonly server: Server;
  /** What was taken in: the text of each event by its id. */
  readonly events: Map<string, string>;
  /** Events a request, in order. */
  readonly requests: number[];
  readonly authorizations: Set<string>;
  /** Called with each event; a string refuses it with that code. */
  refuse: (event: Record<string, unknown>) => string | undefined;
  /** Answered once each, before anything else: status and headers. */
  readonly faults: { status: number; headers?: Record<string, string> }[];
  /** Called before each batch is looked at. */
  before: (requestNumber: number) => Promise<void> | void;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

function problem(status: number, code: string, pointer?: string): [number, string] {
  return [status, JSON.stringify({ status, code, title: code, detail: `detail of ${code}`, pointer })];
}

function append(state: BatchServer, body: string): [number, string] {
  const lines = body.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const inBatch = new Set<unknown>();
  for (const [i, event] of parsed.entries()) {
    const code = state.refuse(event);
    if (code !== undefined) return problem(code === 'id_conflict' ? 409 : 400, code, `/${i}/payload`);
    const id = String(event['id']);
    if (state.events.has(id) && state.events.get(id) !== lines[i]) return problem(409, 'id_conflict', `/${i}/id`);
    for (const ref of (event['refs'] ?? []) as unknown[]) {
      if (!inBatch.has(ref) && !state.events.has(String(ref))) return problem(422, 'unknown_ref', `/${i}/refs/0`);
    }
    inBatch.add(event['id']);
  }
  const events = parsed.map((event, i) => {
    const id = String(event['id']);
    const repeated = state.events.has(id);
    state.events.set(id, lines[i]!);
    return { id, index: i, repeated };
  });
  return [201, JSON.stringify({ checkpoint: 'c', events })];
}

export async function startBatchServer(): Promise<BatchServer> {
  const server = createServer((request, response) => {
    void answer(request).then(([status, body, headers = {}]) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
    });
  });
  const answer = async (request: IncomingMessage): Promise<[number, string, Record<string, string>?]> => {
    const body = await bodyOf(request);
    if (request.url === '/healthz') return [200, '{}'];
    state.authorizations.add(request.headers.authorization ?? '');
    const fault = state.faults.shift();
    if (fault !== undefined) return [fault.status, JSON.stringify({ code: 'overloaded' }), fault.headers ?? {}];
    const read = /^\/v1\/events\/([^/:]+)$/.exec(request.url ?? '');
    if (read !== null) return state.events.has(read[1] ?? '') ? [200, '{}'] : problem(404, 'not_found');
    if (request.url !== '/v1/events:batch') return problem(404, 'not_found');
    state.requests.push(body.split('\n').length - 1);
    await state.before(state.requests.length);
    return append(state, body);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: BatchServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    events: new Map(),
    requests: [],
    authorizations: new Set(),
    refuse: () => undefined,
    faults: [],
    before: () => undefined,
  };
  return state;
}
