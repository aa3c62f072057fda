import type { Envelope } from '../types.ts';
import { writeEnvelope } from './canonical-envelope.ts';

/**
 * Whether two events say the same: their canonical envelopes agree, the server's `recordedAt` aside. Member order,
 * number spelling and the case of ids do not matter (invariant 7).
 */
export function sameContent(a: Envelope, b: Envelope): boolean {
  return a.id === b.id && writeEnvelope(a).text === writeEnvelope(b).text;
}
