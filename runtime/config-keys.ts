/**
 * Every configuration key with its default, its form and the reason for the default. `docs/operations.md` and
 * `vericlin serve --help` show this table; `runtime/config.ts` parses it.
 *
 * @module
 */

/** One documented key. */
export interface ConfigKey {
  readonly key: string;
  /** As a reader would write it; `unset` where nothing is assumed. */
  readonly default: string;
  /** Completes "it must be …". */
  readonly form: string;
  readonly meaning: string;
  readonly why: string;
}

/** The keys that `vericlin serve` reads, in the order of the documentation. */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  {
    key: 'VERICLIN_HOST',
    default: '127.0.0.1',
    form: 'a host name or address',
    meaning: 'Where it listens.',
    why: 'Loopback: nothing is reachable from outside until somebody decides so.',
  },
  {
    key: 'VERICLIN_PORT',
    default: '8080',
    form: 'a port from 0 to 65535',
    meaning: 'Where it listens; 0 picks a free port and prints it.',
    why: 'The usual unprivileged HTTP port.',
  },
  {
    key: 'VERICLIN_DATA_DIR',
    default: './vericlin-data',
    form: 'a path',
    meaning: 'Embedded database, keys, newest checkpoint.',
    why: 'Beside the working directory, so that a first run leaves nothing elsewhere.',
  },
  {
    key: 'DATABASE_URL',
    default: 'unset',
    form: 'a postgresql:// URL',
    meaning: 'An external PostgreSQL 14 or later; the role that owns the tables and migrates them.',
    why: 'Unset starts the embedded PostgreSQL: nothing else to install.',
  },
  {
    key: 'VERICLIN_DATABASE_WRITER_URL',
    default: 'unset',
    form: 'a postgresql:// URL',
    meaning: "The role that appends: no UPDATE and no DELETE on the log's tables.",
    why: 'Unset lets the service make that role itself.',
  },
  {
    key: 'VERICLIN_LOG_ORIGIN',
    default: 'vericlin.local/log',
    form: '1 to 255 characters without spaces and plus signs (C2SP signed-note)',
    meaning: 'Checkpoint origin and key name. Fixed for the life of a log.',
    why: 'A name that is nobody\u2019s: choose your own before the first event.',
  },
  {
    key: 'VERICLIN_LOG_KEY_FILE',
    default: '<data dir>/log.key',
    form: 'a path',
    meaning: 'Ed25519 key that signs checkpoints; made at the first start.',
    why: 'A file, so that the secret stands in no environment listing.',
  },
  {
    key: 'VERICLIN_KEK_FILE',
    default: '<data dir>/kek.json',
    form: 'a path',
    meaning: "Key that wraps the subjects' data keys; made at the first start.",
    why: 'A file of its own: a backup of the database without it opens nothing.',
  },
  {
    key: 'VERICLIN_BOOTSTRAP_KEY',
    default: 'generated, printed once',
    form: '8 to 256 characters of a bearer token (RFC 6750), at least 32 when the host is not loopback',
    meaning: 'The first API key, role admin.',
    why: 'Generated: a key that nobody chose cannot be guessed.',
  },
  {
    key: 'VERICLIN_LOG_ACCESS',
    default: 'auditor',
    form: 'auditor or open',
    meaning: 'Who may read checkpoint and tiles: roles that audit, or everybody.',
    why: 'Entries hold no PHI, but their number and types are still the hospital\u2019s business.',
  },
  {
    key: 'VERICLIN_FABRIC_PROFILE',
    default: 'unset',
    form: 'a path',
    meaning: 'YAML or JSON profile of the Fabric channel that leaf hashes are appended to.',
    why: 'Unset: nothing is anchored, and every answer says so.',
  },
  {
    key: 'VERICLIN_OIDC_ISSUER',
    default: 'unset',
    form: 'an https URL (http only on loopback)',
    meaning: 'Accept JWTs of this issuer beside API keys.',
    why: 'Unset: API keys alone.',
  },
  {
    key: 'VERICLIN_OIDC_AUDIENCE',
    default: 'unset',
    form: 'the audience that tokens must name',
    meaning: 'The `aud` that tokens must name.',
    why: 'Goes with the issuer: a token for another service must not open this one.',
  },
  {
    key: 'VERICLIN_OIDC_ROLE_CLAIM',
    default: 'vericlin_role',
    form: 'a claim name',
    meaning: 'Claim with the role: a string, or an array with exactly one known role.',
    why: 'A name of its own, so that no other service\u2019s roles are taken for ours.',
  },
  {
    key: 'VERICLIN_OIDC_ACTOR_CLAIM',
    default: 'sub',
    form: 'a claim name',
    meaning: 'Claim with the actor id, as envelopes name it (care relation of clinicians).',
    why: 'The one claim that every issuer keeps stable.',
  },
  {
    key: 'VERICLIN_WITNESS_POLICY_FILE',
    default: 'unset',
    form: 'a path',
    meaning: 'Witnesses to ask for cosignatures, and their quorum (C2SP tlog-policy).',
    why: 'Unset: no witness is asked.',
  },
  {
    key: 'VERICLIN_MAX_PENDING_EVENTS',
    default: '20000',
    form: 'a number from 1 to 1000000',
    meaning: 'Events that may wait for the sequencer; beyond it the answer is 503 with Retry-After.',
    why: 'About a second of work: more would only grow memory and latency. Holds two of the largest batches.',
  },
  {
    key: 'VERICLIN_MAX_CONNECTIONS',
    default: '1024',
    form: 'a number from 1 to 100000',
    meaning: 'HTTP connections open at once; more are closed at once.',
    why: 'Bounds memory; a proxy in front needs far fewer.',
  },
  {
    key: 'VERICLIN_STOP_TIMEOUT_SECONDS',
    default: '30',
    form: 'a number from 1 to 600',
    meaning: 'How long a stop waits for requests in flight.',
    why: 'The grace period that orchestrators give by default.',
  },
  {
    key: 'VERICLIN_LOG_LEVEL',
    default: 'info',
    form: 'fatal, error, warn, info, debug, trace or silent',
    meaning: 'How much is logged. No level logs content.',
    why: 'One line per start, stop and trouble; requests are lines at debug.',
  },
  {
    key: 'VERICLIN_OTEL_MODULE',
    default: 'unset',
    form: 'a path of a JavaScript module',
    meaning: 'Imported before everything else, to start an OpenTelemetry SDK of your choice.',
    why: 'Unset: the service depends on no telemetry package.',
  },
];

/** Keys of other commands: `serve` ignores them instead of refusing to start. */
export const CLI_KEYS: readonly string[] = [
  'VERICLIN_API_KEY',
  // Folder of the Fabric programs, for `devnet`.
  'VERICLIN_FABRIC_BIN',
  // Interpreter with the Python libraries that tests compare with.
  'VERICLIN_PYTHON',
];
