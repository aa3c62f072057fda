import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPolicy,
  isPolicySatisfied,
  parsePolicy,
  peersOf,
  POLICY_ROLES,
  type PolicySigner,
  type SignaturePolicy,
} from '../../../ledger/verify/fabric/policy.ts';

const peer = (mspId: string): PolicySigner => ({ mspId, role: 'peer' });
const principal = (mspId: string, role: PolicySigner['role'] = 'peer'): SignaturePolicy => ({
  kind: 'principal',
  mspId,
  role,
});

describe('policies as Fabric writes them', () => {
  test.each<[string, SignaturePolicy]>([
    ["AND('A.peer','B.peer')", { kind: 'outOf', count: 2, policies: [principal('A'), principal('B')] }],
    [
      "OR('A.member', 'B.admin')",
      { kind: 'outOf', count: 1, policies: [principal('A', 'member'), principal('B', 'admin')] },
    ],
    ["OutOf(1,'A.peer','B.client')", { kind: 'outOf', count: 1, policies: [principal('A'), principal('B', 'client')] }],
    ["OutOf('2', 'A.peer', 'B.peer')", { kind: 'outOf', count: 2, policies: [principal('A'), principal('B')] }],
    ['AND(A.peer,"B.peer")', { kind: 'outOf', count: 2, policies: [principal('A'), principal('B')] }],
    ['  and (\n A.peer\t)  ', { kind: 'outOf', count: 1, policies: [principal('A')] }],
    ["'Org1.example-MSP.orderer'", principal('Org1.example-MSP', 'orderer')],
    ['AND.peer', principal('AND')],
    [
      "Or(And('A.peer','B.peer'),outof(2,'A.peer','B.peer','C.peer'))",
      {
        kind: 'outOf',
        count: 1,
        policies: [
          { kind: 'outOf', count: 2, policies: [principal('A'), principal('B')] },
          { kind: 'outOf', count: 2, policies: [principal('A'), principal('B'), principal('C')] },
        ],
      },
    ],
  ])('%s', (text, policy) => {
    expect(parsePolicy(text)).toEqual(policy);
  });

  test.each<[string, number, RegExp]>([
    ['', 1, /a principal such as/],
    ['AND', 4, /"\(" is expected/],
    ['AND(', 5, /a principal such as/],
    ['AND()', 5, /a principal such as/],
    ["AND('A.peer'", 13, /"," or "\)" is expected/],
    ["AND('A.peer' 'B.peer')", 14, /"," or "\)" is expected/],
    ["AND('A.peer',)", 14, /a principal such as/],
    ["AND('A.peer'))", 14, /more follows/],
    ["'A.peer' 'B.peer'", 10, /more follows/],
    ["AND('A.chef')", 5, /as in 'Org1MSP.peer'/],
    ["AND('peer')", 5, /as in 'Org1MSP.peer'/],
    ["AND('A b.peer')", 5, /as in 'Org1MSP.peer'/],
    ["AND('A.peer)", 5, /does not belong there/],
    ["XOR('A.peer')", 1, /a principal is an MSP id/],
    ["'AND'('A.peer')", 1, /a principal is an MSP id/],
    ["OutOf('A.peer')", 7, /begins with a number/],
    ["OutOf(0,'A.peer')", 7, /begins with a number/],
    ["OutOf(3,'A.peer','B.peer')", 1, /3 out of 2 can never be/],
    ['OutOf(1)', 8, /"," is expected/],
    ['AND(A.peer;B.peer)', 11, /does not belong there/],
    [`${'AND('.repeat(40)}A.peer${')'.repeat(40)}`, 133, /nested too deeply/],
    [`OR(${"'A.peer',".repeat(500)}'A.peer')`, 4097, /too long/],
  ])('%s is refused at character %d', (text, at, reason) => {
    expect(() => parsePolicy(text)).toThrow(
      expect.objectContaining({
        code: 'verify_unusable',
        offset: at - 1,
        message: expect.stringMatching(reason) as string,
      }),
    );
    expect(() => parsePolicy(text)).toThrow(`at character ${at}:`);
  });

  test.each<[string, readonly PolicySigner[], boolean]>([
    ["AND('A.peer','B.peer')", [peer('A'), peer('B')], true],
    ["AND('A.peer','B.peer')", [peer('B'), peer('A')], true],
    ["AND('A.peer','B.peer')", [peer('A'), peer('A')], false],
    ["AND('A.peer','A.peer')", [peer('A')], false],
    ["AND('A.peer','A.peer')", [peer('A'), peer('A')], true],
    ["AND('A.member','A.peer')", [peer('A'), { mspId: 'A', role: 'client' }], false],
    ["AND('A.peer','A.member')", [peer('A'), { mspId: 'A', role: 'client' }], true],
    ["OR('A.client','A.admin')", [peer('A')], false],
    ["OR('A.member')", [peer('A')], true],
    ["OutOf(2,'A.peer','B.peer','C.peer')", [peer('C'), peer('A')], true],
    ["OutOf(2,'A.peer','B.peer','C.peer')", [peer('C'), peer('D')], false],
    ["OR(AND('A.peer','X.peer'),'A.peer')", [peer('A')], true],
    ["AND('A.peer',OR('A.peer','B.peer'))", [peer('A')], false],
    ["AND('A.peer',OR('A.peer','B.peer'))", [peer('A'), peer('B')], true],
    ["OR('A.peer')", [], false],
  ])('%s of %j: %j', (text, signers, isSatisfied) => {
    expect(isPolicySatisfied(parsePolicy(text), signers)).toBe(isSatisfied);
  });
});

