/** The gateway adapter against a real network: what it reads, what it appends, and what it says when something is down. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { organizationCrypto } from '../../cli/devnet/crypto-paths.ts';
import { layoutOf, nodeFolder, planOf, readNetwork } from '../../cli/devnet/network.ts';
import { type Chain, ChainError, type ChainHead, MAX_BATCH_LEAVES } from '../../ledger/anchor/chain.ts';
import { openConnection } from '../../ledger/anchor/fabric/connection.ts';
import { createGatewayChain } from '../../ledger/anchor/fabric/gateway-chain.ts';
import { openIdentity } from '../../ledger/anchor/fabric/identity.ts';
import { encodeHex } from '../../ledger/canonical/base64.ts';
import { CompactRange } from '../../ledger/merkle/compact-range.ts';
import { emptyRoot, HASH_SIZE } from '../../ledger/merkle/hash.ts';
import type { Sha256 } from '../../ledger/types.ts';
import { readFabricProfile } from '../../runtime/fabric-profile.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import { type ProfileMembers, writeProfile } from '../harness/fabric-profiles.ts';
import { newAuthority, openAuthority, pastValidity } from '../support/certificate-authority.ts';

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();
/** Long enough for a peer that restarts on a busy machine. */
const RECOVERY_MS = 60_000;

function newLog(): string {
  return `log-${randomBytes(6).toString('hex')}`;
}

function newLeaves(count: number): Uint8Array {
  return randomBytes(HASH_SIZE * count);
}

/** Root by the ledger's own code. */
function rootOf(...batches: readonly Uint8Array[]): string {
  const range = new CompactRange(sha256);
  for (const batch of batches) range.appendAll(batch);
  return encodeHex(range.root());
}

async function failure(call: Promise<unknown>): Promise<ChainError> {
  const error: unknown = await call.then(
    () => new Error('the call went through'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ChainError) return error;
  throw error;
}

/** Tries until it works: peers that come back have to find each other first. */
async function recovered<T>(call: () => Promise<T>): Promise<T> {
  const end = Date.now() + RECOVERY_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > end || !(error instanceof ChainError)) throw error;
      await delay(100);
    }
  }
}

/** The client rule in short: reads where the chain is, and appends there. */
async function appendNext(chain: Chain, leaves: Uint8Array): Promise<ChainHead> {
  return recovered(async () => chain.appendLeaves((await chain.head()).size, leaves));
}

