/** How each process of a network is started, and when it is ready. @module */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/package-root.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { organizationCrypto } from './crypto-paths.ts';
import {
  logFileOf,
  nodeFolder,
  recordFileOf,
  type Layout,
  type Network,
  type OrdererNode,
  type OrganizationNodes,
  type Plan,
} from './network.ts';
import { LOOPBACK, waitForPort, waitUntilFree } from './ports.ts';
import { processFailure, runningPid, settledRecord, startProcess, type Program } from './processes.ts';
import type { Environment, Programs } from './programs.ts';
import { fabricEnvironment } from './run-program.ts';

const READY_MS = 60_000;
const FREE_MS = 2_000;

/** A process of the network. */
export interface Node {
  readonly role: string;
  readonly kind: 'orderer' | 'peer' | 'chaincode';
  /** The port that says whether it is ready. */
  readonly port: number;
  /** Every port that it takes, the above included. */
  readonly ports: readonly number[];
  readonly program: Program;
}

/** Everything that is needed to start the nodes of a network. */
export interface NodeContext {
  readonly layout: Layout;
  readonly network: Network;
  readonly plan: Plan;
  readonly programs: Programs;
  readonly env: Environment;
}

/** The compiled chaincode of this package. @throws CommandFailure where the package was not built */
export function chaincodeFile(): string {
  const file = join(packageRoot(), 'dist', 'ledger', 'chaincode', 'index.cjs');
  if (existsSync(file)) return file;
  throw new CommandFailure(EXIT.failed, 'the chaincode is not built', {
    code: 'devnet_chaincode',
    next: 'Run `npm run build`.',
  });
}

/** All nodes, in the order of {@link rolesOf}. */
export function nodesOf(context: NodeContext): readonly Node[] {
  const { plan } = context;
  return [
    ...plan.orderers.map((orderer) => ordererNode(context, orderer)),
    ...plan.organizations.map((organization) => peerNode(context, organization)),
    ...plan.organizations.map((organization) => chaincodeNode(context, organization)),
  ];
}

/**
 * Starts a node unless it runs. Answers whether it was started.
 *
 * @throws CommandFailure code `devnet_ports` where another program has taken one of its ports
 */
export async function startNode(node: Node): Promise<boolean> {
  await settledRecord(node.program.recordFile);
  if (runningPid(node.program.recordFile) !== undefined) return false;
  for (const port of node.ports) {
    if (await waitUntilFree(port, FREE_MS)) continue;
    throw new CommandFailure(EXIT.failed, `port ${port} of ${node.role} is taken by another program`, {
      code: 'devnet_ports',
      next: 'End that program, or remove this devnet (`vericlin devnet down --remove`) and start a new one.',
    });
  }
  await startProcess(node.program);
  return true;
}

/** Waits until a node accepts connections. @throws CommandFailure code `devnet_process`, with the end of its log */
export async function awaitNode(node: Node): Promise<void> {
  const isAlive = (): boolean => runningPid(node.program.recordFile) !== undefined;
  if (await waitForPort(node.port, isAlive, READY_MS)) return;
  throw await processFailure(node.program, isAlive() ? 'does not listen' : 'has ended');
}

/** @throws CommandFailure code `devnet_process`, with the end of its log, where a node that was started has ended */
export async function checkNodes(nodes: readonly Node[]): Promise<void> {
  const ended = nodes.find(({ program }) => runningPid(program.recordFile) === undefined);
  if (ended !== undefined) throw await processFailure(ended.program, 'has ended');
}

function ordererNode(context: NodeContext, orderer: OrdererNode): Node {
  const { role, port, adminPort, operationsPort } = orderer;
  const program = fabricProgram(context, role, context.programs.paths.orderer, ['start']);
  // It listens for its admin before it listens for peers.
  return { role, kind: 'orderer', port, ports: [port, adminPort, operationsPort], program };
}

function peerNode(context: NodeContext, organization: OrganizationNodes): Node {
  const { peer: role, peerPort, peerChaincodePort, operationsPort } = organization;
  const program = fabricProgram(context, role, context.programs.paths.peer, ['node', 'start']);
  return { role, kind: 'peer', port: peerPort, ports: [peerPort, peerChaincodePort, operationsPort], program };
}

function fabricProgram(context: NodeContext, role: string, command: string, args: readonly string[]): Program {
  const cwd = nodeFolder(context.layout, role);
  return { ...traces(context, role), command, args, env: fabricEnvironment(context.env, { FABRIC_CFG_PATH: cwd }) };
}

function chaincodeNode(context: NodeContext, organization: OrganizationNodes): Node {
  const { chaincode: role, chaincodePort: port } = organization;
  const { tls } = organizationCrypto(context.layout, organization).chaincode;
  const env = fabricEnvironment(context.env, {
    NODE_ENV: 'production',
    CHAINCODE_SERVER_ADDRESS: `${LOOPBACK}:${port}`,
    CORE_CHAINCODE_ID: context.network.packageId,
    CORE_CHAINCODE_LOGGING_LEVEL: 'error',
    CHAINCODE_TLS_KEY_FILE: tls.key,
    CHAINCODE_TLS_CERT_FILE: tls.certificate,
    CHAINCODE_TLS_CLIENT_CACERT_FILE: tls.ca,
  });
  const program = { ...traces(context, role), command: process.execPath, args: [chaincodeFile()], env };
  return { role, kind: 'chaincode', port, ports: [port], program };
}

function traces({ layout }: NodeContext, role: string): Pick<Program, 'role' | 'cwd' | 'logFile' | 'recordFile'> {
  return {
    role,
    cwd: nodeFolder(layout, role),
    logFile: logFileOf(layout, role),
    recordFile: recordFileOf(layout, role),
  };
}