const msps = ['A', 'B', 'C'];
const anyPrincipal = fc.record({
  kind: fc.constant('principal' as const),
  mspId: fc.constantFrom(...msps),
  role: fc.constantFrom(...POLICY_ROLES),
});
const { policy: anyPolicy } = fc.letrec<{ policy: SignaturePolicy }>((tie) => ({
  policy: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyPrincipal,
    fc
      .tuple(fc.array(tie('policy'), { minLength: 1, maxLength: 3 }), fc.nat())
      .map(([policies, n]) => ({ kind: 'outOf' as const, count: 1 + (n % policies.length), policies })),
  ),
}));
const anySigners = fc.array(
  fc.record({ mspId: fc.constantFrom(...msps), role: fc.constantFrom('peer' as const, 'client' as const) }),
  { maxLength: 4 },
);

/** Every way to satisfy the policy, as sets of signers, each used once. */
function waysOf(policy: SignaturePolicy, signers: readonly PolicySigner[], free: readonly number[]): number[][] {
  if (policy.kind === 'principal') {
    return free
      .filter((i) => signers[i]!.mspId === policy.mspId && ['member', signers[i]!.role].includes(policy.role))
      .map((i) => [i]);
  }
  const choose = (policies: readonly SignaturePolicy[], count: number, left: readonly number[]): number[][] => {
    if (count === 0) return [[]];
    const [first, ...rest] = policies;
    if (first === undefined) return [];
    const taking = waysOf(first, signers, left).flatMap((way) =>
      choose(
        rest,
        count - 1,
        left.filter((i) => !way.includes(i)),
      ).map((more) => [...way, ...more]),
    );
    return [...taking, ...choose(rest, count, left)];
  };
  return choose(policy.policies, policy.count, free);
}

describe('any policy', () => {
  test('that is written is read again', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(formatPolicy(parsePolicy(formatPolicy(policy)))).toBe(formatPolicy(policy));
        const signers = msps.map(peer);
        expect(isPolicySatisfied(parsePolicy(formatPolicy(policy)), signers)).toBe(isPolicySatisfied(policy, signers));
      }),
    );
  });

  test('that is satisfied can be, with no signer counted twice', () => {
    fc.assert(
      fc.property(anyPolicy, anySigners, (policy, signers) => {
        const ways = waysOf(policy, signers, [...signers.keys()]);
        if (isPolicySatisfied(policy, signers)) expect(ways).not.toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of one peer of each: exactly where all of them signed', () => {
    fc.assert(
      fc.property(fc.subarray(msps, { minLength: 1 }), anySigners, (asked, signers) => {
        const expected = asked.every((mspId) =>
          signers.some((signer) => signer.mspId === mspId && signer.role === 'peer'),
        );
        expect(isPolicySatisfied(peersOf(asked), signers)).toBe(expected);
      }),
    );
  });

  test('and any text: it is read or refused with a place in it', () => {
    const word = fc.constantFrom('AND', 'OR', 'OutOf', '(', ')', ',', "'", '"', 'A.peer', "'B.member'", '2', ' ', ';');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          try {
            parsePolicy(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'verify_unusable', offset: expect.any(Number) as number });
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
