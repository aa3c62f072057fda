/** Every way in which a Fabric profile can be wrong, and what is said about it. */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { FabricProfile } from '../../../ledger/anchor/fabric/profile.ts';
import { LedgerError } from '../../../ledger/errors.ts';
import { readFabricProfile } from '../../../runtime/fabric-profile.ts';
import { newAuthority, pastValidity } from '../../support/certificate-authority.ts';

/** A profile as a person writes it; members are changed at will. */
interface Draft {
  [member: string]: unknown;
  identity: Record<string, unknown>;
  organizations: Record<string, unknown>[];
  gateways: Record<string, unknown>[];
}

let folder: string;
const secretTexts: string[] = [];

function put(name: string, text: string, mode = 0o600): string {
  writeFileSync(join(folder, name), text, { mode });
  chmodSync(join(folder, name), mode);
  return name;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vericlin-profile-'));
  const [one, two, tls] = await Promise.all(['ca.org1', 'ca.org2', 'tlsca'].map((name) => newAuthority(name)));
  if (one === undefined || two === undefined || tls === undefined) throw new Error('no authorities');
  put('org1.pem', one.certificate);
  put('org2.pem', two.certificate);
  put('both.pem', `${one.certificate}\n${two.certificate}\n`);
  put('tls.pem', tls.certificate);
  const client = await one.issue('client', 'client');
  put('client.pem', client.certificate);
  put('client.key', client.key);
  const other = await one.issue('other', 'client');
  put('other.key', other.key);
  put('other-key-open.key', client.key, 0o644);
  const foreign = await two.issue('foreign', 'client');
  put('foreign.pem', foreign.certificate);
  put('foreign.key', foreign.key);
  const late = await one.issue('late', 'client', pastValidity());
  put('late.pem', late.certificate);
  put('late.key', late.key);
  const longer = await one.issue('longer', 'client', undefined, 'P-384');
  put('p384.pem', longer.certificate);
  put('p384.key', longer.key);
  const dialler = await tls.issue('dialler', 'client');
  put('dialler.pem', dialler.certificate);
  put('dialler.key', dialler.key);
  const rsa = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  put('ed25519.key', rsa.toString());
  put(
    'locked.key',
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString(),
  );
  put('text.pem', 'not a certificate');
  put('damaged.pem', client.certificate.replace(/\n[^-]{20}/, '\n'));
  put('large.pem', 'x'.repeat(2 * 1024 * 1024));
  put('token.so', '');
  put('pin', '1234');
  secretTexts.push(client.key.split('\n')[1] ?? '', other.key.split('\n')[1] ?? '');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function draft(): Draft {
  return {
    identity: { mspId: 'Org1MSP', certificate: 'client.pem', key: 'client.key' },
    organizations: [
      { mspId: 'Org1MSP', ca: 'org1.pem' },
      { mspId: 'Org2MSP', ca: 'org2.pem' },
    ],
    gateways: [
      { mspId: 'Org1MSP', endpoint: '127.0.0.1:7051', tlsCa: 'tls.pem', serverName: 'localhost' },
      { mspId: 'Org2MSP', endpoint: 'peer.org2.example:7061', tlsCa: 'tls.pem' },
    ],
  };
}

function read(change: (profile: Draft) => void = () => undefined): FabricProfile {
  const profile = draft();
  change(profile);
  return readFabricProfile(join(folder, put('profile.yaml', stringify(profile))));
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    expect(error.code).toBe('config_invalid');
    // Nothing of a key ever stands in a message, nor in the chain of causes.
    const everything = [error.message, String(error.cause)].join();
    for (const secret of secretTexts) expect(everything).not.toContain(secret);
    return error.message;
  }
  throw new Error('the profile was taken');
}

