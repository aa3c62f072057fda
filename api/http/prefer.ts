/**
 * `Prefer: wait=N` (RFC 7240 §4.3), on hostile input.
 *
 * @module
 */

/** Beyond this no preference is looked at. */
const MAX_HEADER_CHARACTERS = 1_024;
/** A list of preferences, cut at commas outside of quotes; a quote that is never closed takes the rest. */
const PREFERENCE = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|$))+/g;
const IS_WAIT = /^[ \t]*wait[ \t]*(?:[=;]|$)/i;
const WAIT_SECONDS = /^[ \t]*wait[ \t]*=[ \t]*(?:(\d{1,9})|"(\d{1,9})")[ \t]*(?:;|$)/i;

/**
 * Seconds that the client is willing to wait. Of several the first counts (RFC 7240 §2); one that cannot be read is as if
 * it were not there.
 *
 * @param header attacker-controlled
 */
export function preferredWaitSeconds(header: string | readonly string[] | undefined): number | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const preferences = text.slice(0, MAX_HEADER_CHARACTERS).match(PREFERENCE) ?? [];
  const first = preferences.find((preference) => IS_WAIT.test(preference));
  const [, plain, quoted] = WAIT_SECONDS.exec(first ?? '') ?? [];
  const seconds = plain ?? quoted;
  return seconds === undefined ? undefined : Number(seconds);
}
