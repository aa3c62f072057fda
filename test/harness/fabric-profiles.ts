/** Profiles of a test network, changed in one place or another. @module */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

/** A profile as its file has it. */
export interface ProfileMembers {
  channel: string;
  chaincode: string;
  identity: { mspId: string; certificate: string; key: string };
  organizations: { mspId: string; ca: string }[];
  gateways: {
    mspId: string;
    endpoint: string;
    tlsCa: string;
    serverName?: string;
    clientCertificate?: string;
    clientKey?: string;
  }[];
  ordererCa?: string;
  timeouts?: Partial<Record<'endorseMs' | 'submitMs' | 'commitMs' | 'evaluateMs', number>>;
}

/** The profile with absolute paths, so that it can be written anywhere. */
export function profileMembers(path: string): ProfileMembers {
  const profile = parse(readFileSync(path, 'utf8')) as ProfileMembers;
  const absolute = (file: string): string => resolve(dirname(path), file);
  return {
    ...profile,
    identity: {
      ...profile.identity,
      certificate: absolute(profile.identity.certificate),
      key: absolute(profile.identity.key),
    },
    organizations: profile.organizations.map(({ mspId, ca }) => ({ mspId, ca: absolute(ca) })),
    gateways: profile.gateways.map((gateway) => ({ ...gateway, tlsCa: absolute(gateway.tlsCa) })),
    ...(profile.ordererCa === undefined ? {} : { ordererCa: absolute(profile.ordererCa) }),
  };
}

/** Writes a variant of a profile into a new folder beside it; goes when that folder goes. */
export function writeProfile(path: string, change: (profile: ProfileMembers) => void): string {
  const profile = profileMembers(path);
  change(profile);
  const file = join(mkdtempSync(join(dirname(path), 'variant-')), 'profile.yaml');
  writeFileSync(file, stringify(profile));
  return file;
}
