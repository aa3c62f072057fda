import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newAuthority, pastValidity, type TestAuthority } from '../../support/certificate-authority.ts';
import type { Audit } from '../../../cli/audit-peer/audit.ts';
import { auditPeer } from '../../../cli/audit-peer/run-audit-peer.ts';
import { writesKeys } from '../../../cli/audit-peer/written-keys.ts';
import { CommandFailure } from '../../../cli/failure.ts';
import { parseVerifierKey } from '../../../ledger/checkpoint/key.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { runCli } from '../../support/cli.ts';
import { RecursiveTree } from '../../support/recursive-tree.ts';
import { endorse, hashOf, message, TestChannel, type Member } from '../../support/test-channel.ts';
import { cheapEntry, tiledLog, type TiledLog } from '../../support/tiled-log.ts';

const LOG = 'audited-0123456789abcdef0123';
const OTHER = 'another-0123456789abcdef0123';
const { vkey } = tiledLog(1);

interface Report {
  outcome: string;
  fault: {
    kind: string;
    reason: string;
    block: number | null;
    transaction: number | null;
    index: number | null;
  } | null;
  peer: { blocks: number; firstBlock: number };
  policy: string;
  chain: { size: number; root: string; appends: number; rejected: number } | null;
  log: { size: number; root: string; notAnchored: number } | null;
}

/** Leaf hashes `[from, to)` of the logs that `tiledLog` makes. */
function leaves(from: number, to: number): Buffer {
  return Buffer.concat(Array.from({ length: to - from }, (_, i) => hashOf('\0', cheapEntry(from + i))));
}

let folder: string;
let org1: TestAuthority;
let org2: TestAuthority;
/** Blocks 1 to 3: 100, 200 and 3 leaves; block 4: another log; block 5: 1 leaf. */
let honest: TestChannel;

