import { expect, test } from 'vitest';
import { threeAnswers } from '../../../fairness/three-answers.ts';

test('the same rows give 0.0, 1.0 and NaN by the three libraries, and a reason by ours', () => {
  const { answers, strict, rows } = threeAnswers();
  expect(answers.map(({ profile, figure }) => [profile, figure.value, figure.status, figure.libraryValue])).toEqual([
    ['aif360@0.6', 0, 'ok', undefined],
    ['fairlearn@0.15', 1, 'ok', undefined],
    ['aequitas@1.1', null, 'undefined', 'NaN'],
  ]);
  expect(strict.figure).toMatchObject({ value: null, status: 'undefined', reason: 'no_positives', where: 'group' });
  expect(rows.labels).toHaveLength(rows.attributes['group']!.length);
});

test('where a library answers, the strict answer stands beside it', () => {
  for (const { figure } of threeAnswers().answers.filter(({ figure }) => figure.status === 'ok')) {
    expect(figure.strict).toEqual({ value: null, status: 'undefined', reason: 'no_positives' });
    expect(figure.note).toMatch(/\w/);
  }
});

test('is JSON-safe and the same each time', () => {
  expect(JSON.parse(JSON.stringify(threeAnswers()))).toEqual(threeAnswers());
});
