import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deidentify, EVENT_SCHEMAS, schemaVersions, type MemberSchema } from '../../../ledger/event/index.ts';
import {
  EVENT_TYPES,
  type EventType,
  type JsonObject,
  type JsonValue,
  type RecordedEnvelope,
} from '../../../ledger/types.ts';
import { GROUP_PATTERN } from '../../../ledger/event/schemas/members.ts';
import { validEnvelope } from '../../fuzz/arbitraries.ts';

const CANARY = 'CANARY-0042';
const GROUP = new RegExp(GROUP_PATTERN, 'u');

const recorded = (type: EventType, payload: JsonObject): RecordedEnvelope => ({
  id: '0197a1c2-7d3e-7abc-8def-000000000001',
  type,
  occurredAt: '2026-11-23T10:15:00Z',
  recordedAt: '2026-11-23T10:15:00.500Z',
  subject: CANARY,
  encounter: CANARY,
  actor: { id: CANARY },
  payload,
});

/** Paths of all members whose schema lets text through unmarked, with a value that holds the canary in that place. */
function unmarkedPlaces(schema: MemberSchema): JsonValue[] {
  if (schema.anyOf !== undefined && schema.type === undefined) return schema.anyOf.flatMap(unmarkedPlaces);
  const places: JsonValue[] = [];
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.includes('string') && schema['x-deidentified'] !== true) places.push(CANARY);
  if (types.includes('object')) {
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      places.push(...unmarkedPlaces(member).map((value) => ({ [name]: value })));
    }
    // A member that no schema knows, a map entry under a name that is no code.
    places.push({ unknown: CANARY, [`${CANARY} name`]: 1 });
    if (typeof schema.additionalProperties === 'object') {
      places.push(...unmarkedPlaces(schema.additionalProperties).map((value) => ({ key: value })));
    }
  }
  if (types.includes('array')) {
    for (const item of [
      ...(schema.prefixItems ?? []),
      ...(schema.items === undefined || schema.items === false ? [] : [schema.items]),
    ]) {
      places.push(...unmarkedPlaces(item).map((value) => [value]));
    }
    places.push([[CANARY]]);
  }
  return places;
}

/** Every schema below `schema`, itself included. */
function allSchemas(schema: MemberSchema): MemberSchema[] {
  const below = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.prefixItems ?? []),
    ...(schema.anyOf ?? []),
    ...(typeof schema.items === 'object' ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ];
  return [schema, ...below.flatMap(allSchemas)];
}

