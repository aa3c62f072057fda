import { readFile } from 'node:fs/promises';
import { utf8Decode } from '../../ledger/canonical/bytes.ts';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../../ledger/checkpoint/key.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { Facts } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { ExitCode } from '../exit-codes.ts';
import { systemCode, unusable } from '../failure.ts';
import type { VerifyOptions } from '../options.ts';
import { fingerprintOf, readPinnedKeys } from '../pinned-keys.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { createFileVerifier, exitCodeOf, type VerifySettings } from './evidence-file.ts';
import { openPaths } from './find-files.ts';
import { readingOf, type Signer } from './reading.ts';

/**
 * `vericlin verify`, offline: nothing that this imports can reach a network.
 * @throws CommandFailure exit 2
 */
export async function runVerify(
  paths: readonly string[],
  options: VerifyOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const pinned = await readPinnedKeys(options.key, nodePrimitives.sha256);
  const settings: VerifySettings = {
    pinnedKeys: pinned.map(formatVerifierKey),
    refuseUnchecked: options.strict === true,
  };
  const remarks = await remarksOn(options.ca);
  const found = await openPaths(paths);
  const [only] = found;
  if (found.length === 1 && only?.isFolder === false) {
    return await verifyOne(only.path, { settings, pinned, remarks, options }, terminal);
  }
  if (options.entry !== undefined) throw unusable('--entry goes with one tlog-proof, not with several files');
  const { verifyMany } = await import('./verify-many.ts');
  return await verifyMany(found, { settings, pinned, remarks, isJson: options.json === true }, terminal);
}

/** Certificates are taken now so that scripts need not change, but no file carries evidence for them yet. */
async function remarksOn(certificates: readonly string[]): Promise<string[]> {
  for (const path of certificates) {
    const text = await readUsable(path, '--ca');
    if (!utf8Decode(text).includes('-----BEGIN CERTIFICATE-----')) {
      throw unusable(`--ca ${path} is no PEM certificate`);
    }
  }
  return certificates.length === 0
    ? []
    : ['The CA certificates given by --ca were not used: this version checks no Fabric evidence.'];
}

async function readUsable(path: string, option: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unusable(`${option} ${path} cannot be read (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
}

interface OneFile {
  readonly settings: VerifySettings;
  readonly pinned: readonly VerifierKey[];
  readonly remarks: readonly string[];
  readonly options: VerifyOptions;
}

async function verifyOne(path: string, context: OneFile, terminal: Terminal): Promise<ExitCode> {
  const { settings, pinned, remarks, options } = context;
  const entry = options.entry === undefined ? undefined : await readUsable(options.entry, '--entry');
  const verification = createFileVerifier(settings)(path, entry);
  const signer = await signerOf(path, verification.facts, pinned);
  if (options.json === true) {
    terminal.out(jsonLine({ file: path, ...verification, signer: signer ?? null, remarks }));
  } else {
    terminal.out(readingOf(path, verification, signer, remarks));
  }
  return exitCodeOf(verification.outcome);
}

/** The key that the checkpoint was verified with: one of the pinned, or the one that the bundle carries. */
async function signerOf(path: string, facts: Facts, pinned: readonly VerifierKey[]): Promise<Signer | undefined> {
  if (facts.keyId === undefined) return undefined;
  const isPinned = facts.isKeyPinned === true;
  const candidates = isPinned ? pinned : await claimedKeys(path);
  const key = candidates.find((one) => one.keyId === facts.keyId && one.name === facts.origin);
  if (key === undefined) return undefined;
  return { name: key.name, keyId: key.keyId, fingerprint: fingerprintOf(key, nodePrimitives.sha256), isPinned };
}

async function claimedKeys(path: string): Promise<VerifierKey[]> {
  try {
    const { key } = JSON.parse(await readFile(path, 'utf8')) as { key: string };
    return [parseVerifierKey(nodePrimitives.sha256, key)];
  } catch (thrown) {
    // The file changed since it was verified.
    if (thrown instanceof LedgerError || thrown instanceof SyntaxError) return [];
    throw thrown;
  }
}
