/** The parts of the devnet that need no Fabric. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildChaincodePackage, writeExternalBuilder } from '../../../cli/devnet/chaincode-package.ts';
import { configtx, coreYaml, cryptoConfig, ordererYaml } from '../../../cli/devnet/configuration.ts';
import {
  endorsementPolicy,
  layoutOf,
  planOf,
  portCount,
  readNetwork,
  rolesOf,
  type Network,
} from '../../../cli/devnet/network.ts';
import { findFreePorts, isFree } from '../../../cli/devnet/ports.ts';
import { profileText } from '../../../cli/devnet/profile.ts';
import { cacheFolder, findOnPath, findPrograms, PROGRAM_NAMES } from '../../../cli/devnet/programs.ts';
import { fabricEnvironment } from '../../../cli/devnet/run-program.ts';
import { tarGz } from '../../../cli/devnet/tar.ts';
import { runCli } from '../../support/cli.ts';

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'vericlin-devnet-unit-'));
});
afterEach(() => {
  rmSync(work, { recursive: true, force: true });
});

const network: Network = {
  version: 1,
  organizations: 3,
  orderers: 3,
  channel: 'vericlin',
  chaincode: 'merkle-anchor',
  firstPort: 20_000,
  packageId: 'merkle-anchor_1:00',
};

describe('the plan of a network', () => {
  const plan = planOf(network);

  it('gives every node ports of its own, as many as were looked for', () => {
    const ports = [
      ...plan.orderers.flatMap((o) => [o.port, o.adminPort, o.operationsPort]),
      ...plan.organizations.flatMap((o) => [o.peerPort, o.peerChaincodePort, o.operationsPort, o.chaincodePort]),
    ];
    expect(new Set(ports).size).toBe(ports.length);
    expect(ports.length).toBe(portCount(network));
    expect(Math.min(...ports)).toBe(20_000);
    expect(Math.max(...ports)).toBe(20_000 + portCount(network) - 1);
  });

  it('names the processes and lets every organisation endorse', () => {
    expect(rolesOf(plan)).toEqual([
      ...['orderer1', 'orderer2', 'orderer3', 'peer1', 'peer2', 'peer3'],
      ...['chaincode1', 'chaincode2', 'chaincode3'],
    ]);
    expect(endorsementPolicy(plan)).toBe("AND('Org1MSP.peer','Org2MSP.peer','Org3MSP.peer')");
  });

  it('is written into configuration that listens on loopback alone', () => {
    const layout = layoutOf('/devnet');
    const texts = [
      ...plan.orderers.map((orderer) => ordererYaml(layout, orderer)),
      ...plan.organizations.map((organization) => coreYaml(layout, organization)),
      configtx(layout, plan),
      cryptoConfig(plan),
    ].map((config) => JSON.stringify(config));
    for (const text of texts) expect(text).not.toMatch(/0\.0\.0\.0|\[::\]|docker/);
    expect(texts.join('').match(/"127\.0\.0\.1:2\d{4}"/g)?.length).toBeGreaterThan(20);
  });
});

describe('the profile', () => {
  it('puts the organisation whose it is first, and names files relative to itself', () => {
    const plan = planOf(network);
    const [, second] = plan.organizations;
    const profile = parse(profileText(layoutOf('/devnet'), network, plan, second!)) as {
      identity: unknown;
      gateways: { mspId: string; endpoint: string; tlsCa: string }[];
      organizations: { ca: string }[];
    };
    expect(profile.identity).toEqual({ mspId: 'Org2MSP', certificate: 'client/cert.pem', key: 'client/key.pem' });
    expect(profile.gateways.map(({ mspId }) => mspId)).toEqual(['Org2MSP', 'Org1MSP', 'Org3MSP']);
    expect(profile.gateways[1]).toMatchObject({ endpoint: '127.0.0.1:20009', tlsCa: '../org1/tlsca.pem' });
    expect(profile.organizations.map(({ ca }) => ca)).toEqual(['../org1/ca.pem', 'ca.pem', '../org3/ca.pem']);
  });
});

describe('the chaincode package', () => {
  it('is the same bytes every time, so that every organisation gets the same id', () => {
    const first = buildChaincodePackage('merkle-anchor_1');
    const second = buildChaincodePackage('merkle-anchor_1');
    expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
    expect(first.packageId).toBe(`merkle-anchor_1:${createHash('sha256').update(first.bytes).digest('hex')}`);
  });

  it('is an archive that tar reads', () => {
    const archive = join(work, 'a.tar.gz');
    writeFileSync(archive, tarGz({ 'b.txt': 'x'.repeat(513), 'a.txt': '' }));
    expect(spawnSync('tar', ['-tzf', archive], { encoding: 'utf8' }).stdout).toBe('a.txt\nb.txt\n');
    expect(spawnSync('tar', ['-xzOf', archive, 'b.txt'], { encoding: 'utf8' }).stdout).toBe('x'.repeat(513));
  });

  it('is built and released by scripts of plain sh', () => {
    const key = '-----BEGIN KEY-----\n"$x"\n-----END KEY-----\n';
    writeExternalBuilder(join(work, 'builder'), {
      address: '127.0.0.1:20001',
      rootCert: 'root',
      clientCert: 'cert',
      clientKey: key,
    });
    const folder = (name: string): string => {
      mkdirSync(join(work, name), { recursive: true });
      return join(work, name);
    };
    const run = (name: string, ...args: string[]): number | null =>
      spawnSync(join(work, 'builder', 'bin', name), args).status;
    const metadata = folder('metadata');
    writeFileSync(join(metadata, 'metadata.json'), JSON.stringify({ type: 'golang', label: 'x' }));
    expect(run('detect', folder('source'), metadata)).not.toBe(0);
    writeFileSync(join(metadata, 'metadata.json'), JSON.stringify({ type: 'ccaas', label: 'x' }));
    expect(run('detect', folder('source'), metadata)).toBe(0);
    expect(run('build', folder('source'), metadata, folder('output'))).toBe(0);
    expect(run('release', folder('output'), folder('release'))).toBe(0);
    const released = readFileSync(join(work, 'release', 'chaincode', 'server', 'connection.json'), 'utf8');
    expect(JSON.parse(released)).toMatchObject({ address: '127.0.0.1:20001', client_key: key, tls_required: true });
    expect(statSync(join(work, 'builder', 'connection.json')).mode & 0o077).toBe(0);
  });
});

describe('ports', () => {
  it('are passed over where one of a block is taken', async () => {
    const server = createServer();
    let taken = 0;
    // The second of a block: all but the one port are free.
    for (let block = 0; taken === 0; block += 1) {
      const port = 17_000 + block * 64 + 1;
      if (!(await isFree(port))) continue;
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      taken = port;
    }
    const drawn = [(taken - 17_001) / 64, 239];
    try {
      const first = await findFreePorts(3, () => drawn.shift() ?? 238);
      expect(first).not.toBe(taken - 1);
      expect(drawn.length).toBeLessThan(2);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('are said not to be found where none are', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(17_000 + 64 * 239, '127.0.0.1', resolve));
    try {
      await expect(findFreePorts(1, () => 239)).rejects.toMatchObject({ code: 'devnet_ports' });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

function install(folder: string, names: readonly string[] = PROGRAM_NAMES): string {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

describe('finding the programs', () => {
  it('prefers VERICLIN_FABRIC_BIN to PATH, and PATH to the cache', () => {
    const env = { XDG_CACHE_HOME: join(work, 'cache') };
    expect(findPrograms(env)).toBeUndefined();
    install(join(cacheFolder(env), 'bin'));
    expect(findPrograms(env)?.from).toBe('cache');
    const onPath = { ...env, PATH: `${join(work, 'none')}:${install(join(work, 'path'))}` };
    expect(findPrograms(onPath)).toMatchObject({ from: 'PATH', paths: { peer: join(work, 'path', 'peer') } });
    const named = { ...onPath, VERICLIN_FABRIC_BIN: install(join(work, 'named')) };
    expect(findPrograms(named)).toMatchObject({
      from: 'VERICLIN_FABRIC_BIN',
      paths: { peer: join(work, 'named', 'peer') },
    });
  });

  it('refuses a VERICLIN_FABRIC_BIN that lacks some, and says which', () => {
    const folder = install(join(work, 'some'), ['peer', 'orderer', 'cryptogen']);
    expect(() => findPrograms({ VERICLIN_FABRIC_BIN: folder })).toThrow('does not hold configtxgen, osnadmin');
  });

  it('takes no folder and no file that cannot be run for a program', () => {
    const folder = install(join(work, 'bin'), ['peer', 'orderer', 'configtxgen']);
    mkdirSync(join(folder, 'cryptogen'));
    writeFileSync(join(folder, 'osnadmin'), '', { mode: 0o644 });
    expect(() => findPrograms({ VERICLIN_FABRIC_BIN: folder })).toThrow('does not hold cryptogen, osnadmin');
  });

  it('mixes no releases: some on PATH are none', () => {
    const env = { XDG_CACHE_HOME: join(work, 'cache'), PATH: install(join(work, 'path'), ['peer', 'orderer']) };
    install(join(cacheFolder(env), 'bin'));
    expect(findPrograms(env)?.from).toBe('cache');
  });

  it('gives the programs no settings of the surroundings', () => {
    const env = { PATH: '/bin', CORE_PEER_ADDRESS: 'x', ORDERER_GENERAL_LISTENPORT: '1', VERICLIN_API_KEY: 'secret' };
    expect(Object.keys(fabricEnvironment(env)).sort()).toEqual(['FABRIC_LOGGING_SPEC', 'PATH']);
  });
});

describe('building the programs', () => {
  /** Stands in for the compiler, which would take minutes: what is tested is what happens around it. */
  function installGo(script: string): Readonly<Record<string, string>> {
    mkdirSync(join(work, 'bin'), { recursive: true });
    writeFileSync(join(work, 'bin', 'go'), `#!/bin/sh\necho started >> '${join(work, 'go.log')}'\n${script}`);
    chmodSync(join(work, 'bin', 'go'), 0o755);
    for (const tool of ['mkdir', 'sleep', 'chmod']) {
      if (!existsSync(join(work, 'bin', tool))) symlinkSync(findOnPath(tool, process.env)!, join(work, 'bin', tool));
    }
    // Nothing else: Fabric's programs may be installed here.
    return { PATH: join(work, 'bin'), HOME: work };
  }
  const starts = (): number => readFileSync(join(work, 'go.log'), 'utf8').split('\n').length - 1;
  // The argument after -o is the folder to put programs into.
  const BUILDS = `while [ "$1" != -o ]; do shift; done
mkdir -p "$2"
sleep 0.3
for name in ${PROGRAM_NAMES.join(' ')}; do printf '#!/bin/sh\\n' > "$2/$name"; chmod +x "$2/$name"; done
`;

  it('is done once, also when two want them at the same time', async () => {
    const env = installGo(BUILDS);
    const runs = await Promise.all([1, 2].map(async () => runCli(['devnet', 'programs', '--json'], env)));
    for (const { code, out } of runs) {
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        from: 'cache',
        paths: { peer: join(work, '.cache', 'vericlin', 'fabric-3.1.1', 'bin', 'peer') },
      });
    }
    expect(starts()).toBe(1);
    expect((await runCli(['devnet', 'programs'], env)).out).toMatch(/^osnadmin +\//m);
    expect(starts()).toBe(1);
  });

  it('leaves nothing half done in the cache when it fails, and says what the compiler said', async () => {
    const env = installGo(`while [ "$1" != -o ]; do shift; done
mkdir -p "$2"; printf '#!/bin/sh\\n' > "$2/peer"; chmod +x "$2/peer"
echo 'no space left on device' >&2; exit 1
`);
    const { code, err } = await runCli(['devnet', 'programs'], env);
    expect(code).toBe(1);
    expect(err).toContain('no space left on device');
    const left = readdirSync(cacheFolder(env)).filter((name) => name !== '.lock');
    expect(left).toEqual([]);
    installGo(BUILDS);
    expect((await runCli(['devnet', 'programs'], env)).code).toBe(0);
  });

  it('takes away what a builder that was killed left, and half a set of programs', async () => {
    const env = installGo(BUILDS);
    install(join(cacheFolder(env), 'building-abc', 'bin'));
    install(join(cacheFolder(env), 'bin'), ['peer']);
    expect((await runCli(['devnet', 'programs'], env)).code).toBe(0);
    expect(readdirSync(cacheFolder(env))).toEqual(['bin']);
    expect(readdirSync(join(cacheFolder(env), 'bin')).sort()).toEqual([...PROGRAM_NAMES].sort());
  });
});

