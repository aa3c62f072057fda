/**
 * The event schemas, one per type, and their digests. The digest of a schema is in every entry that was validated
 * against it, so a published schema never changes.
 *
 * @module
 */
import { canonicalize } from '../../canonical/jcs.ts';
import { utf8Encode } from '../../canonical/bytes.ts';
import type { EventType, JsonValue, Sha256 } from '../../types.ts';
import { ACCESS } from './access.ts';
import { BIAS_METRIC } from './bias-metric.ts';
import { CLINICIAN_FEEDBACK } from './clinician-feedback.ts';
import { CONFIG_CHANGE } from './config-change.ts';
import { DISCLOSURE } from './disclosure.ts';
import { DRIFT_METRIC } from './drift-metric.ts';
import { EVALUATION } from './evaluation.ts';
import { EXPLANATION } from './explanation.ts';
import { INTEGRITY_CHECK } from './integrity-check.ts';
import { KEY_SHREDDED } from './key-shredded.ts';
import { LEGAL_HOLD } from './legal-hold.ts';
import { MODEL_PROMOTED } from './model-promoted.ts';
import { MODEL_REGISTERED } from './model-registered.ts';
import { MODEL_ROLLED_BACK } from './model-rolled-back.ts';
import { OUTCOME } from './outcome.ts';
import { PREDICTION } from './prediction.ts';
import { REPORT_ISSUED } from './report-issued.ts';
import { RETRAIN_DECISION } from './retrain-decision.ts';
import { ROBUSTNESS_TEST } from './robustness-test.ts';
import type { EventSchema, MemberSchema } from './schema-types.ts';

export type { EventSchema, MemberSchema };

/** Payload schema by event type. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, EventSchema>> = {
  model_registered: MODEL_REGISTERED,
  prediction: PREDICTION,
  explanation: EXPLANATION,
  bias_metric: BIAS_METRIC,
  drift_metric: DRIFT_METRIC,
  evaluation: EVALUATION,
  robustness_test: ROBUSTNESS_TEST,
  retrain_decision: RETRAIN_DECISION,
  model_promoted: MODEL_PROMOTED,
  model_rolled_back: MODEL_ROLLED_BACK,
  clinician_feedback: CLINICIAN_FEEDBACK,
  outcome: OUTCOME,
  access: ACCESS,
  disclosure: DISCLOSURE,
  report_issued: REPORT_ISSUED,
  key_shredded: KEY_SHREDDED,
  legal_hold: LEGAL_HOLD,
  config_change: CONFIG_CHANGE,
  integrity_check: INTEGRITY_CHECK,
};

const digests = new Map<EventType, Uint8Array>();

/** SHA-256 of the canonical (RFC 8785) schema of `type`, 32 bytes. Computed once per type; the caller owns the copy. */
export function schemaDigest(type: EventType, sha256: Sha256): Uint8Array {
  let digest = digests.get(type);
  if (digest === undefined) {
    // A schema is JSON by construction; the cast only drops `readonly`.
    digest = sha256(utf8Encode(canonicalize(EVENT_SCHEMAS[type] as unknown as JsonValue)));
    digests.set(type, digest);
  }
  // Not `slice()`: of a Buffer that is a view of the same bytes.
  return Uint8Array.from(digest);
}
