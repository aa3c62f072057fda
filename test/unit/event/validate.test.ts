import { describe, expect, it } from 'vitest';
import { LedgerError, type ErrorCode } from '../../../ledger/errors.ts';
import {
  createEnvelopeValidator,
  EVENT_RULES,
  SERVER_MADE_TYPES,
  type ValidateOptions,
} from '../../../ledger/event/index.ts';
import { EVENT_TYPES, type EventType, type JsonObject, type JsonValue } from '../../../ledger/types.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const MADE = '0197a1c2-7d3e-7abc-8def-0000000000ff';
const REF = '0197a1c2-7d3e-7abc-8def-000000000001';
const validate = createEnvelopeValidator();
const options: ValidateOptions = { nowMs: NOW, newId: () => MADE };

const prediction: JsonObject = {
  type: 'prediction',
  occurredAt: '2026-11-23T10:15:00Z',
  model: { name: 'readmission', version: '3.1.0' },
  payload: { riskScore: 0.83 },
};

function refusal(
  value: JsonValue,
  given: ValidateOptions = options,
): { code: ErrorCode; pointer: string | undefined; message: string } {
  try {
    validate(value, given);
  } catch (error) {
    if (error instanceof LedgerError) return { code: error.code, pointer: error.pointer, message: error.message };
    throw error;
  }
  throw new Error('The event was accepted.');
}

describe('an event that is accepted', () => {
  it('is the one of the design, as it stands there', () => {
    const posted: JsonObject = {
      id: '0197A1C2-7D3E-7ABC-8DEF-000000000002',
      type: 'prediction',
      occurredAt: '2026-11-23T10:15:00Z',
      subject: 'MRN-0042',
      encounter: 'E-77',
      model: { name: 'readmission', version: '3.1.0' },
      actor: { id: 'svc-scoring', purposeOfUse: 'TREAT' },
      refs: [REF.toUpperCase()],
      payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false, inputDigest: '…' },
    };
    expect(validate(posted, options)).toEqual({ ...posted, id: '0197a1c2-7d3e-7abc-8def-000000000002', refs: [REF] });
  });

  it('gets an id where it has none', () => {
    expect(validate(prediction, options).id).toBe(MADE);
  });

  // The least that an integrator can post, by type.
  const least: Readonly<Record<EventType, JsonObject>> = {
    model_registered: { model: { name: 'm', version: '1' }, payload: {} },
    prediction: { model: { name: 'm', version: '1' }, payload: { riskScore: 0.5 } },
    explanation: { refs: [REF], payload: { method: 'lime' } },
    bias_metric: { payload: { metric: 'statistical_parity_difference', value: 0.1 } },
    drift_metric: { payload: { metric: 'psi', value: 0.01 } },
    evaluation: { model: { name: 'm', version: '1' }, payload: { metrics: { auroc: 0.8 } } },
    robustness_test: { model: { name: 'm', version: '1' }, payload: { test: 'fgsm' } },
    retrain_decision: { model: { name: 'm', version: '1' }, payload: { decision: 'no_retrain' } },
    model_promoted: { model: { name: 'm', version: '1' }, payload: {} },
    model_rolled_back: { model: { name: 'm', version: '1' }, payload: {} },
    clinician_feedback: { refs: [REF], payload: { outcome: 'accepted' } },
    outcome: { subject: 'MRN-0042', payload: { observed: true } },
    access: { payload: { action: 'read' } },
    disclosure: {
      subject: 'MRN-0042',
      payload: { recipient: { name: 'Registry' }, description: 'Diagnosis', purpose: 'Public health' },
    },
    report_issued: { payload: { reportType: 'dossier', digest: 'ab'.repeat(32) } },
    key_shredded: { payload: { pseudonym: REF, erasedEvents: 3 } },
    legal_hold: { payload: { pseudonym: REF, hold: true } },
    config_change: { payload: { change: 'kek_rotated' } },
    integrity_check: { payload: { result: 'ok' } },
  };
  it.each(EVENT_TYPES)('may be as small as this: %s', (type) => {
    const event = { type, occurredAt: '2026-11-23T10:15:00Z', ...least[type] };
    expect(validate(event, { ...options, serverMade: true }).type).toBe(type);
  });

  it('may have payload members of its own, also ones named like those of objects', () => {
    const payload = JSON.parse(
      '{"riskScore":0.5,"own":{"deep":[1,{"x":null}]},"__proto__":1,"constructor":2}',
    ) as JsonObject;
    expect(validate({ ...prediction, payload }, options).payload).toBe(payload);
  });

  it.each(['label', 'scores', 'value'])('may be a prediction with %s alone', (name) => {
    const values: JsonObject = { label: '<30', scores: { low: 0.2, 'high risk': 0.8 }, value: -3.5 };
    expect(validate({ ...prediction, payload: { [name]: values[name] ?? null } }, options).type).toBe('prediction');
  });

  it('may be 24 hours ahead of the server, and names may have 256 characters beyond the basic plane', () => {
    const occurredAt = new Date(NOW + 86_400_000).toISOString();
    const event = validate({ ...prediction, occurredAt, subject: '👩'.repeat(256) }, options);
    expect(event.occurredAt).toBe(occurredAt);
  });
});

