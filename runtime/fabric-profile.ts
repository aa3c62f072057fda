/**
 * The Fabric profile (`VERICLIN_FABRIC_PROFILE`): channel, chaincode, who appends, who has to endorse, and through which
 * gateways. Everything is checked before the service starts, apart from the dates of certificates: an expired one keeps
 * anchoring from going on, not the service.
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { describeCertificates, outsideValidity, sayWhyInvalid } from '../ledger/anchor/fabric/certificates.ts';
import type {
  FabricGateway,
  FabricIdentity,
  FabricOrganization,
  FabricProfile,
  ProfileCertificate,
  TokenKey,
} from '../ledger/anchor/fabric/profile.ts';
import { EXPECTED, MEMBERS, profileSchema, type ProfileText } from './fabric-profile-schema.ts';
import { nearestName } from './nearest-name.ts';
import { type CertificateFile, ProfileFiles } from './profile-files.ts';

/** `gateways[0].tlsCa`. */
function memberName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${String(part)}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function lastName(path: readonly PropertyKey[]): string {
  return path.findLast((part): part is string => typeof part === 'string') ?? '';
}

function refuseIssue(files: ProfileFiles, issue: z.core.$ZodIssue): never {
  const name = lastName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const nearest = nearestName(unknown, MEMBERS[name] ?? []);
    return files.refuse(
      memberName([...issue.path, unknown]),
      `no such member. Did you mean ${nearest}? Remove it or correct its name.`,
    );
  }
  return files.refuse(memberName(issue.path), `it must be ${EXPECTED[name] ?? 'given as documented'}.`);
}

function parseText(files: ProfileFiles): ProfileText {
  const lineCounter = new LineCounter();
  const document = parseDocument(files.profileText(), { lineCounter });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line } = lineCounter.linePos(fault.pos[0]);
    files.refuse('', `line ${String(line)} is neither YAML nor JSON (${fault.code}).`);
  }
  const parsed = profileSchema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return parsed.data;
  // A mistyped name makes the right one missing: the unknown one says more.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return issue === undefined ? files.refuse('', 'it is not valid.') : refuseIssue(files, issue);
}

/** Curve that Fabric's MSP signs with, and the only one that verifiers of evidence take. */
function requireP256(files: ProfileFiles, member: string, key: KeyObject): void {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    files.refuse(member, 'the key is not an ECDSA key on P-256: Fabric signs with that curve.');
  }
}

function requirePair(files: ProfileFiles, member: string, certificate: X509Certificate, key: KeyObject): void {
  if (!certificate.publicKey.equals(createPublicKey(key))) {
    files.refuse(member, 'the key does not belong to the certificate: give the two files that were issued together.');
  }
}

function first({ certificates }: CertificateFile): X509Certificate {
  return certificates[0] as X509Certificate;
}

/** SHA-256 of the uncompressed point: how Fabric's own tools name a key in a token (CKA_ID, the subject key identifier). */
function defaultKeyId({ publicKey }: X509Certificate): string {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki.subarray(-65)).digest('hex');
}

type IdentityText = ProfileText['identity'];

function tokenKey(files: ProfileFiles, given: NonNullable<IdentityText['pkcs11']>, own: X509Certificate): TokenKey {
  const pinFile = files.requireFile('identity.pkcs11.pinFile', given.pinFile);
  files.warnIfOthersMayRead('identity.pkcs11.pinFile', given.pinFile);
  return {
    kind: 'pkcs11',
    library: files.requireFile('identity.pkcs11.library', given.library),
    label: given.label,
    pinFile,
    keyId: given.keyId ?? defaultKeyId(own),
  };
}

function readIdentity(files: ProfileFiles, given: IdentityText, file: CertificateFile): FabricIdentity {
  const own = first(file);
  if (own.ca) files.refuse('identity.certificate', 'it is the certificate of a CA: give the one of a client.');
  requireP256(files, 'identity.certificate', own.publicKey);
  const { mspId, key: keyPath, pkcs11 } = given;
  if ((keyPath === undefined) === (pkcs11 === undefined)) {
    files.refuse('identity', 'give either key, the path of a PEM file, or pkcs11, and not both.');
  }
  if (pkcs11 !== undefined) return { mspId, certificate: file.pem, key: tokenKey(files, pkcs11, own) };
  const key = files.privateKey('identity.key', keyPath ?? '');
  requirePair(files, 'identity.key', own, key);
  return { mspId, certificate: file.pem, key: { kind: 'file', key } };
}

type GatewayText = ProfileText['gateways'][number];

function readTlsClient(
  files: ProfileFiles,
  member: string,
  given: GatewayText,
  file: CertificateFile | undefined,
): FabricGateway['client'] {
  if ((given.clientCertificate === undefined) !== (given.clientKey === undefined)) {
    files.refuse(member, 'clientCertificate and clientKey go together: give both or neither.');
  }
  if (file === undefined) return undefined;
  const key = files.privateKey(`${member}.clientKey`, given.clientKey ?? '');
  requirePair(files, `${member}.clientKey`, first(file), key);
  return { certificate: file.pem, key };
}

