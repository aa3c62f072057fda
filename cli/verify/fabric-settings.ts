import { readFile } from 'node:fs/promises';
import { utf8Decode } from '../../ledger/canonical/bytes.ts';
import { LedgerError } from '../../ledger/errors.ts';
import type { CaSettings, FabricTrust, FabricTrustSettings } from '../../ledger/verify/fabric/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { systemCode, unusable } from '../failure.ts';
import type { VerifyOptions } from '../options.ts';

/** MSPID=path. An MSP id has no character of a path but the dot and the hyphen, so a path with `=` can be given as ./path. */
const NAMED_CA = /^([A-Za-z0-9.-]+)=(.+)$/s;

/** @throws CommandFailure exit 2 */
export async function readUsable(path: string, option: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unusable(`${option} ${path} cannot be read (${systemCode(cause) ?? 'unreadable'})`, undefined, cause);
  }
}

async function readText(path: string, option: string): Promise<string> {
  const bytes = await readUsable(path, option);
  try {
    return utf8Decode(bytes);
  } catch (cause) {
    throw unusable(`${option} ${path} is no PEM file`, undefined, cause);
  }
}

async function readCa(value: string, option: string): Promise<CaSettings> {
  const [, mspId, path = value] = NAMED_CA.exec(value) ?? [];
  return { pem: await readText(path, option), label: path, ...(mspId !== undefined && { mspId }) };
}

async function readAll<T>(values: readonly string[] | undefined, read: (value: string) => Promise<T>): Promise<T[]> {
  return await Promise.all((values ?? []).map(read));
}

/** Options that mean nothing without `--ca`. */
function refuseWithoutCa({ crl, ordererCa, policy, channel, chaincode }: VerifyOptions): void {
  const given = Object.entries({
    '--crl': crl,
    '--orderer-ca': ordererCa,
    '--policy': policy,
    '--channel': channel,
    '--chaincode': chaincode,
  });
  const [option] = given.find(([, value]) => value !== undefined && value.length > 0) ?? [];
  if (option !== undefined) throw unusable(`${option} goes with --ca, the CA certificates of the organisations`);
}

/**
 * What the options say about Fabric evidence; `undefined` without `--ca`.
 * @throws CommandFailure exit 2 if a file cannot be read
 */
export async function readFabricSettings(options: VerifyOptions): Promise<FabricTrustSettings | undefined> {
  if (options.ca.length === 0) {
    refuseWithoutCa(options);
    return undefined;
  }
  const { channel, chaincode, policy } = options;
  return {
    cas: await readAll(options.ca, async (value) => await readCa(value, '--ca')),
    ordererCas: await readAll(options.ordererCa, async (value) => await readCa(value, '--orderer-ca')),
    crls: await readAll(options.crl, async (path) => await readText(path, '--crl')),
    ...(policy !== undefined && { policy }),
    ...(channel !== undefined && { channel }),
    ...(chaincode !== undefined && { chaincode }),
  };
}

/**
 * Loads what checks Fabric evidence, which is nothing unless it is asked for: reading X.509 takes longer to load than all
 * the rest of the command.
 *
 * @throws CommandFailure exit 2 if a CA, a revocation list or the policy cannot be used
 */
export async function loadFabricTrust(settings: FabricTrustSettings | undefined): Promise<FabricTrust | undefined> {
  if (settings === undefined) return undefined;
  const { createFabricTrust } = await import('../../ledger/verify/fabric/index.ts');
  try {
    return createFabricTrust(nodePrimitives, settings);
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw unusable(cause.message, undefined, cause);
  }
}
