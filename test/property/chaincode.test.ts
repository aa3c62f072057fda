/** The contract over a state in memory, against RFC 6962 as it is written down, and against arguments of all kinds. */
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_BATCH_LEAVES } from '../../ledger/anchor/chain.ts';
import { MAX_LEAVES } from '../../ledger/chaincode/arguments.ts';
import { fastSha256 } from '../../ledger/chaincode/fast-sha256.ts';
import { answerCall, PAGE_SIZE } from '../../ledger/chaincode/merkle-anchor.ts';
import { PeerState } from '../support/peer-state.ts';
import { RecursiveTree } from '../support/recursive-tree.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';

const OWNER = 'Org1MSP';
const OTHER = 'Org2MSP';
const EMPTY_ROOT = createHash('sha256').digest('hex');
const LARGEST = '9007199254740991';

/** `count` leaf hashes that nothing else in a test has. */
let drawn = 0;
function leafHashes(count: number): Buffer {
  const hash = (): Buffer =>
    createHash('sha256')
      .update(`leaf ${(drawn += 1)}`)
      .digest();
  return Buffer.concat(Array.from({ length: count }, hash));
}
const checkpointKey = (log: string, size: number): string => `${log}/cp:${String(size).padStart(20, '0')}`;

let peer: PeerState;
beforeEach(() => {
  peer = new PeerState();
});
const append = (log: string, start: number | string, leaves: string | Uint8Array, creator = OWNER) =>
  peer.call(creator, 'appendLeaves', log, String(start), leaves);

describe('roots', () => {
  test('of 1,200 random states of five logs are those of the recursive definition', { timeout: 120_000 }, async () => {
    const seed = chooseSeed();
    const random = seededRandom(seed);
    const logs = ['a', 'b-2', 'c'.repeat(64), '0', '-'].map((log) => ({ log, tree: new RecursiveTree() }));
    for (let state = 0; state < 1200; state += 1) {
      const { log, tree } = random.pick(logs);
      const count = random.between(1, random.pick([1, 2, 9, 70, 400]));
      const leaves = leafHashes(count);
      const start = tree.size;
      tree.append(leaves);
      const { answer } = await append(log, start, leaves);
      expect(answer, `TEST_SEED=${seed}`).toEqual({ size: String(tree.size), root: tree.root() });
      const head = await peer.call(OTHER, 'getCheckpoint', log, '');
      expect(head.answer).toEqual(answer);
      const older = random.between(1, tree.size);
      const { answer: found, refusal } = await peer.call(OWNER, 'getCheckpoint', log, String(older));
      if (refusal === undefined) expect(found).toEqual({ size: String(older), root: tree.root(older) });
      else expect([refusal, peer.committed.has(checkpointKey(log, older))]).toEqual([`NO_CHECKPOINT ${older}`, false]);
    }
  });

  test('of the largest batches are those of the recursive definition', async () => {
    const tree = new RecursiveTree();
    for (const count of [MAX_LEAVES, 1, MAX_LEAVES - 1, MAX_LEAVES]) {
      const leaves = leafHashes(count);
      const start = tree.size;
      tree.append(leaves);
      const { answer } = await append('log', start, leaves);
      expect(answer).toEqual({ size: String(tree.size), root: tree.root() });
    }
  });

  test('do not depend on how the leaves were cut into batches', async () => {
    const leaves = leafHashes(100);
    await append('whole', 0, leaves);
    for (let at = 0; at < 100; at += 1) await append('single', at, leaves.subarray(at * 32, (at + 1) * 32));
    const [whole, single] = [
      await peer.call(OWNER, 'getCheckpoint', 'whole', ''),
      await peer.call(OWNER, 'getCheckpoint', 'single', ''),
    ];
    expect(single.answer).toEqual(whole.answer);
  });

  test('are what peers with the same state agree on: answer, reads and writes are the same twice', async () => {
    await append('log', 0, leafHashes(5));
    const leaves = leafHashes(7);
    const twice = [
      await peer.endorse(OWNER, 'appendLeaves', 'log', '5', leaves),
      await peer.endorse(OWNER, 'appendLeaves', 'log', '5', leaves),
    ];
    expect(twice[0]).toEqual(twice[1]);
  });
});

