/** C2SP tlog-policy: which logs and witnesses are known, and which cosignatures are enough. @module */
import { encodeHex } from '../canonical/base64.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../types.ts';
import { COSIGNATURE_TYPE, ED25519_TYPE, formatVerifierKey, parseVerifierKey, type VerifierKey } from './key.ts';

export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyWitness {
  readonly kind: 'witness';
  readonly name: string;
  readonly key: VerifierKey;
  /** Submission prefix (C2SP tlog-witness). */
  readonly url?: string;
}

export interface PolicyGroup {
  readonly kind: 'group';
  readonly name: string;
  /** How many members have to have witnessed, 1..members. */
  readonly threshold: number;
  readonly members: readonly PolicyNode[];
}

export type PolicyNode = PolicyWitness | PolicyGroup;

export interface WitnessPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  /** `undefined` is `quorum none`: no cosignature is required. */
  readonly quorum: PolicyNode | undefined;
}

/** C2SP asks for at least 32 of each kind. */
const MAX_LINES = 1000;

interface Draft {
  readonly sha256: Sha256;
  readonly logs: PolicyLog[];
  readonly nodes: Map<string, PolicyNode>;
  /** Names that are a member of a group already: each may be in one only. */
  readonly taken: Set<string>;
  readonly publicKeys: Set<string>;
  quorum: { readonly node: PolicyNode | undefined } | undefined;
}

function invalid(line: number, reason: string): LedgerError {
  return new LedgerError('config_invalid', `Witness policy, line ${line}: ${reason}.`);
}

function readKey(draft: Draft, vkey: string | undefined, type: number, line: number): VerifierKey {
  if (vkey === undefined) throw invalid(line, 'the vkey is missing');
  const key = parseVerifierKey(draft.sha256, vkey);
  if (key.type !== type) throw invalid(line, 'the key has the wrong type for this line');
  const identity = `${type} ${encodeHex(key.publicKey)}`;
  if (draft.publicKeys.has(identity)) throw invalid(line, 'the same public key stands on an earlier line');
  draft.publicKeys.add(identity);
  return key;
}

function checkNewName(draft: Draft, name: string | undefined, line: number): string {
  if (name === undefined || name === 'none') throw invalid(line, 'a name other than "none" is needed');
  if (draft.nodes.has(name)) throw invalid(line, 'the name is defined on an earlier line');
  return name;
}

type LineReader = (draft: Draft, items: readonly string[], line: number) => void;

const readLog: LineReader = (draft, items, line) => {
  const [vkey, url, ...rest] = items;
  if (rest.length > 0) throw invalid(line, 'expected: log <vkey> [<url>]');
  const key = readKey(draft, vkey, ED25519_TYPE, line);
  draft.logs.push({ key, ...(url !== undefined && { url }) });
};

const readWitness: LineReader = (draft, items, line) => {
  const [first, vkey, url, ...rest] = items;
  if (rest.length > 0) throw invalid(line, 'expected: witness <name> <vkey> [<url>]');
  const name = checkNewName(draft, first, line);
  const key = readKey(draft, vkey, COSIGNATURE_TYPE, line);
  draft.nodes.set(name, { kind: 'witness', name, key, ...(url !== undefined && { url }) });
};

function readThreshold(text: string | undefined, members: number, line: number): number {
  if (text === 'any') return 1;
  if (text === 'all') return members;
  const threshold = /^[1-9][0-9]{0,3}$/.test(text ?? '') ? Number(text) : 0;
  if (threshold < 1 || threshold > members)
    throw invalid(line, 'the threshold is any, all, or 1 to the number of members');
  return threshold;
}

const readGroup: LineReader = (draft, items, line) => {
  const [first, rule, ...memberNames] = items;
  const name = checkNewName(draft, first, line);
  if (memberNames.length === 0) throw invalid(line, 'a group needs a member');
  const members = memberNames.map((memberName) => {
    const member = draft.nodes.get(memberName);
    if (member === undefined) throw invalid(line, 'a member is not defined on an earlier line');
    if (draft.taken.has(memberName)) throw invalid(line, 'a member is in a group already');
    draft.taken.add(memberName);
    return member;
  });
  draft.nodes.set(name, { kind: 'group', name, threshold: readThreshold(rule, members.length, line), members });
};

const readQuorum: LineReader = (draft, items, line) => {
  const [name, ...rest] = items;
  if (draft.quorum !== undefined) throw invalid(line, 'there is a quorum line already');
  if (name === undefined || rest.length > 0) throw invalid(line, 'expected: quorum <name>|none');
  const node = draft.nodes.get(name);
  if (node === undefined && name !== 'none') throw invalid(line, 'the name is not defined on an earlier line');
  draft.quorum = { node };
};

const LINE_READERS: ReadonlyMap<string, LineReader> = new Map([
  ['log', readLog],
  ['witness', readWitness],
  ['group', readGroup],
  ['quorum', readQuorum],
]);

/**
 * Reads a policy file.
 * @throws LedgerError `config_invalid` with the line, or `verify_unusable` for a key that is none
 */
export function parseWitnessPolicy(sha256: Sha256, text: string): WitnessPolicy {
  const draft: Draft = {
    sha256,
    logs: [],
    nodes: new Map(),
    taken: new Set(),
    publicKeys: new Set(),
    quorum: undefined,
  };
  const lines = text.split('\n');
  if (lines.length > MAX_LINES) throw invalid(MAX_LINES, 'the policy is too long');
  lines.forEach((content, i) => {
    const line = i + 1;
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(content)) throw invalid(line, 'control characters are not allowed');
    const [keyword = '', ...items] = content.split(/[ \t]+/).filter((item) => item !== '');
    if (keyword === '' || keyword.startsWith('#')) return;
    const read = LINE_READERS.get(keyword);
    if (read === undefined) throw invalid(line, 'expected log, witness, group or quorum');
    read(draft, items, line);
  });
  if (draft.quorum === undefined) throw invalid(lines.length, 'the quorum line is missing');
  const witnesses = [...draft.nodes.values()].filter((node) => node.kind === 'witness');
  return { logs: draft.logs, witnesses, quorum: draft.quorum.node };
}

/** Whether the cosignatures of these witness keys are enough. */
export function isQuorumMet(policy: WitnessPolicy, cosigners: readonly VerifierKey[]): boolean {
  const cosigned = new Set(cosigners.map(formatVerifierKey));
  const hasWitnessed = (node: PolicyNode): boolean =>
    node.kind === 'witness'
      ? cosigned.has(formatVerifierKey(node.key))
      : node.members.filter(hasWitnessed).length >= node.threshold;
  return policy.quorum === undefined || hasWitnessed(policy.quorum);
}
