/** How the chaincode is started, from the environment. @module */

/** PEM bytes of the files; `clientCa`: peers have to show a certificate of it. */
export interface ServiceTls {
  readonly key: Buffer;
  readonly certificate: Buffer;
  readonly clientCa?: Buffer;
}

export interface ServiceOptions {
  /** `host:port` to listen on. */
  readonly address: string;
  /** Package id that the peers registered. */
  readonly chaincodeId: string;
  readonly tls?: ServiceTls;
}

type Environment = Readonly<Record<string, string | undefined>>;
type ReadFile = (path: string) => Buffer;

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/;

function given(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

function readTls(environment: Environment, readFile: ReadFile): ServiceTls | undefined {
  const key = given(environment, 'CHAINCODE_TLS_KEY_FILE');
  const certificate = given(environment, 'CHAINCODE_TLS_CERT_FILE');
  const clientCa = given(environment, 'CHAINCODE_TLS_CLIENT_CACERT_FILE');
  if (key === undefined || certificate === undefined) {
    if (key === certificate && clientCa === undefined) return undefined;
    throw new Error('TLS needs both CHAINCODE_TLS_KEY_FILE and CHAINCODE_TLS_CERT_FILE.');
  }
  const own = { key: readFile(key), certificate: readFile(certificate) };
  return clientCa === undefined ? own : { ...own, clientCa: readFile(clientCa) };
}

/**
 * Options of a service, or `undefined` where the peer starts the process itself (no `CHAINCODE_SERVER_ADDRESS`).
 * @throws Error saying which variable is missing; without TLS only a loopback address is taken
 */
export function readServiceOptions(environment: Environment, readFile: ReadFile): ServiceOptions | undefined {
  const address = given(environment, 'CHAINCODE_SERVER_ADDRESS');
  if (address === undefined) return undefined;
  const chaincodeId = given(environment, 'CORE_CHAINCODE_ID');
  if (chaincodeId === undefined)
    throw new Error('CORE_CHAINCODE_ID is missing: the package id of the installed chaincode.');
  const tls = readTls(environment, readFile);
  if (tls !== undefined) return { address, chaincodeId, tls };
  if (LOOPBACK.test(address)) return { address, chaincodeId };
  throw new Error('Without CHAINCODE_TLS_KEY_FILE and CHAINCODE_TLS_CERT_FILE only a loopback address is listened on.');
}
