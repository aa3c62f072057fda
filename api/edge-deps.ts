/**
 * What the edge needs from the composition.
 *
 * @module
 */
import type { Ledger } from '../ledger/ports.ts';
import type { AuditComputer } from './audit/audit-computer.ts';
import type { OidcOptions } from './auth/oidc.ts';

/** Structured logging without content: only members of the allow-list of `runtime/logging.ts` reach a line. */
export interface EdgeLogger {
  readonly debug: (members: object, message: string) => void;
  readonly warn: (members: object, message: string) => void;
  readonly error: (members: object, message: string) => void;
}

/** What the edge counts. */
export interface EdgeMetrics {
  readonly contentType: string;
  readonly expose: () => Promise<string>;
  readonly request: (operation: string, status: number, seconds: number) => void;
  readonly appended: (events: number, repeated: number) => void;
  readonly problem: (code: string) => void;
}

/** Built by `runtime/compose.ts`. */
export interface EdgeDeps {
  readonly ledger: Ledger;
  readonly logger: EdgeLogger;
  readonly metrics: EdgeMetrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** 32 secret bytes that authenticate search cursors; the same in every instance on one database. */
  readonly cursorKey: Uint8Array;
  readonly logAccess: 'auditor' | 'open';
  readonly oidc: OidcOptions | undefined;
  readonly audits: AuditComputer;
}
