/**
 * The way of every request: match, authenticate, check the role, read the body, validate, handle, record refusals, answer.
 * One function per step; nothing is stored before all of them passed.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseStrictJsonBytes } from '../ledger/canonical/strict-json.ts';
import { LedgerError } from '../ledger/errors.ts';
import { normalizeUuid } from '../ledger/event/index.ts';
import type { AccessRecord, Principal } from '../ledger/ports.ts';
import type { JsonValue } from '../ledger/types.ts';
import { SYSTEM } from '../ledger/system.ts';
import { createRecordAccess, type RecordAccess } from './access-record.ts';
import { BadCredentialError, type Authenticate } from './auth/authenticate.ts';
import { BadCredentialThrottle } from './auth/bad-credentials.ts';
import { LOG_OPERATIONS, mayCall, OPERATION_ROLES } from './auth/roles.ts';
import type { EdgeDeps } from './edge-deps.ts';
import type { Answer, Handlers } from './handler.ts';
import { BodyBudget, MAX_SMALL_BODY, mediaTypeOf, readBody } from './http/body.ts';
import { OpenWaits } from './http/open-waits.ts';
import { NO_QUERY, parseQuery } from './http/query.ts';
import { problemReply, sendReply, type Deferred, type Reply } from './http/reply.ts';
import { toProblem } from './problems.ts';
import { isRefusal, Refusal } from './refusal.ts';
import { BodyRuleError } from './body-error.ts';
import { invalidPathId, type Validated, type ValidateRequest } from './request-validator.ts';
import { MethodNotAllowedError, type Match, type Route, type RouteTable } from './routes.ts';

/** What the edge is made of. */
export interface EdgeParts {
  readonly routes: RouteTable;
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  readonly validate: ValidateRequest;
}

/** A handler after its types were checked where it was made. */
type AnyHandler = (call: object) => Answer | Promise<Answer>;

/** What is known of a request so far: for the record of a refusal, metrics and the log. */
interface Progress {
  readonly requestId: string;
  readonly sourceAddress: string;
  operation: string;
  principal: Principal | undefined;
  isHead: boolean;
}

const NO_BYTES = new Uint8Array();

/** A caller's id is kept if it is a UUID: anything else could carry what does not belong in a log. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return (typeof given === 'string' ? normalizeUuid(given) : undefined) ?? randomUUID();
}

function splitUrl(url: string): { path: string; query: string } {
  if (!url.startsWith('/')) throw new LedgerError('bad_request', 'The request target must be a path.');
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** A proxy on this machine forwards for others: then the peer's address says nothing. */
function isFromThisMachine(request: IncomingMessage, address: string): boolean {
  const { headers } = request;
  return isLoopback(address) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined;
}

/** Answers requests. Made once per process. */
export class Edge {
  readonly #deps: EdgeDeps;
  readonly #parts: EdgeParts;
  readonly #record: RecordAccess;
  readonly #budget = new BodyBudget();
  readonly #throttle = new BadCredentialThrottle();
  readonly #waits = new OpenWaits();
  #stopping = false;

  constructor(deps: EdgeDeps, parts: EdgeParts) {
    this.#deps = deps;
    this.#parts = parts;
    this.#record = createRecordAccess(deps);
  }

  /** From now on every new request is answered `stopping`, and none waits for the chain any more. */
  stop(): void {
    this.#stopping = true;
    this.#waits.stop();
  }

