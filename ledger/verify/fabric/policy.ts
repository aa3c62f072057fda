/** Signature policies as Fabric writes them: AND, OR and OutOf over principals such as 'Org1MSP.peer'. @module */
import { LedgerError } from '../../errors.ts';

/** Roles of a principal. */
export const POLICY_ROLES = ['member', 'admin', 'client', 'peer', 'orderer'] as const;
export type PolicyRole = (typeof POLICY_ROLES)[number];

/** `count` of `policies`; AND asks for all, OR for one. */
export type SignaturePolicy =
  | { readonly kind: 'principal'; readonly mspId: string; readonly role: PolicyRole }
  | { readonly kind: 'outOf'; readonly count: number; readonly policies: readonly SignaturePolicy[] };

/** Somebody whose signature holds. */
export interface PolicySigner {
  readonly mspId: string;
  readonly role: PolicyRole;
}

const MOST_CHARACTERS = 4096;
const MOST_NESTING = 32;
const PRINCIPAL = /^([A-Za-z0-9.-]+)\.([a-z]+)$/;
const TOKEN = /\s*(?:([(),])|'([^']*)'|"([^"]*)"|([A-Za-z0-9._-]+)|(\S))/y;
/** Fabric knows each in three spellings. */
const GATES: ReadonlySet<string> = new Set(['AND', 'And', 'and', 'OR', 'Or', 'or', 'OUTOF', 'OutOf', 'outof']);

interface Token {
  readonly kind: 'mark' | 'word' | 'end';
  readonly text: string;
  /** Quoted words are never the name of a gate. */
  readonly isQuoted: boolean;
  readonly at: number;
}

function refusal(what: string, at: number): LedgerError {
  return new LedgerError('verify_unusable', `The policy cannot be read at character ${at + 1}: ${what}.`, {
    offset: at,
  });
}

function tokenAt(text: string, from: number): { token: Token; next: number } {
  TOKEN.lastIndex = from;
  const match = TOKEN.exec(text);
  if (match === null) return { token: { kind: 'end', text: '', isQuoted: false, at: text.length }, next: text.length };
  const [whole, mark, single, double, plain, stray] = match;
  const at = from + whole.length - whole.trimStart().length;
  if (stray !== undefined) throw refusal('this character does not belong there', at);
  const next = from + whole.length;
  if (mark !== undefined) return { token: { kind: 'mark', text: mark, isQuoted: false, at }, next };
  const quoted = single ?? double;
  return { token: { kind: 'word', text: quoted ?? plain ?? '', isQuoted: quoted !== undefined, at }, next };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    const { token, next } = tokenAt(text, at);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    at = next;
  }
}

class PolicyParser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): SignaturePolicy {
    const policy = this.#policy(0);
    const rest = this.#take();
    if (rest.kind !== 'end') throw refusal('the policy is over, but more follows', rest.at);
    return policy;
  }

  #take(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    if (token === undefined) throw refusal('there is nothing', 0);
    this.#next += 1;
    return token;
  }

  #expect(mark: string): void {
    const token = this.#take();
    if (token.kind !== 'mark' || token.text !== mark) throw refusal(`"${mark}" is expected`, token.at);
  }

  /** Whether another argument follows: `,` or `)`. */
  #hasMore(): boolean {
    const token = this.#take();
    if (token.kind === 'mark' && token.text === ',') return true;
    if (token.kind === 'mark' && token.text === ')') return false;
    throw refusal('"," or ")" is expected', token.at);
  }

  #policy(depth: number): SignaturePolicy {
    const token = this.#take();
    if (token.kind !== 'word')
      throw refusal("a principal such as 'Org1MSP.peer', or AND, OR, OutOf is expected", token.at);
    if (depth > MOST_NESTING) throw refusal('it is nested too deeply', token.at);
    if (!token.isQuoted && GATES.has(token.text)) return this.#gate(token, depth);
    return principalOf(token);
  }

  #gate(gate: Token, depth: number): SignaturePolicy {
    this.#expect('(');
    const name = gate.text.toLowerCase();
    const count = name === 'outof' ? this.#count() : undefined;
    const policies = [this.#policy(depth + 1)];
    while (this.#hasMore()) policies.push(this.#policy(depth + 1));
    if (count === undefined) return { kind: 'outOf', count: name === 'or' ? 1 : policies.length, policies };
    if (count > policies.length) throw refusal(`${count} out of ${policies.length} can never be`, gate.at);
    return { kind: 'outOf', count, policies };
  }

  #count(): number {
    const token = this.#take();
    if (token.kind !== 'word' || !/^[1-9][0-9]{0,3}$/.test(token.text)) {
      throw refusal('OutOf begins with a number, at least 1', token.at);
    }
    this.#expect(',');
    return Number(token.text);
  }
}

