/**
 * The OpenAPI document: read once, published with the event schemas in it.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { EVENT_SCHEMAS } from '../ledger/event/index.ts';
import { EVENT_TYPES } from '../ledger/types.ts';

/** An operation as far as the edge reads it. */
export interface DocumentOperation {
  readonly operationId: string;
  readonly parameters?: readonly DocumentParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<Record<string, object>>;
  readonly tags?: readonly string[];
  readonly 'x-roles'?: readonly string[];
  readonly 'x-codes'?: readonly string[];
}

/** A parameter, or a reference to one. */
export interface DocumentParameter {
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly $ref?: string;
}

/** The document as far as the edge reads it. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, DocumentParameter>>;
    readonly schemas: Readonly<Record<string, object>>;
  };
}

/** The file beside the source, or beside `dist` in a package. */
export function findFile(...candidates: readonly string[]): string | undefined {
  return candidates.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
}

/** Reads `openapi.yaml`. */
export function loadDocument(): OpenApiDocument {
  const path = findFile('./openapi.yaml', '../../api/openapi.yaml');
  if (path === undefined) throw new Error('openapi.yaml is missing from the installation');
  return parse(readFileSync(path, 'utf8')) as OpenApiDocument;
}

/** `bias_metric` is `BiasMetricPayload`. */
export function payloadSchemaName(type: string): string {
  const words = type.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Payload`;
}

/** The document as `/openapi.json` publishes it: with a schema for each type's payload. */
export function publishedDocument(document: OpenApiDocument): OpenApiDocument {
  const payloads = EVENT_TYPES.map((type) => [payloadSchemaName(type), EVENT_SCHEMAS[type]] as const);
  const schemas = { ...document.components.schemas, ...Object.fromEntries(payloads) };
  return { ...document, components: { ...document.components, schemas } };
}
