/**
 * The chaincode process: as a service, or started by a peer.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import './quiet-shim.ts';
import { type ChaincodeInterface, type ChaincodeResponse, Shim } from 'fabric-shim';
import { fastSha256 } from './fast-sha256.ts';
import { answerCall } from './merkle-anchor.ts';
import { readServiceOptions, type ServiceOptions } from './service-options.ts';

type Stub = Parameters<ChaincodeInterface['Invoke']>[0];
/** The arguments as bytes: as text they would be damaged. Not in the shim's typings. */
type StubWithBytes = Stub & { readonly getBufferArgs: () => Buffer[] };
type ServerOptions = Parameters<typeof Shim.server>[1];

async function invoke(stub: StubWithBytes): Promise<ChaincodeResponse> {
  const state = {
    get: (key: string) => stub.getState(key),
    put: (key: string, value: Uint8Array) => stub.putState(key, value),
    range: (start: string, end: string) => stub.getStateByRange(start, end),
  };
  const call = { state, creatorMspId: stub.getCreator().mspid, args: stub.getBufferArgs() };
  return Shim.success(await answerCall(fastSha256, call));
}

const chaincode: ChaincodeInterface = {
  Init: () => Promise.resolve(Shim.success()),
  // Never rejects: the shim would not answer, and the peer would wait for its time limit.
  Invoke: (stub) =>
    invoke(stub as StubWithBytes).catch((error: unknown) =>
      Shim.error(error instanceof Error ? error.message : 'INTERNAL'),
    ),
};

function serverOptions({ address, chaincodeId, tls }: ServiceOptions): ServerOptions {
  // The typings ask for all TLS members; the shim takes what is there.
  return {
    ccid: chaincodeId,
    address,
    // A peer sends the arguments twice; its own limit is 100 MiB.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...(tls === undefined ? {} : { tlsProps: { key: tls.key, cert: tls.certificate, clientCACerts: tls.clientCa } }),
  } as ServerOptions;
}

function startUnderPeer(): void {
  try {
    Shim.start(chaincode);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Not started by a peer (${reason}), and no CHAINCODE_SERVER_ADDRESS to listen on.`, { cause });
  }
}

async function main(): Promise<void> {
  const options = readServiceOptions(process.env, (path) => readFileSync(path));
  if (options === undefined) {
    startUnderPeer();
    return;
  }
  await Shim.server(chaincode, serverOptions(options)).start();
  process.stdout.write(`listening on ${options.address}\n`);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
