/** What figures of the Aequitas profile are about. @module */
import type { AttributeContext } from '../context.ts';
import type { LibrarySubject } from '../library-figure.ts';

/** A figure of the context's attribute, of everybody unless said otherwise. */
export function subjectOf(
  { table }: Pick<AttributeContext, 'table'>,
  name: string,
  about: Pick<LibrarySubject, 'n'> & Partial<LibrarySubject>,
): LibrarySubject {
  return { name, attribute: table.attribute, group: null, reference: null, convention: 'aequitas@1.1', ...about };
}
