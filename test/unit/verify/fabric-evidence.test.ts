/** Evidence of a chain, honest, and forged in one point at a time and signed again by those who could. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnchorEvidence, Bundle } from '../../../ledger/types.ts';
import { createFabricTrust, type FabricTrustSettings } from '../../../ledger/verify/fabric/index.ts';
import { createVerifier, type Verification } from '../../../ledger/verify/index.ts';
import { noblePrimitives } from '../../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { AnchoredLog } from '../../support/anchored-log.ts';
import { type CallSpec, TIME_MS } from '../../support/fabric-forgery.ts';
import { KeyUsageFlags, type Member, newKeys, signMessage, TestCa } from '../../support/fabric-organization.ts';

const SIZE = 21;
const INDEX = 3;

let anchored: AnchoredLog;
/** Members that only forgeries need. */
const people: Record<string, Member> = {};
let otherCa: TestCa;

beforeAll(async () => {
  anchored = await AnchoredLog.create(SIZE);
  const { ca } = anchored.org1;
  otherCa = await TestCa.root('Org1MSP', { name: 'CN=ca.elsewhere' });
  const keys = await newKeys();
  const specs = {
    expired: { to: new Date(TIME_MS - 1) },
    early: { from: new Date(TIME_MS + 60_000) },
    isCa: { isCa: true },
    twoRoles: { units: ['peer', 'client'] },
    noRole: { units: ['cardiology'] },
    department: { units: ['cardiology', 'peer'] },
    agreement: { usage: KeyUsageFlags.keyAgreement },
    one: { keys },
    same: { keys },
  } as const;
  for (const [name, spec] of Object.entries(specs)) people[name] = await ca.issue({ name, ...spec });
  people['foreign'] = await otherCa.issue({ name: 'peer0' });
  people['foreignClient'] = await otherCa.issue({ name: 'client', units: ['client'] });
});

function verify(
  anchor: AnchorEvidence | null,
  settings: Partial<FabricTrustSettings> = {},
  options: { bundle?: Partial<Bundle>; refuseUnchecked?: boolean; primitives?: typeof nodePrimitives } = {},
): Verification {
  const primitives = options.primitives ?? nodePrimitives;
  const verifier = createVerifier({
    primitives,
    pinnedKeys: [anchored.log.vkey],
    fabric: createFabricTrust(primitives, { ...anchored.trust, ...settings }),
    refuseUnchecked: options.refuseUnchecked ?? false,
  });
  return verifier.verifyBundle(JSON.stringify(anchored.log.bundle(INDEX, { ...options.bundle, anchor })));
}

const failures = ({ checks }: Verification): [string, string][] =>
  checks.filter(({ status }) => status === 'failed').map(({ detail, name }) => [name, detail]);

/** Every member unnamed. */
const unnamed = (settings: FabricTrustSettings): FabricTrustSettings => ({
  ...settings,
  cas: settings.cas.map(({ pem }) => ({ pem })),
});

describe('honest evidence', () => {
  test.each([
    ['OpenSSL', nodePrimitives],
    ['noble', noblePrimitives],
  ])('is valid with %s, and the result says who vouches for what', (_, primitives) => {
    const verification = verify(anchored.evidence(), {}, { primitives });
    expect(failures(verification)).toEqual([]);
    expect(verification).toMatchObject({
      outcome: 'valid',
      facts: {
        anchored: {
          channel: 'vericlin',
          chaincode: 'merkle-anchor',
          log: anchored.name,
          size: SIZE,
          root: anchored.rootHex(SIZE),
          block: 200,
          transaction: 0,
          readAt: '2026-11-24T09:00:00.250Z',
          policy: "AND('Org1MSP.peer','Org2MSP.peer')",
          endorsers: [
            {
              mspId: 'Org1MSP',
              role: 'peer',
              ca: 'CN=ca.Org1MSP, O=Org1MSP, C=US',
              subject: 'CN=peer0, OU=peer, C=US',
            },
            { mspId: 'Org2MSP', role: 'peer' },
          ],
        },
      },
    });
    const detail = verification.checks.find(({ name }) => name === 'endorsements')?.detail;
    expect(detail).toMatch(/^Org1MSP \(CA CN=ca\.Org1MSP.*\) and Org2MSP \(CA .*\) vouch that/);
  });

  test('with the block: ordering is checked too', () => {
    const verification = verify({ ...anchored.evidence(), block: anchored.block(0).evidence });
    expect(failures(verification)).toEqual([]);
    expect(verification.facts.anchored?.orderers).toMatchObject([{ mspId: 'OrdererMSP', role: 'orderer' }]);
    expect(verification.checks.at(-1)).toMatchObject({ name: 'ordering', status: 'passed' });
    expect(verification.checks.at(-1)?.detail).toMatch(/entries 0 to 20.*OrdererMSP/);
  });

  test.each([1, 3, 4, 20])('with a block that appended from %d', (start) => {
    expect(verify({ ...anchored.evidence(), block: anchored.block(start).evidence }).outcome).toBe('valid');
  });

  test.each([4, 16, 20])('about the first %d entries, joined to the checkpoint', (size) => {
    expect(failures(verify(anchored.evidence({}, size, INDEX)))).toEqual([]);
  });

  test('of a chain that is ahead of the checkpoint', async () => {
    const ahead = anchored;
    const behind = await AnchoredLog.create(16, ahead.log.origin);
    const anchor: AnchorEvidence = {
      ...ahead.evidence(),
      proof: ahead.proof(INDEX, SIZE),
      consistency: ahead.consistency(16, SIZE),
    };
    const { proof, checkpoint } = behind.log.bundle(INDEX);
    expect(failures(verify(anchor, {}, { bundle: { proof, checkpoint } }))).toEqual([]);
  });

  test('with CAs that nobody named, in any order of CAs and endorsements', () => {
    const { cas } = unnamed(anchored.trust);
    const endorsers = [anchored.org2.peer, anchored.org1.peer];
    for (const list of [cas, cas.toReversed()]) {
      expect(verify(anchored.evidence({ endorsers }), { cas: list }).outcome).toBe('valid');
    }
  });

  test('with a certificate that names a department beside its role, as Fabric CA issues them', () => {
    expect(verify(anchored.evidence({ endorsers: [people['department']!, anchored.org2.peer] })).outcome).toBe('valid');
  });

  test('whose CA signed certificates with a high s', async () => {
    for (const highS of [true, false]) {
      const member = await anchored.org1.ca.issue({ highS });
      expect(verify(anchored.evidence({ endorsers: [member, anchored.org2.peer] })).outcome).toBe('valid');
    }
  });

  test('under every policy that it satisfies', () => {
    const anchor = anchored.evidence();
    for (const policy of [
      "OutOf(2,'Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')",
      'AND(Org1MSP.member,Org2MSP.peer)',
    ]) {
      expect(verify(anchor, { policy }).outcome).toBe('valid');
    }
  });

  test('of one organisation, where that is the policy', () => {
    const anchor = anchored.evidence({ endorsers: [anchored.org1.peer] });
    expect(verify(anchor, { policy: "OR('Org1MSP.peer','Org2MSP.peer')" }).outcome).toBe('valid');
  });
});

