/** The files that a Fabric profile names: certificates and keys. What is in them never goes into a message. @module */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseCertificates } from '../ledger/anchor/fabric/certificates.ts';
import { LedgerError } from '../ledger/errors.ts';

const READABLE_BY_OTHERS = 0o004;
/** Certificates and keys are a few KB; whatever is larger is some other file. */
const MAX_FILE_BYTES = 1024 * 1024;

/** `ENOENT` and the like. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown error';
}

/** A PEM file with certificates. */
export interface CertificateFile {
  readonly pem: string;
  /** At least one. */
  readonly certificates: readonly X509Certificate[];
}

/** Reads what the members of one profile name. Members are written as in `gateways[0].tlsCa`. */
export class ProfileFiles {
  readonly #profile: string;
  readonly #warnings: string[] = [];

  /** @param profile absolute path of the profile, which relative paths are relative to */
  constructor(profile: string) {
    this.#profile = profile;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /**
   * @param cause none where it could repeat a value of the profile, which may be a key that was put there by mistake
   * @throws LedgerError `config_invalid`
   */
  refuse(member: string, problem: string, cause?: unknown): never {
    const at = member === '' ? '' : `, ${member}`;
    throw new LedgerError('config_invalid', `Fabric profile ${this.#profile}${at}: ${problem}`, { cause });
  }

  warn(member: string, problem: string): void {
    this.#warnings.push(`Fabric profile ${this.#profile}, ${member}: ${problem}`);
  }

  /** Absolute. */
  path(given: string): string {
    return resolve(dirname(this.#profile), given);
  }

  #read(member: string, given: string): string {
    const relativeTo = member === '' ? 'to the working folder' : 'to the profile';
    const path = this.path(given);
    try {
      if (statSync(path).size > MAX_FILE_BYTES) this.refuse(member, 'the file is too large to be a PEM file.');
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      const code = codeOf(error);
      return this.refuse(
        member,
        `the file cannot be read (${code}). Give the path of a readable file, absolute or relative ${relativeTo}.`,
      );
    }
  }

  /** The profile itself, as text. @throws LedgerError `config_invalid` */
  profileText(): string {
    return this.#read('', this.#profile);
  }

  /** @throws LedgerError `config_invalid` */
  certificates(member: string, given: string): CertificateFile {
    const pem = this.#read(member, given);
    let certificates: readonly X509Certificate[];
    try {
      certificates = parseCertificates(pem);
    } catch (error) {
      return this.refuse(member, 'the file holds a certificate that cannot be parsed: replace it.', error);
    }
    if (certificates.length === 0) {
      this.refuse(member, 'the file holds no certificate: a PEM file with BEGIN CERTIFICATE is expected.');
    }
    return { pem, certificates };
  }

  /** @throws LedgerError `config_invalid` also where one of them is no CA */
  caCertificates(member: string, given: string): CertificateFile {
    const file = this.certificates(member, given);
    if (file.certificates.some(({ ca }) => !ca)) {
      this.refuse(member, 'the file holds a certificate that is not one of a CA (RFC 5280, basicConstraints).');
    }
    return file;
  }

  /** An EC P-256 key without a passphrase. @throws LedgerError `config_invalid` */
  privateKey(member: string, given: string): KeyObject {
    const pem = this.#read(member, given);
    this.warnIfOthersMayRead(member, given);
    try {
      return createPrivateKey(pem);
    } catch {
      // Without the cause: nothing of OpenSSL's words about a key belongs into a log.
      return this.refuse(member, 'the file holds no private key in PEM form without a passphrase: replace it.');
    }
  }

  warnIfOthersMayRead(member: string, given: string): void {
    const { mode } = statSync(this.path(given));
    if (process.platform === 'win32' || (mode & READABLE_BY_OTHERS) === 0) return;
    this.warn(member, 'everybody on this machine may read the file: run chmod 600 on it.');
  }

  /** @throws LedgerError `config_invalid` where the file is not there */
  requireFile(member: string, given: string): string {
    this.#stat(member, given);
    return this.path(given);
  }

  #stat(member: string, given: string): void {
    try {
      statSync(this.path(given));
    } catch (error) {
      const code = codeOf(error);
      this.refuse(
        member,
        `there is no such file (${code}). Give its path, absolute or relative to the profile.`,
        error,
      );
    }
  }
}
