/** C2SP tlog-proof: an offline proof as text, extension `.tlog-proof`. @module */
import { decodeBase64, encodeBase64 } from '../canonical/base64.ts';
import { LedgerError } from '../errors.ts';
import { parseDecimal } from './checkpoint.ts';
import { parseHashLines } from './witness-request.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

export interface TlogProof {
  /** Unauthenticated extra data. This log puts the entry bytes there, whose leaf hash the proof then authenticates. */
  readonly extra?: Uint8Array;
  readonly index: number;
  /** Inclusion proof, leaf to root, in the tree of the checkpoint. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, verbatim, with its cosignatures. */
  readonly checkpoint: string;
}

function unusable(reason: string): LedgerError {
  return new LedgerError('verify_unusable', `Not a usable tlog-proof: ${reason}.`);
}

/** Inverse of {@link parseTlogProof}. */
export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [FIRST_LINE];
  if (extra !== undefined) lines.push(`extra ${encodeBase64(extra)}`);
  lines.push(`index ${index}`, ...hashes.map(encodeBase64), '', checkpoint);
  return lines.join('\n');
}

/**
 * Reads a tlog-proof (attacker-controlled), strict in every byte; the checkpoint is not looked into.
 * @throws LedgerError `verify_unusable`
 */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  if (end === -1) throw unusable('no empty line before the checkpoint');
  const [first, ...lines] = text.slice(0, end).split('\n');
  if (first !== FIRST_LINE) throw unusable(`it does not start with ${FIRST_LINE}`);
  const extraText = takeLine(lines, 'extra ');
  const extra = extraText === undefined ? undefined : decodeBase64(extraText);
  if (extraText !== undefined && extra === undefined) throw unusable('the extra line is not base64');
  const index = parseDecimal(takeLine(lines, 'index ') ?? '');
  if (index === undefined) throw unusable('the index line is missing');
  const hashes = parseHashLines(lines);
  return { ...(extra !== undefined && { extra }), index, hashes, checkpoint: text.slice(end + 2) };
}

/** The rest of the first line if it starts with `prefix`; that line is then taken off `lines`. */
function takeLine(lines: string[], prefix: string): string | undefined {
  if (lines[0]?.startsWith(prefix) !== true) return undefined;
  return lines.shift()?.slice(prefix.length);
}