describe('the de-identified view', () => {
  // A code-shaped value in a member for codes is a code. The canary is put where text is taken but not marked.
  it.each(EVENT_TYPES)('of %s never shows an unmarked member', (type) => {
    const places = unmarkedPlaces(EVENT_SCHEMAS[type]).filter((place) => !isShownAsCode(type, place));
    expect(places.length).toBeGreaterThan(0);
    for (const payload of places) {
      expect(JSON.stringify(deidentify(recorded(type, payload as JsonObject), 'pseudonym'))).not.toContain('CANARY');
    }
  });

  /** Members for codes take the canary as a code, because it has the shape of one: that is what the mark allows. */
  function isShownAsCode(type: EventType, place: JsonValue): boolean {
    const free = JSON.stringify(place).replaceAll(CANARY, 'no code and no name: a sentence@');
    const asText = deidentify(recorded(type, JSON.parse(free) as JsonObject), undefined);
    expect(JSON.stringify(asText)).not.toContain('sentence');
    return JSON.stringify(deidentify(recorded(type, place as JsonObject), undefined).payload).includes('CANARY');
  }

  it.each(EVENT_TYPES)('of %s lets an unmarked member through only where it is a code', (type) => {
    for (const place of unmarkedPlaces(EVENT_SCHEMAS[type])) {
      if (!isShownAsCode(type, place)) continue;
      const names = JSON.stringify(place).match(/"[A-Za-z]+"(?=:)/g) ?? [];
      const last = names.at(-1)?.slice(1, -1) ?? '';
      expect(codeMembers(EVENT_SCHEMAS[type])).toContain(last);
    }
  });

  /** Names of members that are marked in one branch of an `anyOf`, and taken as text in another. */
  function codeMembers(schema: MemberSchema): string[] {
    return allSchemas(schema).flatMap((each) =>
      Object.entries(each.properties ?? {})
        .filter(([, member]) =>
          allSchemas(member).some((inner) => inner.anyOf?.some((branch) => branch['x-deidentified'] === true)),
        )
        .map(([name]) => name),
    );
  }

  it('drops every text of a patient’s event that is not from a closed list or code-shaped', () => {
    fc.assert(
      fc.property(validEnvelope(), (posted) => {
        const shown = deidentify({ ...(posted as unknown as RecordedEnvelope), id: 'i', recordedAt: 'r' }, undefined);
        for (const text of JSON.stringify(shown.payload).match(/"(?:[^"\\]|\\.)*"/g) ?? []) {
          const name = JSON.parse(text) as string;
          const isGroup = posted['type'] === 'bias_metric' && GROUP.test(name);
          // Names of attributes are joined by * in an intersection.
          const areCodes = name.split('*').every((part) => /^[A-Za-z0-9_.:/@+=-]{1,71}$/.test(part));
          expect(isGroup || areCodes, text).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('replaces the subject by its pseudonym, drops encounter and actor, keeps the year alone', () => {
    const shown = deidentify(recorded('prediction', { riskScore: 0.5 }), '11111111-2222-4333-8444-555555555555');
    expect(shown).toEqual({
      id: '0197a1c2-7d3e-7abc-8def-000000000001',
      type: 'prediction',
      recordedAt: '2026-11-23T10:15:00.500Z',
      occurredAt: '2026',
      pseudonym: '11111111-2222-4333-8444-555555555555',
      payload: { riskScore: 0.5 },
    });
  });

  it('shows scores, flags, codes, and numbers nested in lists and maps', () => {
    const payload = {
      method: 'lime',
      seed: 42,
      inputDigest: 'of a patient',
      attributions: [
        { feature: 'number_inpatient', value: 2, weight: 0.21, note: 'x' },
        { feature: '60 < age <= 70', value: '[60-70)', weight: -0.05 },
      ],
      stability: { runs: 10, verdict: 'stable' },
    };
    expect(deidentify(recorded('explanation', payload), undefined).payload).toEqual({
      method: 'lime',
      seed: 42,
      attributions: [{ feature: 'number_inpatient', weight: 0.21 }, { weight: -0.05 }],
      stability: { runs: 10, verdict: 'stable' },
    });
    const scores = { low: 0.2, 'Jane Doe': 0.8 };
    expect(deidentify(recorded('prediction', { scores, label: 'Jane Doe' }), undefined).payload).toEqual({
      scores: { low: 0.2 },
    });
    expect(deidentify(recorded('prediction', { label: true }), undefined).payload).toEqual({ label: true });
    expect(
      deidentify(recorded('bias_metric', { metric: 'x', value: null, status: 'undefined' }), undefined).payload,
    ).toEqual({
      metric: 'x',
      value: null,
      status: 'undefined',
    });
  });

  it('is not led astray by member names that objects inherit', () => {
    const payload = JSON.parse(
      '{"riskScore":0.1,"__proto__":{"riskScore":"x"},"constructor":"x","toString":"x"}',
    ) as JsonObject;
    const shown = deidentify(recorded('prediction', payload), undefined).payload;
    expect(Object.keys(shown)).toEqual(['riskScore']);
    expect(Object.getPrototypeOf(shown)).toBe(Object.prototype);
  });
});

describe('the de-identified view of an audit', () => {
  const figure = (members: JsonObject): JsonObject => ({
    name: 'true_positive_rate',
    attribute: 'race*age',
    group: 'Asian*[70-80)',
    reference: 'Caucasian*[70-80)',
    value: 0.5,
    status: 'ok',
    reason: null,
    numerator: 10,
    denominator: 20,
    n: 40,
    ci: { low: 0.3, high: 0.7, level: 0.95, method: 'wilson' },
    convention: 'strict@1',
    ...members,
  });
  const shownFigure = (members: JsonObject): JsonValue | undefined => {
    const { figures } = deidentify(recorded('bias_metric', { figures: [figure(members)] }), undefined).payload;
    return (figures as JsonValue[])[0];
  };
  it('shows a figure with the names of its groups, and its words to nobody', () => {
    expect(shownFigure({ note: 'free text' })).toEqual(figure({}));
  });

  it.each([
    ['(missing)', true],
    ['Native Hawaiian or Other Pacific Islander', true],
    ['[90-100)', true],
    ['65+', true],
    ['12', true],
    ['Weiß*Ünal', true],
    ['2026-11-23', false],
    ['11/23/26', false],
    ['1948', false],
    ['94', false],
    ['F*101', false],
    ['02139', false],
    ['a@b.example', false],
    ['x'.repeat(129), false],
  ])('of the group %s: name shown %s', (group, isShown) => {
    expect(Object.hasOwn(shownFigure({ group }) as JsonObject, 'group')).toBe(isShown);
  });

  it('shows of a finding which figure, which bound and how sure, and its words to nobody', () => {
    const shown = { figure: 3, name: 'disparate_impact', group: 'F', bound: 0.8, strength: 'shown' };
    const { payload } = deidentify(
      recorded('bias_metric', {
        findings: [
          { ...shown, words: 'F is 0.5' },
          { ...shown, group: '1948' },
        ],
      }),
      undefined,
    );
    expect(payload['findings']).toEqual([
      shown,
      { figure: 3, name: 'disparate_impact', bound: 0.8, strength: 'shown' },
    ]);
  });

  it('never shows the digest of the rows, or names and labels that the options hold', () => {
    const payload = {
      rows: 100,
      datasetDigest: `sha256:${'a'.repeat(64)}`,
      options: { favorable: ['home'], reference: { race: 'Asian' }, level: 0.95 },
    };
    expect(deidentify(recorded('bias_metric', payload), undefined).payload).toEqual({
      rows: 100,
      options: { level: 0.95 },
    });
  });

  it('goes by the version that the event was taken in by: free members of version 1 stay unseen', () => {
    const payload = { metric: 'x', value: 1, n: 100, figures: [figure({})], rows: 100 };
    const [first] = schemaVersions('bias_metric');
    expect(deidentify(recorded('bias_metric', payload), undefined, first).payload).toEqual({
      metric: 'x',
      value: 1,
      n: 100,
    });
  });
});

describe('the mark in the schemas', () => {
  it.each(EVENT_TYPES)('of %s bounds every text that it marks', (type) => {
    for (const schema of allSchemas(EVENT_SCHEMAS[type])) {
      if (schema['x-deidentified'] !== true) continue;
      expect(schema.type).toBeDefined();
      expect(schema.type).not.toBe('object');
      expect(schema.type).not.toBe('array');
      if (schema.type === 'string') expect(schema.enum ?? schema.pattern).toBeDefined();
      expect(schema.format).toBeUndefined();
    }
  });
});
