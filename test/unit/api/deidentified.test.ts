import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { suppressedAudit } from '../../../api/audit/audit-view.ts';
import { deidentified, withoutSmallCells } from '../../../api/content/deidentified.ts';
import type { AuditOptions, AuditRows } from '../../../fairness/audit-types.ts';
import { audit } from '../../../fairness/audit/audit.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { toRecord } from '../../../fairness/record.ts';
import { digestOfSchema, schemaVersions } from '../../../ledger/event/index.ts';
import type { JsonObject, JsonValue, RecordedEnvelope } from '../../../ledger/types.ts';

const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest();

/** What an auditor is shown of a `bias_metric` event with this payload, taken in by this version of the schema. */
function shown(payload: JsonObject, version = 2): JsonObject {
  const schema = schemaVersions('bias_metric')[version - 1];
  const digest = Buffer.from(digestOfSchema(schema!, sha256)).toString('base64');
  const entry = Buffer.from(JSON.stringify({ schema: digest }));
  const envelope: RecordedEnvelope = {
    id: '0197a1c2-7d3e-7abc-8def-000000000001',
    type: 'bias_metric',
    occurredAt: '2026-11-23T10:15:00Z',
    recordedAt: '2026-11-23T10:15:00.500Z',
    payload,
  };
  return deidentified({ type: 'bias_metric', entry, pseudonym: undefined }, envelope).payload;
}

/** Four sites, of which C and D are small, and two sexes: the largest site selects twice as often. */
function recordOf(
  options: AuditOptions,
  sizes: Readonly<Record<string, number>> = { A: 90, B: 60, C: 6, D: 4 },
): JsonObject {
  const site = Object.entries(sizes).flatMap(([name, size]) => Array.from({ length: size }, () => name));
  const sex = site.map((_, i) => (i % 2 === 0 ? 'F' : 'M'));
  const predictions = site.map((name, i) => Number(name === 'A' ? i % 3 !== 0 : i % 3 === 0));
  const scores = site.map((_, i) => (i % 10) / 10);
  const rows: AuditRows = {
    // At several thresholds predictions are made of the scores.
    ...(Array.isArray(options.threshold) ? {} : { predictions }),
    scores,
    labels: site.map((_, i) => Number(i % 4 < 2)),
    attributes: { site, sex },
  };
  const resolved = resolveOptions({ minimumCell: 1, ...options });
  const result = audit(encodeRows(rows, resolved), resolved);
  const context = { options: resolved, digest: new Uint8Array(32), source: { kind: 'rows' }, softwareVersion: '1.0.0' };
  return toRecord(result, context);
}

/** As JSON without what a de-identified view cannot hold: nulls where a number would be, and words. */
function bare(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      name === 'words' || name === 'note' || member === null ? undefined : member,
    ),
  ) as JsonValue;
}

