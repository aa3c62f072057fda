import { defineEventSchema } from './define.ts';
import {
  artefactDigest,
  choice,
  code,
  count,
  flag,
  group,
  identifier,
  list,
  openChoice,
  quantity,
  quantityOrNull,
  RUNTIME_MEMBERS,
  text,
  time,
} from './members.ts';
import type { MemberSchema } from './schema-types.ts';

const TRIGGER: MemberSchema = group('What set the decision off.', {
  metric: code('Metric.'),
  value: quantityOrNull('Its value.'),
  threshold: quantity('Its threshold.'),
});

const CRITERION: MemberSchema = group('One check of the release gate.', {
  name: code('Name of the check.'),
  value: quantityOrNull('Measured.'),
  bound: quantity('Bound.'),
  status: choice('Outcome.', ['passed', 'failed', 'undefined', 'insufficient']),
  n: count('Rows.'),
});

/** Whether a model is changed, and why. Deciding not to is recorded as well. */
export const RETRAIN_DECISION = defineEventSchema('retrain_decision', {
  title: 'Retrain decision',
  description:
    'Whether a model is changed, what proposed it and which checks it met. "no_retrain" is a decision like any other.',
  properties: {
    ...RUNTIME_MEMBERS,
    decision: choice('Decision.', [
      'retrain',
      'no_retrain',
      'recalibrate',
      'rollback',
      'suspend',
      'request_labels',
      'defer',
    ]),
    action: openChoice('Smallest sufficient change.', [
      'keep',
      'audit',
      'intercept',
      'recalibrate',
      'refit',
      'rollback',
      'suspend',
    ]),
    trigger: TRIGGER,
    triggers: list('Further triggers.', TRIGGER),
    proposer: openChoice('What proposed it.', ['policy', 'person', 'schedule', 'alarm']),
    policy: code('Name and version of the policy.'),
    policyDigest: artefactDigest('SHA-256 of the policy.'),
    reward: quantity('Reward of the proposal.'),
    gate: list('Checks of the release gate.', CRITERION),
    gatePassed: flag('Whether every check was passed.'),
    candidate: group('The version that would replace it.', {
      version: code('Version.'),
      digest: artefactDigest('SHA-256 of the artefact.'),
    }),
    trainingDataDigest: artefactDigest('SHA-256 of the training data snapshot.'),
    testDataDigest: artefactDigest('SHA-256 of the locked test slice.'),
    withinPlan: flag('Whether the change is inside the predetermined change control plan.'),
    planId: identifier('Id of the modification in that plan.'),
    approvers: list('Who approved.', identifier('Approver.'), 16),
    rationale: text('Reason in words.'),
    effectiveAt: time('When it takes effect.'),
  },
  required: ['decision'],
});