describe.skipIf(devnetUnavailable() !== undefined)(`fabric gateway${devnetSkipNote()}`, () => {
  let net: TestDevnet;
  const open: Chain[] = [];

  beforeAll(async () => {
    net = await newDevnet();
  }, 180_000);

  afterEach(async () => {
    for (const chain of open.splice(0)) chain.close();
    await net.up();
  }, 120_000);

  afterAll(async () => {
    await net.close();
  });

  function openChain(
    log: string,
    change: (profile: ProfileMembers) => void = () => undefined,
    base = net.profile,
  ): Chain {
    const chain = createGatewayChain(readFabricProfile(writeProfile(base, change)), log);
    open.push(chain);
    return chain;
  }

  const firstGatewayOnly = (profile: ProfileMembers): void => {
    profile.gateways.splice(1);
  };
  const secondGatewayOnly = (profile: ProfileMembers): void => {
    profile.gateways.splice(0, 1);
  };

  function secondOrganization(): TestDevnet['organizations'][number] {
    return net.organizations[1] as TestDevnet['organizations'][number];
  }

  test('a log that was never opened is empty; appends give the ledger’s own roots', async () => {
    const chain = openChain(newLog());
    const none = await chain.head();
    expect([none.size, encodeHex(none.root)]).toEqual([0, encodeHex(emptyRoot(sha256))]);

    const [first, second] = [newLeaves(1), newLeaves(6)];
    const one = await chain.appendLeaves(0, first);
    expect([one.size, encodeHex(one.root)]).toEqual([1, rootOf(first)]);
    const two = await chain.appendLeaves(1, second);
    expect([two.size, encodeHex(two.root)]).toEqual([7, rootOf(first, second)]);
    expect(await chain.head()).toEqual(two);
  });

  test('both organisations sign a checkpoint, and it names the block that committed it', async () => {
    const log = newLog();
    const chain = openChain(log);
    const leaves = newLeaves(3);
    await chain.appendLeaves(0, leaves);

    const signed = await recovered(() => chain.endorsedCheckpoint(3));
    expect([signed.size, encodeHex(signed.root)]).toEqual([3, rootOf(leaves)]);
    expect(signed.endorsers).toEqual(['Org1MSP', 'Org2MSP']);
    expect(signed.read.endorsements).toHaveLength(2);
    expect(signed.block).toBe((await chain.height()) - 1);
    expect(signed.transaction).toBe(0);

    const block = Buffer.from(await chain.block(signed.block));
    expect(block.includes(Buffer.from(leaves))).toBe(true);
    expect(block.includes(`${log}/frontier`)).toBe(true);
    // It was never submitted: reading left nothing behind.
    expect(await chain.height()).toBe(signed.block + 1);
  });

  test('the largest batch is one transaction', async () => {
    const chain = openChain(newLog());
    const leaves = newLeaves(MAX_BATCH_LEAVES);
    const head = await chain.appendLeaves(0, leaves);
    expect([head.size, encodeHex(head.root)]).toEqual([MAX_BATCH_LEAVES, rootOf(leaves)]);
    const { read, block } = await recovered(() => chain.endorsedCheckpoint(MAX_BATCH_LEAVES));
    // Whatever the batch, the evidence stays small.
    expect(JSON.stringify(read).length).toBeLessThan(5000);
    expect((await chain.block(block)).length).toBeGreaterThan(MAX_BATCH_LEAVES * HASH_SIZE);
  });

  test('what the chaincode refuses is said in its words, with the organisations', async () => {
    const chain = openChain(newLog());
    await chain.appendLeaves(0, newLeaves(2));
    const wrongStart = await failure(chain.appendLeaves(1, newLeaves(1)));
    expect(wrongStart.message).toContain('WRONG_START expected 2 got 1');
    expect([wrongStart.reason, wrongStart.organizations]).toEqual(['not_endorsed', ['Org1MSP', 'Org2MSP']]);
    const noCheckpoint = await failure(chain.endorsedCheckpoint(1));
    expect(noCheckpoint.message).toContain('NO_CHECKPOINT 1');
    expect(noCheckpoint.reason).toBe('not_endorsed');
    expect((await failure(chain.block(1_000_000))).reason).toBe('not_endorsed');
  });

  test('of two appends at one start one is taken, and the other is told that it came second', async () => {
    const chain = openChain(newLog());
    await chain.appendLeaves(0, newLeaves(1));
    const rivals = await Promise.allSettled([1, 2].map(() => chain.appendLeaves(1, newLeaves(1))));
    const lost = rivals.filter((one) => one.status === 'rejected').map(({ reason }) => reason as ChainError);
    expect(lost).toHaveLength(1);
    expect(lost[0]?.reason).toBe('not_endorsed');
    expect(lost[0]?.message).toMatch(/MVCC_READ_CONFLICT|WRONG_START|do not match/);
    expect((await chain.head()).size).toBe(2);
  });

  test('the log of one organisation takes no append of another, which may read it', async () => {
    const log = newLog();
    const leaves = newLeaves(4);
    await openChain(log).appendLeaves(0, leaves);
    const other = openChain(log, undefined, secondOrganization().profile);
    const refused = await failure(other.appendLeaves(4, newLeaves(1)));
    expect(refused.reason).toBe('not_owner');
    expect(refused.organizations).toContain('Org1MSP');
    const head = await recovered(async () => {
      const read = await other.head();
      if (read.size < 4) throw new ChainError('unreachable', 'the peer of Org2 is behind');
      return read;
    });
    expect(encodeHex(head.root)).toBe(rootOf(leaves));
  });

  describe('what does not fit the network', () => {
    test('another channel', async () => {
      const chain = openChain(newLog(), (profile) => (profile.channel = 'elsewhere'));
      for (const call of [
        () => chain.head(),
        () => chain.appendLeaves(0, newLeaves(1)),
        () => chain.endorsedCheckpoint(1),
        () => chain.block(0),
      ]) {
        expect((await failure(call())).reason).toBe('not_permitted');
      }
    });

    test('another chaincode name', async () => {
      const chain = openChain(newLog(), (profile) => (profile.chaincode = 'nothing'));
      for (const call of [
        () => chain.head(),
        () => chain.appendLeaves(0, newLeaves(1)),
        () => chain.endorsedCheckpoint(1),
      ]) {
        expect((await failure(call())).reason).toBe('not_permitted');
      }
    });

    test('a TLS certificate of another authority, or of another name', async () => {
      const wrongCa = openChain(newLog(), (profile) => {
        firstGatewayOnly(profile);
        for (const gateway of profile.gateways) gateway.tlsCa = secondOrganization().tlsCa;
      });
      const wrongName = openChain(newLog(), (profile) => {
        firstGatewayOnly(profile);
        for (const gateway of profile.gateways) gateway.serverName = 'elsewhere.example';
      });
      for (const chain of [wrongCa, wrongName]) {
        const refused = await failure(chain.head());
        expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['Org1MSP']]);
        expect(refused.message).toContain('check tlsCa and serverName');
      }
    });

    test('a client certificate that expired', async () => {
      const crypto = join(net.folder, 'crypto', 'peerOrganizations', 'org1.devnet.example', 'ca');
      const authority = await openAuthority({
        certificate: readFileSync(join(crypto, 'ca.org1.devnet.example-cert.pem'), 'utf8'),
        key: readFileSync(join(crypto, 'priv_sk'), 'utf8'),
      });
      const late = await authority.issue('late', 'client', pastValidity());
      const current = await authority.issue('current', 'client');
      const identityOf =
        (issued: typeof late) =>
        (profile: ProfileMembers): void => {
          const folder = dirname(writeProfile(net.profile, () => undefined));
          profile.identity.certificate = join(folder, 'cert.pem');
          profile.identity.key = join(folder, 'key.pem');
          writeFileSync(profile.identity.certificate, issued.certificate);
          writeFileSync(profile.identity.key, issued.key, { mode: 0o600 });
        };
      const log = newLog();
      const expired = openChain(log, identityOf(late));
      for (const call of [
        () => expired.head(),
        () => expired.appendLeaves(0, newLeaves(1)),
        () => expired.endorsedCheckpoint(1),
      ]) {
        const refused = await failure(call());
        expect(refused.reason).toBe('certificate_expired');
        expect(refused.message).toContain('the certificate "client" expired on');
      }
      // The same authority, and nothing but the dates differs.
      expect((await openChain(log, identityOf(current)).appendLeaves(0, newLeaves(1))).size).toBe(1);
    });

    test('a client of another organisation than the profile says', async () => {
      const { certificate, key } = secondOrganization().client;
      const chain = openChain(newLog(), (profile) => {
        profile.identity = { mspId: 'Org1MSP', certificate, key };
      });
      const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
      expect(refused.reason).toBe('not_permitted');
      expect(refused.message).toContain('access denied');
    });

    test('a CA that did not issue the certificates of the peers: no evidence that nobody would accept', async () => {
      const log = newLog();
      const folder = dirname(writeProfile(net.profile, () => undefined));
      const stranger = join(folder, 'stranger.pem');
      writeFileSync(stranger, (await newAuthority('stranger')).certificate);
      const chain = openChain(log, ({ organizations }) => {
        for (const organization of organizations) if (organization.mspId === 'Org2MSP') organization.ca = stranger;
      });
      await chain.appendLeaves(0, newLeaves(1));
      const refused = await failure(chain.endorsedCheckpoint(1));
      expect(refused.reason).toBe('not_endorsed');
      expect(refused.message).toMatch(/would convince nobody.*Org2MSP/);
      // The profile as it is.
      expect((await recovered(() => openChain(log).endorsedCheckpoint(1))).endorsers).toHaveLength(2);
    });

    test('an organisation that is not in the channel', async () => {
      const chain = openChain(newLog(), (profile) => {
        const ca = profile.organizations[0]?.ca ?? '';
        profile.organizations.push({ mspId: 'Org9MSP', ca });
      });
      const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
      expect(refused.organizations).toEqual(['Org9MSP']);
    });

    test('too few organisations for the endorsement policy', async () => {
      const log = newLog();
      const chain = openChain(log, (profile) => {
        profile.gateways.splice(1);
        profile.organizations.splice(1);
      });
      const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
      expect(refused.reason).toBe('not_endorsed');
      expect(refused.message).toContain('ENDORSEMENT_POLICY_FAILURE');
      expect((await chain.head()).size).toBe(0);
    });
  });

  describe('what is down', () => {
    test('the peer of the other organisation: appends name it, reads go on, and it recovers', async () => {
      const chain = openChain(newLog());
      const first = newLeaves(2);
      await chain.appendLeaves(0, first);
      await net.kill('peer2');
      for (let i = 0; i < 3; i++) {
        const refused = await failure(chain.appendLeaves(2, newLeaves(1)));
        expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['Org2MSP']]);
        expect(encodeHex((await chain.head()).root)).toBe(rootOf(first));
      }
      expect((await failure(chain.endorsedCheckpoint(2))).organizations).toEqual(['Org2MSP']);
      await net.start('peer2');
      const second = newLeaves(1);
      const head = await appendNext(chain, second);
      expect([head.size, encodeHex(head.root)]).toEqual([3, rootOf(first, second)]);
    });

    test('our own gateway: reads go through the other one, appends say so, and it recovers', async () => {
      const chain = openChain(newLog());
      const first = newLeaves(2);
      await chain.appendLeaves(0, first);
      await net.kill('peer1');
      expect(encodeHex((await chain.head()).root)).toBe(rootOf(first));
      const refused = await failure(chain.appendLeaves(2, newLeaves(1)));
      expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['Org1MSP']]);
      await net.start('peer1');
      const second = newLeaves(1);
      const head = await appendNext(chain, second);
      expect(encodeHex(head.root)).toBe(rootOf(first, second));
    });

    test('every gateway', async () => {
      const chain = openChain(newLog());
      await net.kill('peer1');
      await net.kill('peer2');
      const refused = await failure(chain.head());
      expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['Org1MSP', 'Org2MSP']]);
    });

    test('a gateway that hangs: reads give up on it and go on through the other', async () => {
      const log = newLog();
      const chain = openChain(log, (profile) => (profile.timeouts = { evaluateMs: 1000 }));
      const leaves = newLeaves(2);
      await chain.appendLeaves(0, leaves);
      await recovered(async () => {
        const other = await openChain(log, secondGatewayOnly).head();
        if (other.size < 2) throw new ChainError('unreachable', 'the other peer is behind');
      });
      const pid = net.pidOf('peer1') as number;
      process.kill(pid, 'SIGSTOP');
      try {
        expect(encodeHex((await chain.head()).root)).toBe(rootOf(leaves));
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const own = openChain(log, firstGatewayOnly);
      expect((await recovered(() => own.head())).size).toBe(2);
    });

    test('the orderer: appends end with its name, and go on once it is back', async () => {
      const chain = openChain(newLog());
      await net.kill('orderer1');
      const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
      expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['OrdererMSP']]);
      expect((await chain.head()).size).toBe(0);
      await net.start('orderer1');
      const leaves = newLeaves(1);
      expect(encodeHex((await appendNext(chain, leaves)).root)).toBe(rootOf(leaves));
    });

    test('an orderer that hangs: the append ends with its deadline', async () => {
      const chain = openChain(newLog(), (profile) => (profile.timeouts = { submitMs: 1000, commitMs: 1000 }));
      const pid = net.pidOf('orderer1') as number;
      process.kill(pid, 'SIGSTOP');
      try {
        const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
        expect(refused.reason).toBe('unreachable');
        expect(refused.message).toMatch(/deadline|timeout/i);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await appendNext(chain, newLeaves(1));
    });

    test.each([
      ['chaincode1', 'Org1MSP'],
      ['chaincode2', 'Org2MSP'],
    ])('%s: appends name its organisation, and need no restarted peer afterwards', async (role, mspId) => {
      const chain = openChain(newLog());
      await net.kill(role);
      const refused = await failure(chain.appendLeaves(0, newLeaves(1)));
      expect([refused.reason, refused.organizations]).toEqual(['unreachable', [mspId]]);
      // One of the peers still has its chaincode.
      expect((await chain.head()).size).toBe(0);
      await net.start(role);
      const leaves = newLeaves(1);
      expect(encodeHex((await appendNext(chain, leaves)).root)).toBe(rootOf(leaves));
    });
  });

  test('a peer that is behind: its head is lower, the highest one is found, and it does not sign what it lacks', async () => {
    const log = newLog();
    const profile = readFabricProfile(net.profile);
    const chain = openChain(log);
    const [first, second] = [newLeaves(1), newLeaves(1)];
    await chain.appendLeaves(0, first);
    // Org2's peer endorses the second append and ends before it is committed; without an orderer it cannot catch up.
    const signing = openIdentity(profile.identity);
    const connection = openConnection(
      profile.gateways[0] as (typeof profile.gateways)[number],
      signing,
      profile.timeouts,
    );
    const endorsed = await recovered(async () =>
      connection
        .gateway()
        .getNetwork(profile.channel)
        .getContract(profile.chaincode)
        .newProposal('appendLeaves', { arguments: [log, '1', second], endorsingOrganizations: ['Org1MSP', 'Org2MSP'] })
        .endorse()
        .catch((error: unknown) => Promise.reject(new ChainError('not_endorsed', 'not yet', { cause: error }))),
    );
    await net.kill('peer2');
    expect((await (await endorsed.submit()).getStatus()).successful).toBe(true);
    connection.close();
    await net.kill('orderer1');
    await net.start('peer2');

    const behind = openChain(log, secondGatewayOnly);
    expect((await recovered(() => behind.head())).size).toBe(1);
    const both = openChain(log, (members) => members.gateways.reverse());
    expect((await both.head()).size).toBe(1);
    expect([(await both.head(2)).size, encodeHex((await both.head(2)).root)]).toEqual([2, rootOf(first, second)]);

    const refused = await recovered(async () => {
      const error = await failure(chain.endorsedCheckpoint(2));
      if (error.reason === 'unreachable') throw error; // the peers have not found each other yet
      return error;
    });
    expect([refused.reason, refused.organizations]).toEqual(['not_endorsed', ['Org2MSP']]);
    expect(refused.message).toContain('NO_CHECKPOINT 2');
    const early = await failure(chain.appendLeaves(2, newLeaves(1)));
    expect([early.reason, early.organizations]).toEqual(['not_endorsed', ['Org2MSP']]);

    await net.start('orderer1');
    const signed = await recovered(() => chain.endorsedCheckpoint(2));
    expect(signed.endorsers).toEqual(['Org1MSP', 'Org2MSP']);
  }, 240_000);

  test('a gateway that asks for client certificates', async () => {
    const layout = layoutOf(net.folder);
    const network = readNetwork(layout);
    if (network === undefined) throw new Error('no network');
    const [organization] = planOf(network).organizations;
    if (organization === undefined) throw new Error('no organisation');
    const { tlsCa } = organizationCrypto(layout, organization);
    const file = join(nodeFolder(layout, 'peer1'), 'core.yaml');
    const before = readFileSync(file, 'utf8');
    const core = parse(before) as { peer: { tls: Record<string, unknown> } };
    core.peer.tls['clientAuthRequired'] = true;
    core.peer.tls['clientRootCAs'] = { files: [tlsCa] };
    await net.kill('peer1');
    writeFileSync(file, stringify(core));
    try {
      await net.start('peer1');
      const user = join(dirname(dirname(tlsCa)), 'users', `User1@${organization.domain}`, 'tls');
      const withCertificate = openChain(newLog(), (profile) => {
        firstGatewayOnly(profile);
        for (const gateway of profile.gateways) {
          gateway.clientCertificate = join(user, 'client.crt');
          gateway.clientKey = join(user, 'client.key');
        }
      });
      expect((await recovered(() => withCertificate.head())).size).toBe(0);
      expect((await appendNext(withCertificate, newLeaves(1))).size).toBe(1);
      expect(withCertificate.certificates.map(({ name }) => name)).toContain('gateway Org1MSP TLS client');

      const without = openChain(newLog(), firstGatewayOnly);
      const refused = await failure(without.head());
      expect([refused.reason, refused.organizations]).toEqual(['unreachable', ['Org1MSP']]);
    } finally {
      await net.kill('peer1');
      writeFileSync(file, before);
      await net.start('peer1');
    }
  }, 240_000);

  test('a closed chain answers nothing', async () => {
    const chain = openChain(newLog());
    await chain.head();
    chain.close();
    expect((await failure(chain.head())).message).toContain('closed');
  });
});