describe('what was not checked is said', () => {
  test('evidence without CAs: not checked, on request refused', () => {
    const check = (refuseUnchecked: boolean): Verification =>
      createVerifier({ primitives: nodePrimitives, pinnedKeys: [anchored.log.vkey], refuseUnchecked }).verifyBundle(
        JSON.stringify(anchored.log.bundle(INDEX, { anchor: anchored.evidence() })),
      );
    expect(check(false).outcome).toBe('valid');
    expect(check(false).checks.at(-1)).toMatchObject({ name: 'anchor', status: 'not_checked' });
    expect(check(false).checks.at(-1)?.detail).toMatch(/NOT checked: give the CA/);
    expect(failures(check(true)).map(([name]) => name)).toEqual(['anchor']);
  });

  test('CAs without evidence: the file fails, whether it says null or nothing, or is a tlog-proof', () => {
    expect(failures(verify(null))).toEqual([['anchor', expect.stringMatching(/carries no evidence of a chain/)]]);
    const verifier = createVerifier({
      primitives: nodePrimitives,
      pinnedKeys: [anchored.log.vkey],
      fabric: createFabricTrust(nodePrimitives, anchored.trust),
    });
    expect(failures(verifier.verifyBundle(JSON.stringify(anchored.log.bundle(INDEX)))).map(([name]) => name)).toEqual([
      'anchor',
    ]);
    expect(failures(verifier.verifyTlogProof(anchored.log.tlogProof(INDEX))).map(([name]) => name)).toEqual(['anchor']);
  });

  test('an endorsement of an organisation whose CA was not given', () => {
    const cas = [anchored.trust.cas[0]!];
    const verification = verify(anchored.evidence(), { cas });
    expect(verification.outcome).toBe('valid');
    expect(verification.checks.filter(({ name }) => name === 'endorsements').map(({ status }) => status)).toEqual([
      'passed',
      'not_checked',
    ]);
    expect(verification.facts.anchored?.endorsers.map(({ mspId }) => mspId)).toEqual(['Org1MSP']);
    expect(failures(verify(anchored.evidence(), { cas }, { refuseUnchecked: true }))).toEqual([
      ['endorsements', expect.stringMatching(/Org2MSP, was NOT checked/)],
    ]);
  });

  test('a block without CAs of orderers, and one of a BFT service', () => {
    const anchor = { ...anchored.evidence(), block: anchored.block(0).evidence };
    const bft = { ...anchor, block: anchored.block(0, { block: { isBft: true } }).evidence };
    for (const [one, settings] of [
      [anchor, { ordererCas: [] }],
      [bft, {}],
    ] as const) {
      expect(verify(one, settings).checks.at(-1)).toMatchObject({ name: 'ordering', status: 'not_checked' });
      expect(failures(verify(one, settings, { refuseUnchecked: true })).map(([name]) => name)).toEqual(['ordering']);
    }
  });

  test('a creator of an organisation whose CA was not given', () => {
    const block = anchored.block(0, { call: { creator: people['foreignClient']! } }).evidence;
    const foreign = { ...people['foreignClient']!, mspId: 'Org9MSP' };
    const honest = anchored.block(0, { call: { creator: foreign } }).evidence;
    expect(failures(verify({ ...anchored.evidence(), block }))).toEqual([
      ['ordering', expect.stringMatching(/creator claims to be of Org1MSP/)],
    ]);
    const verification = verify({ ...anchored.evidence(), block: honest });
    expect(verification.outcome).toBe('valid');
    expect(verification.checks.at(-1)).toMatchObject({
      status: 'not_checked',
    });
    expect(verification.checks.at(-1)?.detail).toMatch(/Org9MSP/);
  });
});