describe('what a call reads and writes', () => {
  test('the first append: frontier, checkpoint and owner', async () => {
    const leaves = leafHashes(1);
    const { writes, reads } = await append('log', 0, leaves);
    expect([...writes.keys()].sort()).toEqual([checkpointKey('log', 1), 'log/frontier', 'log/owner']);
    expect(writes.get('log/owner')?.toString()).toBe(OWNER);
    expect(writes.get('log/frontier')?.toString('hex')).toBe(`0000000000000001${leaves.toString('hex')}`);
    expect(writes.get(checkpointKey('log', 1))).toEqual(leaves);
    // Two that open the same log at once read both keys: one of them is not valid.
    expect([...reads].sort()).toEqual(['log/frontier', 'log/owner']);
  });

  test('further ones: frontier and checkpoint', async () => {
    await append('log', 0, leafHashes(1));
    const { writes, reads } = await append('log', 1, leafHashes(6));
    expect([...writes.keys()].sort()).toEqual([checkpointKey('log', 7), 'log/frontier']);
    expect(writes.get('log/frontier')).toHaveLength(8 + 3 * 32);
    expect([...reads].sort()).toEqual(['log/frontier', 'log/owner']);
  });

  test('a checkpoint by its size: one key, nothing written', async () => {
    await append('log', 0, leafHashes(3));
    const { reads, writes } = await peer.call(OTHER, 'getCheckpoint', 'log', '3');
    expect([reads, writes.size]).toEqual([[checkpointKey('log', 3)], 0]);
  });

  test('the newest checkpoint: the frontier, nothing written', async () => {
    const { answer, reads, writes } = await peer.call(OTHER, 'getCheckpoint', 'log', '');
    expect([answer, reads, writes.size]).toEqual([{ size: '0', root: EMPTY_ROOT }, ['log/frontier'], 0]);
  });

  test('a refused append writes nothing', async () => {
    await append('log', 0, leafHashes(1));
    for (const start of [0, 2]) expect((await append('log', start, leafHashes(1))).writes.size).toBe(0);
    expect((await append('log', 1, leafHashes(1), OTHER)).writes.size).toBe(0);
  });

  test('a second log is independent: other keys, another owner, its own start', async () => {
    await append('one', 0, leafHashes(4));
    const before = new Map([...peer.committed].filter(([key]) => key.startsWith('one/')));
    const { answer, writes } = await append('two', 0, leafHashes(2), OTHER);
    expect(answer).toMatchObject({ size: '2' });
    expect([...writes.keys()].every((key) => key.startsWith('two/'))).toBe(true);
    expect((await append('two', 2, leafHashes(1))).refusal).toBe('NOT_OWNER');
    expect(new Map([...peer.committed].filter(([key]) => key.startsWith('one/')))).toEqual(before);
  });
});

