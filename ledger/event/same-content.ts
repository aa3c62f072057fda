import { canonicalize } from '../canonical/jcs.ts';
import type { Envelope, JsonValue, RecordedEnvelope } from '../types.ts';

function contentOf(envelope: Envelope | RecordedEnvelope): string {
  const posted: Partial<Record<keyof RecordedEnvelope, unknown>> = { ...envelope };
  delete posted.recordedAt;
  // The entry omits empty refs: posting none and an empty list are the same.
  if (envelope.refs?.length === 0) delete posted.refs;
  return canonicalize(posted as JsonValue);
}

/**
 * Whether two events say the same: their canonical envelopes agree, the server's `recordedAt` aside. Member order,
 * number spelling and the case of ids do not matter (invariant 7).
 */
export function sameContent(a: Envelope | RecordedEnvelope, b: Envelope | RecordedEnvelope): boolean {
  return contentOf(a) === contentOf(b);
}
