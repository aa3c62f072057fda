/**
 * Validation of parameters and bodies against the OpenAPI document by openapi-backend and Ajv 2020-12. Bodies that
 * handlers read themselves pass by.
 *
 * @module
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { OpenAPIBackend, type Document } from 'openapi-backend';
import { LedgerError } from '../ledger/errors.ts';
import type { JsonValue } from '../ledger/types.ts';
import { bodyError, type SchemaError } from './body-error.ts';
import type { OpenApiDocument } from './document.ts';
import { RAW_OPERATIONS, type Match, type Route } from './routes.ts';

/** Parameters and body after coercion. */
export interface Validated {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
}

/** @throws LedgerError with the code of the first rule that is broken */
export type ValidateRequest = (
  match: Match,
  query: Readonly<Record<string, string>>,
  body: JsonValue | undefined,
) => Validated;

const BODY = '/requestBody';

/** An id in a path is not one. */
export function invalidPathId(): LedgerError {
  return new LedgerError('invalid_id', 'The id in the path is not a UUID.');
}

function pathError(route: Route): LedgerError {
  if (route.path.includes('{id}')) return invalidPathId();
  return new LedgerError('not_found', 'There is nothing at this path.');
}

function toLedgerError(route: Route, error: SchemaError | undefined): LedgerError {
  const place = error?.instancePath ?? '';
  if (error !== undefined && place.startsWith(BODY)) return bodyError(error, place.slice(BODY.length));
  if (place.startsWith('/path')) return pathError(route);
  if (error?.keyword === 'required' && error.params['missingProperty'] === 'requestBody') {
    return new LedgerError('missing_member', 'A body is needed.', { pointer: '' });
  }
  return new LedgerError(
    'invalid_query',
    `A query parameter is missing or not valid. Known: ${[...route.query].join(', ')}.`,
  );
}

function isRaw(operation: string): boolean {
  return ([...RAW_OPERATIONS] as readonly string[]).includes(operation);
}

/** The document without the bodies that handlers read themselves: they are neither compiled nor checked here. */
function withoutRawBodies(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const { post } = item;
    if (post === undefined || !isRaw(post.operationId)) return [path, item] as const;
    const { requestBody, ...rest } = post;
    return [path, requestBody === undefined ? item : { ...item, post: rest }] as const;
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

/** The library would parse a JSON string as JSON once more: only objects are let through. */
function requireObject(body: JsonValue | undefined): void {
  if (body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body))) return;
  throw new LedgerError('wrong_type', 'The body must be a JSON object.', { pointer: '' });
}

/** Prepares the validators; each is compiled at its first use. */
export async function createRequestValidator(document: OpenApiDocument): Promise<ValidateRequest> {
  // The document is JSON from our own file; the cast bridges to the library's types of OpenAPI 3.1.
  const definition = structuredClone(withoutRawBodies(document)) as unknown as Document;
  const backend = new OpenAPIBackend({
    definition,
    quick: true,
    coerceTypes: true,
    customizeAjv: (original, options) => {
      // Another class of Ajv than the library's types name, with the same methods: theirs is draft-07.
      const ajv: unknown = new Ajv2020({ ...options, strict: false });
      return ajv as typeof original;
    },
  });
  await backend.init();
  const operations = new Map(backend.router.getOperations().map((operation) => [operation.operationId, operation]));
  return ({ route, path }, query, body) => {
    const operation = operations.get(route.operation);
    if (operation === undefined) throw new Error(`operation ${route.operation} is not in the document`);
    requireObject(body);
    // A slim request: the library copies what it is given.
    const request = { method: route.method, path: urlPathOf(route, path), headers: {}, query: { ...query }, body };
    const { errors, coerced } = backend.validator.validateRequest(request, operation);
    if (errors != null && errors.length > 0) throw toLedgerError(route, errors[0] as SchemaError | undefined);
    const typed = coerced as { params?: Record<string, unknown>; query?: Record<string, unknown> } | undefined;
    return { path: typed?.params ?? path, query: typed?.query ?? query };
  };
}

/** The path as the library parses it again: one segment a parameter, so that a tile's index is encoded. */
function urlPathOf(route: Route, values: Readonly<Record<string, string>>): string {
  return route.path.replace(/\{([^}]+)\}/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
}
