/** Evidence from a real Fabric network: verified, altered, and looked at with other tools. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../ledger/canonical/base64.ts';
import { concatBytes } from '../../ledger/canonical/bytes.ts';
import type { Chain } from '../../ledger/anchor/chain.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import type { AnchorEvidence } from '../../ledger/types.ts';
import { blockEvidenceOf, readBlock } from '../../ledger/verify/fabric/block.ts';
import { readSerializedIdentity } from '../../ledger/verify/fabric/fabric-messages.generated.ts';
import { createFabricTrust, type FabricTrustSettings } from '../../ledger/verify/fabric/index.ts';
import { readSignedRead } from '../../ledger/verify/fabric/signed-read.ts';
import { createVerifier, type Verifier } from '../../ledger/verify/index.ts';
import { noblePrimitives } from '../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { openFabricChain } from '../../runtime/fabric-chain.ts';
import { devnetSkipNote, devnetUnavailable, sharedDevnet, type TestDevnet } from '../harness/devnet.ts';
import { bundleVerifier, runInBrowser } from '../support/browser-verifier.ts';
import { SampleLog, sampleEnvelope } from '../support/sample-log.ts';
import { flipBits } from '../support/flip-bits.ts';

const { sha256 } = nodePrimitives;

describe.skipIf(devnetUnavailable() !== undefined)(`evidence of a real network${devnetSkipNote()}`, () => {
  // A name of its own for every run: the network may outlive it.
  const log = new SampleLog(`evidence-${Date.now()}.example/log`);
  let devnet: TestDevnet;
  let chain: Chain;
  let evidence: AnchorEvidence;
  let blockBytes: Uint8Array;
  let trust: FabricTrustSettings;

  beforeAll(async () => {
    devnet = await sharedDevnet();
    ({ chain } = await openFabricChain(devnet.profile, log.vkey));
    for (let n = 0; n < 3; n++) log.append(sampleEnvelope(n));
    const leaves = concatBytes(...log.events.map(({ entry }) => hashLeaf(sha256, entry)));
    await chain.appendLeaves(0, leaves);
    const { block, read, root, size, transaction } = await chain.endorsedCheckpoint(3);
    blockBytes = await chain.block(block);
    evidence = {
      format: 'vericlin-anchor/1',
      channel: chain.channel,
      chaincode: chain.chaincode,
      log: chain.log,
      size,
      root: encodeBase64(root),
      read,
      block: blockEvidenceOf(sha256, blockBytes, transaction),
    };
    trust = {
      cas: devnet.organizations.map(({ ca, mspId }) => ({ mspId, pem: readFileSync(ca, 'utf8') })),
      ordererCas: [{ pem: readFileSync(devnet.ordererCa, 'utf8') }],
      policy: "AND('Org1MSP.peer','Org2MSP.peer')",
      channel: devnet.channel,
      chaincode: devnet.chaincode,
    };
  });

  afterAll(() => {
    chain.close();
  });

  const verifierOf = (settings: Partial<FabricTrustSettings> = {}, primitives = nodePrimitives): Verifier =>
    createVerifier({
      primitives,
      pinnedKeys: [log.vkey],
      fabric: createFabricTrust(primitives, { ...trust, ...settings }),
    });
  const bundle = (anchor: AnchorEvidence): string => JSON.stringify(log.bundle(1, { anchor }));
  const withoutBlock = (): AnchorEvidence => {
    const { block, ...rest } = evidence;
    expect(block).toBeDefined();
    return rest;
  };

  it.each([
    ['OpenSSL', nodePrimitives],
    ['noble', noblePrimitives],
  ])('verifies with %s, and says who vouches', (_, primitives) => {
    const verification = verifierOf({}, primitives).verifyBundle(bundle(evidence));
    expect(verification.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(verification.outcome).toBe('valid');
    expect(verification.facts.anchored).toMatchObject({ size: 3, channel: devnet.channel });
    expect(verification.facts.anchored?.endorsers.map(({ mspId }) => mspId).sort()).toEqual(['Org1MSP', 'Org2MSP']);
    expect(verification.facts.anchored?.orderers).toHaveLength(1);
  });

  it('verifies in a browser', async () => {
    const globals = { vkey: log.vkey, text: bundle(evidence), trust: JSON.stringify(trust) };
    const verification = runInBrowser(
      await bundleVerifier(),
      globals,
      `vericlin.verifyBundle(text, {
        primitives: vericlin.noblePrimitives,
        pinnedKeys: [vkey],
        fabric: vericlin.createFabricTrust(vericlin.noblePrimitives, JSON.parse(trust)),
      })`,
    );
    expect(verification.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(verification.facts.anchored?.endorsers).toHaveLength(2);
  });

  it('verifies with CAs that nobody named, in any order', () => {
    const cas = trust.cas.map(({ pem }) => ({ pem })).reverse();
    const { policy, ...unnamed } = { ...trust, cas };
    expect(policy).toBeDefined();
    const verifier = createVerifier({
      primitives: nodePrimitives,
      pinnedKeys: [log.vkey],
      fabric: createFabricTrust(nodePrimitives, unnamed),
    });
    expect(verifier.verifyBundle(bundle(evidence)).outcome).toBe('valid');
  });

  it('is at most 6 KB', () => {
    expect(JSON.stringify(withoutBlock()).length).toBeLessThanOrEqual(6 * 1024);
  });

  it('says the same as the readers that servers use', () => {
    const read = readSignedRead(sha256, evidence.read);
    const block = readBlock(sha256, blockBytes, chain.chaincode);
    expect(block.number).toBe(read.block);
    const call = block.transactions[read.transaction];
    expect(call).toMatchObject({ kind: 'call', validationCode: 0 });
    expect(read.mspIds.toSorted()).toEqual(['Org1MSP', 'Org2MSP']);
  });

  it('every block of the channel is read, from the first on', async () => {
    const height = await chain.height();
    let previous: Uint8Array | undefined;
    for (let number = 0; number < height; number++) {
      const block = readBlock(sha256, await chain.block(number), chain.chaincode);
      expect(block.number).toBe(number);
      if (previous !== undefined) expect(encodeBase64(block.previousHash)).toBe(encodeBase64(previous));
      expect(block.transactions.filter(({ kind }) => kind === 'unreadable')).toEqual([]);
      previous = block.hash;
    }
  });

  it('OpenSSL’s own commands agree about certificate and endorsement', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vericlin-evidence-'));
    const at = (name: string): string => join(folder, name);
    for (const { endorser, signature } of evidence.read.endorsements) {
      const identity = readSerializedIdentity(decodeBase64(endorser)!);
      const ca = devnet.organizations.find(({ mspId }) => mspId === identity.mspid)!.ca;
      writeFileSync(at('peer.pem'), identity.idBytes);
      expect(execFileSync('openssl', ['verify', '-CAfile', ca, at('peer.pem')], { encoding: 'utf8' })).toContain(
        ': OK',
      );
      const key = execFileSync('openssl', ['x509', '-in', at('peer.pem'), '-noout', '-pubkey']);
      writeFileSync(at('key.pem'), key);
      writeFileSync(at('signature.der'), decodeBase64(signature)!);
      writeFileSync(
        at('message.bin'),
        concatBytes(decodeBase64(evidence.read.responsePayload)!, decodeBase64(endorser)!),
      );
      const dgst = ['dgst', '-sha256', '-verify', at('key.pem'), '-signature', at('signature.der'), at('message.bin')];
      expect(execFileSync('openssl', dgst, { encoding: 'utf8' })).toContain('Verified OK');
    }
  });

  it('with any bit of a signed read flipped it does not verify', () => {
    const verifier = verifierOf({ ordererCas: [] });
    expect(flipBits(bundle(withoutBlock()), 'read', verifier)).toEqual([]);
  });

  it('with bits of a block flipped it does not verify', () => {
    // All bits are flipped of a block made in test/unit/verify; here one bit of every byte.
    expect(flipBits(bundle(evidence), 'block', verifierOf(), { every: 9 })).toEqual([]);
  });

  it.each<[string, Partial<FabricTrustSettings>, RegExp]>([
    ['another channel', { channel: 'other' }, /another channel/],
    ['another chaincode', { chaincode: 'other' }, /another chaincode/],
    [
      'a third organisation asked for',
      { policy: "AND('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')" },
      /asks for more/,
    ],
    ['clients asked for', { policy: "OR('Org1MSP.client')" }, /asks for more/],
  ])('is refused for a verifier who expects %s', (_, settings, reason) => {
    const { checks, outcome } = verifierOf(settings).verifyBundle(bundle(evidence));
    expect(outcome).toBe('invalid');
    expect(
      checks
        .filter(({ status }) => status === 'failed')
        .map(({ detail }) => detail)
        .join(' '),
    ).toMatch(reason);
  });

  it('is refused with the CAs the other way round', () => {
    const [one, two] = trust.cas;
    const cas = [
      { mspId: 'Org1MSP', pem: two!.pem },
      { mspId: 'Org2MSP', pem: one!.pem },
    ];
    const { checks } = verifierOf({ cas }).verifyBundle(bundle(evidence));
    expect(checks.find(({ name }) => name === 'endorsements')?.detail).toMatch(/was issued by the CA of/);
  });
});