describe('the de-identified view of an audit', () => {
  it.each<[string, AuditOptions]>([
    ['of the default metrics', {}],
    ['of every metric, with intersections', { metrics: ['all'], intersections: 2 }],
    ['by AIF360', { metrics: ['all'], profile: 'aif360@0.6' }],
    ['by Fairlearn', { metrics: ['all'], profile: 'fairlearn@0.15' }],
    ['by Aequitas', { metrics: ['all'], profile: 'aequitas@1.1' }],
    ['against the group with the smallest value', { referenceRule: 'minimum' }],
    ['at several thresholds', { threshold: [0.2, 0.5, 0.8] }],
  ])('is what a caller sees who may not see small cells: %s', (_, options) => {
    const record = recordOf(options);
    const { figures, findings } = shown(record);
    const view = suppressedAudit(record);
    expect(bare(figures)).toEqual(bare(view.metrics));
    expect(bare(findings ?? [])).toEqual(bare(view.findings));
    // The record has something to hide.
    expect((record['figures'] as JsonValue[]).length).toBeGreaterThan(view.metrics.length);
  });

  it('does not tell how many groups it hides, nor that a hidden figure is beyond its bound', () => {
    const options = { metrics: ['selection_rate', 'disparate_impact'] };
    const [two, three] = [
      { A: 90, B: 60, C: 6, D: 4 },
      { A: 90, B: 60, C: 5, D: 3, E: 2 },
    ].map((sizes) => {
      const record = recordOf(options, sizes);
      expect(JSON.stringify(record['findings'])).toContain('"C"');
      return shown(record);
    });
    const ofSite = ({ figures }: JsonObject): JsonValue[] =>
      (figures as JsonObject[]).filter(({ attribute, small }) => attribute === 'site' && small === true);
    expect(ofSite(two!)).toEqual(ofSite(three!));
    expect(JSON.stringify(two!['findings'] ?? [])).not.toMatch(/"C"|small/);
  });

  it('has no parameter that a metric found, and no number drawn together with small groups', () => {
    const figures = [
      {
        name: 'x',
        attribute: 'site',
        group: 'C',
        reference: null,
        value: 1,
        status: 'ok',
        n: 40,
        convention: 'strict@1',
        small: true,
        parameters: { threshold: 0.5, found: 3 },
      },
      {
        name: 'x',
        attribute: 'site',
        group: 'A',
        reference: null,
        value: 0.5,
        status: 'ok',
        n: 40,
        convention: 'strict@1',
        pValue: 0.01,
        adjustedPValue: 0.02,
        adjustment: 'holm',
        shrunk: { value: 0.4, low: 0.3, high: 0.5, method: 'beta-binomial' },
        ci: { low: 0.3, high: 0.7, level: 0.95, method: 'bootstrap-multinomial' },
      },
    ];
    expect(shown({ figures })['figures']).toEqual([
      {
        name: 'x',
        attribute: 'site',
        group: '(suppressed)',
        reference: null,
        value: null,
        status: 'insufficient',
        reason: 'suppressed',
        numerator: null,
        denominator: null,
        ci: null,
        convention: 'strict@1',
        parameters: { threshold: 0.5 },
        small: true,
      },
      {
        name: 'x',
        attribute: 'site',
        group: 'A',
        reference: null,
        value: 0.5,
        status: 'ok',
        n: 40,
        convention: 'strict@1',
        pValue: 0.01,
        ci: null,
      },
    ]);
  });

  it('takes no poster’s word for it: a figure of one to ten persons is small without a mark', () => {
    const figure = {
      name: 'x',
      attribute: 'site',
      group: 'A',
      reference: null,
      value: 0.5,
      status: 'ok',
      n: 10,
      convention: 'strict@1',
    };
    const finding = { figure: 0, name: 'x', bound: 0.1, strength: 'shown' };
    const far = { ...finding, figure: 7 };
    const { figures, findings } = shown({ figures: [figure], findings: [finding, far] });
    expect(JSON.stringify(figures)).not.toMatch(/0\.5|"A"/);
    expect(findings).toBeUndefined();
    expect(shown({ figures: [{ ...figure, n: 11 }], findings: [finding] })).toMatchObject({ findings: [finding] });
  });

  it('of fewer than eleven rows tells how it was made, and no count', () => {
    const record = { ...recordOf({}, { A: 6, B: 4 }), joined: { erased: 1 } };
    expect(Object.keys(shown(record)).sort()).toEqual([
      'codeVersion',
      'options',
      'profile',
      'software',
      'softwareVersion',
    ]);
  });
});

describe('the de-identified view of a single metric', () => {
  const single = {
    metric: 'x',
    value: 0.5,
    attribute: 'sex',
    group: 'F',
    numerator: 6,
    denominator: 12,
    n: 40,
    groupN: 12,
  };

  it.each([1, 2])('is shown as posted, by version %i', (version) => {
    expect(shown(single, version)).toEqual(single);
  });

  it.each([
    [1, { n: 10 }],
    [2, { n: 10 }],
    [1, { groupN: 3 }],
    [2, { referenceN: 1 }],
  ])('about fewer than eleven persons has no number: version %i, %o', (version, members) => {
    expect(shown({ ...single, ...members }, version)).toEqual({
      metric: 'x',
      attribute: 'sex',
      status: 'insufficient',
    });
  });

  it('is not misled by figures in an event of version 1, where they are free content', () => {
    const figures: JsonValue = [1, null, 'x', { n: 'x' }];
    expect(withoutSmallCells({ ...single, figures, findings: 'x' }, 1)).toEqual(single);
    expect(shown({ ...single, figures, findings: 'x' }, 1)).toEqual(single);
  });
});