beforeAll(async () => {
  [org1, org2] = await Promise.all([newAuthority('CA of Org1'), newAuthority('CA of Org2')]);
  honest = await TestChannel.create([
    ['Org1MSP', org1],
    ['Org2MSP', org2],
  ]);
  honest.append(LOG, leaves(0, 100));
  honest.append(LOG, leaves(100, 300));
  honest.append(LOG, leaves(300, 303));
  honest.append(OTHER, leaves(7, 20));
  honest.append(LOG, leaves(303, 304));
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-audit-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface AuditOptions {
  readonly log?: TiledLog | ReadonlyMap<string, Uint8Array>;
  readonly isExport?: boolean;
  readonly state?: boolean;
  readonly name?: string;
  readonly policy?: string;
  /** Blocks as they are; those of the channel if not given. */
  readonly blocks?: readonly Buffer[];
}

const statePath = (): string => join(folder, 'state.json');

async function audit(channel: TestChannel, options: AuditOptions = {}): Promise<{ code: number; report: Report }> {
  const { log, isExport = false, state = false, name = LOG, blocks, policy } = options;
  const files = log === undefined || !('files' in log) ? log : log.files;
  let out = '';
  const code = await auditPeer(
    {
      peer: channel.peer(name, blocks, policy),
      key: parseVerifierKey(nodePrimitives.sha256, vkey),
      isPinned: true,
      log:
        files === undefined
          ? undefined
          : { source: { read: (path) => Promise.resolve(files.get(path)) }, name: 'the log', isExport },
      statePath: state ? statePath() : undefined,
      asJson: true,
    } satisfies Audit,
    { out: (text) => (out += text), err: () => undefined, progressStream: undefined, env: {} },
  );
  return { code, report: JSON.parse(out) as Report };
}

/** What was found, and where. */
async function faultOf(channel: TestChannel, options: AuditOptions = {}): Promise<unknown[]> {
  const { code, report } = await audit(channel, options);
  const { fault } = report;
  return [code, report.outcome, fault?.kind, fault?.block, fault?.transaction, fault?.index];
}

describe('an honest chain', () => {
  it('gives the tree of its leaf hashes, by the definition of RFC 6962', async () => {
    const tree = new RecursiveTree();
    tree.append(leaves(0, 304));
    const { code, report } = await audit(honest);
    expect([code, report.outcome, report.fault, report.log]).toEqual([0, 'agree', null, null]);
    expect(report.chain).toEqual({ size: 304, root: tree.root(), appends: 4, rejected: 0 });
  });

  it('holds several logs, each for itself', async () => {
    const tree = new RecursiveTree();
    tree.append(leaves(7, 20));
    const { report } = await audit(honest, { name: OTHER });
    expect(report.chain).toMatchObject({ size: 13, root: tree.root(), appends: 1 });
  });

  it('that never heard of the log gives the empty tree', async () => {
    const { code, report } = await audit(honest, { name: 'unknown-log' });
    expect([code, report.chain?.size, report.chain?.root]).toEqual([0, 0, new RecursiveTree().root()]);
  });

  it('may hold transactions of the log that were not committed: they are counted, and nothing else', async () => {
    const channel = honest.copy();
    channel.append(LOG, leaves(900, 903), { code: 11 });
    channel.append(LOG, leaves(304, 305));
    const { code, report } = await audit(channel);
    expect([code, report.chain?.size, report.chain?.appends, report.chain?.rejected]).toEqual([0, 305, 5, 1]);
  });

  it('may hold several transactions in a block', async () => {
    const channel = honest.copy();
    const block = channel.blocks.length;
    const transactions = [
      channel.transaction(OTHER, leaves(0, 2), {}, { block, transaction: 0 }),
      channel.transaction(LOG, leaves(304, 306), {}, { block, transaction: 1 }),
      channel.transaction(LOG, leaves(304, 309), { code: 11, start: 304 }, { block, transaction: 2 }),
    ];
    channel.blocks.push({ transactions });
    channel.append(LOG, leaves(306, 307));
    const { code, report } = await audit(channel);
    expect([report.fault, code, report.chain?.size]).toEqual([null, 0, 307]);
  });

  it('may hold what others write, even if it names the log', async () => {
    const channel = honest.copy();
    const [first] = channel.peers;
    const call = { args: [`${LOG}/frontier`], response: '', reads: [] };
    channel.blocks.push({
      transactions: [
        endorse({ ...call, chaincode: 'notes', writes: [[`${LOG}/frontier`, 'x']] }, channel.client, [first!]),
        endorse({ ...call, args: ['getCheckpoint', LOG, ''], writes: [] }, channel.client, channel.peers),
        // Reads of our state through another chaincode.
        endorse(
          {
            ...call,
            chaincode: 'notes',
            namespace: 'merkle-anchor',
            reads: [[`${LOG}/frontier`, undefined]],
            writes: [],
          },
          channel.client,
          channel.peers,
        ),
      ],
    });
    expect((await audit(channel)).report.fault).toBeNull();
  });
});

describe('a chain that contradicts itself', () => {
  let channel: TestChannel;
  beforeEach(() => {
    channel = honest.copy();
  });

  it('a flipped leaf, under a header that still has the old hash', async () => {
    const { envelope, code } = channel.blocks[2]!.transactions[0]!;
    const dataHash = hashOf(envelope);
    const flipped = Buffer.from(envelope);
    const at = flipped.indexOf(leaves(150, 151));
    flipped[at] = flipped[at]! ^ 1;
    channel.blocks[2] = { transactions: [{ envelope: flipped, code }], dataHash };
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_block', 2, null, null]);
  });

  it('a flipped leaf, with every hash made to fit', async () => {
    const { envelope, code } = channel.blocks[2]!.transactions[0]!;
    const flipped = Buffer.from(envelope);
    const at = flipped.indexOf(leaves(150, 151));
    flipped[at] = flipped[at]! ^ 1;
    channel.blocks[2] = { transactions: [{ envelope: flipped, code }] };
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 2, 0, 100]);
  });

  it('another leaf, endorsed by everybody: the root is not that of the leaf hashes', async () => {
    const other = Buffer.concat([leaves(304, 305), leaves(999, 1000)]);
    channel.append(LOG, leaves(304, 306), { leaves: other });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'wrong_root', 6, 0, 304]);
  });

  it('a root of its own', async () => {
    const root = hashOf('made up');
    channel.append(LOG, leaves(304, 305), { root });
    expect((await faultOf(channel)).slice(0, 4)).toEqual([1, 'disagree', 'bad_append', 6]);
  });

  it('another start: a batch left out, or appended twice', async () => {
    channel.append(LOG, leaves(304, 305), { start: 305, size: 306 });
    expect((await faultOf(channel)).slice(2)).toEqual(['bad_append', 6, 0, 304]);
    const hidden = honest.copy();
    hidden.blocks[2] = { transactions: hidden.blocks[2]!.transactions.map((one) => ({ ...one, code: 11 })) };
    expect(await faultOf(hidden)).toEqual([1, 'disagree', 'wrong_start', 3, 0, 100]);
  });

  it('a rejected transaction that the peer calls committed', async () => {
    const loser = channel.transaction(LOG, leaves(304, 310), { code: 11, extended: { block: 3, transaction: 0 } });
    channel.blocks.push({ transactions: [{ ...loser, code: 0 }] });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 6, 0, 304]);
  });

  it.each([
    ['before', { block: 3, transaction: 0 }],
    ['another transaction of the block', { block: 5, transaction: 1 }],
    ['never', undefined],
  ])('a batch that extends a state of %s', async (_when, extended) => {
    channel.append(LOG, leaves(304, 305), { extended });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 6, 0, 304]);
  });

  it('a committed write to the log that is no append', async () => {
    channel.append(LOG, leaves(304, 305), { writes: [[`${LOG}/frontier`, Buffer.alloc(8)]] });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 6, 0, 304]);
  });

  it('a committed write to the log through another chaincode', async () => {
    channel.append(LOG, leaves(304, 305), { chaincode: 'proxy', namespace: 'merkle-anchor' });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 6, 0, 304]);
  });

  it('an append of another channel', async () => {
    channel.append(LOG, leaves(304, 305), { channel: 'elsewhere' });
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'bad_append', 6, 0, 304]);
  });

  it('a missing block', async () => {
    const blocks = channel.encode();
    blocks.splice(2, 1);
    expect(await faultOf(channel, { blocks })).toEqual([1, 'disagree', 'bad_block', 3, null, null]);
  });

  it('a header that names another before it', async () => {
    channel.blocks[3]!.previousHash = hashOf('other');
    expect(await faultOf(channel)).toEqual([1, 'disagree', 'header_chain', 3, null, null]);
    const first = honest.copy();
    first.blocks[0]!.previousHash = hashOf('other');
    expect(await faultOf(first)).toEqual([1, 'disagree', 'header_chain', 0, null, null]);
  });

  it('bytes that are no block', async () => {
    const blocks = channel.encode();
    blocks[4] = Buffer.from('no block');
    expect(await faultOf(channel, { blocks })).toEqual([1, 'disagree', 'bad_block', 4, null, null]);
    blocks[4] = channel.encode()[4]!.subarray(0, -1);
    expect(await faultOf(channel, { blocks })).toEqual([1, 'disagree', 'bad_block', 4, null, null]);
  });
});

