/**
 * The chaincode on a real network of two organisations, called directly: roots against the recursive definition, refusals as
 * they reach a client, who may append, races, and a killed process.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StatusCode } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { devnetSkipNote, devnetUnavailable, sharedDevnet, type TestDevnet } from '../harness/devnet.ts';
import { type ChaincodeCheckpoint, type ChaincodeClient, openChaincodeClient } from '../support/chaincode-client.ts';
import { RecursiveTree } from '../support/recursive-tree.ts';
import { chooseSeed, seededRandom } from '../support/seeded-random.ts';

const STATES = 220;
const LARGEST_BATCH = 16_384;
const PAGE = 100;
const ORG1 = 'Org1MSP';
const ORG2 = 'Org2MSP';
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const leavesOf = (count: number): Buffer => randomBytes(32 * count);
/** Names of this run: the network keeps what other runs appended. */
const run = randomBytes(4).toString('hex');
const refusal = (text: string): string => `chaincode response 500, ${text}`;

describe.skipIf(devnetUnavailable() !== undefined)(`chaincode on Fabric${devnetSkipNote()}`, () => {
  let devnet: TestDevnet;
  /** Org1's identity through Org1's peer, the same through Org2's, and Org2's identity through its own. */
  let org1: ChaincodeClient;
  let org1ThroughOrg2: ChaincodeClient;
  let org2: ChaincodeClient;

  beforeAll(async () => {
    devnet = await sharedDevnet();
    const [first, second] = devnet.organizations;
    org1 = openChaincodeClient(devnet, first!);
    org1ThroughOrg2 = openChaincodeClient(devnet, first!, second);
    org2 = openChaincodeClient(devnet, second!);
  });
  afterAll(() => {
    for (const client of [org1, org1ThroughOrg2, org2]) client.close();
  });

  /** What both peers say of a log, once they have the same size: the commit status speaks for one of them. */
  async function bothPeers(log: string, size: number): Promise<readonly [unknown, unknown]> {
    for (;;) {
      const heads = [await org1.read(ORG1, 'getCheckpoint', log, ''), await org1.read(ORG2, 'getCheckpoint', log, '')];
      if (heads.every((head) => (head as ChaincodeCheckpoint).size === String(size))) return [heads[0], heads[1]];
      await sleep(20);
    }
  }

  async function append(log: string, tree: RecursiveTree, count: number, client = org1): Promise<void> {
    const leaves = leavesOf(count);
    const start = String(tree.size);
    tree.append(leaves);
    const expected = { size: String(tree.size), root: tree.root() };
    expect(await client.submit('appendLeaves', log, start, leaves)).toEqual({ kind: 'committed', answer: expected });
    expect(await bothPeers(log, tree.size)).toEqual([expected, expected]);
  }

  test(`${STATES} random states of three logs: the roots of both peers are those of the recursive definition`, async () => {
    const seed = chooseSeed();
    console.log(`TEST_SEED=${seed}`);
    const random = seededRandom(seed);
    const logs = ['a', 'b', 'c'].map((name, at) => ({
      log: `states-${name}-${run}`,
      client: at === 2 ? org2 : org1,
      tree: new RecursiveTree(),
      sizes: [] as number[],
    }));
    // The first log gets most of the states, so that its list has several pages.
    const weighted = [logs[0]!, logs[0]!, ...logs];
    for (let state = 0; state < STATES; state += 1) {
      const { log, client, tree, sizes } = random.pick(weighted);
      await append(log, tree, random.between(1, random.pick([1, 2, 5, 64, 300])), client);
      sizes.push(tree.size);
    }
    await append(logs[0]!.log, logs[0]!.tree, LARGEST_BATCH);
    logs[0]!.sizes.push(logs[0]!.tree.size);

    for (const { log, tree, sizes } of logs) {
      const expected = sizes.map((size) => ({ size: String(size), root: tree.root(size) }));
      for (const mspId of [ORG1, ORG2]) {
        const listed: ChaincodeCheckpoint[] = [];
        const pages: number[] = [];
        let page = '';
        do {
          const answer = await org2.read(mspId, 'listCheckpoints', log, page);
          const { checkpoints, next } = answer as { checkpoints: ChaincodeCheckpoint[]; next: string };
          listed.push(...checkpoints);
          pages.push(checkpoints.length);
          page = next;
        } while (page !== '');
        expect(listed).toEqual(expected);
        expect(pages.slice(0, -1).every((length) => length === PAGE)).toBe(true);
        expect(pages).toHaveLength(Math.ceil(sizes.length / PAGE));
        for (const checkpoint of expected.slice(-20))
          expect(await org1.read(mspId, 'getCheckpoint', log, checkpoint.size)).toEqual(checkpoint);
      }
    }
    expect(logs[0]!.sizes.length).toBeGreaterThan(PAGE);
  }, 300_000);

  test('a log that was never opened is empty, on both peers', async () => {
    for (const mspId of [ORG1, ORG2])
      expect(await org2.read(mspId, 'getCheckpoint', `never-${run}`, '')).toEqual({ size: '0', root: EMPTY_ROOT });
  });

  test('refusals reach the client with their text, from both peers, and change nothing', async () => {
    const log = `refusals-${run}`;
    const tree = new RecursiveTree();
    await append(log, tree, 5);
    const leaf = leavesOf(1);
    const refused: readonly (readonly [text: string, ...call: [string, ...(string | Uint8Array)[]]])[] = [
      ['WRONG_START expected 5 got 0', 'appendLeaves', log, '0', leaf],
      ['WRONG_START expected 5 got 9', 'appendLeaves', log, '9', leaf],
      ['BAD_LEAVES length 31', 'appendLeaves', log, '5', randomBytes(31)],
      ['BAD_LEAVES length 0', 'appendLeaves', log, '5', new Uint8Array(0)],
      ['TOO_MANY_LEAVES 16385', 'appendLeaves', log, '5', leavesOf(LARGEST_BATCH + 1)],
      ['BAD_LOG', 'appendLeaves', `${log}/cp:`, '5', leaf],
      ['BAD_START', 'appendLeaves', log, '05', leaf],
      ['BAD_SIZE', 'getCheckpoint', log, '-1'],
      ['NO_CHECKPOINT 4', 'getCheckpoint', log, '4'],
      ['BAD_ARGUMENTS', 'appendLeaves', log, '5'],
      ['UNKNOWN_FUNCTION', 'sealLog', log],
      ['UNKNOWN_FUNCTION', ''],
    ];
    for (const [text, ...call] of refused) {
      // Both organisations are asked at once; the gateway names the one or both that answered before it gave up.
      const outcome = await org1.submit(...call);
      expect(outcome, text).toMatchObject({ kind: 'refused' });
      if (outcome.kind === 'refused') expect(new Set(outcome.texts)).toEqual(new Set([refusal(text)]));
      for (const mspId of [ORG1, ORG2]) expect(await org1.read(mspId, ...call)).toEqual([refusal(text)]);
    }
    const head = { size: '5', root: tree.root() };
    expect(await bothPeers(log, 5)).toEqual([head, head]);
    await append(log, tree, 1);
  });

  test('a log belongs to the organisation that opened it; another has its own beside it', async () => {
    const [log, theirs] = [`owner-${run}`, `theirs-${run}`];
    const tree = new RecursiveTree();
    const other = new RecursiveTree();
    await append(log, tree, 3);
    await append(theirs, other, 2, org2);
    for (const start of ['0', '3']) {
      const outcome = await org2.submit('appendLeaves', log, start, leavesOf(1));
      expect(outcome).toMatchObject({ kind: 'refused' });
      if (outcome.kind === 'refused') expect(new Set(outcome.texts)).toEqual(new Set([refusal('NOT_OWNER')]));
    }
    for (const client of [org1, org1ThroughOrg2])
      expect(await client.read(ORG2, 'appendLeaves', theirs, '2', leavesOf(1))).toEqual([refusal('NOT_OWNER')]);
    // The owner is its identity, not the peer that it comes through.
    await append(log, tree, 4, org1ThroughOrg2);
    await append(theirs, other, 4, org2);
  });

  /** Two clients append at the same place at the same time. Answers the leaves of the one that won. */
  async function race(log: string, start: number, clients: readonly [ChaincodeClient, ChaincodeClient]) {
    const batches = clients.map(() => leavesOf(4));
    const outcomes = await Promise.all(
      clients.map((client, at) => client.submit('appendLeaves', log, String(start), batches[at]!)),
    );
    const winners = outcomes.flatMap(({ kind }, at) => (kind === 'committed' ? [at] : []));
    expect(winners, JSON.stringify(outcomes)).toHaveLength(1);
    const [winner] = winners;
    const lost = outcomes[1 - winner!]!;
    if (lost.kind === 'invalid') expect(lost.code).toBe(StatusCode.MVCC_READ_CONFLICT);
    return { leaves: batches[winner!]!, lost: lost.kind };
  }

  test('two clients at the same start: in 30 rounds exactly one wins each', async () => {
    const log = `race-${run}`;
    const tree = new RecursiveTree();
    const conflicts: string[] = [];
    for (let round = 0; round < 30; round += 1) {
      const { leaves, lost } = await race(log, tree.size, [org1, org1ThroughOrg2]);
      tree.append(leaves);
      conflicts.push(lost);
      const head = { size: String(tree.size), root: tree.root() };
      expect(await bothPeers(log, tree.size)).toEqual([head, head]);
    }
    // Most rounds get past the endorsement and meet in the block.
    expect(conflicts).toContain('invalid');
  });

  test('two organisations opening the same log: in 15 rounds it belongs to exactly one', async () => {
    for (let round = 0; round < 15; round += 1) {
      const log = `open-${round}-${run}`;
      const tree = new RecursiveTree();
      tree.append((await race(log, 0, [org1, org2])).leaves);
      const head = { size: '4', root: tree.root() };
      expect(await bothPeers(log, 4)).toEqual([head, head]);
      const next = leavesOf(1);
      const answers = await Promise.all(
        [org1, org2].map((client) => client.read(ORG1, 'appendLeaves', log, '4', next)),
      );
      expect(answers).toContainEqual([refusal('NOT_OWNER')]);
      tree.append(next);
      expect(answers).toContainEqual({ size: '5', root: tree.root() });
    }
  });

  test('a chaincode process that is killed: nothing is endorsed meanwhile, and nothing is lost', async () => {
    const log = `killed-${run}`;
    const tree = new RecursiveTree();
    await append(log, tree, 7);
    for (const role of ['chaincode1', 'chaincode2']) {
      await devnet.kill(role);
      try {
        expect(await org1.submit('appendLeaves', log, String(tree.size), leavesOf(1))).toMatchObject({
          kind: 'refused',
        });
      } finally {
        await devnet.start(role);
      }
      // The peer connects again on the next call; this one may still meet the broken stream.
      const head = { size: String(tree.size), root: tree.root() };
      expect(await bothPeers(log, tree.size)).toEqual([head, head]);
      await append(log, tree, 2);
    }
  });
});
