/**
 * The chaincode package of a devnet and the peers' external builder for it. The chaincode runs as a service beside the peer,
 * so the package names no code; where its own process is and with which keys to call it differs by peer, and the builder of
 * each peer puts that in.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tarGz } from './tar.ts';

/** What `peer lifecycle chaincode install` takes, and the id that it will have. */
export interface ChaincodePackage {
  readonly bytes: Uint8Array;
  /** Label and SHA-256 of the package, as Fabric forms it. */
  readonly packageId: string;
}

/** The package that every organisation installs. */
export function buildChaincodePackage(label: string): ChaincodePackage {
  const bytes = tarGz({
    'metadata.json': JSON.stringify({ type: 'ccaas', label }),
    'code.tar.gz': tarGz({ 'connection.json': JSON.stringify({ address: 'filled in by the builder of each peer' }) }),
  });
  return { bytes, packageId: `${label}:${createHash('sha256').update(bytes).digest('hex')}` };
}

/** How a peer reaches its chaincode process. PEM texts. */
export interface ChaincodeConnection {
  readonly address: string;
  readonly rootCert: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const DETECT = `#!/bin/sh
# Takes packages whose chaincode runs as a service.
exec grep -q '"type":"ccaas"' "$2/metadata.json"
`;
const BUILD = `#!/bin/sh
# The address and keys of this peer's own chaincode process.
exec cp "$(dirname "$0")/../connection.json" "$3/connection.json"
`;
const RELEASE = `#!/bin/sh
set -e
mkdir -p "$2/chaincode/server"
exec cp "$1/connection.json" "$2/chaincode/server/connection.json"
`;

/** Writes the builder of one peer. No \`bin/run\`: the peer then connects instead of starting anything. */
export function writeExternalBuilder(folder: string, connection: ChaincodeConnection): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries({ detect: DETECT, build: BUILD, release: RELEASE })) {
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
  const settings = {
    address: connection.address,
    dial_timeout: '10s',
    tls_required: true,
    client_auth_required: true,
    root_cert: connection.rootCert,
    client_cert: connection.clientCert,
    client_key: connection.clientKey,
  };
  writeFileSync(join(folder, 'connection.json'), JSON.stringify(settings), { mode: 0o600 });
}
