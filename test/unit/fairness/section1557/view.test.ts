import { describe, expect, test } from 'vitest';
import { type AttributeColumn, MISSING } from '../../../../fairness/columns.ts';
import { DEFAULT_GROUNDS, GROUNDS, groundsOf, plainName } from '../../../../fairness/section1557/grounds.ts';
import type { InputColumn } from '../../../../fairness/section1557/input-levels.ts';
import { suppressedSection1557 } from '../../../../fairness/section1557/shown.ts';
import type { Section1557Request } from '../../../../fairness/section1557/types.ts';
import { section1557View } from '../../../../fairness/section1557/view.ts';
import type { ShownFigure } from '../../../../fairness/suppress.ts';
import { createRandom } from '../../../../numerics/random.ts';

const ROWS = 1_200;
const random = createRandom('view');

function column(name: string, groups: readonly string[], codeOf: (row: number) => number): AttributeColumn {
  return { name, groups, codes: Uint8Array.from({ length: ROWS }, (_, row) => codeOf(row)) };
}

const race = column('race', ['A', 'B', 'C'], () => random.below(3));
const gender = column('gender', ['F', 'M'], () => random.below(2));
const inputs: Readonly<Record<string, InputColumn>> = {
  race: Array.from(race.codes, (code) => race.groups[code]!),
  zipCode: Array.from(race.codes, (code) => (random.below(3) > 0 ? `Z${code}` : `Z${random.below(6)}`)),
  height: Float64Array.from(gender.codes, (code) => 165 + code * 12 + random.next() * 20),
  noise: Array.from({ length: ROWS }, () => random.below(8)),
  more: Float64Array.from({ length: ROWS }, () => random.next()),
};

function figure(attribute: string, about: Partial<ShownFigure> = {}): ShownFigure {
  return {
    name: 'selection_rate',
    attribute,
    group: 'F',
    reference: null,
    value: 0.5,
    status: 'ok',
    reason: null,
    numerator: 1,
    denominator: 2,
    n: 100,
    ci: null,
    convention: 'strict@1',
    ...about,
  };
}

const request: Section1557Request = {
  inputs,
  attributes: [race, gender],
  measured: [
    figure('race'),
    figure('race*gender', { name: 'disparate_impact' }),
    figure('gender', { value: null, status: 'insufficient', reason: 'suppressed', n: null }),
  ],
};
const view = section1557View(request);
const ground = (name: string, of = view) => of.grounds.find((one) => one.ground === name)!;
const pair = (input: string, attribute: string, of = view) =>
  of.associations.find((one) => one.input === input && one.attribute === attribute)!;

describe('section 1557 view', () => {
  test('has the six grounds in the order of the rule', () => {
    expect(view.grounds.map((one) => one.ground)).toEqual([...GROUNDS]);
    expect(view.rule).toBe('45 CFR 92.210');
  });

  test('names inputs that measure a ground, and inputs that stand in for one', () => {
    expect(ground('race')).toMatchObject({ inputs: ['race'], attributes: ['race'], proxies: ['zipCode'] });
    expect(ground('sex')).toMatchObject({ inputs: [], attributes: ['gender'], proxies: ['height'] });
    expect(pair('zipCode', 'race')).toMatchObject({ isProxy: true, strength: 'strong', pValue: 1 / 1_001 });
    expect(pair('height', 'gender').etaSquared).toBeGreaterThan(0.3);
    expect(pair('race', 'race')).toMatchObject({ isSameGround: true, isProxy: false, value: 1 });
    expect(view.associations.filter(({ isProxy }) => isProxy)).toHaveLength(2);
  });

  test('adjusts over the inputs of an attribute', () => {
    expect(pair('zipCode', 'race').adjustedPValue).toBeCloseTo(5 / 1_001, 12);
    for (const { pValue, adjustedPValue } of view.associations) expect(adjustedPValue!).toBeGreaterThanOrEqual(pValue!);
  });

  test('says what was measured and why something was not', () => {
    // Of the intersection as well.
    expect(ground('race').coverage).toMatchObject({ ok: 2, why: null, measured: ['race', 'race*gender'] });
    expect(ground('sex').coverage).toMatchObject({ ok: 1, without: [{ reason: 'suppressed', figures: 1 }] });
    expect(ground('age').coverage).toMatchObject({ ok: 0, why: 'no_attribute' });
    const bare = section1557View({ ...request, measured: [] });
    expect(ground('race', bare).coverage.why).toBe('no_figures');
    const empty = section1557View({
      ...request,
      measured: [figure('race', { value: null, status: 'undefined', reason: 'no_rows' })],
    });
    expect(ground('race', empty).coverage.why).toBe('no_values');
  });

  test('gives words that judge nothing', () => {
    const text = view.words.join('\n');
    expect(text).toContain('Race: measured by the inputs race.');
    expect(text).toContain('Disability: no input measures it by name. Proxies could not be looked for.');
    expect(text).not.toMatch(/complian|lawful|permitted|no discrimination|fair\b/iu);
  });

  test('says where so many inputs leave nothing to be found', () => {
    expect(section1557View({ ...request, permutations: 50 }).words.join(' ')).toContain('Ask for more permutations');
    expect(view.words.join(' ')).not.toContain('Ask for more permutations');
  });

  test('is the same again, whatever the order of the inputs, and JSON keeps it', () => {
    const turned = Object.fromEntries(Object.entries(inputs).reverse());
    expect(section1557View({ ...request, inputs: turned })).toEqual(view);
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    const other = section1557View({ ...request, seed: 'another' });
    expect(other.associations.map(({ value }) => value)).toEqual(view.associations.map(({ value }) => value));
    expect(other.associations).not.toEqual(view.associations);
  });

  test('lists attributes that no ground is known for, and takes another map', () => {
    const payer = column('payer', ['x', 'y'], (row) => row % 2);
    const unmapped = section1557View({ ...request, attributes: [race, payer] });
    expect(unmapped.unmapped).toEqual(['payer']);
    expect(unmapped.words.join(' ')).toContain('no ground is known: payer');
    const mapped = section1557View({
      ...request,
      attributes: [race, payer],
      grounds: { ...DEFAULT_GROUNDS, payer: ['disability'] },
    });
    expect(mapped.unmapped).toEqual([]);
    expect(ground('disability', mapped).attributes).toEqual(['payer']);
  });

  test('keeps what people state of mitigation with its ground', () => {
    const mitigation = [
      { ground: 'race', measure: 'threshold by site', owner: 'committee' },
      { measure: 'training' },
    ] as const;
    const stated = section1557View({ ...request, mitigation });
    expect(ground('race', stated).mitigation).toEqual([mitigation[0]]);
    expect(stated.mitigation).toEqual([mitigation[1]]);
    expect(ground('sex', stated).mitigation).toEqual([]);
  });
});

