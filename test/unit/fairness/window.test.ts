import { describe, expect, it } from 'vitest';
import { LedgerError } from '../../../ledger/errors.ts';
import type { JsonObject } from '../../../ledger/types.ts';
import type { AuditOptions } from '../../../fairness/audit-types.ts';
import { cellIndex, FAVOURABLE, UNFAVOURABLE } from '../../../fairness/columns.ts';
import { sourceIn, toSource, type WindowSource } from '../../../fairness/window-source.ts';
import {
  attributeName,
  WindowJoin,
  windowOptions,
  type WindowEvent,
  type WindowQuestion,
} from '../../../fairness/window.ts';

const QUESTION: WindowQuestion = {
  attributes: ['sex'],
  predictionFrom: 'riskScore',
  labelFrom: 'outcome',
  threshold: 0.2,
};

let index = 0;
const prediction = (id: string, payload: JsonObject | undefined): WindowEvent => ({
  id,
  index: index++,
  refs: [],
  payload,
});
const outcome = (refs: string[], payload: JsonObject | undefined): WindowEvent => ({
  id: `outcome-${index}`,
  index: index++,
  refs,
  payload,
});
const risk = (id: string, riskScore: number, sex = 'F'): WindowEvent => prediction(id, { riskScore, input: { sex } });

function join(options: AuditOptions = {}, question: WindowQuestion = QUESTION): WindowJoin {
  return new WindowJoin(question, windowOptions(options, question));
}

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    if (error instanceof LedgerError) return [error.code, error.pointer];
    throw error;
  }
  return undefined;
};

