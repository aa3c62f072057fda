/**
 * The event schemas and their digests. The digest of a schema is in every entry that was validated against it, so a
 * published schema never changes: a type that needs another one gets a further version.
 *
 * @module
 */
import { encodeBase64 } from '../../canonical/base64.ts';
import { canonicalize } from '../../canonical/jcs.ts';
import { utf8Encode } from '../../canonical/bytes.ts';
import type { EventType, JsonValue, Sha256 } from '../../types.ts';
import { ACCESS } from './access.ts';
import { BIAS_METRIC_1, BIAS_METRIC_2 } from './bias-metric.ts';
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

/** Payload schema by event type: the newest, by which events are taken in. */
export const EVENT_SCHEMAS: Readonly<Record<EventType, EventSchema>> = {
  model_registered: MODEL_REGISTERED,
  prediction: PREDICTION,
  explanation: EXPLANATION,
  bias_metric: BIAS_METRIC_2,
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

/** Versions that entries of older logs were validated against, oldest first. */
const EARLIER_SCHEMAS: Readonly<Partial<Record<EventType, readonly EventSchema[]>>> = { bias_metric: [BIAS_METRIC_1] };

/** Every version of the schema of a type, oldest first; the newest is that of {@link EVENT_SCHEMAS}. */
export function schemaVersions(type: EventType): readonly EventSchema[] {
  return [...(EARLIER_SCHEMAS[type] ?? []), EVENT_SCHEMAS[type]];
}

/** The version in the schema's `$id`, `urn:vericlin:schema:<type>:<version>`. */
export function versionOf({ $id }: EventSchema): number {
  return Number($id.slice($id.lastIndexOf(':') + 1));
}

const digests = new Map<EventSchema, Uint8Array>();

/** SHA-256 of the canonical (RFC 8785) schema, 32 bytes. Computed once per schema; the caller owns the copy. */
export function digestOfSchema(schema: EventSchema, sha256: Sha256): Uint8Array {
  let digest = digests.get(schema);
  if (digest === undefined) {
    // A schema is JSON by construction; the cast only drops `readonly`.
    digest = sha256(utf8Encode(canonicalize(schema as unknown as JsonValue)));
    digests.set(schema, digest);
  }
  // Not `slice()`: of a Buffer that is a view of the same bytes.
  return Uint8Array.from(digest);
}

/** Digest of the newest schema of `type`. */
export function schemaDigest(type: EventType, sha256: Sha256): Uint8Array {
  return digestOfSchema(EVENT_SCHEMAS[type], sha256);
}

/** The version of a type's schema that has this base64 digest: the one that an entry names. `undefined`: none of ours. */
export function findSchema(type: EventType, digest: string, sha256: Sha256): EventSchema | undefined {
  return schemaVersions(type).find((schema) => encodeBase64(digestOfSchema(schema, sha256)) === digest);
}