describe('a forged signed read, signed again, is refused by its own check', () => {
  type Forgery = [string, string, RegExp, () => Partial<CallSpec>];
  const org1With = (name: string) => (): Partial<CallSpec> => ({ endorsers: [people[name]!, anchored.org2.peer] });

  const forgeries: Forgery[] = [
    ['high s', 'endorsements', /high s/, () => ({ sign: ({ key }, message) => signMessage(key, message, true) })],
    [
      'signature over other bytes',
      'endorsements',
      /a peer of Org1MSP does not verify/,
      () => ({ sign: ({ key }, message) => signMessage(key, message.subarray(1)) }),
    ],
    ['signature missing', 'endorsements', /is missing/, () => ({ sign: () => new Uint8Array(0) })],
    [
      'signature with a byte more',
      'endorsements',
      /canonical DER/,
      () => ({ sign: ({ key }, message) => Buffer.concat([signMessage(key, message), Buffer.of(0)]) }),
    ],
    ['nobody', 'endorsements', /Nobody endorsed/, () => ({ endorsers: [] })],
    [
      'a client endorses',
      'endorsements',
      /Org1MSP signed by a client, where a peer has to/,
      () => ({ endorsers: [anchored.org1.client, anchored.org2.peer] }),
    ],
    [
      'an administrator endorses',
      'endorsements',
      /an administrator, where a peer has to/,
      () => ({ endorsers: [anchored.org1.admin, anchored.org2.peer] }),
    ],
    [
      'an orderer endorses',
      'endorsements',
      /an orderer, where a peer has to/,
      () => ({ endorsers: [anchored.org1.orderer, anchored.org2.peer] }),
    ],
    ['one organisation only', 'endorsements', /peers of Org1MSP alone/, () => ({ endorsers: [anchored.org1.peer] })],
    [
      'two peers of one organisation',
      'endorsements',
      /peers of Org1MSP alone/,
      () => ({ endorsers: [anchored.org1.peer, anchored.org1.peer2] }),
    ],
    [
      'one peer twice',
      'endorsements',
      /same peer of Org1MSP endorsed twice/,
      () => ({ endorsers: [anchored.org1.peer, anchored.org1.peer, anchored.org2.peer] }),
    ],
    [
      'one key with two certificates',
      'endorsements',
      /same peer of Org1MSP endorsed twice/,
      () => ({ endorsers: [people['one']!, people['same']!, anchored.org2.peer] }),
    ],
    [
      'a foreign certificate under Org1MSP',
      'endorsements',
      /claims to be of Org1MSP was not issued by the CA of Org1MSP/,
      org1With('foreign'),
    ],
    [
      'a certificate of Org2 under Org1MSP',
      'endorsements',
      /claims to be of Org1MSP was issued by the CA of Org2MSP/,
      () => ({
        endorsers: [anchored.org2.peer, anchored.org2.peer2],
        claimedMspId: (member) => (member === anchored.org2.peer ? 'Org1MSP' : 'Org2MSP'),
      }),
    ],
    ['expired', 'endorsements', /a peer of Org1MSP had expired/, org1With('expired')],
    ['not yet valid', 'endorsements', /a peer of Org1MSP was not yet valid/, org1With('early')],
    ['a CA as a leaf', 'endorsements', /A CA of Org1MSP signed where a peer has to/, org1With('isCa')],
    ['two roles', 'endorsements', /more than one role/, org1With('twoRoles')],
    ['no role', 'endorsements', /names no role/, org1With('noRole')],
    ['a key for encryption', 'endorsements', /not one for signatures/, org1With('agreement')],
    ['another channel', 'anchor', /another channel than vericlin/, () => ({ channel: 'other' })],
    ['a channel that was not hashed', 'anchor', /another proposal/, () => ({ hashedChannel: 'other' })],
    ['another chaincode', 'anchor', /another chaincode than merkle-anchor/, () => ({ chaincode: 'other' })],
    ['result of another chaincode', 'anchor', /result of another chaincode/, () => ({ answeredBy: 'other' })],
    ['invocation of another chaincode', 'anchor', /one chaincode throughout/, () => ({ invoked: 'other' })],
    ['transaction id', 'anchor', /transaction id does not follow/, () => ({ txId: '0'.repeat(64) })],
    ['type of the channel header', 'anchor', /not one of a call/, () => ({ headerType: 1 })],
    ['status 11', 'anchor', /answered with status 11/, () => ({ status: 11 })],
    ['status 500', 'anchor', /answered with status 500/, () => ({ status: 500 })],
    [
      'another log',
      'anchor',
      /of another log/,
      () => ({
        args: ['getCheckpoint', 'other', String(SIZE)],
        reads: [{ key: `other/cp:${String(SIZE).padStart(20, '0')}`, block: 9 }],
      }),
    ],
    ['another size', 'anchor', /another size than it was asked/, () => ({ answer: anchored.answer(20) })],
    [
      'another root',
      'anchor',
      /another channel, chaincode, log, size or root/,
      () => ({ answer: answerOf('11'.repeat(32)) }),
    ],
    [
      'another function',
      'anchor',
      /not a read of a checkpoint/,
      () => ({ args: ['listCheckpoints', anchored.name, ''] }),
    ],
    [
      'the newest checkpoint, whatever it is',
      'anchor',
      /another size than it was asked/,
      () => ({ args: ['getCheckpoint', anchored.name, ''] }),
    ],
    ['an argument more', 'anchor', /not a read/, () => ({ args: ['getCheckpoint', anchored.name, String(SIZE), ''] })],
    ['an answer that is none', 'anchor', /answer is not a checkpoint/, () => ({ answer: `${anchored.answer(SIZE)} ` })],
    ['a read of nothing', 'anchor', /in which block/, () => ({ reads: [{ key: anchored.checkpointKey(SIZE) }] })],
    [
      'a read of another key',
      'anchor',
      /in which block/,
      () => ({ reads: [{ key: `${anchored.name}/frontier`, block: 9 }] }),
    ],
    [
      'a read that writes',
      'anchor',
      /A read that writes/,
      () => ({ writes: [{ key: anchored.checkpointKey(SIZE), value: anchored.root(SIZE) }] }),
    ],
    [
      'a write to another chaincode',
      'anchor',
      /writes to the state of another chaincode/,
      () => ({ otherWrites: [{ key: 'k', value: Buffer.of(1) }] }),
    ],
  ];
  const answerOf = (root: string): string => `{"size":"${SIZE}","root":"${root}"}`;

  test.each(forgeries)('%s', (_, check, reason, changes) => {
    const spec = changes();
    const log = String(spec.args?.[1] ?? anchored.name);
    const verification = verify({ ...anchored.evidence(), log, read: anchored.read(SIZE, spec) });
    expect(verification).toMatchObject({ outcome: 'invalid', exitCode: 1 });
    expect(failures(verification)).toEqual([[check, expect.stringMatching(reason)]]);
  });

  test('all of them are of an evidence that is valid without the change', () => {
    expect(verify({ ...anchored.evidence(), read: anchored.read(SIZE) }).outcome).toBe('valid');
  });
});