describe('what a transaction writes', () => {
  const envelope = (namespace: string, field: number, key: string): Buffer => {
    const set = message([field, message([1, key], [2, 'x'])]);
    const results = message([2, message([1, 'lscc'])], [2, message([1, namespace], [2, set])]);
    const response = message([2, message([1, results])]);
    const action = message([2, message([2, message([1, response])])]);
    return message([1, message([2, message([1, message([2, 'x'])], [1, action])])]);
  };

  it.each([
    ['a key', 'merkle-anchor', 3, `${LOG}/frontier`, true],
    ['the policy of a key', 'merkle-anchor', 4, `${LOG}/frontier`, true],
    ['a read', 'merkle-anchor', 1, `${LOG}/frontier`, false],
    ['a key of another log', 'merkle-anchor', 3, `${LOG}x/frontier`, false],
    ['a key of another chaincode', 'merkle-anchor2', 3, `${LOG}/frontier`, false],
    ['a key that ends so', 'merkle-anchor', 3, `x${LOG}/frontier`, false],
  ] as const)('%s', (_what, namespace, field, key, expected) => {
    expect(writesKeys(envelope(namespace, field, key), 'merkle-anchor', `${LOG}/`)).toBe(expected);
  });

  it('is looked for in any bytes without end or exception', () => {
    const whole = envelope('merkle-anchor', 3, `${LOG}/frontier`);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = 255;
      expect(typeof writesKeys(damaged, 'merkle-anchor', `${LOG}/`)).toBe('boolean');
      expect(writesKeys(whole.subarray(0, at), 'merkle-anchor', `${LOG}/`)).toBe(false);
    }
  });
});

