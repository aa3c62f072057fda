/** A certificate authority for tests, with certificates as Fabric's own tools issue them (P-256, organisational units). */
// @peculiar/x509 does not start without it.
import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

/** From a minute ago, for a year. A peer takes no certificate that is older than the CA that issued it. */
export function currentValidity(): Validity {
  const now = Date.now();
  return { from: new Date(now - MINUTE_MS), to: new Date(now + 365 * DAY_MS) };
}

/** A year that ended yesterday. */
export function pastValidity(): Validity {
  const now = Date.now();
  return { from: new Date(now - 366 * DAY_MS), to: new Date(now - DAY_MS) };
}

/** A certificate with its key, as PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate that is no CA; `unit` is its organisational unit, by which Fabric tells roles apart. */
  readonly issue: (name: string, unit: string, validity?: Validity, curve?: 'P-256' | 'P-384') => Promise<Issued>;
}

function serialNumber(): string {
  return `00${randomBytes(15).toString('hex')}`;
}

function keyPem(key: CryptoKey): string {
  return KeyObject.from(key).export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** As the CA's own certificate has it: tools differ in how they derive it from the key. */
function keyIdOf(certificate: x509.X509Certificate): string {
  return certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '';
}

function authority(certificate: x509.X509Certificate, signingKey: CryptoKey): TestAuthority {
  return {
    certificate: certificate.toString('pem'),
    issue: async (name, unit, validity = currentValidity(), curve = 'P-256') => {
      const keys = await webcrypto.subtle.generateKey({ ...P256, namedCurve: curve }, true, ['sign', 'verify']);
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: `CN=${name}, OU=${unit}`,
        // The name as it is encoded there: issuer and subject are compared byte for byte.
        issuer: certificate.subjectName,
        notBefore: validity.from,
        notAfter: validity.to,
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: SIGNING,
        extensions: [
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.AuthorityKeyIdentifierExtension(keyIdOf(certificate)),
        ],
      });
      return { certificate: issued.toString('pem'), key: keyPem(keys.privateKey) };
    },
  };
}

/** A new root. */
export async function newAuthority(name: string, validity = currentValidity()): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    notBefore: validity.from,
    notAfter: validity.to,
    keys: keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authority(certificate, keys.privateKey);
}

/** An authority that exists: its certificate and its private key as PEM. */
export async function openAuthority({ certificate, key }: Issued): Promise<TestAuthority> {
  const der = createPrivateKey(key).export({ format: 'der', type: 'pkcs8' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign']);
  return authority(new x509.X509Certificate(certificate), signingKey);
}