function principalOf({ text, at }: Token): SignaturePolicy {
  const [, mspId, roleName] = PRINCIPAL.exec(text) ?? [];
  const role = POLICY_ROLES.find((known) => known === roleName);
  if (mspId === undefined || role === undefined) {
    throw refusal("a principal is an MSP id and one of .peer, .member, .client, .admin, as in 'Org1MSP.peer'", at);
  }
  return { kind: 'principal', mspId, role };
}

/**
 * Reads a policy: `AND('Org1MSP.peer','Org2MSP.peer')`, `OR(…)`, `OutOf(2, …)`, nested. Principals stand in single or
 * double quotes or in none.
 *
 * @throws LedgerError `verify_unusable` that says what is wrong and where
 */
export function parsePolicy(text: string): SignaturePolicy {
  if (text.length > MOST_CHARACTERS) throw refusal('it is too long', MOST_CHARACTERS);
  return new PolicyParser(text).parse();
}

/** Writes a policy in Fabric's form. */
export function formatPolicy(policy: SignaturePolicy): string {
  if (policy.kind === 'principal') return `'${policy.mspId}.${policy.role}'`;
  const { count, policies } = policy;
  const inner = policies.map(formatPolicy).join(',');
  if (count === policies.length) return `AND(${inner})`;
  return count === 1 ? `OR(${inner})` : `OutOf(${count},${inner})`;
}

/** The policy that asks for a peer of each. */
export function peersOf(mspIds: readonly string[]): SignaturePolicy {
  const policies = mspIds.map((mspId) => ({ kind: 'principal', mspId, role: 'peer' }) as const);
  return { kind: 'outOf', count: policies.length, policies };
}

/**
 * Whether the signers satisfy the policy, each counted at most once, gone through in the order in which Fabric does: a
 * principal takes the first signer that fits and is not taken; what an alternative took is given back if it fails.
 *
 * @param signers different identities: the caller leaves out repetitions
 */
export function isPolicySatisfied(policy: SignaturePolicy, signers: readonly PolicySigner[]): boolean {
  return take(policy, signers, new Set()) !== undefined;
}

/** The signers taken so far and those for this policy, or `undefined` if it is not satisfied. */
function take(
  policy: SignaturePolicy,
  signers: readonly PolicySigner[],
  taken: ReadonlySet<number>,
): ReadonlySet<number> | undefined {
  if (policy.kind === 'principal') {
    const found = signers.findIndex((signer, i) => !taken.has(i) && satisfies(signer, policy));
    return found === -1 ? undefined : new Set([...taken, found]);
  }
  let all = taken;
  let satisfied = 0;
  for (const inner of policy.policies) {
    const more = take(inner, signers, all);
    if (more === undefined) continue;
    satisfied += 1;
    all = more;
  }
  return satisfied >= policy.count ? all : undefined;
}

function satisfies(signer: PolicySigner, principal: PolicySigner): boolean {
  return signer.mspId === principal.mspId && (principal.role === 'member' || principal.role === signer.role);
}
