import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, systemCode, unusable } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { describeProblem, nextAfter, readProblem, type Problem } from './problem.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8080';

/** The options of every command that talks to a service. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly keyFile?: string;
}

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with its query, from the service's root; holds no PHI. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** How often to try again on 429, 503 and lost connections. Only for requests that may be repeated safely. */
  readonly retries?: number;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly text: () => string;
}

/** The service answered, but refused. */
export class ServiceRefusal extends CommandFailure {
  readonly problem: Problem;

  constructor(problem: Problem) {
    const next = nextAfter(problem);
    super(EXIT.failed, describeProblem(problem), { code: problem.code, ...(next === undefined ? {} : { next }) });
    this.name = 'ServiceRefusal';
    this.problem = problem;
  }
}

const REQUEST_TIMEOUT_MS = 120_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
const DEFAULT_RETRIES = 4;

/** A connection to a Vericlin service: keep-alive through the global fetch, retries with back-off and `Retry-After`. */
export class Connection {
  readonly url: string;
  readonly #key: string | undefined;

  constructor(url: string, key: string | undefined) {
    this.url = url.replace(/\/+$/, '');
    this.#key = key;
  }

  /** The same connection with a longer address. */
  under(path: string): Connection {
    return new Connection(this.url + path, this.#key);
  }

  /** @throws ServiceRefusal on any answer of status 400 and above; CommandFailure where no answer comes. */
  async send(request: ServiceRequest): Promise<ServiceAnswer> {
    const retries = request.retries ?? DEFAULT_RETRIES;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#try(request);
      if (outcome.kind === 'answer') return outcome.answer;
      if (attempt >= retries || !outcome.mayRetry) throw outcome.failure;
      await sleep(Math.min(LONGEST_WAIT_MS, outcome.waitMs ?? backOffMs(attempt)));
    }
  }

  /** The answer's JSON. What it holds is checked by the caller. */
  async json(request: ServiceRequest): Promise<unknown> {
    const answer = await this.send({ accept: 'application/json', ...request });
    try {
      return JSON.parse(answer.text()) as unknown;
    } catch (cause) {
      throw new CommandFailure(EXIT.failed, `${this.url} answered something else than JSON`, {
        next: 'Check that --url is the address of a Vericlin service.',
        cause,
      });
    }
  }

  async #try(request: ServiceRequest): Promise<Outcome> {
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await fetch(this.url + request.path, {
        method: request.method,
        headers: this.#headers(request),
        ...(request.body === undefined ? {} : { body: request.body }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        redirect: 'error',
      });
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (thrown) {
      return { kind: 'failure', failure: unreachable(this.url, thrown), mayRetry: true, waitMs: undefined };
    }
    const text = (): string => new TextDecoder().decode(bytes);
    if (response.status < 400) return { kind: 'answer', answer: { status: response.status, bytes, text } };
    return {
      kind: 'failure',
      failure: new ServiceRefusal(readProblem(response.status, text())),
      mayRetry: response.status === 429 || response.status === 503,
      waitMs: retryAfterMs(response.headers.get('retry-after')),
    };
  }

  #headers(request: ServiceRequest): Record<string, string> {
    return {
      accept: request.accept ?? '*/*',
      ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    };
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: ServiceAnswer }
  | {
      readonly kind: 'failure';
      readonly failure: CommandFailure;
      readonly mayRetry: boolean;
      readonly waitMs: number | undefined;
    };

/** Exponential, with jitter so that many clients do not come back at once. */
function backOffMs(attempt: number): number {
  return FIRST_WAIT_MS * 2 ** attempt * (0.75 + Math.random() / 2);
}

/** RFC 9110 §10.2.3: seconds or an HTTP date. */
export function retryAfterMs(header: string | null, nowMs = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function unreachable(url: string, thrown: unknown): CommandFailure {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = systemCode(cause);
  const why =
    thrown instanceof DOMException && thrown.name === 'TimeoutError' ? 'no answer in time' : (code ?? 'no connection');
  return new CommandFailure(EXIT.failed, `cannot reach ${url} (${why})`, {
    code: 'service_unreachable',
    next: 'Start the service with `vericlin serve`, or give its address with --url.',
    cause: thrown,
  });
}

/**
 * Opens the connection of `--url`, with the key of `--key-file` or VERICLIN_API_KEY. A key never goes into the
 * arguments, where other users of the machine could read it.
 *
 * @throws CommandFailure exit 2: no usable address or key file
 */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<Connection> {
  return new Connection(serviceUrl(options.url ?? DEFAULT_URL), await readKey(options.keyFile, terminal));
}

/** @throws CommandFailure exit 2 */
function serviceUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw unusable(`--url ${text} is not an http or https address`, `For example --url ${DEFAULT_URL}`);
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw unusable('--url may hold no user, password, query or fragment', 'Give the key with --key-file.');
  }
  return url.href;
}

async function readKey(keyFile: string | undefined, terminal: Terminal): Promise<string | undefined> {
  if (keyFile === undefined) {
    const key = terminal.env['VERICLIN_API_KEY']?.trim();
    return key === '' ? undefined : key;
  }
  let text: string;
  try {
    text = (await readFile(keyFile, 'utf8')).trim();
  } catch (cause) {
    throw unusable(`cannot read the key file ${keyFile} (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw unusable(`${keyFile} does not hold one API key`, 'The file holds the key alone, on one line.');
  }
  return text;
}