function refuseTwice(files: ProfileFiles, member: string, values: readonly string[], what: string): void {
  const again = values.findIndex((value, index) => values.indexOf(value) < index);
  if (again !== -1) files.refuse(`${member}[${String(again)}]`, `the same ${what} stands in the list before.`);
}

/** Everything that was read, with what is watched. */
class Reading {
  readonly files: ProfileFiles;
  readonly certificates: ProfileCertificate[] = [];

  constructor(files: ProfileFiles) {
    this.files = files;
  }

  watch(name: string, file: CertificateFile): CertificateFile {
    this.certificates.push(...describeCertificates(name, file.certificates));
    return file;
  }

  organization({ mspId, ca }: ProfileText['organizations'][number], index: number): FabricOrganization {
    const file = this.files.caCertificates(`organizations[${String(index)}].ca`, ca);
    return { mspId, ca: this.watch(`${mspId} CA`, file).pem };
  }

  gateway(given: GatewayText, index: number): FabricGateway {
    const member = `gateways[${String(index)}]`;
    const { mspId, endpoint, serverName } = given;
    const tlsCa = this.watch(`gateway ${mspId} TLS CA`, this.files.certificates(`${member}.tlsCa`, given.tlsCa));
    const own =
      given.clientCertificate === undefined
        ? undefined
        : this.watch(
            `gateway ${mspId} TLS client`,
            this.files.certificates(`${member}.clientCertificate`, given.clientCertificate),
          );
    const client = readTlsClient(this.files, member, given, own);
    return { mspId, endpoint, tlsCa: tlsCa.pem, serverName, client };
  }
}

function checkLists(files: ProfileFiles, { organizations, gateways }: ProfileText): void {
  const mspIds = organizations.map(({ mspId }) => mspId);
  refuseTwice(files, 'organizations', mspIds, 'organisation');
  const endpoints = gateways.map(({ endpoint }) => endpoint);
  refuseTwice(files, 'gateways', endpoints, 'endpoint');
  const stranger = gateways.findIndex(({ mspId }) => !mspIds.includes(mspId));
  if (stranger !== -1) {
    const nearest = nearestName(gateways[stranger]?.mspId ?? '', mspIds);
    files.refuse(
      `gateways[${String(stranger)}].mspId`,
      `it is none of the organizations. Did you mean ${nearest}? Correct it or add the organisation.`,
    );
  }
  if (organizations.length === 1) {
    files.warn(
      'organizations',
      'one organisation alone endorses: it could rewrite the log together with its own peers.',
    );
  }
}

/** A certificate of another organisation is what peers refuse with "access denied" and no more. */
function warnOfOtherIssuer(
  files: ProfileFiles,
  identity: FabricIdentity,
  own: X509Certificate,
  cas: CertificateFile[],
): void {
  if (cas.length === 0) return;
  const isIssued = cas.some(({ certificates }) =>
    certificates.some((ca) => own.issuer === ca.subject && own.verify(ca.publicKey)),
  );
  if (isIssued) return;
  files.warn(
    'identity.certificate',
    `no CA certificate of ${identity.mspId} in the profile issued it: its peers refuse it, unless they know an intermediate CA.`,
  );
}

function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  for (const member of Object.values(value)) freezeDeeply(member);
  return Object.freeze(value);
}

/**
 * Reads a profile and every file that it names.
 *
 * @param path of the YAML or JSON file
 * @param now for warnings about certificates that are expired or not yet valid
 * @throws LedgerError `config_invalid`, which names the profile and the member and says what to do
 */
export function readFabricProfile(path: string, now: Date = new Date()): FabricProfile {
  const absolute = resolve(path);
  const files = new ProfileFiles(absolute);
  const text = parseText(files);
  checkLists(files, text);

  const reading = new Reading(files);
  const certificate = reading.watch('client', files.certificates('identity.certificate', text.identity.certificate));
  const identity = readIdentity(files, text.identity, certificate);
  const organizations = text.organizations.map((given, index) => reading.organization(given, index));
  const gateways = text.gateways.map((given, index) => reading.gateway(given, index));
  const ordererCa =
    text.ordererCa === undefined
      ? undefined
      : reading.watch('orderer CA', files.caCertificates('ordererCa', text.ordererCa)).pem;

  const ownCas = text.organizations.flatMap(({ mspId, ca }, index) =>
    mspId === identity.mspId ? [files.caCertificates(`organizations[${String(index)}].ca`, ca)] : [],
  );
  warnOfOtherIssuer(files, identity, first(certificate), ownCas);
  for (const invalid of outsideValidity(reading.certificates, now)) {
    files.warn('certificates', `${sayWhyInvalid(invalid, now)}: renew it, anchoring will not go on before.`);
  }

  const { channel, chaincode, timeouts, batchDelayMs } = text;
  return freezeDeeply({
    path: absolute,
    channel,
    chaincode,
    identity,
    organizations,
    gateways,
    ordererCa,
    timeouts,
    batchDelayMs,
    certificates: reading.certificates,
    warnings: [...files.warnings],
  });
}
