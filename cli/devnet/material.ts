/** Certificates, keys, genesis block and chaincode package of a new network, and the configuration of its nodes. @module */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { buildChaincodePackage, writeExternalBuilder } from './chaincode-package.ts';
import { CONFIGTX_PROFILE, configtx, coreYaml, cryptoConfig, ordererYaml } from './configuration.ts';
import { orderingCrypto, organizationCrypto } from './crypto-paths.ts';
import {
  CHAINCODE_VERSION,
  nodeFolder,
  organizationFiles,
  planOf,
  portCount,
  type Layout,
  type Network,
  type NetworkOptions,
  type OrganizationNodes,
  type Plan,
} from './network.ts';
import { findFreePorts, LOOPBACK } from './ports.ts';
import { profileText } from './profile.ts';
import type { Environment, Programs } from './programs.ts';
import { fabricEnvironment, runOrFail } from './run-program.ts';

const PROGRAM_MS = 60_000;
/** Members of a network's folder that {@link createMaterial} makes anew. */
const MADE = ['chaincode', 'configtx', 'crypto', 'genesis.block', 'logs', 'network.json', 'nodes', 'orderer', 'run'];

/**
 * Makes a network in a folder that holds none, or one whose making was broken off. `network.json` is written last: without
 * it nothing of the rest counts.
 */
export async function createMaterial(
  layout: Layout,
  options: NetworkOptions,
  programs: Programs,
  env: Environment,
): Promise<Network> {
  clear(layout);
  const firstPort = await findFreePorts(portCount(options));
  const { bytes, packageId } = buildChaincodePackage(`${options.chaincode}_${CHAINCODE_VERSION}`);
  const network: Network = { version: 1, ...options, firstPort, packageId };
  const plan = planOf(network);
  await generateCrypto(layout, plan, programs, env);
  writeFile(layout.chaincodePackage, bytes);
  await generateGenesis(layout, network, plan, programs, env);
  copyFile(orderingCrypto(layout).ca, layout.ordererCa);
  for (const organization of plan.organizations) copyClientFiles(layout, organization);
  for (const organization of plan.organizations) {
    writeFile(organizationFiles(layout, organization).profile, profileText(layout, network, plan, organization));
  }
  writeFile(`${layout.network}.new`, `${JSON.stringify(network, undefined, 2)}\n`);
  renameSync(`${layout.network}.new`, layout.network);
  return network;
}

/** Writes what the nodes read at their start. Done at every start, so that the folder may have been moved. */
export function writeConfiguration(layout: Layout, plan: Plan): void {
  for (const orderer of plan.orderers) {
    writeFile(join(nodeFolder(layout, orderer.role), 'orderer.yaml'), stringify(ordererYaml(layout, orderer)));
  }
  for (const organization of plan.organizations) {
    const folder = nodeFolder(layout, organization.peer);
    const { tls } = organizationCrypto(layout, organization).peer;
    writeFile(join(folder, 'core.yaml'), stringify(coreYaml(layout, organization)));
    writeExternalBuilder(join(folder, 'builder'), {
      address: `${LOOPBACK}:${organization.chaincodePort}`,
      rootCert: readFileSync(tls.ca, 'utf8'),
      clientCert: readFileSync(tls.certificate, 'utf8'),
      clientKey: readFileSync(tls.key, 'utf8'),
    });
    mkdirSync(nodeFolder(layout, organization.chaincode), { recursive: true });
  }
}

function clear(layout: Layout): void {
  for (const name of readdirSync(layout.folder)) {
    if (MADE.includes(name) || /^org\d+$/.test(name)) rmSync(join(layout.folder, name), { recursive: true });
  }
}

async function generateCrypto(layout: Layout, plan: Plan, programs: Programs, env: Environment): Promise<void> {
  const config = join(layout.configtx, 'crypto-config.yaml');
  writeFile(config, stringify(cryptoConfig(plan)));
  await runOrFail('cryptogen', {
    command: programs.paths.cryptogen,
    args: ['generate', `--config=${config}`, `--output=${layout.crypto}`],
    cwd: layout.folder,
    env: fabricEnvironment(env),
    timeoutMs: PROGRAM_MS,
  });
  // cryptogen gives the host of each chaincode process an identity with OU=peer: it would satisfy `Org1MSP.peer` in an
  // endorsement policy. Only its TLS certificate is wanted.
  for (const organization of plan.organizations) {
    rmSync(organizationCrypto(layout, organization).chaincode.msp, { recursive: true });
  }
}

async function generateGenesis(
  layout: Layout,
  network: Network,
  plan: Plan,
  programs: Programs,
  env: Environment,
): Promise<void> {
  writeFile(join(layout.configtx, 'configtx.yaml'), stringify(configtx(layout, plan)));
  const block = ['-profile', CONFIGTX_PROFILE, '-channelID', network.channel, '-outputBlock', layout.genesis];
  await runOrFail('configtxgen', {
    command: programs.paths.configtxgen,
    args: [...block, '-configPath', layout.configtx],
    cwd: layout.folder,
    env: fabricEnvironment(env, { FABRIC_CFG_PATH: layout.configtx }),
    timeoutMs: PROGRAM_MS,
  });
}

function copyClientFiles(layout: Layout, organization: OrganizationNodes): void {
  const files = organizationFiles(layout, organization);
  const crypto = organizationCrypto(layout, organization);
  copyFile(crypto.ca, files.ca);
  copyFile(crypto.tlsCa, files.tlsCa);
  copyFile(crypto.client.certificate, files.clientCertificate);
  copyFile(crypto.client.key, files.clientKey);
  chmodSync(files.clientKey, 0o600);
}

function copyFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

function writeFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