describe('an event that is refused', () => {
  const model = { name: 'm', version: '1' };
  const cases: readonly (readonly [string, JsonValue, ErrorCode, string])[] = [
    ['no object', 'x', 'wrong_type', ''],
    ['null', null, 'wrong_type', ''],
    ['an array', [], 'wrong_type', ''],
    ['an unknown member', { ...prediction, JaneDoe: 1 }, 'unknown_member', ''],
    ['recordedAt', { ...prediction, recordedAt: 'x' }, 'unknown_member', '/recordedAt'],
    ['no type', { occurredAt: 'x', payload: {} }, 'missing_member', '/type'],
    ['an unknown type', { ...prediction, type: 'JaneDoe' }, 'unknown_event_type', '/type'],
    ['a type that is no string', { ...prediction, type: 1 }, 'wrong_type', '/type'],
    ['an id that is no UUID', { ...prediction, id: 'JaneDoe' }, 'invalid_id', '/id'],
    ['an id in braces', { ...prediction, id: `{${REF}}` }, 'invalid_id', '/id'],
    ['an id that is no string', { ...prediction, id: null }, 'wrong_type', '/id'],
    ['no occurredAt', { type: 'prediction', model, payload: {} }, 'missing_member', '/occurredAt'],
    [
      'a time far ahead',
      { ...prediction, occurredAt: new Date(NOW + 86_400_001).toISOString() },
      'invalid_time',
      '/occurredAt',
    ],
    ['a time that is no string', { ...prediction, occurredAt: 1 }, 'wrong_type', '/occurredAt'],
    ['an empty subject', { ...prediction, subject: '' }, 'invalid_value', '/subject'],
    ['a subject of 257 characters', { ...prediction, subject: 'x'.repeat(257) }, 'invalid_value', '/subject'],
    ['a subject with NUL', { ...prediction, subject: 'x\u0000' }, 'invalid_value', '/subject'],
    ['a null subject', { ...prediction, subject: null }, 'wrong_type', '/subject'],
    ['an encounter that is a number', { ...prediction, encounter: 77 }, 'wrong_type', '/encounter'],
    ['a model that is a string', { ...prediction, model: 'm' }, 'wrong_type', '/model'],
    ['a model without a version', { ...prediction, model: { name: 'm' } }, 'missing_member', '/model/version'],
    [
      'a model version of 65 characters',
      { ...prediction, model: { name: 'm', version: 'v'.repeat(65) } },
      'invalid_value',
      '/model/version',
    ],
    [
      'a model digest in upper case',
      { ...prediction, model: { ...model, digest: 'AB'.repeat(32) } },
      'invalid_value',
      '/model/digest',
    ],
    [
      'a model digest that is no string',
      { ...prediction, model: { ...model, digest: 1 } },
      'wrong_type',
      '/model/digest',
    ],
    ['an unknown member of model', { ...prediction, model: { ...model, JaneDoe: 1 } }, 'unknown_member', '/model'],
    ['an actor without id', { ...prediction, actor: {} }, 'missing_member', '/actor/id'],
    ['an actor that is an array', { ...prediction, actor: [] }, 'wrong_type', '/actor'],
    ['an unknown member of actor', { ...prediction, actor: { id: 'a', JaneDoe: 1 } }, 'unknown_member', '/actor'],
    [
      'a purpose that is empty',
      { ...prediction, actor: { id: 'a', purposeOfUse: '' } },
      'invalid_value',
      '/actor/purposeOfUse',
    ],
    ['refs that are a string', { ...prediction, refs: REF }, 'wrong_type', '/refs'],
    ['a ref that is a number', { ...prediction, refs: [REF, 1] }, 'wrong_type', '/refs/1'],
    ['a ref that is no UUID', { ...prediction, refs: [REF, 'JaneDoe'] }, 'invalid_ref', '/refs/1'],
    ['a ref twice, in another case', { ...prediction, refs: [REF, REF.toUpperCase()] }, 'invalid_ref', '/refs/1'],
    ['a ref to itself', { ...prediction, id: REF, refs: [REF] }, 'invalid_ref', '/refs/0'],
    ['65 refs', { ...prediction, refs: Array.from({ length: 65 }, () => REF) }, 'invalid_value', '/refs'],
    ['no payload', { type: 'prediction', occurredAt: '2026-11-23T10:15:00Z', model }, 'missing_member', '/payload'],
    ['a payload that is an array', { ...prediction, payload: [] }, 'wrong_type', '/payload'],
    ['a prediction of nothing', { ...prediction, payload: { JaneDoe: 1 } }, 'missing_member', '/payload'],
    ['a score above 1', { ...prediction, payload: { riskScore: 1.1 } }, 'invalid_value', '/payload/riskScore'],
    ['a score that is a string', { ...prediction, payload: { riskScore: '0.5' } }, 'wrong_type', '/payload/riskScore'],
    [
      'an interval of one',
      { ...prediction, payload: { riskScore: 1, confidenceInterval: [0] } },
      'invalid_value',
      '/payload/confidenceInterval',
    ],
    [
      'an interval of three',
      { ...prediction, payload: { riskScore: 1, confidenceInterval: [0, 1, 2] } },
      'invalid_value',
      '/payload/confidenceInterval',
    ],
    [
      'an interval of strings',
      { ...prediction, payload: { riskScore: 1, confidenceInterval: [0, 'JaneDoe'] } },
      'wrong_type',
      '/payload/confidenceInterval/1',
    ],
    [
      'an empty input digest',
      { ...prediction, payload: { riskScore: 1, inputDigest: '' } },
      'invalid_value',
      '/payload/inputDigest',
    ],
    [
      'a probability of an own class',
      { ...prediction, payload: { scores: { JaneDoe: 2 } } },
      'invalid_value',
      '/payload/scores',
    ],
    [
      'a label that is an object',
      { ...prediction, payload: { label: { JaneDoe: 1 } } },
      'wrong_type',
      '/payload/label',
    ],
    [
      'an explanation whose prediction is no UUID',
      { ...prediction, type: 'explanation', payload: { method: 'lime', prediction: 'JaneDoe' } },
      'invalid_id',
      '/payload/prediction',
    ],
    [
      'an attribution without a weight',
      { ...prediction, type: 'explanation', payload: { method: 'lime', attributions: [{ feature: 'x' }] } },
      'missing_member',
      '/payload/attributions/0/weight',
    ],
    [
      'a payload time that is none',
      { ...prediction, type: 'model_promoted', payload: { effectiveAt: 'JaneDoe' } },
      'invalid_time',
      '/payload/effectiveAt',
    ],
    [
      'a metric that is null without saying why',
      { ...prediction, type: 'bias_metric', payload: { metric: 'x', value: null } },
      'missing_member',
      '/payload',
    ],
    [
      'a metric that says nothing',
      { ...prediction, type: 'drift_metric', payload: { metric: 'x' } },
      'missing_member',
      '/payload',
    ],
    [
      'a metric that is undefined and yet a number',
      { ...prediction, type: 'bias_metric', payload: { metric: 'x', value: null, status: 'ok' } },
      'invalid_value',
      '/payload',
    ],
    [
      'a decision that is none',
      { ...prediction, type: 'retrain_decision', payload: { decision: 'JaneDoe' } },
      'invalid_value',
      '/payload/decision',
    ],
    [
      'feedback without refs',
      { type: 'clinician_feedback', occurredAt: '2026-11-23T10:15:00Z', payload: { outcome: 'accepted' } },
      'missing_member',
      '/refs',
    ],
    [
      'an outcome of nobody',
      { type: 'outcome', occurredAt: '2026-11-23T10:15:00Z', payload: { observed: true } },
      'missing_member',
      '',
    ],
    [
      'a prediction of no model',
      { type: 'prediction', occurredAt: '2026-11-23T10:15:00Z', payload: { riskScore: 1 } },
      'missing_member',
      '/model',
    ],
    [
      'a bias metric about a patient',
      { ...prediction, type: 'bias_metric', subject: 'x', payload: { metric: 'x', value: 1 } },
      'unknown_member',
      '/subject',
    ],
    [
      'a drift metric about an encounter',
      { ...prediction, type: 'drift_metric', encounter: 'x', payload: { metric: 'x', value: 1 } },
      'unknown_member',
      '/encounter',
    ],
  ];

  it.each(cases)('has %s', (_, value, code, pointer) => {
    const found = refusal(value);
    expect({ code: found.code, pointer: found.pointer }).toEqual({ code, pointer });
    expect(found.message).not.toContain('JaneDoe');
    expect(found.message).toMatch(/\.$/);
    // In a batch the place is below the item.
    expect(refusal(value, { ...options, pointer: '/7' }).pointer).toBe(`/7${pointer}`);
  });

  it.each(SERVER_MADE_TYPES)('has the reserved type %s', (type) => {
    expect(refusal({ ...prediction, type })).toMatchObject({ code: 'type_reserved', pointer: '/type' });
    expect(refusal({ ...prediction, type }, { ...options, serverMade: false }).code).toBe('type_reserved');
  });

  it('names the five reserved types', () => {
    expect([...SERVER_MADE_TYPES].sort()).toEqual([
      'config_change',
      'integrity_check',
      'key_shredded',
      'legal_hold',
      'report_issued',
    ]);
  });

  it('takes a research disclosure without a subject, and no other', () => {
    const payload = { recipient: 'University', description: 'Diagnoses', purpose: 'Research' };
    const event = { type: 'disclosure', occurredAt: '2026-11-23T10:15:00Z', payload };
    expect(refusal(event)).toMatchObject({ code: 'missing_member', pointer: '' });
    expect(validate({ ...event, payload: { ...payload, research: { protocol: 'P-1' } } }, options).type).toBe(
      'disclosure',
    );
  });

  it('never names the subject in an event about the log', () => {
    for (const type of SERVER_MADE_TYPES) {
      if (type === 'report_issued') continue;
      expect(EVENT_RULES[type].subject).toBe('forbidden');
    }
  });
});
