/** RFC 6901 JSON Pointers. @module */

/** One reference token, escaped: `~` as `~0`, `/` as `~1`. */
export function escapePointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `formatPointer(['a/b', 0])` is `/a~1b/0`; no tokens is `''`, the whole document. */
export function formatPointer(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${escapePointerToken(String(token))}`).join('');
}
