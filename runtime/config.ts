/**
 * Configuration: one typed, frozen object, parsed once from the environment. Whatever is unknown, malformed or unsafe
 * in combination refuses to start; messages name keys and never repeat values, which may be secrets.
 *
 * @module
 */
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { LedgerError } from '../ledger/errors.ts';
import { CLI_KEYS, CONFIG_KEYS } from './config-keys.ts';
import { nearestName } from './nearest-name.ts';

/** Tokens of this issuer are accepted beside API keys. */
export interface OidcConfig {
  /** As in the tokens' `iss`; https, or http on loopback. */
  readonly issuer: string;
  readonly audience: string;
  /** Claim that holds the role. */
  readonly roleClaim: string;
  /** Claim that holds the actor id, as envelopes name it. */
  readonly actorClaim: string;
}

/** The whole configuration. Paths are absolute. */
export interface Config {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly dataDir: string;
  /** `undefined`: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** The role that appends, without UPDATE and DELETE on the log's tables. `undefined`: made by the service. */
  readonly databaseWriterUrl: string | undefined;
  readonly logOrigin: string;
  readonly logKeyFile: string;
  readonly kekFile: string;
  /** `undefined`: generated and printed at the first start. */
  readonly bootstrapKey: string | undefined;
  readonly logAccess: 'auditor' | 'open';
  /** Profile of the Fabric channel (`runtime/fabric-profile.ts`). `undefined`: nothing is anchored. */
  readonly fabricProfileFile: string | undefined;
  readonly oidc: OidcConfig | undefined;
  readonly witnessPolicyFile: string | undefined;
  /** Events that may wait for the sequencer before the edge answers 503 `overloaded`. */
  readonly maxPendingEvents: number;
  /** HTTP connections that may be open at once. */
  readonly maxConnections: number;
  /** Seconds that a stop waits for requests in flight. */
  readonly stopTimeoutSeconds: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** A module to import before anything else, which starts an OpenTelemetry SDK. */
  readonly otelModule: string | undefined;
}

const text = z.string().min(1);
const integer = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));

/** libpq also takes a URL without a host (`postgres://user@/name?host=/socket/folder`), which WHATWG's parser refuses. */
const databaseUrl = z
  .string()
  .refine((value) => /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value.replace('@/', '@localhost/')));

const fields = z.object({
  VERICLIN_HOST: text.default('127.0.0.1'),
  VERICLIN_PORT: integer(0, 65_535).default(8080),
  VERICLIN_DATA_DIR: text.default('./vericlin-data'),
  DATABASE_URL: databaseUrl.optional(),
  VERICLIN_DATABASE_WRITER_URL: databaseUrl.optional(),
  // C2SP signed-note: a key name is not empty and has neither Unicode spaces nor plus signs.
  VERICLIN_LOG_ORIGIN: z
    .string()
    .regex(/^[^\s+\p{Cc}]{1,255}$/u)
    .default('vericlin.local/log'),
  VERICLIN_LOG_KEY_FILE: text.optional(),
  VERICLIN_KEK_FILE: text.optional(),
  VERICLIN_BOOTSTRAP_KEY: z
    .string()
    .regex(/^[A-Za-z0-9._~+/=-]{8,256}$/)
    .optional(),
  VERICLIN_LOG_ACCESS: z.enum(['auditor', 'open']).default('auditor'),
  VERICLIN_FABRIC_PROFILE: text.optional(),
  VERICLIN_OIDC_ISSUER: z.url({ protocol: /^https?$/, hostname: /.*/ }).optional(),
  VERICLIN_OIDC_AUDIENCE: text.optional(),
  VERICLIN_OIDC_ROLE_CLAIM: text.default('vericlin_role'),
  VERICLIN_OIDC_ACTOR_CLAIM: text.default('sub'),
  VERICLIN_WITNESS_POLICY_FILE: text.optional(),
  VERICLIN_MAX_PENDING_EVENTS: integer(1, 1_000_000).default(20_000),
  VERICLIN_MAX_CONNECTIONS: integer(1, 100_000).default(1_024),
  VERICLIN_STOP_TIMEOUT_SECONDS: integer(1, 600).default(30),
  VERICLIN_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  VERICLIN_OTEL_MODULE: text.optional(),
});
type Fields = z.infer<typeof fields>;

