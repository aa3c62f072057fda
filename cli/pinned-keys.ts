import { readFile } from 'node:fs/promises';
import { parseVerifierKey, type VerifierKey } from '../ledger/checkpoint/key.ts';
import { encodeHex } from '../ledger/canonical/base64.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Sha256 } from '../ledger/types.ts';
import { systemCode, unusable } from './failure.ts';

const VKEY = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;

/**
 * The keys of `--key`: each is a vkey as text, or a file with one vkey a line (blank lines and `#` comments are
 * passed over).
 *
 * @throws CommandFailure exit 2
 */
export async function readPinnedKeys(values: readonly string[], sha256: Sha256): Promise<VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const value of values) {
    const lines = VKEY.test(value) ? [value] : await readKeyFile(value);
    keys.push(...lines.map((line) => parsePinnedKey(line, sha256)));
  }
  return keys;
}

function parsePinnedKey(line: string, sha256: Sha256): VerifierKey {
  try {
    return parseVerifierKey(sha256, line);
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw unusable(`--key: ${cause.message}`, 'A vkey looks like example.com/log+530d903a+AbC…; copy it whole.', cause);
  }
}

async function readKeyFile(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const why = systemCode(cause) ?? 'unreadable';
    throw unusable(`--key ${path} is neither a vkey nor a file that can be read (${why})`, undefined, cause);
  }
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw unusable(`--key ${path}: the file holds no vkey`);
  return keys;
}

/** SHA-256 of the public key, hex in groups of four: to be compared with what the log's operator published. */
export function fingerprintOf(key: VerifierKey, sha256: Sha256): string {
  return encodeHex(sha256(key.publicKey)).replaceAll(/(.{4})(?=.)/g, '$1 ');
}
