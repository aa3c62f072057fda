/**
 * `vericlin audit-peer` against a real network: blocks as Fabric's peers hand them out, read through the gateway adapter,
 * and a real service to compare with.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chain } from '../../ledger/anchor/chain.ts';
import { formatVerifierKey } from '../../ledger/checkpoint/key.ts';
import { openFabricChain } from '../../runtime/fabric-chain.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import { profileMembers, writeProfile } from '../harness/fabric-profiles.ts';
import { until } from '../harness/real-service.ts';
import { startServed, type Served } from '../harness/served.ts';
import { runCli, spawnCli, type CliResult } from '../support/cli.ts';
import { RecursiveTree } from '../support/recursive-tree.ts';
import { sampleSigner } from '../support/sample-log.ts';

interface Report {
  outcome: string;
  fault: { kind: string; reason: string; block: number | null; index: number | null } | null;
  peer: { mspId: string; blocks: number; firstBlock: number };
  chain: { size: number; root: string; appends: number; rejected: number };
  key: { pinned: boolean };
  log: { size: number; notAnchored: number } | null;
}

function reportOf({ code, out, err }: CliResult): Report & { code: number } {
  expect(err).toBe('');
  return { code, ...(JSON.parse(out) as Report) };
}

const newVkey = (): string => formatVerifierKey(sampleSigner(`log-${randomBytes(6).toString('hex')}`).key);

/** A log on the chain, and what its tree has to be. */
interface ChainLog {
  readonly vkey: string;
  readonly chain: Chain;
  readonly tree: RecursiveTree;
}

async function appendTo({ chain, tree }: ChainLog, count: number): Promise<void> {
  const leaves = randomBytes(32 * count);
  const start = tree.size;
  // A peer that is a block behind refuses: the writer asks again.
  await until(async () => {
    try {
      await chain.appendLeaves(start, leaves);
      return true;
    } catch {
      return (await chain.head()).size > start;
    }
  }, 'the append was committed');
  tree.append(leaves);
}