  /** Answers one request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const progress: Progress = {
      requestId: requestIdOf(request),
      sourceAddress: request.socket.remoteAddress ?? 'unknown',
      operation: 'none',
      principal: undefined,
      isHead: request.method === 'HEAD',
    };
    let reply: Reply;
    try {
      const answer = await this.#answer(request, progress);
      reply = 'later' in answer ? await this.#wait(request, answer) : answer;
    } catch (error) {
      reply = await this.#failure(error, progress);
    }
    this.#send(request, response, reply, progress);
    this.#account(progress, reply.status, performance.now() - startedAt);
  }

  /** The body, and its share of the budget, were let go of before: a wait may be long. */
  async #wait(request: IncomingMessage, { later }: Deferred): Promise<Reply> {
    const { signal, end } = this.#waits.begin(request.socket);
    try {
      return await later(signal);
    } finally {
      end();
    }
  }

  async #answer(request: IncomingMessage, progress: Progress): Promise<Answer> {
    if (this.#stopping)
      throw new LedgerError('stopping', 'The service is stopping. Retry at another instance or later.');
    const url = splitUrl(request.url ?? '');
    const match = this.#parts.routes.match(request.method ?? '', url.path);
    progress.operation = match.route.operation;
    progress.principal = await this.#admit(request, match.route, progress);
    const query = parseQuery(url.query, match.route.query);
    if (match.route.mediaTypes.length === 0) {
      return await this.#run(match, query, request, progress, undefined);
    }
    const mediaType = mediaTypeOf(request, match.route.mediaTypes);
    const { bytes, release } = await readBody(request, match.route.bodyLimit, this.#budget);
    try {
      return await this.#run(match, query, request, progress, { bytes, mediaType });
    } finally {
      release();
    }
  }

  async #run(
    match: Match,
    query: Readonly<Record<string, string>>,
    request: IncomingMessage,
    progress: Progress,
    content: { bytes: Uint8Array; mediaType: string } | undefined,
  ): Promise<Answer> {
    const { route } = match;
    const body = content === undefined || route.isRaw ? undefined : readJson(content.bytes);
    const validated = query === NO_QUERY && route.isPlain ? plain(match) : this.#parts.validate(match, query, body);
    const handler = this.#parts.handlers[route.operation] as unknown as AnyHandler;
    return await handler({
      principal: progress.principal,
      requestId: progress.requestId,
      path: validated.path,
      query: validated.query,
      body,
      bytes: content?.bytes ?? NO_BYTES,
      mediaType: content?.mediaType ?? '',
      headers: request.headers,
      sourceAddress: progress.sourceAddress,
      isLocal: isFromThisMachine(request, progress.sourceAddress),
    });
  }

  /** Authentication and the role table. A public operation looks at no credential. */
  async #admit(request: IncomingMessage, route: Route, progress: Progress): Promise<Principal | undefined> {
    const { operation } = route;
    if (OPERATION_ROLES[operation] === 'public') return undefined;
    const principal = await this.#parts.authenticate(request.headers.authorization);
    progress.principal = principal;
    if (this.#isOpen(request, route, progress)) return principal;
    if (principal === undefined) {
      throw new LedgerError('unauthenticated', 'Send an API key or a token: Authorization: Bearer …');
    }
    if (mayCall(operation, principal.role)) return principal;
    throw new Refusal('forbidden', 'The role of this credential may not do this.');
  }

  #isOpen(request: IncomingMessage, { operation }: Route, { sourceAddress, principal }: Progress): boolean {
    if (LOG_OPERATIONS.has(operation)) return this.#deps.logAccess === 'open';
    return operation === 'getMetrics' && principal === undefined && isFromThisMachine(request, sourceAddress);
  }

  /** The answer to whatever was thrown. A refusal that cannot be recorded is answered by the reason why not. */
  async #failure(error: unknown, progress: Progress): Promise<Reply> {
    let shown = error;
    try {
      await this.#recordRefusal(error, progress);
    } catch (unrecorded) {
      shown = unrecorded;
    }
    const answer = toProblem(shown, progress.requestId);
    const problem =
      shown instanceof BodyRuleError ? { ...answer.problem, pointer: shown.documentPointer } : answer.problem;
    this.#deps.metrics.problem(problem.code);
    if (answer.unexpected) {
      const { requestId, operation } = progress;
      this.#deps.logger.error({ requestId, operation, err: shown }, 'a request failed');
    }
    const allow = shown instanceof MethodNotAllowedError ? ['Allow', shown.allow] : [];
    return problemReply({ ...answer, problem }, allow);
  }

  async #recordRefusal(error: unknown, progress: Progress): Promise<void> {
    if (error instanceof BadCredentialError) await this.#recordBadCredential(error, progress);
    else if (isRefusal(error) && progress.principal !== undefined) {
      await this.#record(progress.principal, { ...refused(error, progress), ...thingOf(error) });
    }
  }

  async #recordBadCredential(error: LedgerError, progress: Progress): Promise<void> {
    const earlier = this.#throttle.admit(progress.sourceAddress, this.#deps.now());
    if (earlier === undefined) return;
    const detail = earlier === 0 ? {} : { detail: { alsoRefused: earlier } };
    await this.#record(SYSTEM, { ...refused(error, progress), ...detail });
  }

  #send(request: IncomingMessage, response: ServerResponse, reply: Reply, progress: Progress): void {
    if (response.destroyed) return;
    // What is left of a body that nobody reads would be taken for the next request.
    const unread = request.complete ? undefined : request;
    const mustClose = this.#stopping || unread !== undefined;
    const headers = mustClose ? [...reply.headers, 'Connection', 'close'] : reply.headers;
    const { requestId, isHead } = progress;
    sendReply(response, { ...reply, headers }, { requestId, isHead, unread });
  }

  #account({ operation, requestId }: Progress, status: number, ms: number): void {
    this.#deps.metrics.request(operation, status, ms / 1000);
    this.#deps.logger.debug({ requestId, operation, status, durationMs: Math.round(ms * 1000) / 1000 }, 'answered');
  }
}

function refused(error: LedgerError, { operation, requestId, sourceAddress }: Progress): AccessRecord {
  return { action: 'refused', operation, outcome: 'denied', reason: error.code, requestId, sourceAddress };
}

function thingOf(error: LedgerError): Pick<AccessRecord, 'refs' | 'pseudonym'> {
  if (!(error instanceof Refusal)) return {};
  const { refs, pseudonym } = error;
  return pseudonym === undefined ? { refs } : { refs, pseudonym };
}

/** The hot path: what the validator would find out about an id, without it (70 µs less). */
function plain({ path }: Match): Validated {
  const { id } = path;
  if (id !== undefined && normalizeUuid(id) === undefined) throw invalidPathId();
  return { path, query: NO_QUERY };
}

function readJson(bytes: Uint8Array): JsonValue {
  return parseStrictJsonBytes(bytes, { maxBytes: MAX_SMALL_BODY });
}
