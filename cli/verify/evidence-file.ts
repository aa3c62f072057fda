import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { digestOfSchema, schemaVersions } from '../../ledger/event/schemas/index.ts';
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import { EVENT_TYPES } from '../../ledger/types.ts';
import type { FabricTrustSettings } from '../../ledger/verify/fabric/index.ts';
import {
  createVerifier,
  OUTCOME_EXIT_CODES,
  type Outcome,
  type Verification,
  type Verifier,
} from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { ExitCode } from '../exit-codes.ts';
import { systemCode } from '../failure.ts';
import { loadFabricTrust } from './fabric-settings.ts';

/** How files are verified, in a form that goes to worker threads. */
export interface VerifySettings {
  /** vkeys that the caller trusts. */
  readonly pinnedKeys: readonly string[];
  readonly refuseUnchecked: boolean;
  /** Whom to trust on the chain, where CA certificates were given. */
  readonly fabric?: FabricTrustSettings;
}

/** The verification of one file, or `unusable` where it cannot even be read. */
export type FileVerification = Pick<Verification, 'outcome' | 'checks' | 'facts'>;

/** Verifies files of evidence one after the other, and remembers checkpoints that it has verified. */
export type VerifyFile = (path: string, entry?: Uint8Array) => FileVerification;

/** Larger files are no evidence of ours: a bundle has at most 8 MiB. */
const LARGEST_FILE_BYTES = 8 << 20;
const OPEN_BRACE = 0x7b;
const PROOF_START = 'c2sp.org/tlog-proof@';

/**
 * Reads synchronously on purpose: for small files it is several times faster than going through Node's thread pool, and
 * nothing else happens meanwhile.
 *
 * @throws CommandFailure exit 2 if what is trusted on the chain cannot be used
 */
export async function createFileVerifier(settings: VerifySettings): Promise<VerifyFile> {
  const { pinnedKeys, refuseUnchecked } = settings;
  const fabric = await loadFabricTrust(settings.fabric);
  const verifier = createVerifier({
    primitives: nodePrimitives,
    pinnedKeys,
    refuseUnchecked,
    schemas: knownSchemas(),
    ...(fabric !== undefined && { fabric }),
  });
  return (path, entry) => {
    let bytes: Uint8Array | undefined;
    try {
      bytes = readSmallFile(path);
    } catch (thrown) {
      return unusableFile(`The file cannot be read (${systemCode(thrown) ?? 'unreadable'}).`);
    }
    if (bytes === undefined) return unusableFile('The file is too large to be a bundle or a tlog-proof.');
    return verifyBytes(verifier, bytes, entry);
  };
}

function readSmallFile(path: string): Uint8Array | undefined {
  const file = openSync(path, 'r');
  try {
    return fstatSync(file).size > LARGEST_FILE_BYTES ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The form is told by the content, not by the name (attacker-controlled, both). */
function verifyBytes(verifier: Verifier, bytes: Uint8Array, entry: Uint8Array | undefined): FileVerification {
  if (firstVisible(bytes) === OPEN_BRACE) return verifier.verifyBundle(bytes);
  const start = String.fromCharCode(...bytes.subarray(0, PROOF_START.length));
  if (start === PROOF_START) return verifier.verifyTlogProof(bytes, entry);
  return unusableFile('The file is neither a bundle nor a tlog-proof.');
}

function firstVisible(bytes: Uint8Array): number | undefined {
  return bytes.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
}

function unusableFile(detail: string): FileVerification {
  return { outcome: 'unusable', checks: [{ name: 'format', status: 'failed', detail }], facts: {} };
}

function knownSchemas(): ReadonlyMap<string, string> {
  const { sha256 } = nodePrimitives;
  const all = EVENT_TYPES.flatMap((type) => schemaVersions(type).map((schema) => ({ type, schema })));
  return new Map(all.map(({ type, schema }) => [encodeBase64(digestOfSchema(schema, sha256)), type]));
}

/** DESIGN.md §5. */
export function exitCodeOf(outcome: Outcome): ExitCode {
  return OUTCOME_EXIT_CODES[outcome];
}
