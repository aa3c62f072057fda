/** `vericlin devnet status`, and the same for tests. @module */
import {
  layoutOf,
  logFileOf,
  organizationFiles,
  planOf,
  readNetwork,
  recordFileOf,
  type Layout,
  type Network,
  type Plan,
} from './network.ts';
import { LOOPBACK } from './ports.ts';
import { runningPid } from './processes.ts';

export interface NodeStatus {
  readonly role: string;
  /** `null` where it does not run. */
  readonly pid: number | null;
  readonly ports: readonly number[];
  readonly log: string;
}

/** What clients and verifiers need of an organisation. Paths are absolute. */
export interface OrganizationStatus {
  readonly mspId: string;
  readonly ca: string;
  readonly tlsCa: string;
  readonly profile: string;
  /** The address of its peer, as a client names it. */
  readonly gateway: string;
  /** Name in the peer's TLS certificate. */
  readonly serverName: string;
  readonly client: { readonly certificate: string; readonly key: string };
}

/** The members \`profile\`, \`organizations\` and \`ordererCa\` are stable: scripts read them. */
export interface DevnetStatus {
  readonly profile: string;
  readonly organizations: readonly OrganizationStatus[];
  readonly ordererCa: string;
  readonly channel: string;
  readonly chaincode: string;
  readonly folder: string;
  readonly processes: readonly NodeStatus[];
}

/** The state of a devnet, or `undefined` where the folder holds none. Asks nothing over the network. */
export function statusOf(folder: string): DevnetStatus | undefined {
  const layout = layoutOf(folder);
  const network = readNetwork(layout);
  if (network === undefined) return undefined;
  const plan = planOf(network);
  return {
    profile: layout.profile,
    organizations: plan.organizations.map((organization) => {
      const { ca, tlsCa, profile, clientCertificate, clientKey } = organizationFiles(layout, organization);
      return {
        mspId: organization.mspId,
        ca,
        tlsCa,
        profile,
        gateway: `${LOOPBACK}:${organization.peerPort}`,
        serverName: 'localhost',
        client: { certificate: clientCertificate, key: clientKey },
      };
    }),
    ordererCa: layout.ordererCa,
    channel: network.channel,
    chaincode: network.chaincode,
    folder,
    processes: processesOf(layout, network, plan),
  };
}

function processesOf(layout: Layout, _network: Network, plan: Plan): readonly NodeStatus[] {
  const status = (role: string, ports: readonly number[]): NodeStatus => ({
    role,
    pid: runningPid(recordFileOf(layout, role)) ?? null,
    ports,
    log: logFileOf(layout, role),
  });
  return [
    ...plan.orderers.map(({ role, port, adminPort, operationsPort }) =>
      status(role, [port, adminPort, operationsPort]),
    ),
    ...plan.organizations.map((o) => status(o.peer, [o.peerPort, o.peerChaincodePort, o.operationsPort])),
    ...plan.organizations.map((o) => status(o.chaincode, [o.chaincodePort])),
  ];
}
