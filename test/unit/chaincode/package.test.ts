/**
 * The chaincode as a package: built twice it is the same file, it needs nothing but its own dependency, and started wrongly it
 * says what is missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../support/project.ts';
import { freePort } from '../../support/shell.ts';

interface Manifest {
  readonly main: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

let work: string;
let folder: string;
const build = (name: string, cwd: string): string => {
  const target = join(work, name);
  const script = join(projectRoot, 'scripts', 'build-chaincode.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, target], { cwd, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return target;
};
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'vericlin-chaincode-'));
  folder = build('package', projectRoot);
  // As `npm ci` in the folder would; the lock file is checked on its own.
  symlinkSync(join(projectRoot, 'node_modules'), join(work, 'node_modules'));
});
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** Runs the package's start script as npm would, without the variables of this process. */
function start(args: readonly string[], env: Readonly<Record<string, string>>) {
  return spawnSync(process.execPath, ['index.cjs', ...args], { cwd: folder, env, encoding: 'utf8', timeout: 30_000 });
}

describe('the build', () => {
  test('gives the same bytes twice, from other folders too', () => {
    const digest = (path: string) =>
      createHash('sha256')
        .update(readFileSync(join(path, 'index.cjs')))
        .digest('hex');
    expect(digest(build('again/deeper', tmpdir()))).toBe(digest(folder));
  });

  test('is one file, its manifest, its lock and its description', () => {
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'index.cjs', 'package-lock.json', 'package.json']);
  });

  test('needs Node and the pinned shim, and nothing else', () => {
    const text = readFileSync(join(folder, 'index.cjs'), 'utf8');
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name!);
    const builtin = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    expect([...new Set(required.filter((name) => !builtin.has(name)))]).toEqual(['fabric-shim']);
    expect(text).not.toContain('import(');
    expect((readJson('package.json') as Manifest).dependencies).toEqual({ 'fabric-shim': '2.5.8' });
  });

  test('starts by npm start, which is how a peer starts it', () => {
    const { main, scripts } = readJson('package.json') as Manifest;
    expect([main, scripts['start']]).toEqual(['index.cjs', 'node index.cjs']);
  });

  test('its lock file is of this manifest, and pins what the product pins', () => {
    type Lock = { packages: Record<string, { version: string; dependencies?: Record<string, string> }> };
    const lock = readJson('package-lock.json') as Lock;
    const product = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as Lock;
    expect(lock.packages['']?.dependencies).toEqual((readJson('package.json') as Manifest).dependencies);
    const shim = 'node_modules/fabric-shim';
    expect(lock.packages[shim]?.version).toBe(product.packages[shim]?.version);
  });
});

describe('started', () => {
  test('by nobody: says what is missing and ends', () => {
    const { status, stderr } = start([], {});
    expect([status, stderr]).toEqual([
      1,
      'Not started by a peer (Missing required argument peer.address), and no CHAINCODE_SERVER_ADDRESS to listen on.\n',
    ]);
  });

  test('by a peer that is not there: says that it cannot connect', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const args = ['--peer.address', address, '--chaincode-id-name', 'merkle-anchor_1:ab'];
    const { stdout, stderr } = start(args, {});
    expect(stdout + stderr).toContain(`connect ECONNREFUSED ${address}`);
  });

  test('as a service with half of TLS, or without a package id: says so and ends', () => {
    const address = { CHAINCODE_SERVER_ADDRESS: '127.0.0.1:7075' };
    expect(start([], address)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('CORE_CHAINCODE_ID') as string,
    });
    const half = start([], { ...address, CORE_CHAINCODE_ID: 'x', CHAINCODE_TLS_KEY_FILE: 'key.pem' });
    expect(half).toMatchObject({ status: 1, stderr: expect.stringContaining('CHAINCODE_TLS_CERT_FILE') as string });
    const lost = { CHAINCODE_TLS_KEY_FILE: 'key.pem', CHAINCODE_TLS_CERT_FILE: 'cert.pem', CORE_CHAINCODE_ID: 'x' };
    expect(start([], { ...address, ...lost })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ENOENT') as string,
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('as a service: says where it listens, and ends on %s', async (signal) => {
    const address = `127.0.0.1:${await freePort()}`;
    const env = { CHAINCODE_SERVER_ADDRESS: address, CORE_CHAINCODE_ID: 'merkle-anchor_1:ab', NODE_NO_WARNINGS: '1' };
    const child = spawn(process.execPath, ['index.cjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const line = await new Promise((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => {
        resolve(String(chunk));
      }),
    );
    expect(line).toBe(`listening on ${address}\n`);
    child.kill(signal);
    expect(await ended).toBe(0);
  });

  test('on a port that is taken: ends', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const env = { CHAINCODE_SERVER_ADDRESS: address, CORE_CHAINCODE_ID: 'x' };
    const child = spawn(process.execPath, ['index.cjs'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(start([], env)).toMatchObject({ status: 1, stderr: expect.stringContaining('EADDRINUSE') as string });
    } finally {
      child.kill('SIGKILL');
    }
  });
});

test('the folder packs and unpacks as a peer gets it: nothing of it lies outside', () => {
  const copy = join(work, 'elsewhere');
  cpSync(folder, copy, { recursive: true });
  writeFileSync(join(copy, 'probe.cjs'), "require('./index.cjs');\n");
  const { status, stderr } = spawnSync(process.execPath, ['probe.cjs'], { cwd: copy, env: {}, encoding: 'utf8' });
  expect([status, stderr.startsWith('Not started by a peer')]).toEqual([1, true]);
});
