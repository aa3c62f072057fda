import type { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** An answer of the service in the form that is expected. @throws CommandFailure exit 1 */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, url: string): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new CommandFailure(EXIT.failed, `${url} answered in a form that is not known`, {
    next: 'Check that --url is the address of a Vericlin service of this version.',
  });
}
