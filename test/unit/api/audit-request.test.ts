import { describe, expect, it } from 'vitest';
import { auditMembers, auditPointer, createAuditReader } from '../../../api/audit/audit-request.ts';
import { BodyRuleError } from '../../../api/body-error.ts';
import { loadDocument } from '../../../api/document.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import { PROFILES } from '../../../fairness/types.ts';
import { LABEL_SOURCES, PREDICTION_SOURCES } from '../../../fairness/window.ts';

const document = loadDocument();
const read = createAuditReader(document);
const request = (body: unknown): ReturnType<typeof read> => read(Buffer.from(JSON.stringify(body)));
type Described = { properties: Record<string, { enum?: string[] }>; examples?: unknown[] };
const described = (name: string): Described => document.components.schemas[name] as Described;

/** A value of each option that is not its default. */
const OPTIONS = {
  favorable: ['home', 1, true],
  missing: ['?'],
  reference: { sex: 'M' },
  referenceRule: 'minimum',
  intersections: 2,
  minimumCell: 5,
  profile: 'aequitas@1.1',
  metrics: ['all'],
  threshold: [0.2, 0.4],
  bins: { age: { edges: [65], names: ['<65', '65+'] } },
  level: 0.9,
  rateInterval: 'clopper-pearson',
  ratioInterval: 'katz',
  adjustment: 'benjamini-hochberg',
  resamples: 0,
  seed: '42',
  bounds: { disparate_impact: 0.9 },
  tau: 0.9,
  concentration: 2,
  control: ['race'],
};
const ID = '0197A1C2-7D3E-7ABC-8DEF-000000000001';

describe('the body of an audit', () => {
  it('of rows hands every option of the document on, as it was sent', () => {
    const names = Object.keys(described('AuditOptions').properties).filter((name) => name !== 'id');
    expect(Object.keys(OPTIONS).sort()).toEqual(names.sort());
    const rows = {
      labels: [1, null, 'x', true],
      scores: [0, 1, 0.5, 1e-9],
      attributes: { sex: ['F', null, 3, false] },
      features: { age: [1, 2, 3, 4.5] },
    };
    expect(request({ id: ID, ...rows, ...OPTIONS })).toEqual({
      kind: 'rows',
      id: ID.toLowerCase(),
      rows,
      options: OPTIONS,
    });
  });

  it('has options that the audit knows, and no others: each changes what is resolved', () => {
    const defaults = resolveOptions({});
    for (const [name, value] of Object.entries(OPTIONS)) {
      expect(resolveOptions({ [name]: value }), name).not.toEqual(defaults);
    }
  });

  it('of a window says what is read and how, with the defaults filled in', () => {
    expect(request({ model: { name: 'm' }, attributes: ['sex'] })).toEqual({
      kind: 'window',
      range: { model: { name: 'm' } },
      question: { attributes: ['sex'], predictionFrom: 'riskScore', labelFrom: 'outcome', threshold: 0.5 },
      options: {},
    });
    const from = '2026-01-01T00:00:00Z';
    const asked = {
      model: { name: 'm', version: '1' },
      from,
      attributes: ['/input/sex'],
      threshold: [0.4, 0.2],
      seed: 's',
    };
    expect(request({ ...asked, inputs: ['age'], predictionFrom: 'alert', id: ID })).toEqual({
      kind: 'window',
      id: ID.toLowerCase(),
      range: { model: { name: 'm', version: '1' }, from },
      question: {
        attributes: ['/input/sex'],
        inputs: ['age'],
        predictionFrom: 'alert',
        labelFrom: 'outcome',
        threshold: 0.2,
      },
      options: { threshold: [0.4, 0.2], seed: 's' },
    });
  });

  it.each(['AuditOfRows', 'AuditOfWindow'])('is as the examples of %s', (name) => {
    for (const example of described(name).examples ?? []) {
      expect(request(example).kind).toBe(name === 'AuditOfRows' ? 'rows' : 'window');
    }
    expect(described(name).examples?.length).toBeGreaterThan(0);
  });

  it('chooses among what the code knows', () => {
    expect(described('AuditOptions').properties['profile']?.enum).toEqual([...PROFILES]);
    expect(described('AuditOfWindow').properties['predictionFrom']?.enum).toEqual([...PREDICTION_SOURCES]);
    expect(described('AuditOfWindow').properties['labelFrom']?.enum).toEqual([...LABEL_SOURCES]);
  });

  it.each<[string, unknown, string, string]>([
    ['a seed without a character', { attributes: { a: [1] }, labels: [1], seed: '' }, 'invalid_value', '/seed'],
    ['a bin without names', { attributes: { a: [1] }, bins: { a: { edges: [1] } } }, 'missing_member', '/bins/names'],
    ['an id that is none', { attributes: { a: [1] }, id: 'x' }, 'invalid_value', '/id'],
    ['an attribute by number', { model: { name: 'm' }, attributes: [1] }, 'wrong_type', '/attributes/0'],
    ['a model without a name', { model: {}, attributes: ['a'] }, 'missing_member', '/model/name'],
    ['a text', 'CANARY', 'wrong_type', ''],
  ])('is refused with %s', (_, body, code, pointer) => {
    let thrown: unknown;
    try {
      request(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BodyRuleError);
    expect(thrown).toMatchObject({ code, documentPointer: pointer });
  });
});

describe('a pointer into the body', () => {
  const known = auditMembers(document);

  it.each([
    ['', ''],
    ['/scores/12', '/scores/12'],
    ['/attributes/Jane Doe/3', '/attributes'],
    ['/attributes/0', '/attributes/0'],
    ['/bins/Jane Doe/edges', '/bins'],
    ['/Jane Doe/labels', ''],
    ['/reference/race', '/reference'],
    ['/labels/123456789', '/labels'],
  ])('%j leaves as %j', (pointer, shown) => {
    expect(auditPointer(pointer, known)).toBe(shown);
  });
});
