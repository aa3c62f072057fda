/** The certificates that a profile names, and whether they are valid. @module */
import { X509Certificate } from 'node:crypto';
import type { ProfileCertificate } from './profile.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Every certificate of a PEM text, in order; an empty list where there is none.
 * @throws Error of OpenSSL where one does not parse
 */
export function parseCertificates(pem: string): readonly X509Certificate[] {
  return [...pem.matchAll(PEM_CERTIFICATE)].map(([text]) => new X509Certificate(text));
}

/**
 * Name and validity of each certificate of a file.
 *
 * @param name what people call the file; from the second certificate on, its position is added
 */
export function describeCertificates(
  name: string,
  certificates: readonly X509Certificate[],
): readonly ProfileCertificate[] {
  return certificates.map(({ validFrom, validTo }, index) => ({
    name: index === 0 ? name : `${name} ${String(index + 1)}`,
    notBefore: new Date(validFrom).toISOString(),
    notAfter: new Date(validTo).toISOString(),
  }));
}

/** Certificates that are expired, or not yet valid, at `now` (RFC 5280 §4.1.2.5: both ends are included). */
export function outsideValidity(certificates: readonly ProfileCertificate[], now: Date): readonly ProfileCertificate[] {
  const time = now.getTime();
  return certificates.filter(
    ({ notBefore, notAfter }) => time < Date.parse(notBefore) || time > Date.parse(notAfter) + 999,
  );
}

/** `client expired on 2026-01-01T00:00:00.000Z`, for one that {@link outsideValidity} found. */
export function sayWhyInvalid({ name, notBefore, notAfter }: ProfileCertificate, now: Date): string {
  return now.getTime() < Date.parse(notBefore)
    ? `the certificate "${name}" is not valid before ${notBefore}`
    : `the certificate "${name}" expired on ${notAfter}`;
}
