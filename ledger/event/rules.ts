/**
 * What an event's envelope must and may carry, by type. Strict where the event would otherwise mean nothing, lenient
 * where an integrator may not know.
 *
 * @module
 */
import { EVENT_TYPES, type EventType } from '../types.ts';

type Presence = 'required' | 'optional' | 'forbidden';

/** Members of which at least one must be there. `payload.<name>` is a member of the payload. */
type Alternative = 'subject' | 'model' | 'refs' | 'payload.research';

export interface EventRule {
  /** Holds for `encounter` too. Forbidden where the event is about a population or the log itself. */
  readonly subject: Presence;
  readonly model: Presence;
  /** At least so many refs. */
  readonly minRefs: number;
  /** At least one of these; none needed when empty. */
  readonly needsOneOf: readonly Alternative[];
  /** Only the service itself makes such events; posted by anyone else they are `type_reserved`. */
  readonly serverMade: boolean;
}

const RULE: EventRule = { subject: 'optional', model: 'optional', minRefs: 0, needsOneOf: [], serverMade: false };
/** About a population or a model as a whole: naming a patient would make it erasable with that patient. */
const POPULATION: EventRule = { ...RULE, subject: 'forbidden' };
const OF_MODEL: EventRule = { ...POPULATION, model: 'required' };
/** About the log: the outside subject id must never stand in it, only the pseudonym in the payload. */
const OF_LOG: EventRule = { ...POPULATION, model: 'forbidden', serverMade: true };

export const EVENT_RULES: Readonly<Record<EventType, EventRule>> = {
  model_registered: OF_MODEL,
  prediction: { ...RULE, model: 'required' },
  explanation: { ...RULE, needsOneOf: ['refs', 'model'] },
  bias_metric: POPULATION,
  drift_metric: POPULATION,
  evaluation: { ...POPULATION, needsOneOf: ['model', 'refs'] },
  robustness_test: { ...POPULATION, needsOneOf: ['model', 'refs'] },
  retrain_decision: { ...POPULATION, needsOneOf: ['model', 'refs'] },
  model_promoted: OF_MODEL,
  model_rolled_back: OF_MODEL,
  clinician_feedback: { ...RULE, minRefs: 1 },
  outcome: { ...RULE, needsOneOf: ['refs', 'subject'] },
  access: RULE,
  // An accounting of disclosures is per patient, but for research on 50 or more (45 CFR 164.528(b)(4)).
  disclosure: { ...RULE, needsOneOf: ['subject', 'refs', 'payload.research'] },
  report_issued: { ...RULE, serverMade: true },
  key_shredded: OF_LOG,
  legal_hold: OF_LOG,
  config_change: OF_LOG,
  integrity_check: OF_LOG,
};

/** Types that only the service itself makes. */
export const SERVER_MADE_TYPES: readonly EventType[] = EVENT_TYPES.filter((type) => EVENT_RULES[type].serverMade);
