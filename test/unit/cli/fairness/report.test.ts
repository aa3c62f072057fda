import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../../../fairness/audit/options.ts';
import type { Finding } from '../../../../fairness/audit-types.ts';
import { REASONS, type Figure } from '../../../../fairness/types.ts';
import { auditPlot } from '../../../../cli/fairness/report/audit-plot.ts';
import { auditText } from '../../../../cli/fairness/report/audit-text.ts';
import { boundIn } from '../../../../cli/fairness/report/bounds.ts';
import { intervalText, numberText } from '../../../../cli/fairness/report/figure-text.ts';
import { REASON_WORDS } from '../../../../fairness/reasons.ts';
import { escapeXml } from '../../../../cli/fairness/report/svg-element.ts';
import { type AuditView, suppressedView } from '../../../../cli/fairness/report/view.ts';

function figure(name: string, group: string | null, value: number | null, others: Partial<Figure> = {}): Figure {
  const isKnown = value !== null;
  return {
    name,
    attribute: 'race',
    group,
    reference: null,
    value,
    status: isKnown ? 'ok' : 'undefined',
    reason: isKnown ? null : 'no_positives',
    numerator: isKnown ? value : null,
    denominator: isKnown ? 1 : null,
    n: 1_200,
    ci: isKnown ? { low: value - 0.02, high: value + 0.02, level: 0.95, method: 'wilson' } : null,
    convention: 'strict@1',
    ...others,
  };
}

const against = { reference: 'White', where: undefined as never };
delete (against as { where?: unknown }).where;

const METRICS: readonly Figure[] = [
  figure('selection_rate', null, 0.4, { attribute: null }),
  figure('selection_rate', 'Black', 0.28),
  figure('selection_rate', 'Other', null, { n: 7, small: true }),
  figure('selection_rate', 'White', 0.4),
  figure('disparate_impact', 'Black', 0.7, {
    ...against,
    ci: { low: 0.62, high: 0.79, level: 0.95, method: 'koopman' },
  }),
  figure('disparate_impact', 'Other', null, { ...against, where: 'group', n: 1_207, small: true }),
  figure('disparate_impact', 'Asian', 0.75, {
    ...against,
    ci: { low: 0.02, high: null, level: 0.95, method: 'koopman' },
  }),
  figure('equal_opportunity_difference', 'Black', -0.05, {
    ...against,
    ci: { low: -0.2, high: 0.1, level: 0.95, method: 'newcombe' },
  }),
];
const finding = (at: number, strength: Finding['strength'], words: string): Finding => ({
  figure: at,
  name: 'disparate_impact',
  attribute: 'race',
  group: METRICS[at]?.group ?? null,
  reference: 'White',
  bound: 0.8,
  strength,
  words,
});
const VIEW: AuditView & { n: number; metrics: readonly Figure[] } = {
  profile: 'strict',
  n: 5_000,
  metrics: METRICS,
  findings: [finding(4, 'shown', 'Disparate impact of Black is 0.7.'), finding(6, 'possible', 'Of Asian it is 0.75.')],
  notes: ['Groups are small.'],
};
const options = resolveOptions({ seed: 'a' });
const HEADING = { source: 'data.csv', options, digest: 'sha256:ab' };
const boundOf = boundIn(options);
const text = (width: number, isUnicode = true, view: AuditView = VIEW): string =>
  auditText(view, HEADING, { style: { width, isUnicode }, boundOf });

