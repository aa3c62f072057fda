/**
 * The HTTP edge as an Express application.
 *
 * @module
 */
import type { RequestListener } from 'node:http';
import express, { type Express } from 'express';
import { createRecordAccess } from './access-record.ts';
import { createApiKeyAuthenticator, type ApiKeyAuthenticator } from './auth/api-keys.ts';
import { createAuthenticate } from './auth/authenticate.ts';
import { createOidcAuthenticator } from './auth/oidc.ts';
import { loadDocument, type OpenApiDocument } from './document.ts';
import { Edge } from './edge.ts';
import type { EdgeDeps } from './edge-deps.ts';
import type { Handlers } from './handler.ts';
import { appendHandlers } from './handlers/append.ts';
import { breakGlassHandlers } from './handlers/break-glass.ts';
import { documentationHandlers } from './handlers/documentation.ts';
import { eventHandlers } from './handlers/events.ts';
import { fairnessHandlers } from './handlers/fairness.ts';
import { exportHandlers } from './handlers/exports.ts';
import type { HandlerDeps } from './handlers/handler-deps.ts';
import { keyHandlers } from './handlers/keys.ts';
import { logHandlers } from './handlers/log.ts';
import { operationHandlers } from './handlers/operations.ts';
import { proofHandlers } from './handlers/proofs.ts';
import { provenanceHandlers } from './handlers/provenance.ts';
import { schemaHandlers } from './handlers/schemas.ts';
import { searchHandlers } from './handlers/search.ts';
import { subjectHandlers } from './handlers/subjects.ts';
import { createRequestValidator } from './request-validator.ts';
import { RouteTable } from './routes.ts';

/** The application and what ends it. */
export interface App {
  /** Answers every route. */
  readonly express: Express;
  /** For a server: events and the log past Express, everything else through it. */
  readonly listener: RequestListener;
  /** Answers `stopping` to every request that comes from now on. */
  readonly stop: () => void;
  /** Writes what is pending (last uses of keys) and lets go of timers. Call it when the last request was answered. */
  readonly close: () => Promise<void>;
}

function allHandlers(deps: EdgeDeps, document: OpenApiDocument, keys: ApiKeyAuthenticator): Handlers {
  const withRecord: HandlerDeps = { ...deps, record: createRecordAccess(deps) };
  return {
    ...appendHandlers(deps),
    ...eventHandlers(withRecord),
    ...searchHandlers(withRecord),
    ...proofHandlers(withRecord),
    ...provenanceHandlers(withRecord),
    ...subjectHandlers(withRecord),
    ...breakGlassHandlers(withRecord),
    ...keyHandlers(withRecord, keys),
    ...fairnessHandlers(withRecord),
    ...exportHandlers(withRecord),
    ...schemaHandlers(),
    ...logHandlers(deps),
    ...operationHandlers(deps),
    ...documentationHandlers(document),
  };
}

/**
 * Where throughput counts. Express gives every request and response another prototype, which makes all later work on them
 * slow: measured on these routes, 240 µs of CPU a request through it and 120 µs past it, of which the edge itself is the same.
 */
const HOT = /^\/(?:v1\/events|log\/)/;

/** Builds the edge. Nothing listens yet: see `api/server.ts`. */
export async function createApp(deps: EdgeDeps): Promise<App> {
  const document = loadDocument();
  const keys = createApiKeyAuthenticator(deps.ledger.apiKeys, deps.now, (error) => {
    deps.logger.warn({ err: error }, 'last uses of keys could not be written');
  });
  const oidc = deps.oidc === undefined ? undefined : createOidcAuthenticator(deps.oidc, deps.now);
  const edge = new Edge(deps, {
    routes: new RouteTable(document),
    handlers: allHandlers(deps, document, keys),
    authenticate: createAuthenticate(keys, oidc),
    validate: await createRequestValidator(document),
  });
  const app = express();
  // The edge makes ETags for what is cacheable, reads queries strictly, and does not name its software.
  app.disable('etag');
  app.disable('x-powered-by');
  app.set('query parser', false);
  app.use((request, response) => {
    void edge.handle(request, response);
  });
  return {
    express: app,
    listener: (request, response) => {
      if (HOT.test(request.url ?? '')) void edge.handle(request, response);
      else app(request, response);
    },
    stop: () => {
      edge.stop();
    },
    close: async () => {
      keys.close();
      await keys.flush();
    },
  };
}