/** Names that reach only this machine (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

function refuse(message: string): never {
  throw new LedgerError('config_invalid', message);
}

function refuseUnknownKeys(env: Readonly<Record<string, string | undefined>>): void {
  const known = [...CONFIG_KEYS.map(({ key }) => key), ...CLI_KEYS];
  for (const key of Object.keys(env)) {
    if (!key.startsWith('VERICLIN_') || known.includes(key)) continue;
    refuse(`Unknown configuration key ${key}. Did you mean ${nearestName(key, known)}? Remove it or correct its name.`);
  }
}

function refuseUnsafe(value: Fields): void {
  if (!isLoopbackHost(value.VERICLIN_HOST)) {
    const key = value.VERICLIN_BOOTSTRAP_KEY;
    if (key !== undefined && key.length < 32) {
      refuse('VERICLIN_BOOTSTRAP_KEY must have at least 32 characters when VERICLIN_HOST is not loopback.');
    }
  }
  if (value.VERICLIN_DATABASE_WRITER_URL !== undefined && value.DATABASE_URL === undefined) {
    refuse('VERICLIN_DATABASE_WRITER_URL needs DATABASE_URL: the embedded database makes its own writer role.');
  }
  refuseUnsafeIssuer(value);
}

function refuseUnsafeIssuer(value: Fields): void {
  const issuer = value.VERICLIN_OIDC_ISSUER;
  if ((issuer === undefined) !== (value.VERICLIN_OIDC_AUDIENCE === undefined)) {
    refuse('VERICLIN_OIDC_ISSUER and VERICLIN_OIDC_AUDIENCE go together: set both or neither.');
  }
  if (issuer === undefined) return;
  const url = new URL(issuer);
  if (url.protocol !== 'https:' && !isLoopbackHost(url.hostname)) {
    refuse(
      'VERICLIN_OIDC_ISSUER must be https unless it is on loopback: signing keys fetched in the clear prove nothing.',
    );
  }
}

function toConfig(value: Fields, directory: string): Config {
  const path = (given: string): string => (isAbsolute(given) ? given : resolve(directory, given));
  const optionalPath = (given: string | undefined): string | undefined =>
    given === undefined ? undefined : path(given);
  const dataDir = path(value.VERICLIN_DATA_DIR);
  const { VERICLIN_OIDC_ISSUER: issuer, VERICLIN_OIDC_AUDIENCE: audience } = value;
  return {
    host: value.VERICLIN_HOST,
    port: value.VERICLIN_PORT,
    dataDir,
    databaseUrl: value.DATABASE_URL,
    databaseWriterUrl: value.VERICLIN_DATABASE_WRITER_URL,
    logOrigin: value.VERICLIN_LOG_ORIGIN,
    logKeyFile: optionalPath(value.VERICLIN_LOG_KEY_FILE) ?? join(dataDir, 'log.key'),
    kekFile: optionalPath(value.VERICLIN_KEK_FILE) ?? join(dataDir, 'kek.json'),
    bootstrapKey: value.VERICLIN_BOOTSTRAP_KEY,
    logAccess: value.VERICLIN_LOG_ACCESS,
    fabricProfileFile: optionalPath(value.VERICLIN_FABRIC_PROFILE),
    oidc:
      issuer === undefined || audience === undefined
        ? undefined
        : Object.freeze({
            issuer,
            audience,
            roleClaim: value.VERICLIN_OIDC_ROLE_CLAIM,
            actorClaim: value.VERICLIN_OIDC_ACTOR_CLAIM,
          }),
    witnessPolicyFile: optionalPath(value.VERICLIN_WITNESS_POLICY_FILE),
    maxPendingEvents: value.VERICLIN_MAX_PENDING_EVENTS,
    maxConnections: value.VERICLIN_MAX_CONNECTIONS,
    stopTimeoutSeconds: value.VERICLIN_STOP_TIMEOUT_SECONDS,
    logLevel: value.VERICLIN_LOG_LEVEL,
    otelModule: optionalPath(value.VERICLIN_OTEL_MODULE),
  };
}

/**
 * Reads the configuration from environment variables; an empty value counts as unset.
 *
 * @param env usually `process.env`
 * @param directory what relative paths are relative to, usually `process.cwd()`
 * @throws LedgerError `config_invalid`, naming the key and never its value
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>, directory: string): Config {
  refuseUnknownKeys(env);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = fields.safeParse(given);
  if (!parsed.success) {
    const key = String(parsed.error.issues[0]?.path[0] ?? 'configuration');
    const expected = CONFIG_KEYS.find((known) => known.key === key)?.form ?? 'a valid value';
    return refuse(`${key} is not valid: it must be ${expected}.`);
  }
  refuseUnsafe(parsed.data);
  const config = toConfig(parsed.data, directory);
  if (config.logKeyFile === config.kekFile) {
    refuse('VERICLIN_LOG_KEY_FILE and VERICLIN_KEK_FILE must be two files: one key signs, the other wraps.');
  }
  return Object.freeze(config);
}

/** Settings that are allowed and still deserve a line in the log at start. */
export function configWarnings(config: Config): readonly string[] {
  const warnings: string[] = [];
  if (!isLoopbackHost(config.host)) {
    warnings.push(
      'VERICLIN_HOST is not loopback: put a TLS proxy in front, keys and content travel in the clear otherwise.',
    );
  }
  if (config.databaseUrl !== undefined && config.databaseWriterUrl === undefined) {
    warnings.push('VERICLIN_DATABASE_WRITER_URL is unset: the service makes and uses its own writer role.');
  }
  return warnings;
}