describe('what the evidence says of itself', () => {
  test.each<[string, (honest: AnchorEvidence) => AnchorEvidence, RegExp]>([
    ['channel', (honest) => ({ ...honest, channel: 'other' }), /states another channel/],
    ['chaincode', (honest) => ({ ...honest, chaincode: 'other' }), /states another channel/],
    ['log', (honest) => ({ ...honest, log: 'other' }), /states another channel/],
    ['size', (honest) => ({ ...honest, size: 20 }), /states another channel/],
    ['root', (honest) => ({ ...honest, root: anchored.log.bundle(0).proof.hashes[0]! }), /states another channel/],
    ['root that is not base64', (honest) => ({ ...honest, root: '!' }), /states another channel/],
    [
      'a proof where none belongs',
      (honest) => ({ ...honest, proof: anchored.proof(INDEX, 16) }),
      /proofs to another size/,
    ],
    [
      'consistency where none belongs',
      (honest) => ({ ...honest, consistency: anchored.consistency(16, SIZE) }),
      /proofs to another size/,
    ],
    ['not base64', (honest) => ({ ...honest, read: { ...honest.read, responsePayload: '!' } }), /not base64/],
    [
      'half a message',
      (honest) => ({ ...honest, read: { ...honest.read, responsePayload: honest.read.responsePayload.slice(0, 40) } }),
      /ends too early/,
    ],
  ])('%s', (_, change, reason) => {
    expect(failures(verify(change(anchored.evidence())))).toEqual([['anchor', expect.stringMatching(reason)]]);
  });

  test.each<[string, (honest: AnchorEvidence) => AnchorEvidence, RegExp]>([
    ['no proof', ({ proof, ...rest }) => (expect(proof).toBeDefined(), rest), /lacks the proof/],
    ['proof of another entry', (honest) => ({ ...honest, proof: anchored.proof(4, 16) }), /lacks the proof/],
    ['proof to another size', (honest) => ({ ...honest, proof: anchored.proof(INDEX, 20) }), /lacks the proof/],
    [
      'proof with another hash',
      (honest) => ({ ...honest, proof: { ...honest.proof!, hashes: anchored.proof(4, 16).hashes } }),
      /does not lead from the entry/,
    ],
    ['no consistency', ({ consistency, ...rest }) => (expect(consistency).toBeDefined(), rest), /not joined/],
    [
      'consistency of other sizes',
      (honest) => ({ ...honest, consistency: anchored.consistency(15, SIZE) }),
      /not joined/,
    ],
    [
      'consistency with a hash more',
      (honest) => ({
        ...honest,
        consistency: { ...honest.consistency!, hashes: [...honest.consistency!.hashes, honest.root] },
      }),
      /not joined/,
    ],
    [
      'consistency whose hash is not base64',
      (honest) => ({ ...honest, consistency: { ...honest.consistency!, hashes: ['!'] } }),
      /not joined/,
    ],
  ])('joined to the checkpoint: %s', (_, change, reason) => {
    const verification = verify(change(anchored.evidence({}, 16, INDEX)));
    expect(failures(verification)).toEqual([['anchor', expect.stringMatching(reason)]]);
  });

  test('a chain that does not reach the entry', () => {
    const anchor = anchored.evidence({}, 2, 1);
    expect(failures(verify(anchor))).toEqual([
      ['anchor', expect.stringMatching(/not among those that the chain covers/)],
    ]);
  });

  test('an honest consistency proof of a log with another history', async () => {
    const other = await AnchoredLog.create(SIZE, 'other.example/log');
    // Same name on the chain, other leaves: what a writer could have anchored who runs two logs under one key.
    const spec = anchored.readSpec(16);
    const root = other.rootHex(15);
    const read = anchored.read(16, { ...spec, answer: `{"size":"16","root":"${root}"}` });
    const anchor = { ...anchored.evidence({}, 16, INDEX), read, root: Buffer.from(root, 'hex').toString('base64') };
    expect(failures(verify(anchor))).toEqual([['anchor', expect.stringMatching(/does not lead from the entry/)]]);
  });

  test('evidence of another log', async () => {
    const other = await AnchoredLog.create(SIZE, 'other.example/log');
    const verification = verify(other.evidence(), other.trust);
    expect(failures(verification)).toEqual([['anchor', expect.stringMatching(/of another log/)]]);
  });

  test('two histories of one log: the roots differ at the same size', () => {
    const answer = `{"size":"${SIZE}","root":"${'22'.repeat(32)}"}`;
    const root = Buffer.from('22'.repeat(32), 'hex').toString('base64');
    const anchor = { ...anchored.evidence(), root, read: anchored.read(SIZE, { answer }) };
    expect(failures(verify(anchor))).toEqual([['anchor', expect.stringMatching(/two different histories/)]]);
  });

  test('a checkpoint whose signature does not verify leaves it unchecked', () => {
    const checkpoint = anchored.log.checkpoint().replace(`\n${SIZE}\n`, '\n22\n');
    const verification = verify(anchored.evidence(), {}, { bundle: { checkpoint } });
    expect(verification.outcome).toBe('invalid');
    expect(verification.checks.at(-1)).toMatchObject({ name: 'anchor', status: 'not_checked' });
  });

  test.each<[string, (honest: AnchorEvidence) => unknown]>([
    ['an unknown member', (honest) => ({ ...honest, comment: '' })],
    ['another format', (honest) => ({ ...honest, format: 'vericlin-anchor/2' })],
    ['an unknown member of the read', (honest) => ({ ...honest, read: { ...honest.read, comment: '' } })],
    [
      'an unknown member of an endorsement',
      (honest) => ({ ...honest, read: { ...honest.read, endorsements: [{ ...honest.read.endorsements[0], x: 1 }] } }),
    ],
    ['no read', ({ read, ...rest }) => (expect(read).toBeDefined(), rest)],
    ['endorsements that are no list', (honest) => ({ ...honest, read: { ...honest.read, endorsements: {} } })],
    ['a block without signatures', (honest) => ({ ...honest, block: { number: 1, data: [], transaction: 0 } })],
    ['a block that is null', (honest) => ({ ...honest, block: null })],
    ['text', () => 'anchored'],
    ['a list', () => []],
  ])('is not usable with %s', (_, change) => {
    const verification = verify(change(anchored.evidence()) as AnchorEvidence);
    expect(verification).toMatchObject({ outcome: 'unusable', exitCode: 2 });
  });
});