describe('a window of predictions and outcomes', () => {
  it('makes a row of each prediction with the outcome that refers to it, in the order of the log', () => {
    const window = join();
    const [a, b, c] = [risk('a', 0.2, 'M'), risk('b', 0.19), risk('c', 0.9)];
    window.add(
      [a, b, c],
      [outcome(['c'], { observed: false }), outcome(['a'], { observed: true }), outcome(['b'], { label: 1 })],
    );
    const { columns, joined } = window.build();
    // The event is the favourable label: alert from the threshold on.
    expect([...columns.cells]).toEqual([
      cellIndex(FAVOURABLE, FAVOURABLE),
      cellIndex(FAVOURABLE, UNFAVOURABLE),
      cellIndex(UNFAVOURABLE, FAVOURABLE),
    ]);
    expect([...(columns.scores ?? [])]).toEqual([0.2, 0.19, 0.9]);
    const [sex] = columns.attributes;
    expect([sex?.name, sex?.groups, [...(sex?.codes ?? [])]]).toEqual(['sex', ['F', 'M'], [1, 0, 0]]);
    expect(joined).toMatchObject({ predictions: 3, outcomes: 3, joined: 3 });
  });

  it('turns a risk round where no event is favourable: an alert stays an alert', () => {
    const window = join({ favorable: false });
    window.add(
      [risk('a', 0.2), risk('b', 0.1)],
      [outcome(['a'], { observed: false }), outcome(['b'], { observed: true })],
    );
    const { columns } = window.build();
    expect([...columns.cells]).toEqual([cellIndex(FAVOURABLE, UNFAVOURABLE), cellIndex(UNFAVOURABLE, FAVOURABLE)]);
    expect([...(columns.scores ?? [])]).toEqual([0.8, 0.9]);
    expect(windowOptions({ favorable: false }, QUESTION)).toMatchObject({ favorable: [0], threshold: 0.8 });
  });

  it('lets the newest outcome by index count, in whatever order they come, and counts those before it', () => {
    const window = join();
    const a = risk('a', 0.5);
    const [first, second, third] = [true, true, false].map((observed) => outcome(['a'], { observed }));
    window.add([a], [second!, third!, first!]);
    const { columns, joined } = window.build();
    expect([...columns.cells]).toEqual([cellIndex(UNFAVOURABLE, FAVOURABLE)]);
    expect(joined).toMatchObject({ outcomes: 3, superseded: 2, joined: 1 });
  });

  it('counts whatever cannot become a row by why, and every prediction once', () => {
    const window = join();
    const events = [
      risk('row', 0.5),
      risk('open', 0.5),
      prediction('erased', undefined),
      risk('outcome erased', 0.5),
      risk('censored', 0.5),
      prediction('no attributes', { riskScore: 0.5, input: { age: 3 } }),
      prediction('no score', { label: 1, input: { sex: 'F' } }),
      risk('no label', 0.5),
    ];
    const settled = events.filter(({ id }) => id !== 'open');
    const outcomes = settled.map(({ id }) => {
      if (id === 'outcome erased') return outcome([id], undefined);
      if (id === 'censored') return outcome([id], { observed: false, censored: true });
      return outcome([id], id === 'no label' ? { value: 3 } : { observed: true });
    });
    window.add(events, [...outcomes, outcome(['of another model'], { observed: true })]);
    window.noteWithoutPrediction(4);
    window.noteErased(3);
    const { columns, joined } = window.build();
    expect(columns.rows).toBe(1);
    expect(joined).toEqual({
      predictions: 11,
      outcomes: 7,
      joined: 1,
      withoutOutcome: 1,
      withoutPrediction: 4,
      erased: 5,
      censored: 1,
      superseded: 0,
      withoutAttributes: 1,
      unusable: 2,
    });
    const ends = ['joined', 'withoutOutcome', 'erased', 'censored', 'withoutAttributes', 'unusable'] as const;
    expect(ends.reduce((sum, name) => sum + joined[name], 0)).toBe(joined.predictions);
  });

  it('counts an outcome of several predictions once, on however many pages they are', () => {
    const window = join();
    const [a, b] = [risk('a', 0.5), risk('b', 0.1, 'M')];
    const both = outcome(['a', 'b'], { observed: true });
    window.add([a], [both]);
    window.add([b], [both]);
    expect(window.build().joined).toMatchObject({ outcomes: 1, joined: 2 });
  });

  it('takes an attribute that is not there as missing, which is a group, as long as another is there', () => {
    const window = join({}, { ...QUESTION, attributes: ['sex', 'race'] });
    window.add(
      [
        prediction('a', { riskScore: 0.5, input: { sex: 'F' } }),
        prediction('b', { riskScore: 0.5, input: { race: 'Asian', sex: { no: 'scalar' } } }),
      ],
      [outcome(['a', 'b'], { observed: true })],
    );
    expect(window.build().columns.attributes.map(({ groups }) => groups)).toEqual([
      ['(missing)', 'F'],
      ['(missing)', 'Asian'],
    ]);
  });

  it('looks names up in attributes, then in input, and pointers in the payload; what objects inherit is not there', () => {
    const question = { ...QUESTION, attributes: ['sex', '/input/a~1b/0', 'constructor', '/toString'] };
    const window = join({}, question);
    window.add(
      [prediction('a', { riskScore: 0.5, attributes: { sex: 'M' }, input: { sex: 'F', 'a/b': ['x'] } })],
      [outcome(['a'], { observed: true })],
    );
    expect(window.build().columns.attributes.map(({ name, groups }) => [name, groups])).toEqual([
      ['sex', ['M']],
      ['0', ['x']],
      ['constructor', ['(missing)']],
      ['toString', ['(missing)']],
    ]);
    expect(attributeName('/input/a~1b')).toBe('a/b');
  });

  it('gathers the inputs asked for, a value for each row', () => {
    const window = join({}, { ...QUESTION, inputs: ['age', '/input/sex'] });
    const aged = prediction('a', { riskScore: 0.5, input: { sex: 'F', age: 70 } });
    window.add([aged, risk('unsettled', 0.5), risk('b', 0.5)], [outcome(['a', 'b'], { observed: true })]);
    expect(window.build().inputs).toEqual({ age: [70, null], sex: ['F', 'F'] });
  });

  it('compares labels with labels, alerts with what was observed', () => {
    const labels = join({ favorable: ['home'] }, { ...QUESTION, predictionFrom: 'label' });
    labels.add(
      [prediction('a', { label: 'home', input: { sex: 'F' } })],
      [outcome(['a'], { label: 'ward', observed: true })],
    );
    expect([...labels.build().columns.cells]).toEqual([cellIndex(UNFAVOURABLE, FAVOURABLE)]);
    const alerts = join({}, { ...QUESTION, predictionFrom: 'alert' });
    alerts.add(
      [prediction('b', { alert: false, riskScore: 0.9, input: { sex: 'F' } })],
      [outcome(['b'], { label: 'ward', observed: true })],
    );
    const { columns } = alerts.build();
    expect([...columns.cells]).toEqual([cellIndex(FAVOURABLE, UNFAVOURABLE)]);
    expect(columns.scores).toBeUndefined();
  });

  it('refuses what cannot be: labels that a risk says nothing about, thresholds of the other label, no rows, another order', () => {
    expect(codeOf(() => join({ favorable: ['home'] }))).toEqual(['invalid_value', '/favorable']);
    expect(codeOf(() => join({ favorable: [0, 1] }))).toEqual(['invalid_value', '/favorable']);
    expect(codeOf(() => join({ favorable: 0, threshold: [0.1, 0.2] }))).toEqual(['invalid_value', '/threshold']);
    expect(codeOf(() => join({ favorable: 1, threshold: [0.1, 0.2] }))).toBeUndefined();
    expect(codeOf(() => join({}, { ...QUESTION, attributes: ['sex', '/input/sex'] }))).toEqual([
      'invalid_value',
      '/attributes',
    ]);
    expect(codeOf(() => join().build())).toEqual(['rows_empty', undefined]);
    const [a, b] = [risk('a', 0.5), risk('b', 0.5)];
    expect(
      codeOf(() => {
        join().add([b, a], []);
      }),
    ).toEqual(['internal', undefined]);
  });

  it.each<[string, WindowEvent[], WindowEvent[], RegExp]>([
    ['there is no prediction', [], [], /no prediction of this model/],
    ['nothing settles them', [risk('a', 0.5)], [], /no outcome settles them/],
    ['they were erased', [prediction('a', undefined)], [], /erased/],
    [
      'most have no score',
      [prediction('a', { alert: true, input: { sex: 'F' } }), prediction('b', { input: { sex: 'F' } }), risk('c', 0.1)],
      [outcome(['a'], { observed: true }), outcome(['b'], { observed: true })],
      /no value of the kind asked for/,
    ],
    [
      'they have none of the attributes',
      [prediction('a', { riskScore: 0.5 })],
      [outcome(['a'], { observed: true })],
      /none of the attributes/,
    ],
  ])('that gives no row says why: %s', (_, predictions, outcomes, words) => {
    const window = join();
    // In the order of the log, whatever order the cases were made in.
    const ordered = [...predictions, ...outcomes].map((event) => ({ ...event, index: index++ }));
    window.add(ordered.slice(0, predictions.length), ordered.slice(predictions.length));
    expect(() => window.build()).toThrow(words);
    expect(codeOf(() => window.build())).toEqual(['rows_empty', undefined]);
  });
});

describe('the window in the record', () => {
  const window: WindowSource = {
    ...QUESTION,
    model: { name: 'readmission', version: '3.1.0' },
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    size: 1234,
  };

  it('is read as it was written', () => {
    expect(sourceIn(toSource(window))).toEqual(window);
    const unbounded: WindowSource = { ...QUESTION, model: { name: 'readmission' }, size: 1234 };
    expect(sourceIn(toSource(unbounded))).toEqual(unbounded);
    expect(sourceIn({ kind: 'rows' })).toBeUndefined();
  });

  it.each(['kind', 'model', 'size', 'attributes', 'predictionFrom', 'threshold', 'labelFrom'])(
    'is refused without %s',
    (member) => {
      const rest = Object.fromEntries(Object.entries(toSource(window)).filter(([name]) => name !== member));
      expect(codeOf(() => sourceIn(rest))).toEqual(['invalid_value', `/source/${member}`]);
    },
  );
});
