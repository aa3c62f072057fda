/**
 * Headers that every answer carries, each with its reason.
 *
 * @module
 */

interface SecurityHeader {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

/** The list, in the order in which it is sent. */
export const SECURITY_HEADERS: readonly SecurityHeader[] = [
  {
    name: 'X-Content-Type-Options',
    value: 'nosniff',
    reason: 'JSON and tiles are never guessed to be a page or a script.',
  },
  {
    name: 'Content-Security-Policy',
    value: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    reason: 'An answer opened in a browser loads and runs nothing. The page /docs sends its own, wider one.',
  },
  { name: 'X-Frame-Options', value: 'DENY', reason: 'The same against framing, for browsers without frame-ancestors.' },
  { name: 'Referrer-Policy', value: 'no-referrer', reason: 'Event ids in our URLs are told to no other site.' },
  {
    name: 'Cross-Origin-Resource-Policy',
    value: 'same-origin',
    reason: 'Other sites cannot pull answers into their processes (Spectre).',
  },
  {
    name: 'Strict-Transport-Security',
    value: 'max-age=31536000',
    reason: 'Behind the TLS proxy, browsers do not fall back to HTTP; over plain HTTP they ignore it (RFC 6797 §8.1).',
  },
];

/** Name and value alternating, for `writeHead`. */
export const RAW_SECURITY_HEADERS: readonly string[] = SECURITY_HEADERS.flatMap(({ name, value }) => [name, value]);

const CSP = 'Content-Security-Policy';

/** The list with another Content-Security-Policy, for answers that are a page. */
export function securityHeadersWith(policy: string): readonly string[] {
  return SECURITY_HEADERS.flatMap(({ name, value }) => [name, name === CSP ? policy : value]);
}