describe('refusals', () => {
  const leaf = leafHashes(1);

  test.each<[refusal: string, args: readonly (string | Uint8Array)[]]>([
    ['WRONG_START expected 5 got 0', ['appendLeaves', 'log', '0', leaf]],
    ['WRONG_START expected 5 got 9', ['appendLeaves', 'log', '9', leaf]],
    ['WRONG_START expected 0 got 1', ['appendLeaves', 'new', '1', leaf]],
    ['BAD_LEAVES length 0', ['appendLeaves', 'log', '5', '']],
    ['BAD_LEAVES length 31', ['appendLeaves', 'log', '5', new Uint8Array(31)]],
    ['BAD_LEAVES length 33', ['appendLeaves', 'log', '5', new Uint8Array(33)]],
    ['TOO_MANY_LEAVES 16385', ['appendLeaves', 'log', '5', new Uint8Array(32 * (MAX_LEAVES + 1))]],
    ['BAD_START', ['appendLeaves', 'log', '', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '05', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '+5', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '5.0', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '5\n', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '0x5', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '-5', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '9007199254740992', leaf]],
    ['BAD_START', ['appendLeaves', 'log', '99999999999999999999', leaf]],
    ['BAD_START', ['appendLeaves', 'log', LARGEST, leaf]],
    ['BAD_LOG', ['appendLeaves', '', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'a'.repeat(65), '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'Log', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'a/owner', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'log\n', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'log\0', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', 'lög', '0', leaf]],
    ['BAD_LOG', ['appendLeaves', new Uint8Array(1_000_000), '0', leaf]],
    ['BAD_LOG', ['getCheckpoint', 'a:b', '']],
    ['BAD_LOG', ['listCheckpoints', 'a b', '']],
    ['NO_CHECKPOINT 4', ['getCheckpoint', 'log', '4']],
    ['NO_CHECKPOINT 0', ['getCheckpoint', 'log', '0']],
    [`NO_CHECKPOINT ${LARGEST}`, ['getCheckpoint', 'log', LARGEST]],
    ['BAD_SIZE', ['getCheckpoint', 'log', '05']],
    ['BAD_SIZE', ['getCheckpoint', 'log', ' ']],
    ['BAD_SIZE', ['listCheckpoints', 'log', 'x']],
    ['BAD_SIZE', ['listCheckpoints', 'log', '9007199254740992']],
    ['BAD_ARGUMENTS', ['appendLeaves', 'log', '5']],
    ['BAD_ARGUMENTS', ['appendLeaves', 'log', '5', leaf, '']],
    ['BAD_ARGUMENTS', ['getCheckpoint', 'log']],
    ['BAD_ARGUMENTS', ['getCheckpoint', 'log', '', '']],
    ['BAD_ARGUMENTS', ['listCheckpoints']],
    ['UNKNOWN_FUNCTION', []],
    ['UNKNOWN_FUNCTION', ['']],
    ['UNKNOWN_FUNCTION', ['appendleaves', 'log', '5', leaf]],
    ['UNKNOWN_FUNCTION', ['toString']],
    ['UNKNOWN_FUNCTION', ['appendLeaves\0', 'log', '5', leaf]],
  ])('%s', async (refusal, args) => {
    await append('log', 0, leafHashes(5));
    const outcome = await peer.call(OWNER, ...args);
    expect([outcome.refusal, outcome.writes.size]).toEqual([refusal, 0]);
  });

  test('NOT_OWNER: whoever did not open the log appends nowhere in it, and learns nothing of its size', async () => {
    await append('log', 0, leafHashes(5));
    for (const start of [0, 4, 5, 6])
      for (const creator of [OTHER, '', 'Org1MSP ', 'org1msp', 'Org1MSPx', 'Org1MS'])
        expect((await append('log', start, leaf, creator)).refusal).toBe('NOT_OWNER');
    expect((await append('new', 0, leaf, '')).refusal).toBe('NOT_OWNER');
    expect((await append('log', 5, leaf)).answer).toMatchObject({ size: '6' });
  });

  test('CORRUPT_STATE: a state that the contract did not write', async () => {
    await append('log', 0, leafHashes(6));
    const frontier = peer.committed.get('log/frontier')!;
    const damaged = [
      frontier.subarray(0, 8),
      frontier.subarray(0, 40),
      Buffer.concat([frontier, leaf]),
      Buffer.from([1]),
      Buffer.concat([Buffer.from('ff'.repeat(8), 'hex'), frontier.subarray(8)]),
      Buffer.concat([Buffer.from('0000000000000007', 'hex'), frontier.subarray(8)]),
    ];
    for (const value of damaged) {
      peer.committed.set('log/frontier', value);
      expect((await append('log', 6, leaf)).refusal).toBe('CORRUPT_STATE');
      expect((await peer.call(OWNER, 'getCheckpoint', 'log', '')).refusal).toBe('CORRUPT_STATE');
    }
    peer.committed.set('log/frontier', frontier);
    peer.committed.set(checkpointKey('log', 6), frontier.subarray(0, 31));
    expect((await peer.call(OWNER, 'getCheckpoint', 'log', '6')).refusal).toBe('CORRUPT_STATE');
    peer.committed.delete('log/owner');
    expect((await append('log', 6, leaf)).refusal).toBe('CORRUPT_STATE');
  });

  test('the log cannot pass 2^53-1 entries', async () => {
    const size = Buffer.from('001ffffffffffffe', 'hex');
    peer.committed.set('log/frontier', Buffer.concat([size, leafHashes(52)]));
    peer.committed.set('log/owner', Buffer.from(OWNER));
    expect((await append('log', '9007199254740990', leafHashes(2))).refusal).toBe('BAD_START');
    expect((await append('log', '9007199254740990', leaf)).answer).toMatchObject({ size: LARGEST });
    expect((await append('log', LARGEST, leaf)).refusal).toBe('BAD_START');
  });

  test('an error of the peer is passed on as it is', async () => {
    const failure = new Error('no state today');
    const fail = () => Promise.reject(failure);
    const state = { get: fail, put: fail, range: () => expect.unreachable() };
    const args = ['getCheckpoint', 'log', ''].map((text) => Buffer.from(text));
    await expect(answerCall(fastSha256, { state, creatorMspId: OWNER, args })).rejects.toBe(failure);
  });
});