describe('endorsements', () => {
  const member = async (ca: TestAuthority, mspId: string, unit = 'peer'): Promise<Member> => ({
    mspId,
    identity: await ca.issue('x', unit),
  });
  const cases: readonly (readonly [string, () => Promise<readonly Member[]>, RegExp])[] = [
    ['none of one organisation', () => Promise.resolve([honest.peers[0]!]), /Org2MSP/],
    ['by a client', async () => [honest.peers[0]!, await member(org2, 'Org2MSP', 'client')], /client/],
    [
      'certified by nobody known',
      async () => [honest.peers[0]!, await member(await newAuthority('CA'), 'Org2MSP')],
      /CA/,
    ],
    ['of Org1 in the name of Org2', async () => [honest.peers[0]!, await member(org1, 'Org2MSP')], /Org1MSP/],
    ['by two peers of Org1', async () => [honest.peers[0]!, await member(org1, 'Org1MSP')], /Org2MSP/],
    [
      'with an expired certificate',
      async () => [honest.peers[0]!, { mspId: 'Org2MSP', identity: await org2.issue('x', 'peer', pastValidity()) }],
      /expired/,
    ],
    [
      'signed with another key',
      async () => {
        const { key } = await org2.issue('x', 'peer');
        return [honest.peers[0]!, { mspId: 'Org2MSP', identity: { ...honest.peers[1]!.identity, key } }];
      },
      /does not verify/,
    ],
  ];

  it.each(cases)('%s do not count', async (_name, endorsers, reason) => {
    const channel = honest.copy();
    channel.append(LOG, leaves(304, 305), { endorsers: await endorsers() });
    const { code, report } = await audit(channel);
    expect([code, report.fault?.kind, report.fault?.block, report.fault?.index]).toEqual([1, 'not_endorsed', 6, 304]);
    expect(report.fault?.reason).toMatch(reason);
  });
});

describe('--policy', () => {
  it('says who has to have endorsed, where it is not everybody of the profile', async () => {
    const channel = honest.copy();
    channel.append(LOG, leaves(304, 305), { endorsers: [channel.peers[0]!] });
    expect((await audit(channel)).report.policy).toBe("AND('Org1MSP.peer','Org2MSP.peer')");
    const lenient = await audit(channel, { policy: "OutOf(1,'Org1MSP.peer','Org2MSP.peer')" });
    expect([lenient.code, lenient.report.fault]).toEqual([0, null]);
    const other = await audit(channel, { policy: "'Org2MSP.peer'" });
    expect([other.code, other.report.fault?.kind, other.report.fault?.block]).toEqual([1, 'not_endorsed', 6]);
  });
});

