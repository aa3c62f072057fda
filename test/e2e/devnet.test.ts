/** `vericlin devnet` through the command line, with Fabric's real programs. */
import { createHash, createPrivateKey } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { takeDown } from '../../cli/devnet/down.ts';
import { identityOf } from '../../cli/devnet/process-identity.ts';
import type { NodeStatus, OrganizationStatus } from '../../cli/devnet/status.ts';
import { devnetSkipNote, devnetUnavailable } from '../harness/devnet.ts';
import { spawnCli, type CliResult } from '../support/cli.ts';

interface Up {
  readonly profile: string;
  readonly ordererCa: string;
  readonly channel: string;
  readonly chaincode: string;
  readonly organizations: readonly OrganizationStatus[];
  readonly processes: readonly NodeStatus[];
  readonly started: readonly string[];
}

const env: Record<string, string> = Object.fromEntries(
  ['HOME', 'TMPDIR', 'XDG_CACHE_HOME', 'VERICLIN_FABRIC_BIN'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

async function devnet(folder: string, command: string, ...options: string[]): Promise<CliResult> {
  return spawnCli(['devnet', command, '--dir', folder, ...options], { env });
}

async function up(folder: string, ...options: string[]): Promise<Up> {
  const { code, out, err } = await devnet(folder, 'up', '--json', ...options);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Up;
}

async function status(
  folder: string,
): Promise<{ code: number; processes: readonly (NodeStatus & { blocks: number })[] }> {
  const { code, out } = await devnet(folder, 'status', '--json');
  return { code, ...(JSON.parse(out) as { processes: readonly (NodeStatus & { blocks: number })[] }) };
}

/** What runs in a folder, found without the command's own records (Linux; elsewhere nothing is found). */
function processesIn(folder: string): readonly number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(join('/proc', name, 'cwd')).startsWith(folder) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

const leaf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Appends a leaf as the client of an organisation, through its own peer. Answers the new size. */
async function append(at: Up, organization: OrganizationStatus, log: string, start: number): Promise<string> {
  const client = new Client(organization.gateway, credentials.createSsl(readFileSync(organization.tlsCa)), {
    'grpc.ssl_target_name_override': organization.serverName,
  });
  const gateway = connect({
    client,
    identity: { mspId: organization.mspId, credentials: readFileSync(organization.client.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(readFileSync(organization.client.key))),
    hash: hash.sha256,
  });
  try {
    const contract = gateway.getNetwork(at.channel).getContract(at.chaincode);
    const answer = await contract.submit('appendLeaves', {
      arguments: [log, String(start), leaf(`${log} ${start}`)],
      endorsingOrganizations: at.organizations.map(({ mspId }) => mspId),
    });
    return (JSON.parse(Buffer.from(answer).toString('utf8')) as { size: string }).size;
  } finally {
    gateway.close();
    client.close();
  }
}

/** Waits for something that another process does. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await sleep(2);
  }
}

describe.skipIf(devnetUnavailable() !== undefined)(`vericlin devnet${devnetSkipNote()}`, () => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'vericlin-devnet-e2e-'));
  });
  afterAll(async () => {
    for (const name of readdirSync(work)) await takeDown(join(work, name), true);
    rmSync(work, { recursive: true, force: true });
  });

  describe('with two organisations', () => {
    let folder: string;
    let network: Up;
    const sizes = new Map<string, number>();

    /** One transaction by each organisation. */
    async function appendByEach(): Promise<void> {
      for (const organization of network.organizations) {
        const log = `log-of-${organization.mspId.toLowerCase()}`;
        const start = sizes.get(log) ?? 0;
        expect(await append(network, organization, log, start)).toBe(String(start + 1));
        sizes.set(log, start + 1);
      }
    }

    beforeAll(async () => {
      folder = join(work, 'two');
      network = await up(folder);
    });

    it('starts five processes and says where everything is', () => {
      expect(network.processes.map(({ role }) => role)).toEqual(network.started);
      expect(network.started).toEqual(['orderer1', 'peer1', 'peer2', 'chaincode1', 'chaincode2']);
      expect(network.organizations.map(({ mspId }) => mspId)).toEqual(['Org1MSP', 'Org2MSP']);
      const files = [network.profile, network.ordererCa, ...network.organizations.map(({ ca }) => ca)];
      for (const file of files) expect(statSync(file).isFile()).toBe(true);
      const cas = [network.ordererCa, ...network.organizations.map(({ ca }) => ca)].map((ca) =>
        readFileSync(ca, 'utf8'),
      );
      expect(new Set(cas).size).toBe(3);
    });

    it('keeps keys from others', () => {
      expect(statSync(folder).mode & 0o077).toBe(0);
      for (const { client } of network.organizations) expect(statSync(client.key).mode & 0o077).toBe(0);
    });

    it('leaves the chaincode hosts no identity that could endorse', () => {
      const keys = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('priv_sk'),
      );
      expect(keys.some((path) => path.includes('peer1'))).toBe(true);
      expect(keys.filter((path) => path.includes('chaincode'))).toEqual([]);
    });

    it('commits a transaction of each organisation', async () => {
      await appendByEach();
    });

    it('shows processes, ports and blocks', async () => {
      const { code, processes } = await status(folder);
      expect(code).toBe(0);
      const [, peer1, peer2] = processes;
      expect(peer1?.blocks).toBeGreaterThan(5);
      expect(peer2?.blocks).toBe(peer1?.blocks);
      expect(processes.map(({ pid }) => pid)).toEqual(network.processes.map(({ pid }) => pid));
      const text = await devnet(folder, 'status');
      expect(text.code).toBe(0);
      expect(text.out).toMatch(/^orderer1 +running +\d+ +\d+ \d+ \d+/m);
      expect(text.out).toContain('Fabric ');
    });

    it('changes nothing when it is started twice, also at the same time', async () => {
      const [first, second] = await Promise.all([up(folder), up(folder)]);
      for (const again of [first, second]) {
        expect(again.started).toEqual([]);
        expect(again.processes).toEqual(network.processes);
      }
    });

    it.each([
      ['--orgs', '3', 'this devnet has --orgs 2, not 3'],
      ['--orderers', '3', 'this devnet has --orderers 1, not 3'],
      ['--channel', 'other', 'this devnet has --channel vericlin, not other'],
      ['--chaincode', 'other', 'this devnet has --chaincode merkle-anchor, not other'],
    ])('refuses %s %s', async (option, value, message) => {
      const { code, err } = await devnet(folder, 'up', option, value);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
    });

    it('goes on where it was broken off after the chaincode was committed, before that was noted', async () => {
      rmSync(join(folder, 'chaincode', 'committed'));
      expect((await up(folder)).started).toEqual([]);
      expect(existsSync(join(folder, 'chaincode', 'committed'))).toBe(true);
      await appendByEach();
    });

    it('refuses a path that is a file', async () => {
      const file = join(folder, 'profile.yaml');
      const { code, err } = await devnet(file, 'up');
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining(`${file} cannot be made a folder (EEXIST)`) as string,
      });
    });

    it.each(['orderer1', 'peer1', 'peer2', 'chaincode1', 'chaincode2'])(
      'starts %s again after kill -9, and goes on',
      async (role) => {
        const { pid } = network.processes.find((node) => node.role === role) ?? {};
        process.kill(pid!, 'SIGKILL');
        await until(() => !processesIn(folder).includes(pid!));
        const { code, processes } = await status(folder);
        expect(code).toBe(1);
        expect(processes.filter((node) => node.pid === null).map((node) => node.role)).toEqual([role]);
        const again = await up(folder);
        expect(again.started).toEqual([role]);
        network = again;
        await appendByEach();
      },
    );

    it('starts everything again after all was killed at once, as at a power cut', async () => {
      for (const { pid } of network.processes) process.kill(pid!, 'SIGKILL');
      await until(() => processesIn(folder).length === 0);
      network = await up(folder);
      expect(network.started.length).toBe(5);
      await appendByEach();
    });

    it('leaves nothing running when it is stopped, and keeps its ledger', async () => {
      const { code, out } = await devnet(folder, 'down', '--json');
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ killed: [], removed: false });
      for (const { pid } of network.processes) expect(identityOf(pid!)).toBeUndefined();
      expect(processesIn(folder)).toEqual([]);
      expect(await status(folder)).toMatchObject({ code: 1 });
      expect(await devnet(folder, 'down')).toMatchObject({
        code: 0,
        out: expect.stringContaining('nothing ran') as string,
      });
      const before = network.profile && readFileSync(network.profile, 'utf8');
      network = await up(folder);
      expect(readFileSync(network.profile, 'utf8')).toBe(before);
      await appendByEach();
    });

    it('shows the end of the log of a process that does not start', async () => {
      await devnet(folder, 'down');
      // The database of the peer's blocks, gone: it refuses to start.
      const blocks = join(folder, 'nodes', 'peer2', 'data', 'ledgersData', 'chains', 'chains', network.channel);
      for (const name of readdirSync(blocks)) rmSync(join(blocks, name));
      const { code, err } = await devnet(folder, 'up');
      expect(code).toBe(1);
      expect(err).toMatch(/✗ [^]*peer2 has ended\. Its last lines:\n[^]*peer2\.log/);
    });

    it('is gone when it is removed', async () => {
      expect(await devnet(folder, 'down', '--remove')).toMatchObject({ code: 0 });
      expect(existsSync(folder)).toBe(false);
      expect(processesIn(folder)).toEqual([]);
    });
  });

  it('survives the loss of one of three orderers, with three organisations', async () => {
    const folder = join(work, 'three');
    const network = await up(folder, '--orgs', '3', '--orderers', '3');
    expect(network.started.length).toBe(9);
    expect(network.organizations.map(({ mspId }) => mspId)).toEqual(['Org1MSP', 'Org2MSP', 'Org3MSP']);
    let size = 0;
    const appendOne = async (): Promise<void> => {
      size += 1;
      expect(await append(network, network.organizations[2]!, 'log', size - 1)).toBe(String(size));
    };
    await appendOne();
    process.kill(network.processes[1]!.pid!, 'SIGKILL');
    await sleep(3_000);
    await appendOne();
    expect((await up(folder)).started).toEqual(['orderer2']);
    await appendOne();
    expect(await devnet(folder, 'down', '--remove')).toMatchObject({ code: 0 });
    expect(processesIn(folder)).toEqual([]);
  });

  describe('broken off by kill -9', () => {
    let folder: string;
    let count = 0;
    afterEach(async () => {
      await takeDown(folder, true);
      expect(processesIn(folder)).toEqual([]);
    });

    const moments: readonly (readonly [string, (folder: string) => boolean])[] = [
      ['when the folder was new', (at) => existsSync(join(at, '.vericlin-devnet'))],
      ['when it made keys', (at) => existsSync(join(at, 'crypto'))],
      ['when it had made the genesis block', (at) => existsSync(join(at, 'genesis.block'))],
      ['when the first process was about to start', (at) => existsSync(join(at, 'run', 'orderer1.pid'))],
      ['when the last process was about to start', (at) => existsSync(join(at, 'run', 'chaincode2.pid'))],
      [
        'when the channel was there',
        (at) => existsSync(join(at, 'nodes/peer1/data/ledgersData/chains/chains/vericlin')),
      ],
      ['when the chaincode was installed', (at) => isFilled(join(at, 'nodes/peer2/data/lifecycle/chaincodes'))],
    ];

    function isFilled(path: string): boolean {
      return existsSync(path) && readdirSync(path).length > 0;
    }

    async function breakOff(moment: (folder: string) => boolean): Promise<void> {
      count += 1;
      folder = join(work, `broken-${count}`);
      const killWhen = until(() => moment(folder));
      const { code } = await spawnCli(['devnet', 'up', '--dir', folder], { env, killWhen });
      expect(code).toBe(-1);
    }

    it.each(moments)('%s: it can be started', async (_name, moment) => {
      await breakOff(moment);
      const network = await up(folder);
      expect(await append(network, network.organizations[0]!, 'log', 0)).toBe('1');
      const running = network.processes.map(({ pid }) => pid!);
      expect(new Set(processesIn(folder))).toEqual(new Set(running));
    });

    it.each(moments)('%s: it can be stopped at once', async (_name, moment) => {
      await breakOff(moment);
      expect(await devnet(folder, 'down')).toMatchObject({ code: 0 });
      expect(processesIn(folder)).toEqual([]);
    });
  });
});