describe('listCheckpoints', () => {
  const pages = async (log: string): Promise<{ sizes: number[]; counts: number[] }> => {
    const sizes: number[] = [];
    const counts: number[] = [];
    let page = '';
    do {
      const { answer } = await peer.call(OTHER, 'listCheckpoints', log, page);
      const { checkpoints, next } = answer as { checkpoints: { size: string; root: string }[]; next: string };
      for (const { size, root } of checkpoints) {
        sizes.push(Number(size));
        expect(root).toBe(peer.committed.get(checkpointKey(log, Number(size)))?.toString('hex'));
      }
      counts.push(checkpoints.length);
      page = next;
    } while (page !== '');
    return { sizes, counts };
  };

  test.each([0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE, 2 * PAGE_SIZE + 5])(
    'of %i checkpoints gives each once, in order, and none of other logs',
    async (count) => {
      const expected: number[] = [];
      for (let size = 0; expected.length < count; expected.push(size)) {
        const step = 1 + (expected.length % 3);
        await append('log', size, leafHashes(step));
        size += step;
      }
      for (const neighbour of ['lo', 'log-', 'log0', 'lof', 'loh']) await append(neighbour, 0, leafHashes(1));
      const { sizes, counts } = await pages('log');
      expect(sizes).toEqual(expected);
      expect(counts.slice(0, -1).every((length) => length === PAGE_SIZE)).toBe(true);
      expect(counts).toHaveLength(Math.max(1, Math.ceil(count / PAGE_SIZE)));
    },
  );

  test('continues after a size that is no checkpoint', async () => {
    for (const start of [0, 10, 20]) await append('log', start, leafHashes(10));
    const after = async (page: string) => {
      const { answer } = await peer.call(OWNER, 'listCheckpoints', 'log', page);
      return (answer as { checkpoints: { size: string }[] }).checkpoints.map(({ size }) => size);
    };
    expect(await after('15')).toEqual(['20', '30']);
    expect(await after('20')).toEqual(['30']);
    expect(await after('30')).toEqual([]);
    expect(await after('0')).toEqual(['10', '20', '30']);
    expect(await after(LARGEST)).toEqual([]);
  });
});

describe('arguments of any kind', () => {
  const REFUSALS =
    /^(WRONG_START expected \d{1,16} got \d{1,16}|BAD_LEAVES length \d+|TOO_MANY_LEAVES \d+|NO_CHECKPOINT \d{1,16}|BAD_LOG|BAD_START|BAD_SIZE|BAD_ARGUMENTS|UNKNOWN_FUNCTION|NOT_OWNER)$/;
  const bytes = fc.uint8Array({ maxLength: 100 });
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const likely = fc.constantFrom('log', 'log2', '', '0', '3', '00', '-1', '1e3', LARGEST, '__proto__', 'log/owner');
  const leaves = fc.integer({ min: 0, max: 4 }).map((count) => new Uint8Array(count * 32).fill(count));
  const name = fc.constantFrom('appendLeaves', 'getCheckpoint', 'listCheckpoints');
  const argument = fc.oneof(bytes, text, likely, leaves);
  const call = fc.tuple(fc.oneof({ weight: 4, arbitrary: name }, argument), fc.array(argument, { maxLength: 5 }));
  const creator = fc.oneof(fc.constantFrom(OWNER, OTHER), text);

  test(
    'are answered or refused by a known text, and write only what an append writes',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(creator, call), { maxLength: 12 }), async (calls) => {
          peer = new PeerState();
          await append('log', 0, leafHashes(3));
          for (const [who, [functionName, parameters]] of calls) {
            const outcome = await peer.call(who, functionName, ...parameters);
            if (outcome.refusal !== undefined) {
              expect(outcome.refusal).toMatch(REFUSALS);
              expect(outcome.writes.size).toBe(0);
              continue;
            }
            expect(outcome.answer).toBeTypeOf('object');
            for (const key of outcome.writes.keys())
              expect(key).toMatch(/^[a-z0-9-]{1,64}\/(frontier|owner|cp:\d{20})$/);
            if (functionName !== 'appendLeaves') expect(outcome.writes.size).toBe(0);
          }
        }),
        { numRuns: 1000 },
      );
    },
  );
});

test('the ledger sends no larger batch than the chaincode takes', () => {
  expect(MAX_BATCH_LEAVES).toBe(MAX_LEAVES);
});
