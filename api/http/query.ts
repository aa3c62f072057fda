/**
 * Query strings, strictly: what an operation does not name is refused, and so is what stands twice.
 *
 * @module
 */
import { LedgerError } from '../../ledger/errors.ts';

/** No query at all. */
export const NO_QUERY: Readonly<Record<string, string>> = Object.freeze({});

/**
 * @param text after the question mark (attacker-controlled)
 * @param known names that the operation has
 * @throws LedgerError `invalid_query`
 */
export function parseQuery(text: string, known: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (text === '') return NO_QUERY;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (!known.has(name)) {
      const names = known.size === 0 ? 'There are none here.' : `Known here: ${[...known].join(', ')}.`;
      throw new LedgerError('invalid_query', `A query parameter is not known. ${names}`);
    }
    if (Object.hasOwn(query, name)) throw new LedgerError('invalid_query', 'A query parameter stands twice.');
    query[name] = value;
  }
  return query;
}
