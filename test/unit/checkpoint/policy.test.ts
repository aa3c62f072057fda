import { describe, expect, test } from 'vitest';
import { formatVerifierKey } from '../../../ledger/checkpoint/key.ts';
import { isQuorumMet, parseWitnessPolicy } from '../../../ledger/checkpoint/policy.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { sampleSigner, sampleWitness } from '../../support/sample-log.ts';

const { sha256 } = nodePrimitives;
const log = formatVerifierKey(sampleSigner('log.example').key);
const names = ['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3'];
const keyOf = (name: string) => sampleWitness(`${name}.example`).key;
const witnessLines = names.map((name) => `witness ${name} ${formatVerifierKey(keyOf(name))}`).join('\n');
const parse = (text: string) => parseWitnessPolicy(sha256, text);

test('the example of C2SP tlog-policy: two of X and any of Y', () => {
  const policy = parse(`log ${log} https://log.example/

${witnessLines}
 \t# a comment
group X-witnesses 2 X1 X2 X3
group Y-witnesses any Y1 Y2 Y3
\tgroup  X-and-Y\tall X-witnesses Y-witnesses
quorum X-and-Y
`);
  expect(policy.logs).toEqual([{ key: sampleSigner('log.example').key, url: 'https://log.example/' }]);
  expect(policy.witnesses.map(({ name }) => name)).toEqual(names);
  for (let mask = 0; mask < 64; mask++) {
    const cosigners = names.filter((_, i) => (mask >> i) % 2 === 1);
    const x = cosigners.filter((name) => name.startsWith('X')).length;
    const y = cosigners.length - x;
    expect(isQuorumMet(policy, cosigners.map(keyOf)), cosigners.join()).toBe(x >= 2 && y >= 1);
  }
});

test('one witness cosigning twice counts once, and strangers not at all', () => {
  const policy = parse(`${witnessLines}\ngroup g 2 X1 X2 X3\nquorum g`);
  expect(isQuorumMet(policy, [keyOf('X1'), keyOf('X1'), keyOf('Y1'), sampleWitness('other').key])).toBe(false);
});

test('quorum none asks for nothing; a single witness may be the quorum', () => {
  expect(isQuorumMet(parse('quorum none'), [])).toBe(true);
  const single = parse(`${witnessLines}\nquorum Y2`);
  expect(isQuorumMet(single, [keyOf('Y2')])).toBe(true);
  expect(isQuorumMet(single, [keyOf('Y1')])).toBe(false);
});

describe('refused, with the line', () => {
  const w = (name: string) => `witness ${name} ${formatVerifierKey(keyOf(name))}`;
  test.each([
    ['no quorum', w('X1'), 1],
    ['two quorums', 'quorum none\nquorum none', 2],
    ['quorum before its witness', `quorum X1\n${w('X1')}`, 1],
    ['unknown quorum', 'quorum X1', 1],
    ['unknown keyword', '\n\nwitnesses X1', 3],
    ['witness named none', `witness none ${formatVerifierKey(keyOf('X1'))}`, 1],
    ['name used twice', `${w('X1')}\ngroup X1 any X1`, 2],
    ['same key twice', `${w('X1')}\n${w('X1').replace('X1', 'Z')}`, 2],
    ['a log key as witness', `witness X1 ${log}`, 1],
    ['a witness key as log', `log ${formatVerifierKey(keyOf('X1'))}`, 1],
    ['no key', 'log', 1],
    ['too many items', `log ${log} url more`, 1],
    ['empty group', `group g any`, 1],
    ['unknown member', 'group g any X1', 1],
    ['member of two groups', `${w('X1')}\ngroup g any X1\ngroup h any X1`, 3],
    ['member twice', `${w('X1')}\ngroup g any X1 X1`, 2],
    ['threshold 0', `${w('X1')}\ngroup g 0 X1`, 2],
    ['threshold above members', `${w('X1')}\ngroup g 2 X1`, 2],
    ['threshold with a zero', `${w('X1')}\ngroup g 01 X1`, 2],
    ['a carriage return', 'quorum none\r', 1],
    ['a form feed', '#\fquorum none', 1],
  ])('%s', (_, text, line) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(`line ${line}`) as string }),
    );
  });

  test('a malformed key', () => {
    expect(() => parse('log nonsense\nquorum none')).toThrow(expect.objectContaining({ code: 'verify_unusable' }));
  });
});
