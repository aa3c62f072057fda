/** Organisations of a Fabric channel made in the test: CA, certificates of every kind, revocation lists. Real keys. */
import 'reflect-metadata';
import { KeyObject, randomBytes, sign, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

export const { KeyUsageFlags } = x509;

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** Order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const CA_USAGE: x509.KeyUsageFlags = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;

export const VALID_FROM = new Date('2026-01-01T00:00:00Z');
export const VALID_TO = new Date('2036-01-01T00:00:00Z');

/** Somebody with a certificate and its key. */
export interface Member {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
  readonly serial: string;
}

export interface CertificateSpec {
  readonly name?: string;
  /** Organisational units, in order. */
  readonly units?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
  readonly isCa?: boolean;
  readonly usage?: x509.KeyUsageFlags;
  readonly curve?: 'P-256' | 'P-384';
  readonly extensions?: readonly x509.Extension[];
  /** The key of somebody else: a second certificate for it. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Hash of the CA's signature. */
  readonly hash?: 'SHA-256' | 'SHA-384';
  /** Which s the CA's signature has. Whatever comes, unless it is given. */
  readonly highS?: boolean;
}

export async function newKeys(namedCurve: 'P-256' | 'P-384' = 'P-256'): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, true, ['sign', 'verify']);
}

function newSerial(): string {
  return `4f${randomBytes(15).toString('hex')}`;
}

function scalarS(signature: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(signature).subarray(-32).toString('hex')}`);
}

/** DER of an ECDSA signature whose s is low, or high. */
export function signMessage(key: KeyObject, message: Uint8Array, highS = false): Buffer {
  const raw = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  const s = scalarS(raw);
  const wanted = s > ORDER / 2n === highS ? s : ORDER - s;
  const scalar = (hex: string): Buffer => {
    const digits = Buffer.from(hex.replace(/^(00)+(?=.)/, ''), 'hex');
    const content = digits[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
    return Buffer.concat([Buffer.of(2, content.length), content]);
  };
  const body = [raw.subarray(0, 32).toString('hex'), wanted.toString(16).padStart(64, '0')].map(scalar);
  return Buffer.concat([Buffer.of(0x30, body[0]!.length + body[1]!.length), ...body]);
}

/** A CA, root or intermediate, of an organisation. */
export class TestCa {
  readonly mspId: string;
  readonly certificate: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(mspId: string, certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.mspId = mspId;
    this.certificate = certificate;
    this.#keys = keys;
  }

  static async root(mspId: string, spec: CertificateSpec = {}): Promise<TestCa> {
    const keys = spec.keys ?? (await newKeys(spec.curve));
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: spec.name ?? `C=US, O=${mspId}, CN=ca.${mspId}`,
      notBefore: spec.from ?? VALID_FROM,
      notAfter: spec.to ?? VALID_TO,
      keys,
      signingAlgorithm: { ...SIGNING, hash: spec.hash ?? 'SHA-256' },
      extensions: caExtensions(spec),
    });
    return new TestCa(mspId, certificate, keys);
  }

  get pem(): string {
    return `${this.certificate.toString('pem')}\n`;
  }

  async intermediate(spec: CertificateSpec & { readonly pathLength?: number } = {}): Promise<TestCa> {
    const keys = await newKeys();
    const name = spec.name ?? `O=${this.mspId}, CN=intermediate-${newSerial().slice(0, 8)}`;
    const certificate = await this.#create({ ...spec, extensions: caExtensions(spec) }, name, keys);
    return new TestCa(this.mspId, certificate, keys);
  }

  async issue(spec: CertificateSpec = {}): Promise<Member> {
    const keys = spec.keys ?? (await newKeys(spec.curve));
    const units = (spec.units ?? ['peer']).map((unit) => `OU=${unit}`);
    const name = ['C=US', ...units, `CN=${spec.name ?? 'member'}`].join(', ');
    const extensions =
      spec.isCa === true
        ? caExtensions(spec)
        : [
            new x509.KeyUsagesExtension(spec.usage ?? x509.KeyUsageFlags.digitalSignature, true),
            new x509.BasicConstraintsExtension(false, undefined, true),
            ...(spec.extensions ?? []),
          ];
    const certificate = await this.#create({ ...spec, extensions }, name, keys);
    return {
      mspId: this.mspId,
      certificate: `${certificate.toString('pem')}\n`,
      key: KeyObject.from(keys.privateKey),
      serial: certificate.serialNumber,
    };
  }

  /** A revocation list, PEM. */
  async revoke(serials: readonly string[]): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.certificate.subjectName,
      thisUpdate: VALID_FROM,
      nextUpdate: VALID_TO,
      entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: VALID_FROM })),
      signingKey: this.#keys.privateKey,
      signingAlgorithm: SIGNING,
    });
    return `${list.toString('pem')}\n`;
  }

  async #create(
    spec: CertificateSpec,
    subject: string,
    { publicKey }: webcrypto.CryptoKeyPair,
  ): Promise<x509.X509Certificate> {
    for (;;) {
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: newSerial(),
        subject,
        issuer: this.certificate.subjectName,
        notBefore: spec.from ?? VALID_FROM,
        notAfter: spec.to ?? VALID_TO,
        publicKey,
        signingKey: this.#keys.privateKey,
        signingAlgorithm: { ...SIGNING, hash: spec.hash ?? 'SHA-256' },
        extensions: [...(spec.extensions ?? [])],
      });
      if (spec.highS === undefined) return certificate;
      if (scalarS(new Uint8Array(certificate.signature)) > ORDER / 2n === spec.highS) return certificate;
    }
  }
}

function caExtensions(spec: CertificateSpec & { readonly pathLength?: number }): x509.Extension[] {
  const usage = spec.usage ?? CA_USAGE;
  return [
    new x509.BasicConstraintsExtension(true, spec.pathLength, true),
    new x509.KeyUsagesExtension(usage, true),
    ...(spec.extensions ?? []),
  ];
}
