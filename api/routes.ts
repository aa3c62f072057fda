/**
 * From method and path to an operation of the OpenAPI document. openapi-backend's own router filters and compiles every
 * template for each request (about 150 µs with these operations); this table is made from its operations once.
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import { OPERATION_ROLES, type OperationId } from './auth/roles.ts';
import type { DocumentOperation, OpenApiDocument } from './document.ts';
import type { RawOperation } from './handler.ts';
import { MAX_AUDIT_BODY, MAX_BATCH_BODY, MAX_EVENT_BODY, MAX_SMALL_BODY } from './http/body.ts';

/** One operation as the edge needs it. */
export interface Route {
  readonly operation: OperationId;
  /** Template of the document. */
  readonly path: string;
  readonly method: string;
  /** Names of query parameters. */
  readonly query: ReadonlySet<string>;
  /** Media types of the body; empty for operations without one. */
  readonly mediaTypes: readonly string[];
  /** Bytes of the body. */
  readonly bodyLimit: number;
  /** The body is left to the handler: of appends to the event schemas, of audits to another thread. */
  readonly isRaw: boolean;
  /**
   * Without a query there is nothing that a schema would have to say: no JSON body of the document, no required query
   * parameter, and of path parameters only ids (checked as UUIDs) and tile coordinates (checked by their reader).
   */
  readonly isPlain: boolean;
}

/** A route with the values of its template, decoded. */
export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
  /** HEAD: answered as GET, without the body. */
  readonly isHead: boolean;
}

/** A path is known and the method is not. */
export class MethodNotAllowedError extends LedgerError {
  readonly allow: string;

  constructor(allow: string) {
    super('method_not_allowed', `The methods here are ${allow}.`);
    this.name = 'MethodNotAllowedError';
    this.allow = allow;
  }
}

interface Template {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly methods: Map<string, Route>;
}

/** A tile's index holds slashes (C2SP tlog-tiles). */
const MULTI_SEGMENT = new Set(['index']);

function patternOf(path: string): { pattern: RegExp; names: readonly string[] } {
  const names: string[] = [];
  const source = path
    .split(/(\{[^}]+\})/)
    .map((part) => {
      if (!part.startsWith('{')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      const name = part.slice(1, -1);
      names.push(name);
      return MULTI_SEGMENT.has(name) ? '(.+)' : '([^/]+)';
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`), names };
}

/** Operations whose handlers read the body themselves. */
export const RAW_OPERATIONS: ReadonlySet<OperationId> = new Set<RawOperation>([
  'appendEvent',
  'appendEvents',
  'createFairnessAudit',
]);

/** Bytes of the body, by operation; of any other {@link MAX_SMALL_BODY}. */
const BODY_LIMITS: Readonly<Partial<Record<OperationId, number>>> = {
  appendEvent: MAX_EVENT_BODY,
  appendEvents: MAX_BATCH_BODY,
  createFairnessAudit: MAX_AUDIT_BODY,
};

function queryNames(operation: DocumentOperation): ReadonlySet<string> {
  const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  return new Set(named.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

const PLAIN_PARAMETERS: ReadonlySet<string> = new Set(['id', 'level', 'index']);

function isPlain(path: string, operation: DocumentOperation, isRaw: boolean): boolean {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const needsQuery = (operation.parameters ?? []).some((parameter) => parameter.in === 'query' && parameter.required);
  const hasBody = operation.requestBody !== undefined && !isRaw;
  return !needsQuery && !hasBody && names.every((name) => PLAIN_PARAMETERS.has(name));
}

function isOperationId(id: string): id is OperationId {
  return Object.hasOwn(OPERATION_ROLES, id);
}

function toRoute(path: string, method: string, operation: DocumentOperation): Route {
  const id = operation.operationId;
  if (!isOperationId(id)) throw new Error(`operation ${id} has no row in api/auth/roles.ts`);
  const isRaw = RAW_OPERATIONS.has(id);
  return {
    operation: id,
    path,
    method,
    query: queryNames(operation),
    mediaTypes: Object.keys(operation.requestBody?.content ?? {}),
    bodyLimit: BODY_LIMITS[id] ?? MAX_SMALL_BODY,
    isRaw,
    isPlain: isPlain(path, operation, isRaw),
  };
}

function allowOf(methods: ReadonlyMap<string, Route>): string {
  const names = [...methods.keys()];
  return (names.includes('GET') ? [...names, 'HEAD'] : names).join(', ');
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new LedgerError('bad_request', 'The path is not percent-encoded UTF-8.');
  }
}

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete']);

/** Matches requests to operations. */
export class RouteTable {
  readonly routes: readonly Route[];
  readonly #exact = new Map<string, Map<string, Route>>();
  readonly #templates: Template[] = [];

  constructor(document: OpenApiDocument) {
    const routes: Route[] = [];
    for (const [path, item] of Object.entries(document.paths)) {
      const methods = new Map<string, Route>();
      for (const [method, operation] of Object.entries(item)) {
        if (METHODS.has(method)) methods.set(method.toUpperCase(), toRoute(path, method, operation));
      }
      routes.push(...methods.values());
      if (path.includes('{')) this.#templates.push({ ...patternOf(path), methods });
      else this.#exact.set(path, methods);
    }
    // The longer the fixed part, the more specific: /log/tile/entries/{index} before /log/tile/{level}/{index}.
    const fixed = ({ pattern }: Template): number => pattern.source.replaceAll(/\([^)]+\)/g, '').length;
    this.#templates.sort((a, b) => fixed(b) - fixed(a));
    this.routes = routes;
  }

  /** @throws LedgerError `not_found`, `bad_request`; MethodNotAllowedError */
  match(method: string, path: string): Match {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return select(exact, method, {});
    for (const { pattern, names, methods } of this.#templates) {
      const found = pattern.exec(path);
      if (found === null) continue;
      return select(methods, method, Object.fromEntries(names.map((name, i) => [name, decode(found[i + 1] ?? '')])));
    }
    throw new LedgerError('not_found', 'There is no such route. GET /openapi.json lists them.');
  }
}

function select(methods: ReadonlyMap<string, Route>, method: string, path: Readonly<Record<string, string>>): Match {
  const route = methods.get(method === 'HEAD' ? 'GET' : method);
  if (route === undefined) throw new MethodNotAllowedError(allowOf(methods));
  return { route, path, isHead: method === 'HEAD' };
}
