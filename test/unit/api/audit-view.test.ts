import { describe, expect, it } from 'vitest';
import { suppressedAudit, wholeView } from '../../../api/audit/audit-view.ts';
import type { AuditRows } from '../../../fairness/audit-types.ts';
import { audit } from '../../../fairness/audit/audit.ts';
import { resolveOptions } from '../../../fairness/audit/options.ts';
import { encodeRows } from '../../../fairness/encode.ts';
import { asJson, toRecord } from '../../../fairness/record.ts';
import type { JsonObject } from '../../../ledger/types.ts';

function recordOf(groups: Readonly<Record<string, number>>, others: JsonObject = {}): JsonObject {
  const site = Object.entries(groups).flatMap(([name, size]) => Array.from({ length: size }, () => name));
  // The largest group is treated twice as well as the others.
  const predictions = site.map((name, i) => Number(name === site[0] ? i % 3 !== 0 : i % 3 === 0));
  const rows: AuditRows = { predictions, labels: site.map((_, i) => i % 2), attributes: { site } };
  const options = resolveOptions({ metrics: ['num_instances', 'disparate_impact'], minimumCell: 1 });
  const result = audit(encodeRows(rows, options), options);
  const context = { options, digest: new Uint8Array(32), source: { kind: 'rows' }, softwareVersion: '1.0.0' };
  return toRecord(result, { ...context, others: { ...others } });
}

const joined = {
  predictions: 9,
  outcomes: 9,
  joined: 9,
  withoutOutcome: 0,
  withoutPrediction: 0,
  erased: 0,
  censored: 0,
  superseded: 0,
  withoutAttributes: 0,
  unusable: 0,
};

describe('an audit as its caller sees it', () => {
  it('is whole where nothing has to be kept back', () => {
    const record = recordOf({ A: 80, B: 40, C: 4 }, { joined });
    const view = wholeView(record);
    expect(view).toMatchObject({
      profile: 'strict',
      n: 124,
      joined,
      metrics: record['figures'],
      findings: record['findings'],
    });
    expect(view.metrics.some((one) => one.small === true && one.value !== null)).toBe(true);
  });

  it('has no number of a small cell, and no finding about one', () => {
    const record = recordOf({ A: 80, B: 40, C: 4 });
    const view = suppressedAudit(record);
    for (const one of view.metrics.filter(({ small }) => small === true)) {
      expect(one).toMatchObject({
        value: null,
        numerator: null,
        denominator: null,
        n: null,
        ci: null,
        reason: 'suppressed',
      });
    }
    expect(JSON.stringify(view)).not.toContain('"C"');
    const found = record['findings'] as { group: string }[];
    expect(found.map(({ group }) => group)).toContain('C');
    expect(view.findings.map(({ group }) => group)).not.toContain('C');
    for (const { figure, name } of view.findings) expect(view.metrics[figure]?.name).toBe(name);
  });

  it('names no group that could be a date, a postal code or the like, in words neither', () => {
    const record = recordOf({ A: 80, '02139': 40, '1948-03-01': 40 });
    const view = suppressedAudit(record);
    expect(view.findings.length).toBeGreaterThan(1);
    expect(view.findings.map(({ group }) => group)).toEqual(view.findings.map(() => '(name withheld)'));
    expect(JSON.stringify(view)).not.toMatch(/02139|1948/);
    expect(JSON.stringify(wholeView(record))).toMatch(/02139/);
  });

  it('of fewer than eleven rows tells no count', () => {
    const view = suppressedAudit(recordOf({ A: 6, B: 3 }, { joined }));
    expect([view.n, view.joined]).toEqual([null, null]);
    expect(view.findings).toEqual([]);
    expect(view.metrics.every((one) => one.value === null && one.n === null)).toBe(true);
  });

  it('shows of the Section 1557 view what goes with what, and no count', () => {
    const section1557 = {
      rule: '45 CFR 92.210',
      rows: 120,
      grounds: [
        {
          ground: 'sex',
          inputs: ['sex'],
          attributes: ['sex'],
          proxies: ['height'],
          coverage: { n: 3 },
          mitigation: [],
        },
      ],
      inputs: [{ name: 'height', kind: 'numeric', grounds: [], levels: 32, missing: 3, merged: 0 }],
      associations: [
        {
          input: 'height',
          attribute: 'sex',
          n: 117,
          value: 0.6,
          pValue: 0.001,
          strength: 'strong',
          isSameGround: false,
          isProxy: true,
        },
      ],
      unmapped: [],
      words: ['3 rows have no height.'],
    };
    const view = suppressedAudit(recordOf({ A: 80, B: 40 }, { section1557: asJson(section1557) }));
    expect(view.section1557).toEqual({
      rule: '45 CFR 92.210',
      grounds: [{ ground: 'sex', inputs: ['sex'], attributes: ['sex'], proxies: ['height'] }],
      unmapped: [],
      inputs: [{ name: 'height', kind: 'numeric', grounds: [] }],
      associations: [{ input: 'height', attribute: 'sex', strength: 'strong', isSameGround: false, isProxy: true }],
    });
  });
});
