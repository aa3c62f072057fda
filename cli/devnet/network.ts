/** What a devnet consists of: who takes part, which ports, where its files are. @module */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unusable } from '../failure.ts';

/** What a person chooses. */
export interface NetworkOptions {
  /** Number of organisations, each with a peer and a chaincode process. */
  readonly organizations: number;
  /** Number of ordering nodes: 1, or 3 and more for fault tolerance. */
  readonly orderers: number;
  readonly channel: string;
  readonly chaincode: string;
}

/** A network that exists, as its folder records it. */
export interface Network extends NetworkOptions {
  /** Form of this record. */
  readonly version: 1;
  /** The first of its ports, which follow each other. */
  readonly firstPort: number;
  /** Fabric's id of the installed chaincode package. */
  readonly packageId: string;
}

export interface OrdererNode {
  readonly role: string;
  /** Name of the host in certificates. */
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly operationsPort: number;
}

export interface OrganizationNodes {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly mspId: string;
  readonly domain: string;
  readonly peer: string;
  readonly chaincode: string;
  readonly peerPort: number;
  /** Where the peer would listen for chaincode that it starts itself; it does not, but wants a port. */
  readonly peerChaincodePort: number;
  readonly operationsPort: number;
  readonly chaincodePort: number;
}

/** Every node, with its ports. */
export interface Plan {
  readonly orderers: readonly OrdererNode[];
  readonly organizations: readonly OrganizationNodes[];
}

export const ORDERER_MSP_ID = 'OrdererMSP';
export const ORDERER_DOMAIN = 'orderer.devnet.example';
/** Version and sequence of the one chaincode definition. */
export const CHAINCODE_VERSION = '1';

const PORTS_PER_ORDERER = 3;
const PORTS_PER_ORGANIZATION = 4;

/** How many ports a network takes. */
export function portCount(options: Pick<NetworkOptions, 'organizations' | 'orderers'>): number {
  return options.orderers * PORTS_PER_ORDERER + options.organizations * PORTS_PER_ORGANIZATION;
}

/** The nodes of a network. */
export function planOf(network: Pick<Network, 'organizations' | 'orderers' | 'firstPort'>): Plan {
  const orderers = Array.from({ length: network.orderers }, (_, i): OrdererNode => {
    const first = network.firstPort + i * PORTS_PER_ORDERER;
    const role = `orderer${i + 1}`;
    return {
      role,
      host: `${role}.${ORDERER_DOMAIN}`,
      port: first,
      adminPort: first + 1,
      operationsPort: first + 2,
    };
  });
  const afterOrderers = network.firstPort + network.orderers * PORTS_PER_ORDERER;
  const organizations = Array.from({ length: network.organizations }, (_, i): OrganizationNodes => {
    const first = afterOrderers + i * PORTS_PER_ORGANIZATION;
    const index = i + 1;
    return {
      index,
      name: `Org${index}`,
      mspId: `Org${index}MSP`,
      domain: `org${index}.devnet.example`,
      peer: `peer${index}`,
      chaincode: `chaincode${index}`,
      peerPort: first,
      peerChaincodePort: first + 1,
      operationsPort: first + 2,
      chaincodePort: first + 3,
    };
  });
  return { orderers, organizations };
}

/** Every organisation has to endorse: policy of the chaincode, in Fabric's words. */
export function endorsementPolicy(plan: Plan): string {
  return `AND(${plan.organizations.map(({ mspId }) => `'${mspId}.peer'`).join(',')})`;
}

/** Names of all processes, in the order of their start. */
export function rolesOf(plan: Plan): readonly string[] {
  return [
    ...plan.orderers.map(({ role }) => role),
    ...plan.organizations.map(({ peer }) => peer),
    ...plan.organizations.map(({ chaincode }) => chaincode),
  ];
}

/** Files and folders of a network's folder. */
export interface Layout {
  readonly folder: string;
  /** Marks the folder as a devnet's own: only such a folder is ever emptied or removed. */
  readonly marker: string;
  readonly lock: string;
  readonly network: string;
  /** There once the chaincode's definition is committed. */
  readonly committed: string;
  readonly profile: string;
  readonly genesis: string;
  readonly chaincodePackage: string;
  /** Everything that cryptogen made. */
  readonly crypto: string;
  readonly ordererCa: string;
  readonly configtx: string;
}

export function layoutOf(folder: string): Layout {
  return {
    folder,
    marker: join(folder, '.vericlin-devnet'),
    lock: join(folder, '.lock'),
    network: join(folder, 'network.json'),
    committed: join(folder, 'chaincode', 'committed'),
    profile: join(folder, 'profile.yaml'),
    genesis: join(folder, 'genesis.block'),
    chaincodePackage: join(folder, 'chaincode', 'package.tar.gz'),
    crypto: join(folder, 'crypto'),
    ordererCa: join(folder, 'orderer', 'ca.pem'),
    configtx: join(folder, 'configtx'),
  };
}

/** Where a process keeps its configuration and data. */
export function nodeFolder(layout: Layout, role: string): string {
  return join(layout.folder, 'nodes', role);
}

export function logFileOf(layout: Layout, role: string): string {
  return join(layout.folder, 'logs', `${role}.log`);
}

export function recordFileOf(layout: Layout, role: string): string {
  return join(layout.folder, 'run', `${role}.pid`);
}

/** Files of one organisation that clients and verifiers use. */
export interface OrganizationFiles {
  /** CA certificate that endorsements are checked with. */
  readonly ca: string;
  readonly tlsCa: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** Profile with this organisation's client and its peer as the first gateway. */
  readonly profile: string;
}

export function organizationFiles(layout: Layout, organization: OrganizationNodes): OrganizationFiles {
  const folder = join(layout.folder, organization.name.toLowerCase());
  return {
    ca: join(folder, 'ca.pem'),
    tlsCa: join(folder, 'tlsca.pem'),
    clientCertificate: join(folder, 'client', 'cert.pem'),
    clientKey: join(folder, 'client', 'key.pem'),
    profile: organization.index === 1 ? layout.profile : join(folder, 'profile.yaml'),
  };
}

/** The network of a folder, or `undefined` where there is none (yet). @throws CommandFailure where the record is damaged */
export function readNetwork(layout: Layout): Network | undefined {
  if (!existsSync(layout.network)) return undefined;
  try {
    const network = JSON.parse(readFileSync(layout.network, 'utf8')) as Partial<Network>;
    // `version` is compared as a number: a record of a later version is not for this one.
    if (Number(network.version) === 1 && typeof network.firstPort === 'number') return network as Network;
  } catch (cause) {
    throw damaged(layout, cause);
  }
  throw damaged(layout);
}

function damaged(layout: Layout, cause?: unknown): Error {
  return unusable(
    `${layout.network} is not what this version writes`,
    'Remove the devnet with `vericlin devnet down --remove` and start it anew.',
    cause,
  );
}