describe('CAs', () => {
  test('swapped', () => {
    const [one, two] = anchored.trust.cas;
    const cas = [
      { mspId: 'Org1MSP', pem: two!.pem },
      { mspId: 'Org2MSP', pem: one!.pem },
    ];
    expect(failures(verify(anchored.evidence(), { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/claims to be of Org1MSP was issued by the CA of Org2MSP/)],
    ]);
  });

  test('one CA under two MSP ids: the second is refused', () => {
    const { cas } = unnamed(anchored.trust);
    const claimedMspId = (member: Member): string => (member === anchored.org1.peer2 ? 'Org2MSP' : 'Org1MSP');
    const anchor = anchored.evidence({ endorsers: [anchored.org1.peer, anchored.org1.peer2], claimedMspId });
    expect(failures(verify(anchor, { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/claims to be of Org2MSP was issued by the CA of Org1MSP/)],
    ]);
  });

  test('two CAs under one MSP id: the second is refused', () => {
    const cas = [{ pem: anchored.org1.ca.pem }, { pem: otherCa.pem }];
    const anchor = anchored.evidence({ endorsers: [anchored.org1.peer, people['foreign']!] });
    expect(failures(verify(anchor, { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/of Org1MSP were issued by two CAs/)],
    ]);
  });

  test('a spare one that endorsed nothing', () => {
    const cas = [...unnamed(anchored.trust).cas, { pem: otherCa.pem }];
    const reason = expect.stringMatching(/No peer with a certificate of the CA CN=ca\.elsewhere/) as unknown;
    expect(failures(verify(anchored.evidence(), { cas }))).toEqual([['endorsements', reason]]);
    const policy = "AND('Org1MSP.peer','Org2MSP.peer')";
    expect(failures(verify(anchored.evidence(), { cas, policy }))).toEqual([['endorsements', reason]]);
  });

  test('the wrong one', () => {
    const cas = [anchored.trust.cas[0]!, { mspId: 'Org2MSP', pem: otherCa.pem }];
    expect(failures(verify(anchored.evidence(), { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/claims to be of Org2MSP was not issued by the CA of Org2MSP/)],
    ]);
  });

  test('an organisation by name that did not endorse', () => {
    const cas = [...anchored.trust.cas, { mspId: 'Org3MSP', pem: otherCa.pem }];
    expect(failures(verify(anchored.evidence(), { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/peers of Org1MSP and Org2MSP alone, and the policy AND\(.*Org3MSP/)],
    ]);
  });

  test('of the same name with another key', async () => {
    const impostor = await TestCa.root('Org1MSP', { name: anchored.org1.ca.certificate.subject });
    const cas = [{ mspId: 'Org1MSP', pem: impostor.pem }, anchored.trust.cas[1]!];
    expect(failures(verify(anchored.evidence(), { cas })).map(([name]) => name)).toEqual(['endorsements']);
  });

  test('several of one organisation', () => {
    const cas = [{ mspId: 'Org1MSP', pem: otherCa.pem }, ...anchored.trust.cas];
    expect(verify(anchored.evidence(), { cas }).outcome).toBe('valid');
    const renewed = { endorsers: [people['foreign']!, anchored.org2.peer] };
    expect(verify(anchored.evidence(renewed), { cas }).outcome).toBe('valid');
  });

  test('an intermediate one, with its root in the file', async () => {
    const { ca } = anchored.org1;
    const intermediate = await ca.intermediate();
    const endorsers = [await intermediate.issue(), anchored.org2.peer];
    const anchor = anchored.evidence({ endorsers });
    const org2 = anchored.trust.cas[1]!;
    for (const pem of [`${ca.pem}${intermediate.pem}`, `${intermediate.pem}${ca.pem}`, intermediate.pem]) {
      expect(failures(verify(anchor, { cas: [{ mspId: 'Org1MSP', pem }, org2] }))).toEqual([]);
    }
    expect(failures(verify(anchor)).map(([name]) => name)).toEqual(['endorsements']);
  });

  test('an intermediate one that had expired, was revoked, or stands too deep', async () => {
    const { ca } = anchored.org1;
    const org2 = anchored.trust.cas[1]!;
    const expired = await ca.intermediate({ to: new Date(TIME_MS - 1) });
    const revoked = await ca.intermediate();
    const shallow = await ca.intermediate({ pathLength: 0 });
    const deep = await shallow.intermediate();
    const crls = [await ca.revoke([revoked.certificate.serialNumber])];
    for (const [issuer, chain, reason] of [
      [expired, expired.pem, /above a peer of Org1MSP had expired/],
      [revoked, revoked.pem, /above a peer of Org1MSP was revoked/],
      [deep, `${deep.pem}${shallow.pem}`, /may not stand that far above/],
    ] as const) {
      const anchor = anchored.evidence({ endorsers: [await issuer.issue(), anchored.org2.peer] });
      const cas = [{ mspId: 'Org1MSP', pem: `${ca.pem}${chain}` }, org2];
      expect(failures(verify(anchor, { cas, crls }))).toEqual([['endorsements', expect.stringMatching(reason)]]);
    }
  });

  test('that had expired itself', async () => {
    const old = await TestCa.root('Org1MSP', { to: new Date(TIME_MS - 1) });
    const anchor = anchored.evidence({ endorsers: [await old.issue(), anchored.org2.peer] });
    const cas = [{ mspId: 'Org1MSP', pem: old.pem }, anchored.trust.cas[1]!];
    expect(failures(verify(anchor, { cas }))).toEqual([
      ['endorsements', expect.stringMatching(/CA certificate .* above a peer of Org1MSP had expired/)],
    ]);
  });

  test('a revoked certificate', async () => {
    const { ca, peer } = anchored.org1;
    const crls = [await ca.revoke([peer.serial])];
    expect(failures(verify(anchored.evidence(), { crls }))).toEqual([
      ['endorsements', expect.stringMatching(/a peer of Org1MSP was revoked/)],
    ]);
    const others = [await ca.revoke([anchored.org2.peer.serial, anchored.org1.peer2.serial])];
    expect(verify(anchored.evidence(), { crls: others }).outcome).toBe('valid');
  });

  test('an evidence certificate of another curve is refused with the reason', async () => {
    const anchor = anchored.evidence({
      endorsers: [await anchored.org1.ca.issue({ curve: 'P-384' }), anchored.org2.peer],
      sign: ({ key }, message) =>
        key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? signMessage(key, message) : message,
    });
    expect(failures(verify(anchor))).toEqual([
      ['endorsements', expect.stringMatching(/of Org1MSP cannot be used: .*not on the curve P-256/)],
    ]);
  });

  test.each<[string, RegExp, () => Promise<Partial<FabricTrustSettings>>]>([
    ['none', /at least one organisation/, async () => await Promise.resolve({ cas: [] })],
    ['no PEM', /is no PEM certificate/, async () => await Promise.resolve({ cas: [{ pem: 'hello', label: 'x.pem' }] })],
    [
      'a damaged one',
      /x\.pem cannot be used: The certificate is damaged/,
      async () =>
        await Promise.resolve({
          cas: [{ pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', label: 'x.pem' }],
        }),
    ],
    [
      'a certificate that is no CA',
      /not one of a CA/,
      async () => await Promise.resolve({ cas: [{ pem: anchored.org1.peer.certificate }] }),
    ],
    [
      'one that may not issue certificates',
      /not one of a CA/,
      async () => ({ cas: [{ pem: (await TestCa.root('Org1MSP', { usage: KeyUsageFlags.cRLSign })).pem }] }),
    ],
    [
      'one of another curve',
      /not on the curve P-256/,
      async () => ({ cas: [{ pem: (await TestCa.root('Org1MSP', { curve: 'P-384' })).pem }] }),
    ],
    [
      'one signed with another hash',
      /not signed by ECDSA with SHA-256/,
      async () => ({ cas: [{ pem: (await TestCa.root('Org1MSP', { hash: 'SHA-384' })).pem }] }),
    ],
    [
      'the same twice',
      /was given twice/,
      async () => await Promise.resolve({ cas: [{ pem: anchored.org1.ca.pem }, { pem: anchored.org1.ca.pem }] }),
    ],
    [
      'the same for two organisations',
      /was given twice/,
      async () =>
        await Promise.resolve({
          cas: [
            { mspId: 'Org1MSP', pem: anchored.org1.ca.pem },
            { mspId: 'Org2MSP', pem: anchored.org1.ca.pem },
          ],
        }),
    ],
    [
      'a revocation list of somebody else',
      /issued by none of the CAs/,
      async () => ({ crls: [await otherCa.revoke(['01'])] }),
    ],
    ['a revocation list that is none', /no PEM block X509 CRL/, async () => await Promise.resolve({ crls: ['hello'] })],
    [
      'a damaged revocation list',
      /revocation list is damaged/,
      async () => await Promise.resolve({ crls: ['-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'] }),
    ],
    ['a policy that is none', /at character 5/, async () => await Promise.resolve({ policy: 'AND(!' })],
  ])('cannot be used: %s', async (_, reason, settings) => {
    const given = { ...anchored.trust, ...(await settings()) };
    expect(() => createFabricTrust(nodePrimitives, given)).toThrow(
      expect.objectContaining({ code: 'verify_unusable', message: expect.stringMatching(reason) as string }),
    );
  });
});

describe('a forged block, signed again, is refused by its own check', () => {
  type Changes = NonNullable<Parameters<AnchoredLog['block']>[1]>;

  test.each<[string, RegExp, () => Changes]>([
    [
      'high s of the creator',
      /a client of Org1MSP has a high s/,
      () => ({ envelope: { sign: ({ key }, message) => signMessage(key, message, true) } }),
    ],
    [
      'creator’s signature over other bytes',
      /a client of Org1MSP does not verify/,
      () => ({ envelope: { sign: ({ key }, message) => signMessage(key, message.subarray(1)) } }),
    ],
    [
      'no signature of the creator',
      /a client of Org1MSP is missing/,
      () => ({ envelope: { sign: () => Buffer.of() } }),
    ],
    ['a peer as creator', /signed by a peer, where a client/, () => ({ call: { creator: anchored.org1.peer } })],
    [
      'an administrator as creator',
      /an administrator, where a client/,
      () => ({ call: { creator: anchored.org1.admin } }),
    ],
    ['an orderer as creator', /an orderer, where a client/, () => ({ call: { creator: anchored.org1.orderer } })],
    [
      'high s of an endorser',
      /a peer of Org1MSP has a high s/,
      () => ({ call: { sign: ({ key }, message) => signMessage(key, message, true) } }),
    ],
    ['one organisation only', /peers of Org1MSP alone/, () => ({ call: { endorsers: [anchored.org1.peer] } })],
    [
      'a client endorses',
      /by a client, where a peer/,
      () => ({ call: { endorsers: [anchored.org1.client, anchored.org2.peer] } }),
    ],
    ['header of the action', /header of the action/, () => ({ envelope: { actionHeader: Buffer.from('other') } })],
    ['two actions', /exactly one action/, () => ({ envelope: { actions: 2 } })],
    ['another channel', /of another channel/, () => ({ call: { channel: 'other' } })],
    ['another chaincode', /of another chaincode/, () => ({ call: { chaincode: 'other' } })],
    ['transaction id', /transaction id/, () => ({ call: { txId: '0'.repeat(64) } })],
    ['status 11', /status 11/, () => ({ call: { status: 11 } })],
    [
      'another log',
      /write exactly|about another log/,
      () => ({ call: { args: ['appendLeaves', 'other', '0', anchored.leaves(0, SIZE)] } }),
    ],
    [
      'another start',
      /do not lead to the size/,
      () => ({ call: { args: ['appendLeaves', anchored.name, '1', anchored.leaves(0, SIZE)] } }),
    ],
    [
      'a start that is none',
      /not a position/,
      () => ({ call: { args: ['appendLeaves', anchored.name, '00', anchored.leaves(0, SIZE)] } }),
    ],
    [
      'another leaf in the place of the entry',
      /another leaf at the place/,
      () => ({
        call: {
          args: [
            'appendLeaves',
            anchored.name,
            '0',
            Buffer.concat([anchored.leaves(0, 3), anchored.leaves(4, 5), anchored.leaves(4, SIZE)]),
          ],
        },
      }),
    ],
    [
      'leaves that are none',
      /not hashes/,
      () => ({ call: { args: ['appendLeaves', anchored.name, '0', anchored.leaves(0, SIZE).subarray(1)] } }),
    ],
    ['no leaves', /lacks an argument/, () => ({ call: { args: ['appendLeaves', anchored.name, '0'] } })],
    ['another function', /not an append/, () => ({ call: { args: ['getCheckpoint', anchored.name, ''] } })],
    [
      'a checkpoint that is not the root',
      /checkpoint that the append writes is not the root/,
      () => ({
        call: {
          writes: anchored
            .appendWrites(0, SIZE)
            .with(0, { key: anchored.checkpointKey(SIZE), value: anchored.root(20) }),
        },
      }),
    ],
    [
      'a frontier of another size',
      /frontier that the append writes does not fold/,
      () => ({
        call: {
          writes: anchored
            .appendWrites(0, SIZE)
            .with(1, { key: `${anchored.name}/frontier`, value: anchored.frontier(20) }),
        },
      }),
    ],
    [
      'a frontier of another tree',
      /frontier that the append writes does not fold/,
      () => {
        const value = Buffer.from(anchored.frontier(SIZE));
        value[value.length - 1]! ^= 1;
        return {
          call: { writes: anchored.appendWrites(0, SIZE).with(1, { key: `${anchored.name}/frontier`, value }) },
        };
      },
    ],
    [
      'a checkpoint that is deleted',
      /is not the root/,
      () => ({
        call: {
          writes: anchored
            .appendWrites(0, SIZE)
            .with(0, { key: anchored.checkpointKey(SIZE), value: anchored.root(SIZE), isDelete: true }),
        },
      }),
    ],
    ['nothing written', /write exactly/, () => ({ call: { writes: [] } })],
    [
      'something more written',
      /write exactly/,
      () => ({ call: { writes: [...anchored.appendWrites(0, SIZE), { key: 'other', value: Buffer.of(1) }] } }),
    ],
    [
      'no owner at the first append',
      /write exactly/,
      () => ({ call: { writes: anchored.appendWrites(0, SIZE).slice(0, 2) } }),
    ],
    ['no orderer', /No orderer signed/, () => ({ block: { orderers: [] } })],
    [
      'high s of an orderer',
      /an orderer of OrdererMSP has a high s/,
      () => ({ block: { sign: ({ key }, message) => signMessage(key, message, true) } }),
    ],
    [
      'orderer’s signature over other bytes',
      /an orderer of OrdererMSP does not verify/,
      () => ({ block: { sign: ({ key }, message) => signMessage(key, message.subarray(0, -1)) } }),
    ],
    ['a peer as orderer', /by a peer, where an orderer/, () => ({ block: { orderers: [anchored.orderers.peer] } })],
    [
      'an orderer of another organisation',
      /no orderer CA that you gave/,
      () => ({ block: { orderers: [anchored.org1.orderer] } }),
    ],
    [
      'one orderer twice',
      /same orderer signed the block twice/,
      () => ({ block: { orderers: [anchored.orderers.orderer, anchored.orderers.orderer] } }),
    ],
    ['another block', /not the one that the signed read names/, () => ({ block: { number: 201 } })],
    [
      'a previous hash that is none',
      /previous block is not one/,
      () => ({ block: { previousHash: Buffer.alloc(31) } }),
    ],
  ])('%s', (_, reason, changes) => {
    const { evidence } = anchored.block(0, changes());
    const verification = verify({ ...anchored.evidence(), block: evidence });
    expect(verification).toMatchObject({ outcome: 'invalid', exitCode: 1 });
    expect(failures(verification)).toEqual([['ordering', expect.stringMatching(reason)]]);
  });

  test('another envelope in the block than was ordered', () => {
    const { evidence } = anchored.block(0);
    const other = anchored.block(0).evidence;
    expect(failures(verify({ ...anchored.evidence(), block: { ...evidence, data: other.data } }))).toEqual([
      ['ordering', expect.stringMatching(/an orderer of OrdererMSP does not verify/)],
    ]);
  });

  test('a position without a transaction', () => {
    const evidence = { ...anchored.block(0).evidence, transaction: 1 };
    const read = anchored.read(SIZE, { reads: [{ key: anchored.checkpointKey(SIZE), block: 200, transaction: 1 }] });
    expect(failures(verify({ ...anchored.evidence(), read, block: evidence }))).toEqual([
      ['ordering', expect.stringMatching(/no transaction at that position/)],
    ]);
  });

  test('an append that leads to another root than the signed read', () => {
    const { evidence } = anchored.block(0);
    const anchor = anchored.evidence({ reads: [{ key: anchored.checkpointKey(16), block: 200 }] }, 16, INDEX);
    expect(failures(verify({ ...anchor, block: evidence }))).toEqual([
      ['ordering', expect.stringMatching(/another size or root than the signed read/)],
    ]);
  });
});