describe('the record of a network', () => {
  it('is refused where it is damaged or of another version', () => {
    const layout = layoutOf(work);
    expect(readNetwork(layout)).toBeUndefined();
    writeFileSync(layout.network, JSON.stringify(network));
    expect(readNetwork(layout)).toEqual(network);
    for (const text of ['', '{', '{"version":2,"firstPort":1}', '{"version":1}']) {
      writeFileSync(layout.network, text);
      expect(() => readNetwork(layout)).toThrow('is not what this version writes');
    }
  });
});

describe('the command line', () => {
  it.each([
    [['--orgs', '1'], '--orgs needs a number from 2'],
    [['--orgs', 'two'], '--orgs needs a whole number'],
    [['--orgs', '9'], '--orgs needs a number from 2 to 8'],
    [['--orderers', '2'], '--orderers needs 1, or 3'],
    [['--orderers', '0'], '--orderers needs 1, or 3'],
    [['--channel', 'Upper'], '--channel needs'],
    [['--chaincode', 'a b'], '--chaincode needs'],
    [['--peers', '2'], "unknown option '--peers'"],
    [['extra'], 'too many arguments'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await runCli(['devnet', 'up', '--dir', join(work, 'net'), ...args]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
  });

  it('says how to get the programs where there are none and no go', async () => {
    const env = { PATH: work, XDG_CACHE_HOME: work };
    const { code, err } = await runCli(['devnet', 'up', '--dir', join(work, 'net'), '--json'], env);
    expect(code).toBe(2);
    const { error } = JSON.parse(err) as { error: { code: string; message: string; next: string } };
    expect(error.code).toBe('devnet_programs');
    expect(error.message).toContain('peer, orderer, configtxgen, cryptogen, osnadmin');
    expect(error.next).toMatch(/VERICLIN_FABRIC_BIN.*Go 1\.24/);
  });

  it('says so where there is no network, and takes no other folder for one', async () => {
    expect((await runCli(['devnet', 'status', '--dir', work])).code).toBe(2);
    expect(await runCli(['devnet', 'down', '--remove', '--dir', join(work, 'none')])).toMatchObject({ code: 0 });
    writeFileSync(join(work, 'thesis.txt'), 'mine');
    const { code, err } = await runCli(['devnet', 'down', '--remove', '--dir', work]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is no devnet') as string });
    expect(readFileSync(join(work, 'thesis.txt'), 'utf8')).toBe('mine');
  });
});