describe('compared with the served log', () => {
  it.each([304, 305, 512, 70_000])(
    'agrees with a log of %i entries, and says how many are not anchored',
    async (size) => {
      const { code, report } = await audit(honest, { log: tiledLog(size) });
      expect([report.fault, code]).toEqual([null, 0]);
      expect(report.log).toEqual({
        origin: 'vericlin.example/log',
        size,
        root: tiledLog(size).root.toString('hex'),
        notAnchored: size - 304,
      });
    },
  );

  it('takes the full tile where a server dropped the partial one', async () => {
    const log = tiledLog(400);
    const files = new Map<string, Uint8Array>(log.files);
    files.delete('tile/0/001.p/144');
    files.set('tile/0/001', tiledLog(512).files.get('tile/0/001')!);
    expect((await audit(honest, { log: files })).report.fault).toBeNull();
  });

  it('names the block, the transaction and the entry that differ', async () => {
    const log = tiledLog(400, undefined, (n) => cheapEntry(n === 150 ? 9_999 : n));
    expect(await faultOf(honest, { log })).toEqual([1, 'disagree', 'log_differs', 2, 0, 150]);
    const last = tiledLog(304, undefined, (n) => cheapEntry(n === 303 ? 9_999 : n));
    expect(await faultOf(honest, { log: last })).toEqual([1, 'disagree', 'log_differs', 5, 0, 303]);
  });

  it('a difference behind the chain is none', async () => {
    const log = tiledLog(400, undefined, (n) => cheapEntry(n === 304 ? 9_999 : n));
    expect((await audit(honest, { log })).code).toBe(0);
  });

  it('a log that lacks what the chain has', async () => {
    expect(await faultOf(honest, { log: tiledLog(303) })).toEqual([1, 'disagree', 'log_behind', null, null, 303]);
  });

  it('an export that is older than the chain is no disagreement', async () => {
    await expect(audit(honest, { log: tiledLog(303), isExport: true })).rejects.toThrow(CommandFailure);
  });

  it('a checkpoint of another key', async () => {
    const log = tiledLog(400, 'other.example/log');
    expect((await faultOf(honest, { log })).slice(0, 3)).toEqual([1, 'disagree', 'log_invalid']);
  });

  it('tiles that do not lead to the signed checkpoint', async () => {
    const files = new Map<string, Uint8Array>(tiledLog(400).files);
    const tile = Buffer.from(files.get('tile/0/001.p/144')!);
    tile[100 * 32] = tile[100 * 32]! ^ 1;
    files.set('tile/0/001.p/144', tile);
    expect((await faultOf(honest, { log: files })).slice(0, 3)).toEqual([1, 'disagree', 'log_invalid']);
  });

  it.each(['tile/0/001.p/144', 'tile/1/000.p/1'])('a missing %s', async (path) => {
    const files = new Map(tiledLog(400).files);
    files.delete(path);
    const { code, report } = await audit(honest, { log: files });
    expect([code, report.fault?.kind, report.fault?.reason]).toEqual([1, 'log_invalid', expect.stringContaining(path)]);
  });

  it('nothing on the chain: everything is not anchored yet', async () => {
    const { code, report } = await audit(honest, { log: tiledLog(400), name: 'unknown-log' });
    expect([code, report.log?.notAnchored]).toEqual([0, 400]);
  });
});