describe('the report for people', () => {
  it('has the population, the groups, the comparisons on one axis, the findings, and what is missing', () => {
    expect(text(100)).toMatchInlineSnapshot(`
      "data.csv: 5,000 rows, profile strict, favourable 1
      95 % intervals, p-values adjusted over groups by Holm, seed a
      rows sha256:ab

      Everybody
      ─────────

      metric          value  interval
      selection_rate  0.400  0.380 to 0.420

      race, compared with White
      ─────────────────────────

      group   rows  selection_rate
      Black  1,200  0.280 (0.260 to 0.300)
      Other      7  undefined *
      White  1,200  0.400 (0.380 to 0.420)

        group  value        interval         bound
      disparate_impact
        Black  0.700        0.620 to 0.790   beyond 0.800
        Other  undefined *
        Asian  0.750        at least 0.020   maybe beyond 0.800
      equal_opportunity_difference
        Black  -0.050       -0.200 to 0.100

      disparate_impact
        Black  1,200                          ├◆─┤  │ ┊                             0.700 (0.620 to 0.790)
        Other  1,207  undefined: nobody has the favourable label, in the group
        Asian  1,200  ◄─────────────────────────◇───┼────────────────────────────►  0.750 (at least 0.020)
                      0.1      0.2        0.5       1       2          5       10
        │ equal (1)   ┊ bound (0.8 and 1.25)   ◇ beyond the bound, but its interval reaches back
        ◆ beyond the bound with its whole interval

      equal_opportunity_difference
        Black  1,200   ├────────────────────●──────┼────────────┤                 -0.050 (-0.200 to 0.100)
                      -0.2         -0.1            0           0.1           0.2
        │ equal (0)   ┊ bound (-0.1 and 0.1)

      Findings
      ────────

      1. Disparate impact of Black is 0.7.
      2. Of Asian it is 0.75.

      Not computed
      ────────────

      - undefined: nobody has the favourable label. selection_rate: Other
      - undefined: nobody has the favourable label, in the group. disparate_impact: Other

      Notes
      ─────

      - Groups are small.
      - * rests on, or would reveal, fewer than 11 persons. Reports and auditors are not shown these
        figures.
      "
    `);
  });

  it('keeps to ASCII where the locale is not UTF-8', () => {
    expect(text(100, false)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it.each([60, 80, 100, 120, 200])('keeps lines within %i characters', (width) => {
    // The digest of the rows has no blank to be broken at.
    const lines = text(width).split('\n');
    expect(lines.filter((line) => line.length > Math.max(width, 78))).toEqual([]);
  });

  it('never shows NaN, infinity, null or undefined as a number', () => {
    expect(text(100)).not.toMatch(/NaN|Infinity|null/);
  });

  it('lets no group name move the cursor', () => {
    const metrics = [figure('selection_rate', '\u001b[2J', 0.5)];
    expect(text(100, true, { ...VIEW, metrics, findings: [] })).not.toContain('\u001b');
  });

  it('says that no finding shows no difference', () => {
    expect(text(100, true, { ...VIEW, findings: [] })).toContain('does not show that there is no difference');
  });

  it('has words for every reason', () => {
    expect(Object.keys(REASON_WORDS).sort()).toEqual([...REASONS].sort());
  });
});

describe('numbers', () => {
  it.each([
    [0, '0.000'],
    [1, '1.000'],
    [-0.1234, '-0.123'],
    [0.0001, '1.0e-4'],
    [1_234_567, '1,234,567'],
    [1_234.56, '1,234.6'],
    [12.3456, '12.346'],
    [2.5e9, '2,500,000,000'],
  ])('%d is %s', (value, shown) => {
    expect(numberText(value)).toBe(shown);
  });

  it('say which side of an interval is open', () => {
    expect(intervalText({ low: 0.5, high: null })).toBe('at least 0.500');
    expect(intervalText({ low: null, high: 0.5 })).toBe('at most 0.500');
    expect(intervalText({ low: null, high: null })).toBe('unbounded');
    expect(intervalText(null)).toBe('');
  });
});

describe('the picture', () => {
  const svg = auditPlot(VIEW, HEADING, boundOf);

  it('is the same bytes twice, and names what it shows', () => {
    expect(auditPlot(VIEW, HEADING, boundOf)).toBe(svg);
    expect(svg).toContain('<title id="title">Fairness audit of data.csv</title>');
    expect(svg).toMatch(/<desc id="description">5,000 rows, [^<]*Disparate impact of Black is 0\.7\.[^<]*<\/desc>/);
    expect(svg).toMatch(/role="img" aria-labelledby="title description"/);
  });

  it('tells within, possible and shown apart by shape, not by colour alone', () => {
    expect(svg).toMatch(/<circle class="within"/);
    expect(svg).toMatch(/<path class="possible"/);
    expect(svg).toMatch(/<path class="shown"/);
    const fills = /\.possible\{fill:(#\w+)/.exec(svg)?.[1];
    expect(fills).toBe('#ffffff');
  });

  it('draws an open end of an interval as an arrow, and no value as words', () => {
    expect(svg).toMatch(/class="off"/);
    expect(svg).toContain('undefined: nobody has the favourable label, in the group');
  });

  it('has text and marks of enough contrast (WCAG 2.2: 4.5 to 1, marks 3 to 1)', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(svg)?.[1] ?? '';
    const rules = [...style.matchAll(/([^{}]+)\{([^}]*)\}/g)];
    const texts = rules.filter(([, selector = '']) => /text|title|note|count|words/.test(selector));
    const colours = texts.flatMap(([, , body = '']) => [...body.matchAll(/fill:(#\w{6})/g)].map((match) => match[1]!));
    expect(colours.length).toBeGreaterThan(2);
    for (const colour of colours) expect(contrast(colour, '#e8eef4')).toBeGreaterThan(4.5);
    const marks = rules.filter(([, selector = '']) => /within|possible|shown|equal|interval|bound/.test(selector));
    for (const [, , body = ''] of marks) {
      const stroke = /stroke:(#\w{6})/.exec(body)?.[1] ?? '';
      expect(contrast(stroke, '#e8eef4')).toBeGreaterThan(3);
    }
  });

  it('takes names from outside as text', () => {
    const metrics = METRICS.map((one) => ({ ...one, group: one.group === 'Black' ? '<script>&"\u0000' : one.group }));
    const hostile = auditPlot({ ...VIEW, metrics, findings: [] }, { ...HEADING, source: '</title><a>' }, boundOf);
    expect(hostile).not.toMatch(/<script|<a>|\u0000/);
    expect(hostile).toContain('&lt;script&gt;&amp;&quot;\u{FFFD}');
    expect(escapeXml('a\ud800b')).toBe('a\u{FFFD}b');
  });

  it('leaves out small cells: it may go into a report', () => {
    const shown = auditPlot(suppressedView(VIEW), HEADING, boundOf);
    expect(shown).not.toContain('n 1,207');
    expect(shown).not.toContain('>Other<');
    // What is hidden could be tried out against the digest of the rows.
    expect(shown).not.toContain(HEADING.digest);
    expect(auditPlot(VIEW, HEADING, boundOf)).toContain(HEADING.digest);
  });
});

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