describe('hostile inputs', () => {
  const of = (input: InputColumn, attribute = race) =>
    section1557View({ inputs: { x: input }, attributes: [attribute], measured: [], permutations: 20 });

  test.each<[string, InputColumn, string]>([
    ['all missing', new Array<null>(ROWS).fill(null), 'no_rows'],
    ['NaN alone', new Float64Array(ROWS).fill(NaN), 'no_rows'],
    ['infinite alone', new Float64Array(ROWS).fill(Infinity), 'no_rows'],
    ['one level', new Array<string>(ROWS).fill('a'), 'no_variation'],
    ['one number', new Float64Array(ROWS).fill(3), 'no_variation'],
  ])('%s: a reason instead of a number', (_, input, reason) => {
    const [found] = of(input).associations;
    expect(found).toMatchObject({ value: null, pValue: null, adjustedPValue: null, isProxy: false, reason });
  });

  test('one group, and groups without a value', () => {
    const single = column('race', ['A'], () => 0);
    expect(of(inputs['zipCode']!, single).associations[0]).toMatchObject({ value: null, reason: 'one_group' });
    const half = column('race', [MISSING, 'A'], (row) => row % 2);
    expect(of(inputs['zipCode']!, half).associations[0]).toMatchObject({
      value: null,
      reason: 'one_group',
      n: ROWS / 2,
    });
  });

  test('no number in the JSON is lost, however large or rare the values', () => {
    const wild = Float64Array.from({ length: ROWS }, (_, i) =>
      i % 7 === 0 ? NaN : i % 2 === 0 ? 1e308 : -1e308 * (i / ROWS),
    );
    const text = JSON.stringify(of(wild));
    expect(text).not.toMatch(/NaN|Infinity/u);
    expect(JSON.parse(text)).toEqual(of(wild));
  });

  test('other lengths, and settings out of range, are refused', () => {
    expect(() => of(['a'])).toThrow(expect.objectContaining({ code: 'lengths_differ', pointer: '/inputs/0' }));
    const bad = (more: Partial<Section1557Request>) => () => section1557View({ ...request, ...more });
    expect(bad({ permutations: 0 })).toThrow(expect.objectContaining({ code: 'invalid_value' }));
    expect(bad({ permutations: NaN })).toThrow(expect.objectContaining({ code: 'invalid_value' }));
    expect(bad({ level: 1 })).toThrow(expect.objectContaining({ code: 'invalid_value' }));
  });

  test('nothing at all is said to be nothing', () => {
    const nothing = section1557View({ inputs: {}, attributes: [], measured: [] });
    expect(nothing.associations).toEqual([]);
    expect(nothing.words.join(' ')).toContain('inputs were not given');
  });
});

describe('as a report or an auditor sees it', () => {
  const gaps = inputs['noise']!.length - 4;
  const holed = {
    ...inputs,
    noise: Array.from(inputs['noise']! as number[], (value, row) => (row < gaps ? value : null)),
  };
  const full = section1557View({ ...request, inputs: holed });
  const shown = suppressedSection1557(full, []);

  test('has no small number of persons, nor its complement', () => {
    expect(full.inputs.find(({ name }) => name === 'noise')?.missing).toBe(4);
    expect(shown.inputs.find(({ name }) => name === 'noise')?.missing).toBeNull();
    expect(pair('noise', 'race', full).n).toBe(gaps);
    expect(pair('noise', 'race', shown).n).toBeNull();
    expect(pair('zipCode', 'race', shown).n).toBe(ROWS);
    expect(shown.rows).toBe(ROWS);
  });

  test('has associations to two digits, the same proxies, and the figures that are shown', () => {
    expect(pair('zipCode', 'race', shown).value).toBe(Number(pair('zipCode', 'race', full).value!.toFixed(2)));
    expect(pair('zipCode', 'race', shown).pValue).toBe(0.001);
    expect(ground('race', shown).proxies).toEqual(['zipCode']);
    expect(ground('race', shown).coverage.why).toBe('no_figures');
    expect(shown.words.join(' ')).toContain('no figure about it');
  });
});

describe('grounds', () => {
  test('names are compared without what spelling adds', () => {
    expect(plainName('dateOfBirth')).toBe('date_of_birth');
    expect(plainName(' Date of Birth ')).toBe('date_of_birth');
    expect(groundsOf('Preferred-Language', DEFAULT_GROUNDS)).toEqual(['national_origin']);
    expect(groundsOf('race*sex', DEFAULT_GROUNDS)).toEqual(['race', 'sex']);
    expect(groundsOf('dosage', DEFAULT_GROUNDS)).toEqual([]);
    expect(groundsOf('constructor', DEFAULT_GROUNDS)).toEqual([]);
  });
});