describe('--state', () => {
  it('reads new blocks alone', async () => {
    const channel = honest.copy();
    const first = await audit(channel, { state: true });
    expect(first.report.peer).toMatchObject({ blocks: 6, firstBlock: 0 });
    channel.append(LOG, leaves(304, 400));
    const blocks = channel.encode();
    // None but the last one that was read before, which stands for the others.
    for (const n of [0, 1, 2, 3, 4]) blocks[n] = Buffer.from('gone');
    const second = await audit(channel, { state: true, blocks, log: tiledLog(401) });
    expect(second.report.peer).toMatchObject({ blocks: 7, firstBlock: 6 });
    expect([second.code, second.report.chain, second.report.log?.notAnchored]).toEqual([
      0,
      { ...(await audit(channel)).report.chain },
      1,
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6])('goes on from block %i as if it had never stopped', async (stop) => {
    await audit(honest, { state: true, blocks: honest.encode().slice(0, stop) });
    const { code, report } = await audit(honest, { state: true, log: tiledLog(304) });
    expect([code, report.peer.firstBlock, report.chain]).toEqual([0, stop, (await audit(honest)).report.chain]);
  });

  it('finds what happened after it stopped', async () => {
    const channel = honest.copy();
    await audit(channel, { state: true });
    channel.append(LOG, leaves(304, 305), { start: 100, extended: { block: 1, transaction: 0 } });
    expect((await faultOf(channel, { state: true })).slice(2, 4)).toEqual(['bad_append', 6]);
    // Again: the fault is not passed over by trying twice.
    expect((await faultOf(channel, { state: true })).slice(2, 4)).toEqual(['bad_append', 6]);
  });

  it('finds another history before it', async () => {
    await audit(honest, { state: true });
    const before = await readFile(statePath());
    const other = await TestChannel.create([
      ['Org1MSP', org1],
      ['Org2MSP', org2],
    ]);
    for (let n = 0; n < 8; n += 1) other.append(LOG, leaves(n, n + 1));
    expect((await faultOf(other, { state: true })).slice(0, 4)).toEqual([1, 'disagree', 'history_changed', 5]);
    expect(await readFile(statePath())).toEqual(before);
  });

  it('finds a peer that lost blocks', async () => {
    await audit(honest, { state: true });
    const blocks = honest.encode().slice(0, 4);
    expect(await faultOf(honest, { state: true, blocks })).toEqual([1, 'disagree', 'history_changed', 4, null, null]);
  });

  it('of another log is refused', async () => {
    await audit(honest, { state: true });
    await expect(audit(honest, { state: true, name: OTHER })).rejects.toThrow(`it is of log ${LOG}`);
  });

  it('of another channel is refused', async () => {
    await audit(honest, { state: true });
    const peer = honest.peer(LOG);
    const elsewhere = { ...peer, blocks: { ...peer.blocks, channel: 'elsewhere' } };
    const channel = honest.copy();
    channel.peer = () => elsewhere;
    await expect(audit(channel, { state: true })).rejects.toThrow('it is of channel vericlin, not of elsewhere');
  });

  it('that is damaged anywhere is refused, not started over', async () => {
    await audit(honest, { state: true });
    const whole = await readFile(statePath(), 'utf8');
    for (let length = 0; length < whole.trimEnd().length; length += 13) {
      await writeFile(statePath(), whole.slice(0, length));
      await expect(audit(honest, { state: true }), `cut to ${length}`).rejects.toThrow('damaged');
    }
    for (const changed of [whole.replace('"size":304', '"size":303'), whole.replace('"appends":4', '"appends":5')]) {
      expect(changed).not.toBe(whole);
      await writeFile(statePath(), changed);
      await expect(audit(honest, { state: true })).rejects.toThrow('damaged');
    }
  });

  it('that cannot be written is said', async () => {
    await writeFile(join(folder, 'file'), '');
    const run = auditPeer(
      {
        peer: honest.peer(LOG),
        key: parseVerifierKey(nodePrimitives.sha256, vkey),
        isPinned: true,
        log: undefined,
        statePath: join(folder, 'file', 'state.json'),
        asJson: true,
      },
      { out: () => undefined, err: () => undefined, progressStream: undefined, env: {} },
    );
    await expect(run).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('the command line', () => {
  it.each([
    [['audit-peer']],
    [['audit-peer', '--profile', '/nowhere']],
    [['audit-peer', '--profile', '/nowhere', '--key', 'nonsense']],
    [['audit-peer', '--profile', '/nowhere', '--key', vkey]],
    [['audit-peer', '--profile', '/nowhere', '--key', vkey, '--url', 'http://127.0.0.1:9', '--log', 'x']],
    [['audit-peer', '--profile', '/nowhere', '--log', '/nowhere']],
    [['audit-peer', '--profile', '/nowhere', '--what']],
  ])('%j ends with 2 and says why on stderr', async (args) => {
    const result = await runCli(args);
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).not.toBe('');
  });

  it('has examples', async () => {
    const { code, out } = await runCli(['audit-peer', '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('vericlin audit-peer --profile org2.yaml')]);
  });
});
