import type { Check, Facts, Outcome } from '../../ledger/verify/index.ts';
import { printable } from '../table.ts';
import type { FileVerification } from './evidence-file.ts';

/** The key that signed, for a person to compare with what the log's operator published. */
export interface Signer {
  readonly name: string;
  readonly keyId: string;
  /** SHA-256 of the public key. */
  readonly fingerprint: string;
  readonly isPinned: boolean;
}

/** The verification of one file as a person reads it, who may know no cryptography. */
export function readingOf(path: string, verification: FileVerification, signer: Signer | undefined): string {
  const { checks, facts, outcome } = verification;
  const notChecked = checks.filter((check) => check.status === 'not_checked');
  const sections = [
    `File\n  ${path}`,
    section('What it is about', aboutLines(facts)),
    section('What was checked', checks.filter((check) => check.status !== 'not_checked').map(checkLine)),
    section('Against which key', signerLines(signer)),
    section('Who else vouches for it', voucherLines(facts)),
    section(
      'What was NOT checked',
      notChecked.map((check) => `${title(check)} ${check.detail}`),
    ),
    section('Conclusion', [conclusionOf(outcome, checks)]),
  ];
  return `${printableLines(sections.filter((text) => text !== '').join('\n\n'))}\n`;
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${heading}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function aboutLines(facts: Facts): string[] {
  const lines: string[] = [];
  if (facts.id !== undefined) lines.push(`event ${facts.id} of type ${facts.type ?? 'unknown'}`);
  if (facts.origin !== undefined) {
    const place = facts.index === undefined ? '' : `index ${facts.index} among the `;
    lines.push(`${place}${facts.size ?? 0} entries of the log ${facts.origin}`);
  }
  if (facts.leafHash !== undefined) lines.push(`leaf hash ${facts.leafHash}`);
  if (facts.recordedAt !== undefined) lines.push(`recorded at ${facts.recordedAt}, by the log's own clock`);
  for (const witness of facts.cosignedBy ?? []) {
    lines.push(`seen by the witness ${witness.name} at ${new Date(witness.time * 1_000).toISOString()}`);
  }
  return lines;
}

/** Organisations whose signatures on Fabric evidence verified. */
function voucherLines({ anchored }: Facts): string[] {
  if (anchored === undefined || anchored.policy === undefined) return [];
  return [...anchored.endorsers, ...(anchored.orderers ?? [])].map(
    ({ ca, mspId, role, subject }) => `${mspId}, by the ${role} ${subject}, certified by the CA ${ca}`,
  );
}

const WIDTH = 13;
const title = (check: Check): string => `${check.name}:`.padEnd(WIDTH);

function checkLine(check: Check): string {
  return `${check.status === 'passed' ? 'passed' : 'FAILED'}  ${title(check)} ${check.detail}`;
}

function signerLines(signer: Signer | undefined): string[] {
  if (signer === undefined) return ['no signature was verified'];
  return [
    `${signer.name}, key id ${signer.keyId}`,
    `fingerprint ${signer.fingerprint}`,
    signer.isPinned
      ? 'This is the key that you gave with --key.'
      : 'Only the file itself names this key. Whoever made the file could have made the key too.',
  ];
}

const CONCLUSIONS: Readonly<Record<Outcome, string>> = {
  valid: 'VALID: this event was recorded in this log, at this place, and the file shows it unaltered.',
  invalid: 'INVALID: this file is not what it claims to be. Do not rely on it.',
  unusable: 'UNUSABLE: this is no file that can be verified; nothing was found out about any event.',
  valid_erased:
    'VALID, CONTENT ERASED: this event was recorded in this log, unaltered; the log also records that its content was lawfully erased since.',
  valid_unpinned:
    'CONSISTENT, SIGNER NOT PINNED: the file fits together, but nobody you trust vouches for its key. Obtain the key of the log yourself and run this again with --key.',
};

function conclusionOf(outcome: Outcome, checks: readonly Check[]): string {
  if (outcome !== 'valid' || checks.some((check) => check.name === 'opening' && check.status === 'passed')) {
    return CONCLUSIONS[outcome];
  }
  return `${CONCLUSIONS.valid} It does not carry the content.`;
}
