/** Where cryptogen puts certificates and keys. @module */
import { join } from 'node:path';
import { ORDERER_DOMAIN, type Layout, type OrdererNode, type OrganizationNodes } from './network.ts';

/** Certificates and key of one TLS endpoint. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

export interface OrdererCrypto {
  readonly msp: string;
  readonly tls: TlsFiles;
}

/** The ordering organisation: its MSP and CA certificate. */
export function orderingCrypto(layout: Layout): { readonly msp: string; readonly ca: string } {
  const base = join(layout.crypto, 'ordererOrganizations', ORDERER_DOMAIN);
  return { msp: join(base, 'msp'), ca: join(base, 'ca', `ca.${ORDERER_DOMAIN}-cert.pem`) };
}

export function ordererCrypto(layout: Layout, orderer: OrdererNode): OrdererCrypto {
  const base = join(layout.crypto, 'ordererOrganizations', ORDERER_DOMAIN, 'orderers', orderer.host);
  return { msp: join(base, 'msp'), tls: tlsFiles(base) };
}

export interface OrganizationCrypto {
  readonly msp: string;
  readonly ca: string;
  readonly tlsCa: string;
  readonly adminMsp: string;
  readonly peer: { readonly msp: string; readonly tls: TlsFiles };
  readonly chaincode: { readonly msp: string; readonly tls: TlsFiles };
  readonly client: { readonly certificate: string; readonly key: string };
}

export function organizationCrypto(layout: Layout, { domain, peer, chaincode }: OrganizationNodes): OrganizationCrypto {
  const base = join(layout.crypto, 'peerOrganizations', domain);
  const host = (name: string): { readonly msp: string; readonly tls: TlsFiles } => {
    const folder = join(base, 'peers', `${name}.${domain}`);
    return { msp: join(folder, 'msp'), tls: tlsFiles(folder) };
  };
  const user = join(base, 'users', `User1@${domain}`, 'msp');
  return {
    msp: join(base, 'msp'),
    ca: join(base, 'ca', `ca.${domain}-cert.pem`),
    tlsCa: join(base, 'tlsca', `tlsca.${domain}-cert.pem`),
    adminMsp: join(base, 'users', `Admin@${domain}`, 'msp'),
    peer: host(peer),
    chaincode: host(chaincode),
    client: {
      certificate: join(user, 'signcerts', `User1@${domain}-cert.pem`),
      key: join(user, 'keystore', 'priv_sk'),
    },
  };
}

function tlsFiles(host: string): TlsFiles {
  const folder = join(host, 'tls');
  return {
    certificate: join(folder, 'server.crt'),
    key: join(folder, 'server.key'),
    ca: join(folder, 'ca.crt'),
  };
}
