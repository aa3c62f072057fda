import { unusable } from '../failure.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id from the command line, lower-cased. @throws CommandFailure exit 2 unless it is a UUID: it goes into a path */
export function eventIdArgument(text: string): string {
  if (!UUID.test(text)) throw unusable('the id is no UUID', 'For example 0197a1c2-5a3e-7000-8000-000000000001');
  return text.toLowerCase();
}