describe('a profile that can be used', () => {
  test('gives names, files, deadlines and certificates; nothing of it can be changed', () => {
    const profile = read((given) => {
      given['ordererCa'] = 'both.pem';
      given['timeouts'] = { commitMs: 30_000 };
    });
    expect(profile).toMatchObject({
      path: join(folder, 'profile.yaml'),
      channel: 'vericlin',
      chaincode: 'merkle-anchor',
      batchDelayMs: 500,
      timeouts: { endorseMs: 5000, submitMs: 5000, commitMs: 30_000, evaluateMs: 5000 },
      warnings: [],
    });
    expect(profile.gateways.map(({ serverName }) => serverName)).toEqual(['localhost', undefined]);
    expect(profile.certificates.map(({ name }) => name)).toEqual([
      'client',
      'Org1MSP CA',
      'Org2MSP CA',
      'gateway Org1MSP TLS CA',
      'gateway Org2MSP TLS CA',
      'orderer CA',
      'orderer CA 2',
    ]);
    for (const { notAfter } of profile.certificates) expect(Date.parse(notAfter)).toBeGreaterThan(Date.now());
    for (const part of [profile, profile.identity, profile.gateways, profile.gateways[0], profile.timeouts]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(JSON.stringify(profile)).not.toContain('PRIVATE KEY');
  });

  test('may be JSON, and have absolute paths', () => {
    const profile = draft();
    profile.identity['certificate'] = join(folder, 'client.pem');
    const file = put('profile.json', JSON.stringify(profile));
    expect(readFabricProfile(join(folder, file)).identity.mspId).toBe('Org1MSP');
  });

  test('may ask for mTLS', () => {
    const { gateways, certificates } = read(({ gateways: [first] }) => {
      Object.assign(first as object, { clientCertificate: 'dialler.pem', clientKey: 'dialler.key' });
    });
    expect(gateways[0]?.client?.certificate).toContain('BEGIN CERTIFICATE');
    expect(gateways[1]?.client).toBeUndefined();
    expect(certificates.map(({ name }) => name)).toContain('gateway Org1MSP TLS client');
  });

  test('may name a key in a token, by default the way Fabric names it', () => {
    const token = { library: 'token.so', label: 'vericlin', pinFile: 'pin' };
    const key = (more: object): unknown =>
      read(({ identity }) => {
        delete identity['key'];
        identity['pkcs11'] = { ...token, ...more };
      }).identity.key;
    const certificate = new X509Certificate(read().identity.certificate);
    const point = certificate.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
    expect(key({})).toEqual({
      kind: 'pkcs11',
      library: join(folder, 'token.so'),
      label: 'vericlin',
      pinFile: join(folder, 'pin'),
      keyId: createHash('sha256').update(point).digest('hex'),
    });
    expect(key({ keyId: '0a' })).toMatchObject({ keyId: '0a' });
    expect(JSON.stringify(key({}))).not.toContain('1234');
  });
});

describe('a profile that is taken with a warning', () => {
  test('a key that everybody may read', () => {
    const { warnings } = read(({ identity }) => (identity['key'] = 'other-key-open.key'));
    expect(warnings).toEqual([expect.stringContaining('identity.key: everybody on this machine may read the file')]);
  });

  test('a certificate that expired: the service starts, and says so', () => {
    const { warnings, certificates } = read(({ identity }) => {
      Object.assign(identity, { certificate: 'late.pem', key: 'late.key' });
    });
    expect(warnings).toEqual([expect.stringMatching(/the certificate "client" expired on \d{4}-.*: renew it/)]);
    expect(Date.parse(certificates[0]?.notAfter ?? '')).toBeLessThan(Date.now());
  });

  test('a client certificate that the organisation did not issue', () => {
    const { warnings } = read(({ identity }) => {
      Object.assign(identity, { certificate: 'foreign.pem', key: 'foreign.key' });
    });
    expect(warnings).toEqual([expect.stringContaining('no CA certificate of Org1MSP in the profile issued it')]);
  });

  test('one organisation alone', () => {
    const { warnings } = read((profile) => {
      profile.organizations.splice(1);
      profile.gateways.splice(1);
    });
    expect(warnings).toEqual([expect.stringContaining('one organisation alone endorses')]);
  });
});

/** What is changed, which member the message names, and what it says. */
const REFUSALS: readonly (readonly [string, (profile: Draft) => void, string, RegExp])[] = [
  ['an unknown member', (p) => (p['chanel'] = 'x'), 'chanel', /Did you mean channel\?/],
  ['an unknown member of the identity', (p) => (p.identity['cert'] = 'x'), 'identity.cert', /no such member/],
  [
    'an unknown member of an organisation',
    (p) => (p.organizations[1] = { mspID: 'Org2MSP', ca: 'org2.pem' }),
    'organizations[1].mspID',
    /Did you mean mspId\?/,
  ],
  [
    'an unknown member of a gateway',
    (p) => Object.assign(p.gateways[0] as object, { tlsca: 'x' }),
    'gateways[0].tlsca',
    /Did you mean tlsCa\?/,
  ],
  ['an unknown deadline', (p) => (p['timeouts'] = { endorseMS: 1 }), 'timeouts.endorseMS', /Did you mean endorseMs\?/],
  [
    'no identity',
    (p) => Reflect.deleteProperty(p, 'identity'),
    'identity',
    /an object with mspId, certificate and key/,
  ],
  [
    'no certificate',
    (p) => Reflect.deleteProperty(p.identity, 'certificate'),
    'identity.certificate',
    /the path of a PEM file/,
  ],
  ['no organisations', (p) => (p.organizations = []), 'organizations', /at least one/],
  ['no gateways', (p) => (p.gateways = []), 'gateways', /at least one/],
  ['a channel name that Fabric does not take', (p) => (p['channel'] = 'Vericlin'), 'channel', /the name of a channel/],
  [
    'a chaincode name that Fabric does not take',
    (p) => (p['chaincode'] = 'a b'),
    'chaincode',
    /the name of a chaincode/,
  ],
  ['an MSP id with spaces', (p) => (p.identity['mspId'] = 'Org 1'), 'identity.mspId', /an MSP id/],
  [
    'an endpoint with a scheme',
    (p) => Object.assign(p.gateways[0] as object, { endpoint: 'grpcs://a:1' }),
    'gateways[0].endpoint',
    /host:port without a scheme/,
  ],
  [
    'an endpoint without a port',
    (p) => Object.assign(p.gateways[0] as object, { endpoint: 'localhost' }),
    'gateways[0].endpoint',
    /host:port/,
  ],
  [
    'an endpoint with an impossible port',
    (p) => Object.assign(p.gateways[1] as object, { endpoint: 'a:70000' }),
    'gateways[1].endpoint',
    /host:port/,
  ],
  [
    'a deadline of no length',
    (p) => (p['timeouts'] = { commitMs: 0 }),
    'timeouts.commitMs',
    /milliseconds, 100 to 120000/,
  ],
  ['a negative delay', (p) => (p['batchDelayMs'] = -1), 'batchDelayMs', /milliseconds, 0 to 60000/],
  [
    'an organisation twice',
    (p) => p.organizations.push({ mspId: 'Org1MSP', ca: 'org1.pem' }),
    'organizations[2]',
    /the same organisation/,
  ],
  [
    'an endpoint twice',
    (p) => p.gateways.push({ mspId: 'Org1MSP', endpoint: '127.0.0.1:7051', tlsCa: 'tls.pem' }),
    'gateways[2]',
    /the same endpoint/,
  ],
  [
    'a gateway of an organisation that does not endorse',
    (p) => Object.assign(p.gateways[1] as object, { mspId: 'Org2MPS' }),
    'gateways[1].mspId',
    /Did you mean Org2MSP\?/,
  ],
  [
    'a certificate file that is not there',
    (p) => (p.identity['certificate'] = 'gone.pem'),
    'identity.certificate',
    /cannot be read \(ENOENT\)/,
  ],
  [
    'a folder for a certificate',
    (p) => (p.identity['certificate'] = '.'),
    'identity.certificate',
    /cannot be read \(EISDIR\)/,
  ],
  ['a file that is too large', (p) => (p.identity['certificate'] = 'large.pem'), 'identity.certificate', /too large/],
  [
    'a file without a certificate',
    (p) => (p.identity['certificate'] = 'text.pem'),
    'identity.certificate',
    /holds no certificate/,
  ],
  [
    'a damaged certificate',
    (p) => (p.identity['certificate'] = 'damaged.pem'),
    'identity.certificate',
    /cannot be parsed/,
  ],
  [
    'the certificate of a CA as the client’s',
    (p) => (p.identity['certificate'] = 'org1.pem'),
    'identity.certificate',
    /the certificate of a CA/,
  ],
  [
    'the key file of another certificate',
    (p) => (p.identity['key'] = 'other.key'),
    'identity.key',
    /does not belong to the certificate/,
  ],
  [
    'a key on another curve',
    (p) => Object.assign(p.identity, { certificate: 'p384.pem', key: 'p384.key' }),
    'identity.certificate',
    /not an ECDSA key on P-256/,
  ],
  ['a certificate for a key', (p) => (p.identity['key'] = 'client.pem'), 'identity.key', /holds no private key/],
  ['a key of another kind', (p) => (p.identity['key'] = 'ed25519.key'), 'identity.key', /does not belong/],
  ['a key with a passphrase', (p) => (p.identity['key'] = 'locked.key'), 'identity.key', /without a passphrase/],
  ['neither key nor token', (p) => Reflect.deleteProperty(p.identity, 'key'), 'identity', /either key.*or pkcs11/],
  [
    'both key and token',
    (p) => (p.identity['pkcs11'] = { library: 'token.so', label: 'x', pinFile: 'pin' }),
    'identity',
    /not both/,
  ],
  [
    'a token without its library',
    (p) => {
      delete p.identity['key'];
      p.identity['pkcs11'] = { library: 'gone.so', label: 'x', pinFile: 'pin' };
    },
    'identity.pkcs11.library',
    /no such file \(ENOENT\)/,
  ],
  [
    'a token without its PIN',
    (p) => {
      delete p.identity['key'];
      p.identity['pkcs11'] = { library: 'token.so', label: 'x', pinFile: 'gone' };
    },
    'identity.pkcs11.pinFile',
    /no such file/,
  ],
  [
    'a CA file with a certificate that is no CA',
    (p) => Object.assign(p.organizations[0] as object, { ca: 'client.pem' }),
    'organizations[0].ca',
    /not one of a CA/,
  ],
  [
    'a TLS CA that is not there',
    (p) => Object.assign(p.gateways[1] as object, { tlsCa: 'gone.pem' }),
    'gateways[1].tlsCa',
    /cannot be read/,
  ],
  ['an orderer CA that is no CA', (p) => (p['ordererCa'] = 'client.pem'), 'ordererCa', /not one of a CA/],
  [
    'half an mTLS identity',
    (p) => Object.assign(p.gateways[0] as object, { clientKey: 'dialler.key' }),
    'gateways[0]',
    /go together/,
  ],
  [
    'an mTLS key of another certificate',
    (p) => Object.assign(p.gateways[0] as object, { clientCertificate: 'dialler.pem', clientKey: 'client.key' }),
    'gateways[0].clientKey',
    /does not belong/,
  ],
];

describe('a profile that is refused', () => {
  test.each(REFUSALS)('%s', (_name, change, member, text) => {
    const message = refusal(() => read(change));
    expect(message).toContain(`Fabric profile ${join(folder, 'profile.yaml')}, ${member}: `);
    expect(message).toMatch(text);
  });

  test('there is no such file', () => {
    expect(refusal(() => readFabricProfile(join(folder, 'gone.yaml')))).toMatch(
      /gone\.yaml: the file cannot be read \(ENOENT\)\. .* relative to the working folder/,
    );
  });

  test.each([
    ['no YAML', 'identity: [', /line 1 is neither YAML nor JSON/],
    ['a member twice', 'channel: a\nchannel: b\n', /line 2 is neither YAML nor JSON \(DUPLICATE_KEY\)/],
    ['a list', '- a\n', /it must be a YAML or JSON object/],
    ['nothing', '', /it must be a YAML or JSON object/],
  ])('%s', (_name, text, expected) => {
    expect(refusal(() => readFabricProfile(join(folder, put('broken.yaml', text))))).toMatch(expected);
  });

  test('a key written into the profile is not repeated', () => {
    const message = refusal(() => read(({ identity }) => (identity['key'] = secretTexts[0])));
    expect(message).toContain('identity.key');
  });
});
