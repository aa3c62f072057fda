import type { EventType } from '../types.ts';

/** How one event, or an event and a model, hang together. The name reads from the newer node to the older one. */
export type Relation =
  | 'predicts-with'
  | 'explains'
  | 'observes-outcome-of'
  | 'corrects'
  | 'measures'
  | 'evaluates'
  | 'tests'
  | 'decides-on'
  | 'registers'
  | 'promotes'
  | 'rolls-back'
  | 'reads'
  | 'discloses'
  | 'reports'
  | 'erases'
  | 'holds'
  | 'checks'
  | 'changes'
  | 'uses-model'
  | 'refers-to';

const BY_TYPE: Readonly<Record<EventType, Relation>> = {
  model_registered: 'refers-to',
  prediction: 'refers-to',
  explanation: 'explains',
  bias_metric: 'measures',
  drift_metric: 'measures',
  evaluation: 'evaluates',
  robustness_test: 'tests',
  retrain_decision: 'decides-on',
  model_promoted: 'promotes',
  model_rolled_back: 'rolls-back',
  clinician_feedback: 'corrects',
  outcome: 'observes-outcome-of',
  access: 'reads',
  disclosure: 'discloses',
  report_issued: 'reports',
  key_shredded: 'erases',
  legal_hold: 'holds',
  config_change: 'changes',
  integrity_check: 'checks',
};

const BY_TYPE_TO_MODEL: Readonly<Partial<Record<EventType, Relation>>> = {
  model_registered: 'registers',
  prediction: 'predicts-with',
  model_promoted: 'promotes',
  model_rolled_back: 'rolls-back',
};

/** The relation of an event of type `from` to an event of type `to` that it lists among its refs. */
export function relationToEvent(from: EventType, to: EventType): Relation {
  // A prediction refers to the registration of the model that made it; what else it refers to (inputs) stays neutral.
  if (from === 'prediction' && to === 'model_registered') return 'predicts-with';
  return BY_TYPE[from];
}

/** The relation of an event of type `from` to the model named in its entry. */
export function relationToModel(from: EventType): Relation {
  return BY_TYPE_TO_MODEL[from] ?? 'uses-model';
}

/** Relations in which the newer content was made from the older one; in the others it only used it. */
export const DERIVATIONS: ReadonlySet<Relation> = new Set([
  'predicts-with',
  'explains',
  'observes-outcome-of',
  'corrects',
  'measures',
  'evaluates',
  'tests',
  'decides-on',
  'reports',
  'refers-to',
]);
