/** The `vericlin devnet` commands. @module */
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { CommandFailure, unusable } from '../failure.ts';
import type { DevnetOptions, DevnetUpOptions } from '../options.ts';
import { formatTable } from '../table.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';
import { obtainPrograms } from './build-programs.ts';
import { DEFAULT_FOLDER } from './default-folder.ts';
import { takeDown } from './down.ts';
import { layoutOf, planOf, readNetwork, type NetworkOptions } from './network.ts';
import { blockHeight } from './probe.ts';
import { fabricVersion } from './programs.ts';
import { statusOf, type DevnetStatus } from './status.ts';
import { showSteps } from './steps.ts';
import { bringUp } from './up.ts';

const MOST_ORGANIZATIONS = 8;
const MOST_ORDERERS = 7;

/** `vericlin devnet up`. @throws CommandFailure */
export async function runUp(options: DevnetUpOptions, terminal: Terminal): Promise<ExitCode> {
  refuseWindows();
  const started = Date.now();
  const silent = options.json === true;
  const steps = showSteps(terminal, silent);
  const wanted = wantedNetwork(options);
  const programs = await obtainPrograms(terminal, steps, silent);
  const folder = resolve(options.dir);
  const result = await bringUp({ folder, wanted, programs, env: terminal.env, steps });
  const status = statusOf(folder);
  if (status === undefined) throw new Error('a devnet that is up has a status');
  if (silent) {
    terminal.out(jsonLine({ ...status, started: result.started }));
    return EXIT.ok;
  }
  steps.say(`ready after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  terminal.out(upText(status, options.dir));
  return EXIT.ok;
}

/** `vericlin devnet status`: exit 0 everything runs, 1 something does not, 2 there is no devnet. @throws CommandFailure */
export async function runStatus(options: DevnetOptions, terminal: Terminal): Promise<ExitCode> {
  const folder = resolve(options.dir);
  const status = statusOf(folder);
  const network = readNetwork(layoutOf(folder));
  if (status === undefined || network === undefined) {
    throw unusable(`there is no devnet in ${folder}`, `Start one with \`${commandFor('up', options.dir)}\`.`);
  }
  const heights = new Map<string, number | undefined>();
  await Promise.all(
    planOf(network).organizations.map(async (organization) => {
      if (status.processes.some(({ role, pid }) => role === organization.peer && pid === null)) return;
      heights.set(organization.peer, await blockHeight(layoutOf(folder), network, organization));
    }),
  );
  const processes = status.processes.map((node) => ({ ...node, blocks: heights.get(node.role) ?? null }));
  const isRunning = processes.every(({ pid }) => pid !== null);
  const fabric = await fabricVersion(terminal.env);
  if (options.json === true) {
    terminal.out(jsonLine({ ...status, processes, running: isRunning, versions: { fabric, node: process.version } }));
  } else {
    const rows = processes.map(({ role, pid, ports, blocks, log }) => [
      role,
      pid === null ? 'not running' : 'running',
      pid === null ? '' : String(pid),
      ports.join(' '),
      blocks === null ? '' : String(blocks),
      log,
    ]);
    terminal.out(formatTable(['process', 'state', 'pid', 'ports', 'blocks', 'log'], rows));
    terminal.out(`profile ${status.profile}\nFabric ${fabric ?? 'unknown'}, Node.js ${process.version}\n`);
    if (!isRunning) terminal.out(`Start what does not run with \`${commandFor('up', options.dir)}\`.\n`);
  }
  return isRunning ? EXIT.ok : EXIT.failed;
}

/** `vericlin devnet down`. @throws CommandFailure */
export async function runDown(options: DevnetOptions & { remove?: boolean }, terminal: Terminal): Promise<ExitCode> {
  const folder = resolve(options.dir);
  const { stopped, killed, isRemoved } = await takeDown(folder, options.remove === true);
  if (options.json === true) {
    terminal.out(jsonLine({ folder, stopped, killed, removed: isRemoved }));
    return EXIT.ok;
  }
  const ended = stopped.length + killed.length;
  terminal.out(ended === 0 ? `nothing ran in ${folder}\n` : `stopped ${[...stopped, ...killed].join(', ')}\n`);
  if (killed.length > 0) terminal.out(`killed, since they did not end by themselves: ${killed.join(', ')}\n`);
  if (isRemoved) terminal.out(`removed ${folder}\n${AFTER_REMOVAL}`);
  return EXIT.ok;
}

/** `vericlin devnet programs`: finds Fabric's programs, or builds them. @throws CommandFailure */
export async function runPrograms(options: { json?: boolean }, terminal: Terminal): Promise<ExitCode> {
  refuseWindows();
  const silent = options.json === true;
  const programs = await obtainPrograms(terminal, showSteps(terminal, silent), silent);
  if (silent) terminal.out(jsonLine(programs));
  else terminal.out(formatTable(['program', 'path'], Object.entries(programs.paths)));
  return EXIT.ok;
}

function refuseWindows(): void {
  if (process.platform !== 'win32') return;
  throw new CommandFailure(EXIT.unusable, 'a devnet needs Linux or macOS', { code: 'devnet_platform' });
}

function wantedNetwork(options: DevnetUpOptions): Partial<NetworkOptions> {
  return {
    ...(options.orgs === undefined ? {} : { organizations: organizationCount(options.orgs) }),
    ...(options.orderers === undefined ? {} : { orderers: ordererCount(options.orderers) }),
    ...(options.channel === undefined ? {} : { channel: channelName(options.channel) }),
    ...(options.chaincode === undefined ? {} : { chaincode: chaincodeName(options.chaincode) }),
  };
}

function organizationCount(text: string): number {
  const count = wholeNumber(text, '--orgs');
  if (count >= 2 && count <= MOST_ORGANIZATIONS) return count;
  throw unusable(`--orgs needs a number from 2 to ${MOST_ORGANIZATIONS}: one organisation alone vouches for nothing`);
}

function ordererCount(text: string): number {
  const count = wholeNumber(text, '--orderers');
  if (count === 1 || (count >= 3 && count <= MOST_ORDERERS)) return count;
  throw unusable(`--orderers needs 1, or 3 to ${MOST_ORDERERS}: of two, neither may fail`);
}

/** Fabric's rule for channel names. */
function channelName(text: string): string {
  if (/^[a-z][a-z0-9.-]{0,248}$/.test(text)) return text;
  throw unusable('--channel needs a small letter, then small letters, digits, dots and hyphens');
}

/** Fabric's rule for chaincode names. */
function chaincodeName(text: string): string {
  if (/^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$/.test(text)) return text;
  throw unusable('--chaincode needs letters and digits, joined by single hyphens or underscores');
}

/** The command that does something to the same network. */
function commandFor(action: 'up' | 'down', dir: string): string {
  return `vericlin devnet ${action}${dir === DEFAULT_FOLDER ? '' : ` --dir ${dir}`}`;
}

const AFTER_REMOVAL =
  'A log that was anchored on it finds no history on another network: start the service on a data folder of its own there.\n';

function upText(status: DevnetStatus, dir: string): string {
  const cas = status.organizations.map(({ mspId, ca }) => `  --ca ${mspId}=${ca}`).join(' \\\n');
  return `profile ${status.profile}

Anchor a service on it:
  VERICLIN_FABRIC_PROFILE=${status.profile} vericlin serve

Check evidence with:
  vericlin verify <file> \\
${cas}

It runs until \`${commandFor('down', dir)}\`.
`;
}
