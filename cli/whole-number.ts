import { unusable } from './failure.ts';

/** A number from the command line. @throws CommandFailure exit 2 */
export function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw unusable(`${option} needs a whole number`);
  return Number(text);
}
