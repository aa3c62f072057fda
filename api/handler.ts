/**
 * Types that bind handlers to the OpenAPI document: a handler of an operation gets that operation's parameters and body.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '../ledger/ports.ts';
import type { OpenOperation, OperationId } from './auth/roles.ts';
import type { Deferred, Reply } from './http/reply.ts';
import type { components, operations } from './openapi.generated.ts';

/** A schema of the document. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

type ParametersOf<Op extends OperationId> = operations[Op]['parameters'];
/** Path parameters, decoded. */
export type PathOf<Op extends OperationId> = ParametersOf<Op> extends { path: infer P } ? P : undefined;
/** Query parameters, coerced. Absent ones are absent: defaults are the handler's. */
export type QueryOf<Op extends OperationId> =
  ParametersOf<Op> extends { query?: infer Q } ? ([Q] extends [never] ? undefined : NonNullable<Q>) : undefined;
/** Operations whose handlers read the body themselves. */
export type RawOperation = 'appendEvent' | 'appendEvents' | 'createFairnessAudit';
/** The JSON body, validated against the document; `undefined` for operations without one, and for raw ones. */
export type BodyOf<Op extends OperationId> = Op extends RawOperation
  ? undefined
  : operations[Op] extends { requestBody: { content: { 'application/json': infer B } } }
    ? B
    : undefined;

/** One request, after routing, authentication, the role check and validation. */
export interface Call<Op extends OperationId> {
  readonly principal: Op extends OpenOperation ? Principal | undefined : Principal;
  readonly requestId: string;
  readonly path: PathOf<Op>;
  readonly query: QueryOf<Op>;
  readonly body: BodyOf<Op>;
  /** The raw body, for handlers that read it themselves. */
  readonly bytes: Uint8Array;
  /** Media type of the body. */
  readonly mediaType: string;
  readonly headers: IncomingHttpHeaders;
  /** Network address of the peer. */
  readonly sourceAddress: string;
  /** The request comes from this machine, and no proxy says that it forwards it. */
  readonly isLocal: boolean;
}

/** What a handler answers: at once, or when something outside has happened. */
export type Answer = Reply | Deferred;

/** Answers one operation. Throws LedgerError for every problem. */
export type Handler<Op extends OperationId> = (call: Call<Op>) => Answer | Promise<Answer>;

/** One handler for every operation of the document. */
export type Handlers = { readonly [Op in OperationId]: Handler<Op> };
