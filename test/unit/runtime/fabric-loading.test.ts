/** What a service without a profile does not pay for, and what a profile with a key file does not load. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { composeService } from '../../../runtime/compose.ts';
import { parseConfig } from '../../../runtime/config.ts';
import { createLogger } from '../../../runtime/logging.ts';
import { newAuthority } from '../../support/certificate-authority.ts';
import { projectRoot } from '../../support/project.ts';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vericlin-loading-'));
  const authority = await newAuthority('ca');
  const client = await authority.issue('client', 'client');
  writeFileSync(join(folder, 'ca.pem'), authority.certificate);
  writeFileSync(join(folder, 'client.pem'), client.certificate);
  writeFileSync(join(folder, 'client.key'), client.key, { mode: 0o600 });
  writeFileSync(
    join(folder, 'profile.yaml'),
    stringify({
      identity: { mspId: 'Org1MSP', certificate: 'client.pem', key: 'client.key' },
      organizations: [{ mspId: 'Org1MSP', ca: 'ca.pem' }],
      gateways: [{ mspId: 'Org1MSP', endpoint: '127.0.0.1:1', tlsCa: 'ca.pem' }],
    }),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function moduleUrl(path: string): string {
  return pathToFileURL(join(projectRoot, path)).href;
}

/** Packages under node_modules that a program has loaded, of those that are of interest here. */
function loadedBy(program: string): readonly string[] {
  const source = `
    import { createRequire } from 'node:module';
    ${program}
    const files = Object.keys(createRequire(import.meta.url).cache);
    const packages = ['@hyperledger/fabric-gateway', '@grpc/grpc-js', 'pkcs11js', 'fabric-shim'];
    console.log(JSON.stringify(packages.filter((name) => files.some((file) => file.includes('/node_modules/' + name + '/')))));
    process.exit(0);`;
  const file = join(folder, 'program.mts');
  writeFileSync(file, source);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly string[];
}

describe('what is loaded', () => {
  test('the composition of the service without a profile: neither gRPC nor the gateway', () => {
    expect(loadedBy(`await import('${moduleUrl('runtime/run-service.ts')}');`)).toEqual([]);
  });

  test('a profile with a key file: gRPC and the gateway, but nothing for tokens', () => {
    const profile = JSON.stringify(join(folder, 'profile.yaml'));
    const program = `
      const { openFabricChain } = await import('${moduleUrl('runtime/fabric-chain.ts')}');
      const { chain } = await openFabricChain(${profile}, 'example.org/log+12345678+AAAA');
      chain.close();`;
    expect(loadedBy(program)).toEqual(['@hyperledger/fabric-gateway', '@grpc/grpc-js']);
  });

  test('a profile that asks for a token: it is looked for, and what is wrong is said without the PIN', () => {
    writeFileSync(join(folder, 'pin'), '7391');
    writeFileSync(join(folder, 'token.so'), 'no library');
    writeFileSync(
      join(folder, 'token.yaml'),
      stringify({
        identity: {
          mspId: 'Org1MSP',
          certificate: 'client.pem',
          pkcs11: { library: 'token.so', label: 'x', pinFile: 'pin' },
        },
        organizations: [{ mspId: 'Org1MSP', ca: 'ca.pem' }],
        gateways: [{ mspId: 'Org1MSP', endpoint: '127.0.0.1:1', tlsCa: 'ca.pem' }],
      }),
    );
    const program = `
      const { openFabricChain } = await import('${moduleUrl('runtime/fabric-chain.ts')}');
      const error = await openFabricChain(${JSON.stringify(join(folder, 'token.yaml'))}, 'example.org/log+12345678+AAAA').catch((e) => e);
      if (error.code !== 'config_invalid' || !/identity cannot be opened/.test(error.message) || /7391/.test(error.stack)) throw error;`;
    expect(loadedBy(program)).toContain('@hyperledger/fabric-gateway');
  });
});

test('a start that a wrong profile refuses makes no data folder', async () => {
  const dataDir = join(folder, 'never-made');
  const config = parseConfig(
    { VERICLIN_DATA_DIR: dataDir, VERICLIN_FABRIC_PROFILE: 'gone.yaml', VERICLIN_LOG_LEVEL: 'silent' },
    folder,
  );
  await expect(composeService(config, createLogger(config))).rejects.toMatchObject({ code: 'config_invalid' });
  expect(existsSync(dataDir)).toBe(false);
});
