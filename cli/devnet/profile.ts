/** The connection profile that `vericlin serve` reads (VERICLIN_FABRIC_PROFILE). Paths are relative to it. @module */
import { dirname, relative } from 'node:path';
import { stringify } from 'yaml';
import { organizationFiles, type Layout, type Network, type OrganizationNodes, type Plan } from './network.ts';
import { LOOPBACK } from './ports.ts';

/** The profile of one organisation: its client's identity, and its own peer as the first gateway. */
export function profileText(layout: Layout, network: Network, plan: Plan, own: OrganizationNodes): string {
  const files = organizationFiles(layout, own);
  const path = (file: string): string => relative(dirname(files.profile), file);
  const others = plan.organizations.filter(({ index }) => index !== own.index);
  const profile = {
    channel: network.channel,
    chaincode: network.chaincode,
    identity: { mspId: own.mspId, certificate: path(files.clientCertificate), key: path(files.clientKey) },
    organizations: plan.organizations.map((organization) => ({
      mspId: organization.mspId,
      ca: path(organizationFiles(layout, organization).ca),
    })),
    gateways: [own, ...others].map((organization) => ({
      mspId: organization.mspId,
      endpoint: `${LOOPBACK}:${organization.peerPort}`,
      tlsCa: path(organizationFiles(layout, organization).tlsCa),
      serverName: 'localhost',
    })),
    ordererCa: path(layout.ordererCa),
  };
  return `# Written by \`vericlin devnet up\`. A development network: its keys lie beside it, readable by this account.\n${stringify(profile)}`;
}