/** Passes `limitBytes` on from the peer, then nothing more: whoever reads through it waits. */
async function stallingProxy(endpoint: string, limitBytes: number): Promise<{ server: Server; endpoint: string }> {
  const [host = '', port = ''] = endpoint.split(':');
  let passed = 0;
  const server = createServer((client: Socket) => {
    const peer = connect(Number(port), host);
    client.pipe(peer);
    peer.on('data', (chunk: Buffer) => {
      if (passed < limitBytes) client.write(chunk);
      passed += chunk.length;
    });
    for (const socket of [client, peer]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        peer.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe.skipIf(devnetUnavailable() !== undefined)(`audit of a real peer${devnetSkipNote()}`, () => {
  let devnet: TestDevnet;
  let folder: string;
  const logs: ChainLog[] = [];

  const audit = async (log: { vkey: string }, ...args: string[]): Promise<Report & { code: number }> =>
    reportOf(await runCli(['audit-peer', '--profile', devnet.profile, '--key', log.vkey, '--json', ...args]));

  beforeAll(async () => {
    devnet = await newDevnet();
    folder = await mkdtemp(join(tmpdir(), 'vericlin-audit-'));
    for (let n = 0; n < 2; n += 1) {
      const vkey = newVkey();
      logs.push({ vkey, chain: (await openFabricChain(devnet.profile, vkey)).chain, tree: new RecursiveTree() });
    }
    for (const count of [1, 300, 16_384, 7, 64, 1]) {
      for (const log of logs) await appendTo(log, log === logs[0] ? count : 2 * (count % 100) + 1);
    }
  });
  afterAll(async () => {
    for (const { chain } of logs) chain.close();
    await devnet.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['Org1MSP', 'Org2MSP'])(
    'rebuilds logs that were appended to in turn from the blocks of %s',
    async (mspId) => {
      for (const log of logs) {
        const report = await audit(log, '--gateway', mspId);
        expect([report.fault, report.code, report.outcome, report.peer.mspId]).toEqual([null, 0, 'agree', mspId]);
        expect(report.chain).toEqual({
          size: log.tree.size,
          root: log.tree.root(),
          appends: 6,
          rejected: report.chain.rejected,
        });
      }
    },
  );

  it('counts the loser of a race, and nothing of it', async () => {
    const log = { vkey: newVkey(), tree: new RecursiveTree() };
    const chains = await Promise.all(
      ['Org1MSP', 'Org2MSP'].map(
        async (gateway) => (await openFabricChain(devnet.profile, log.vkey, { gateway })).chain,
      ),
    );
    const leaves = [randomBytes(96), randomBytes(96)];
    let winners: PromiseSettledResult<unknown>[] = [];
    for (let round = 0; round < 20; round += 1) {
      const start = (await chains[0]!.head()).size;
      winners = await Promise.allSettled(chains.map((chain, i) => chain.appendLeaves(start, leaves[i]!)));
      await until(async () => {
        const [a, b] = await Promise.all(chains.map((chain) => chain.head()));
        return a!.size === b!.size;
      }, 'both peers have the block');
      if ((await audit(log)).chain.rejected > 0) break;
    }
    const report = await audit(log);
    expect(report.fault).toBeNull();
    expect(report.chain.rejected).toBeGreaterThan(0);
    expect(winners.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    const head = await chains[0]!.head();
    expect([report.chain.size, report.chain.root]).toEqual([head.size, Buffer.from(head.root).toString('hex')]);
    for (const chain of chains) chain.close();
  });

  it('goes on after kill -9 in the middle, and gives what an uninterrupted run gives', async () => {
    const log = logs[0]!;
    const state = join(folder, 'interrupted.json');
    // Enough for the handshake and some blocks of single leaves, but not for the one of 16,384.
    const { server, endpoint } = await stallingProxy(profileMembers(devnet.profile).gateways[0]!.endpoint, 100_000);
    const interrupted = writeProfile(devnet.profile, ({ gateways }) => {
      gateways[0]!.endpoint = endpoint;
    });
    const killed = await spawnCli(['audit-peer', '--profile', interrupted, '--key', log.vkey, '--state', state], {
      killWhen: until(() => existsSync(state), 'the state is there'),
    });
    server.close();
    expect([killed.code, killed.out]).toEqual([-1, '']);
    const resumed = await audit(log, '--state', state);
    expect(resumed.peer.firstBlock).toBeGreaterThan(0);
    expect(resumed.peer.firstBlock).toBeLessThan(resumed.peer.blocks);
    const whole = await audit(log);
    expect([resumed.code, resumed.fault, resumed.chain]).toEqual([0, null, whole.chain]);
    // Nothing new: nothing to read but the last block, and the same answer.
    const again = await audit(log, '--state', state);
    expect([again.peer.firstBlock, again.chain]).toEqual([resumed.peer.blocks, whole.chain]);
  });

  it('takes the state of one peer to the other: it is the same chain', async () => {
    const log = logs[1]!;
    const state = join(folder, 'both.json');
    await audit(log, '--state', state, '--gateway', 'Org1MSP');
    await appendTo(log, 5);
    await until(async () => (await audit(log, '--gateway', 'Org2MSP')).chain.size === log.tree.size, 'Org2 has it');
    const report = await audit(log, '--state', state, '--gateway', 'Org2MSP');
    expect([report.code, report.chain.root]).toEqual([0, log.tree.root()]);
  });

  it('a state of another channel of the same name is told by its blocks', async () => {
    const other = await newDevnet();
    try {
      const state = join(folder, 'elsewhere.json');
      await audit(logs[0]!, '--state', state);
      const log = logs[0]!;
      const { chain } = await openFabricChain(other.profile, log.vkey);
      const log2 = { vkey: log.vkey, chain, tree: new RecursiveTree() };
      const height = await log.chain.height();
      while ((await chain.height()) < height) await appendTo(log2, 1);
      const args = ['audit-peer', '--profile', other.profile, '--key', log.vkey, '--json', '--state', state];
      const report = reportOf(await runCli(args));
      expect([report.code, report.fault?.kind]).toEqual([1, 'history_changed']);
      chain.close();
    } finally {
      await other.close();
    }
  });

  it('asks no other organisation while the peer is down', async () => {
    await devnet.kill('peer2');
    try {
      const args = [
        'audit-peer',
        '--profile',
        devnet.profile,
        '--key',
        logs[0]!.vkey,
        '--gateway',
        'Org2MSP',
        '--json',
      ];
      const { code, out, err } = await runCli(args);
      expect([code, out]).toEqual([2, '']);
      expect(JSON.parse(err)).toMatchObject({ error: { code: 'unreachable' } });
      expect((await audit(logs[0]!, '--gateway', 'Org1MSP')).code).toBe(0);
    } finally {
      await devnet.start('peer2');
    }
  });

  it.each([
    ['--gateway', 'Org9MSP'],
    ['--state', '/nowhere/state.json'],
  ])('%s %s ends with 2', async (...args) => {
    const result = await runCli(['audit-peer', '--profile', devnet.profile, '--key', logs[0]!.vkey, ...args]);
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).toMatch(/^vericlin: /);
  });

  it('no such channel ends with 2; of another chaincode there is no append', async () => {
    const channel = writeProfile(devnet.profile, (profile) => {
      profile.channel = 'elsewhere';
    });
    expect((await runCli(['audit-peer', '--profile', channel, '--key', logs[0]!.vkey])).code).toBe(2);
    const chaincode = writeProfile(devnet.profile, (profile) => {
      profile.chaincode = 'other';
    });
    const { out } = await runCli(['audit-peer', '--profile', chaincode, '--key', logs[0]!.vkey]);
    expect(out).toContain('no block appends to this log');
  });

  describe('and a real service', () => {
    let served: Served;
    let keyFile: string;

    const event = (): Record<string, unknown> => ({
      id: crypto.randomUUID(),
      type: 'prediction',
      occurredAt: '2026-11-23T10:15:00Z',
      subject: 'MRN-0042',
      model: { name: 'readmission', version: '3.1.0' },
      payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false },
    });
    const post = async (count: number, query = ''): Promise<void> => {
      const body = Array.from({ length: count }, event);
      const answer = await served.call('POST', `/v1/events:batch${query}`, { role: 'integrator', body });
      expect([answer.status, answer.text.slice(0, 200)]).toEqual([201, expect.anything()]);
    };
    const against = (...args: string[]): Promise<CliResult> =>
      runCli(['audit-peer', '--profile', devnet.profile, '--json', '--key-file', keyFile, ...args]);

    beforeAll(async () => {
      served = await startServed({ env: { VERICLIN_FABRIC_PROFILE: devnet.profile } });
      keyFile = join(folder, 'auditor.key');
      await writeFile(keyFile, `${served.keys.auditor}\n`);
      for (const count of [1, 400, 700]) await post(count, '?wait=anchored');
    });
    afterAll(async () => {
      await served.stop();
    });

    it.each(['Org1MSP', 'Org2MSP'])('%s agrees with what is served', async (mspId) => {
      const { vkey } = served.composed.service.ledger;
      const report = reportOf(await against('--url', served.url, '--key', vkey, '--gateway', mspId));
      expect([report.fault, report.code, report.key.pinned]).toEqual([null, 0, true]);
      expect(report.chain.size).toBeGreaterThanOrEqual(1_101);
      expect(report.log?.size).toBe(report.chain.size + (report.log?.notAnchored ?? -1));
    });

    it('takes the log’s own key where none is given, and says so', async () => {
      const report = reportOf(await against('--url', served.url));
      expect([report.code, report.key.pinned]).toEqual([0, false]);
    });

    it('agrees with an export, and asks for a newer one when the chain went on', async () => {
      const out = join(folder, 'export');
      const exported = await runCli(['export', '--url', served.url, '--key-file', keyFile, '--out', out]);
      expect(exported.code).toBe(0);
      const report = reportOf(await against('--log', out));
      expect([report.fault, report.code]).toEqual([null, 0]);
      await post(3, '?wait=anchored');
      const later = await against('--log', out);
      expect([later.code, later.err]).toEqual([2, expect.stringContaining('older than the chain')]);
    });

    it('needs a key that may read the log', async () => {
      const other = join(folder, 'integrator.key');
      await writeFile(other, `${served.keys.integrator}\n`);
      const { vkey } = served.composed.service.ledger;
      const args = ['audit-peer', '--profile', devnet.profile, '--key', vkey, '--url', served.url, '--key-file', other];
      expect(await runCli(args)).toMatchObject({ code: 2, out: '' });
    });

    it('says how many entries wait while the chain stands still', async () => {
      await devnet.kill('orderer1');
      try {
        await post(25);
        const report = reportOf(await against('--url', served.url));
        expect([report.fault, report.code]).toEqual([null, 0]);
        expect(report.log?.notAnchored).toBeGreaterThanOrEqual(25);
      } finally {
        await devnet.start('orderer1');
      }
    });

    it('finds entries on the chain that the service never had', async () => {
      const { vkey } = served.composed.service.ledger;
      const { chain } = await openFabricChain(devnet.profile, vkey);
      await until(async () => {
        const { size } = await chain.head();
        await chain.appendLeaves(size, randomBytes(32 * 100)).catch(() => undefined);
        return (await chain.head()).size > size;
      }, 'somebody else appended');
      chain.close();
      const report = reportOf(await against('--url', served.url, '--key', vkey));
      expect(report.code).toBe(1);
      expect(['log_behind', 'log_differs']).toContain(report.fault?.kind);
    });
  });
});
