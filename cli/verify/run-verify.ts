import { readFile } from 'node:fs/promises';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../../ledger/checkpoint/key.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { Facts } from '../../ledger/verify/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { ExitCode } from '../exit-codes.ts';
import { unusable } from '../failure.ts';
import type { VerifyOptions } from '../options.ts';
import { fingerprintOf, readPinnedKeys } from '../pinned-keys.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { createFileVerifier, exitCodeOf, type VerifySettings } from './evidence-file.ts';
import { readFabricSettings, readUsable } from './fabric-settings.ts';
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
  const fabric = await readFabricSettings(options);
  const settings: VerifySettings = {
    pinnedKeys: pinned.map(formatVerifierKey),
    refuseUnchecked: options.strict === true,
    ...(fabric !== undefined && { fabric }),
  };
  const found = await openPaths(paths);
  const [only] = found;
  if (found.length === 1 && only?.isFolder === false) {
    return await verifyOne(only.path, { settings, pinned, options }, terminal);
  }
  if (options.entry !== undefined) throw unusable('--entry goes with one tlog-proof, not with several files');
  const { verifyMany } = await import('./verify-many.ts');
  return await verifyMany(found, { settings, pinned, isJson: options.json === true }, terminal);
}

interface OneFile {
  readonly settings: VerifySettings;
  readonly pinned: readonly VerifierKey[];
  readonly options: VerifyOptions;
}

async function verifyOne(path: string, context: OneFile, terminal: Terminal): Promise<ExitCode> {
  const { settings, pinned, options } = context;
  const entry = options.entry === undefined ? undefined : await readUsable(options.entry, '--entry');
  const verification = (await createFileVerifier(settings))(path, entry);
  const signer = await signerOf(path, verification.facts, pinned);
  if (options.json === true) {
    terminal.out(jsonLine({ file: path, ...verification, signer: signer ?? null }));
  } else {
    terminal.out(readingOf(path, verification, signer));
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
