import { AnchoredLog } from '../../support/anchored-log.ts';
import { newAuthority } from '../../support/certificate-authority.ts';
import { mkdir, mkdtemp, rm, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, spawnCli } from '../../support/cli.ts';
import { SampleLog, sampleLog, sampleWitness } from '../../support/sample-log.ts';
import { formatVerifierKey } from '../../../ledger/checkpoint/key.ts';

const log = sampleLog(20);
const LAST = 19;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-verify-'));
  const good = log.bundle(3, { opening: log.opening(3) });
  await writeFile(at('good.json'), JSON.stringify(good));
  await writeFile(at('bare.json'), JSON.stringify(log.bundle(4)));
  await writeFile(at('erased.json'), JSON.stringify(log.bundle(5, { erasure: log.erasure(LAST) })));
  const other = log.opening(6).envelope;
  const altered = { ...log.opening(3), envelope: { ...other, payload: { riskScore: 0.1 } } };
  await writeFile(at('altered.json'), JSON.stringify({ ...good, opening: altered }));
  await writeFile(at('proof.tlog-proof'), log.tlogProof(7));
  await writeFile(at('bare.tlog-proof'), log.tlogProof(7).replace(/^extra .*\n/m, ''));
  await writeFile(at('entry.bin'), log.events[7]!.entry);
  await writeFile(at('other-entry.bin'), log.events[8]!.entry);
  await writeFile(at('text.txt'), 'a letter');
  await writeFile(at('broken.json'), '{"format":');
  await writeFile(at('log.vkey'), `# key of the log\n\n${log.vkey}\n`);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('exit codes, as processes', () => {
  it.each([
    ['0, valid', () => ['good.json', '--key', log.vkey], 0, 'VALID: this event'],
    ['0, valid, key from a file', () => ['bare.json', '--key', at('log.vkey')], 0, 'It does not carry the content.'],
    ['1, invalid', () => ['altered.json', '--key', log.vkey], 1, 'INVALID'],
    ['2, unusable', () => ['broken.json', '--key', log.vkey], 2, 'UNUSABLE'],
    ['3, erased', () => ['erased.json', '--key', log.vkey], 3, 'VALID, CONTENT ERASED'],
    ['4, signer not pinned', () => ['good.json'], 4, 'CONSISTENT, SIGNER NOT PINNED'],
  ])('%s', async (_name, args, code, conclusion) => {
    const [file = '', ...options] = args();
    const result = await spawnCli(['verify', at(file), ...options]);
    expect(result.err).toBe('');
    expect(result.out).toContain(conclusion);
    expect(result.code).toBe(code);
  });
});

describe('one file', () => {
  it('is read for a person: key with fingerprint, checks, and what was not checked', async () => {
    const { out } = await runCli(['verify', at('good.json'), '--key', log.vkey]);
    expect(out).toContain(`key id ${log.signer.key.keyId}`);
    expect(out).toMatch(/fingerprint ([0-9a-f]{4} ){15}[0-9a-f]{4}\n/);
    expect(out).toContain('This is the key that you gave');
    for (const heading of ['What was checked', 'Against which key', 'What was NOT checked', 'Conclusion']) {
      expect(out).toContain(heading);
    }
  });

  it('shows nothing of the content', async () => {
    const { out } = await runCli(['verify', at('good.json'), '--key', log.vkey]);
    const json = await runCli(['verify', at('good.json'), '--key', log.vkey, '--json']);
    for (const text of [out, json.out]) expect(text).not.toMatch(/MRN-0042|0\.83|bergabe/);
  });

  it('says what to do with a receipt, which is no bundle', async () => {
    const { entry, proof, checkpoint } = JSON.parse(await readFile(at('good.json'), 'utf8')) as Record<string, unknown>;
    const receipt = { id: '01', index: 3, entry, proof, checkpoint, recordedAt: '2026-11-24T08:00:00Z', anchor: null };
    await writeFile(at('receipt.json'), JSON.stringify(receipt));
    const { out, code } = await runCli(['verify', at('receipt.json'), '--key', log.vkey]);
    expect([code, out]).toEqual([2, expect.stringContaining('it is a receipt') as string]);
    expect(out).toContain('GET /v1/events/{id}/proof');
  });

  it('names the failing check', async () => {
    const { out, code } = await runCli(['verify', at('altered.json'), '--key', log.vkey]);
    expect([code, out]).toEqual([1, expect.stringMatching(/FAILED {2}opening:/)]);
  });

  it('fails where the pinned key is another log’s', async () => {
    const { code } = await runCli(['verify', at('good.json'), '--key', new SampleLog('other.example/log').vkey]);
    expect(code).toBe(1);
  });

  it('--json holds outcome, checks, facts and the signer', async () => {
    const { out, code } = await runCli(['verify', at('good.json'), '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'valid_unpinned',
      facts: { index: 3, size: 20, origin: 'vericlin.example/log' },
      signer: { name: 'vericlin.example/log', keyId: log.signer.key.keyId, isPinned: false },
      checks: expect.arrayContaining([expect.objectContaining({ name: 'inclusion', status: 'passed' })]) as unknown,
    });
  });

  it('takes a tlog-proof, with its entry inside or beside it', async () => {
    const key = ['--key', log.vkey];
    expect((await runCli(['verify', at('proof.tlog-proof'), ...key])).code).toBe(0);
    expect((await runCli(['verify', at('bare.tlog-proof'), ...key])).code).toBe(2);
    expect((await runCli(['verify', at('bare.tlog-proof'), '--entry', at('entry.bin'), ...key])).code).toBe(0);
    expect((await runCli(['verify', at('bare.tlog-proof'), '--entry', at('other-entry.bin'), ...key])).code).toBe(1);
  });

  it('names witnesses whose keys were given, and refuses unknown signature lines with --strict', async () => {
    const witness = sampleWitness('witness.example/w1');
    await writeFile(at('cosigned.json'), JSON.stringify(log.bundle(3, { checkpoint: log.checkpoint([witness]) })));
    const keys = ['--key', log.vkey, '--key', formatVerifierKey(witness.key)];
    const seen = await runCli(['verify', at('cosigned.json'), ...keys, '--strict']);
    expect([seen.code, seen.out]).toEqual([
      0,
      expect.stringContaining('seen by the witness witness.example/w1 at 2026-'),
    ]);
    expect((await runCli(['verify', at('cosigned.json'), '--key', log.vkey])).code).toBe(0);
    expect((await runCli(['verify', at('cosigned.json'), '--key', log.vkey, '--strict'])).code).toBe(1);
  });

  it('with --ca a file without evidence of a chain fails, and what --ca cannot use is said', async () => {
    const { certificate } = await newAuthority('ca.org1.example.com');
    await writeFile(at('ca.pem'), certificate);
    const { out, code } = await runCli(['verify', at('good.json'), '--key', log.vkey, '--ca', at('ca.pem')]);
    expect([code, out]).toEqual([1, expect.stringMatching(/FAILED {2}anchor: .*no evidence of a chain/)]);
    expect((await runCli(['verify', at('good.json'), '--ca', at('text.txt')])).code).toBe(2);
    const wrong = await runCli(['verify', at('good.json'), '--ca', at('ca.pem'), '--policy', 'AND(Org1MSP.peer']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('at character 17')]);
    const alone = await runCli(['verify', at('good.json'), '--policy', 'Org1MSP.peer']);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('--policy goes with --ca')]);
  });
});

describe('evidence of a chain', () => {
  let anchored: AnchoredLog;
  const caFiles = async (): Promise<Record<'org1' | 'org2' | 'orderer', string>> => {
    const { org1, org2, orderers } = anchored;
    const files = { org1: org1.ca, org2: org2.ca, orderer: orderers.ca };
    for (const [name, ca] of Object.entries(files)) await writeFile(at(`${name}-ca.pem`), ca.pem);
    return { org1: at('org1-ca.pem'), org2: at('org2-ca.pem'), orderer: at('orderer-ca.pem') };
  };

  beforeAll(async () => {
    anchored = await AnchoredLog.create(5);
    const anchor = anchored.evidence();
    await writeFile(at('anchored.json'), JSON.stringify(anchored.log.bundle(1, { anchor })));
    const block = { ...anchor, block: anchored.block(0).evidence };
    await writeFile(at('block.json'), JSON.stringify(anchored.log.bundle(1, { anchor: block })));
    const alone = anchored.evidence({ endorsers: [anchored.org1.peer] });
    await writeFile(at('alone.json'), JSON.stringify(anchored.log.bundle(1, { anchor: alone })));
  });

  it('says which organisations vouch for what', async () => {
    const { org1, org2, orderer } = await caFiles();
    const options = ['--key', anchored.log.vkey, '--ca', `Org1MSP=${org1}`, '--ca', `Org2MSP=${org2}`];
    const { code, out } = await runCli(['verify', at('block.json'), ...options, '--orderer-ca', orderer]);
    expect(code).toBe(0);
    expect(out).toMatch(/passed {2}endorsements: Org1MSP \(CA CN=ca\.Org1MSP.*\) and Org2MSP \(CA .*\) vouch that/);
    expect(out).toMatch(/passed {2}ordering: +Block 200 holds .* entries 0 to 4.* OrdererMSP/);
    expect(out).toMatch(
      /Who else vouches for it\n {2}Org1MSP, by the peer CN=peer0.*\n {2}Org2MSP.*\n {2}OrdererMSP, by the orderer/,
    );
  });

  it('claims nothing of its own where nobody vouches for the evidence', async () => {
    const { orderer } = await caFiles();
    const { code, out } = await runCli(['verify', at('anchored.json'), '--key', anchored.log.vkey, '--ca', orderer]);
    expect(code).toBe(1);
    expect(out).toMatch(/passed {2}anchor: +The evidence states that the first 5 entries/);
    expect(out).toMatch(/FAILED {2}endorsements: /);
  });

  it('names one organisation as one', async () => {
    const { org1 } = await caFiles();
    const { code, out } = await runCli(['verify', at('anchored.json'), '--key', anchored.log.vkey, '--ca', org1]);
    expect(code).toBe(0);
    expect(out).toMatch(/Org1MSP \(CA .*\) vouches that the chain holds this root, by the signature of a peer/);
  });

  it('as JSON', async () => {
    const { org1, org2 } = await caFiles();
    const options = ['--key', anchored.log.vkey, '--ca', org1, '--ca', org2, '--json'];
    const { code, out } = await runCli(['verify', at('anchored.json'), ...options]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'valid',
      facts: { anchored: { size: 5, block: 200, endorsers: [{ mspId: 'Org1MSP' }, { mspId: 'Org2MSP' }] } },
    });
  });

  it.each<[string, (files: Record<'org1' | 'org2', string>) => string[], number, RegExp]>([
    [
      'a policy that it satisfies',
      ({ org1, org2 }) => ['--ca', org1, '--ca', org2, '--policy', 'AND(Org1MSP.peer,Org2MSP.peer)'],
      0,
      /VALID/,
    ],
    [
      'a policy that it does not',
      ({ org1 }) => ['--ca', org1, '--policy', "AND('Org1MSP.peer','Org3MSP.peer')"],
      1,
      /asks for more/,
    ],
    [
      'another channel',
      ({ org1, org2 }) => ['--ca', org1, '--ca', org2, '--channel', 'x'],
      1,
      /another channel than x/,
    ],
    [
      'another chaincode',
      ({ org1, org2 }) => ['--ca', org1, '--ca', org2, '--chaincode', 'x'],
      1,
      /another chaincode than x/,
    ],
    [
      'CAs the wrong way round',
      ({ org1, org2 }) => ['--ca', `Org1MSP=${org2}`, '--ca', `Org2MSP=${org1}`],
      1,
      /was issued by the CA of/,
    ],
    ['one CA twice', ({ org1 }) => ['--ca', org1, '--ca', org1], 2, /given twice/],
  ])('under %s', async (_, options, code, text) => {
    const result = await runCli([
      'verify',
      at('anchored.json'),
      '--key',
      anchored.log.vkey,
      ...options(await caFiles()),
    ]);
    expect([result.code, `${result.out}${result.err}`]).toEqual([code, expect.stringMatching(text)]);
  });

  it('refuses a revoked certificate', async () => {
    const { org1, org2 } = await caFiles();
    await writeFile(at('org1-crl.pem'), await anchored.org1.ca.revoke([anchored.org1.peer.serial]));
    const options = ['--key', anchored.log.vkey, '--ca', org1, '--ca', org2, '--crl', at('org1-crl.pem')];
    const { code, out } = await runCli(['verify', at('anchored.json'), ...options]);
    expect([code, out]).toEqual([1, expect.stringMatching(/a peer of Org1MSP was revoked/)]);
  });

  it('in many files, with the same trust for each', async () => {
    const { org1, org2 } = await caFiles();
    const files = [at('anchored.json'), at('block.json'), at('alone.json'), at('good.json')];
    const { code, out } = await runCli(['verify', ...files, '--key', anchored.log.vkey, '--ca', org1, '--ca', org2]);
    expect(code).toBe(1);
    expect(out).toMatch(/alone\.json: INVALID\. endorsements: No peer with a certificate of the CA CN=ca\.Org2MSP/);
    expect(out).toMatch(/good\.json: INVALID/);
    expect(out).toMatch(/4 files\n {2}2 valid\n {2}2 INVALID/);
  });
});

describe('folders', () => {
  async function folderOf(files: Record<string, unknown>): Promise<string> {
    const path = await mkdtemp(join(folder, 'set-'));
    await mkdir(join(path, 'deep', 'deeper'), { recursive: true });
    for (const [name, value] of Object.entries(files)) {
      await writeFile(join(path, name), typeof value === 'string' ? value : JSON.stringify(value));
    }
    return path;
  }

  it('are searched recursively, other files passed over, and counted by outcome', async () => {
    const path = await folderOf({
      'a.json': log.bundle(0),
      'deep/b.json': log.bundle(1),
      'deep/deeper/c.tlog-proof': log.tlogProof(2),
      'deep/d.json': log.bundle(5, { erasure: log.erasure(LAST) }),
      'notes.txt': 'no evidence',
    });
    const result = await runCli(['verify', path, '--key', log.vkey]);
    expect(result.code).toBe(3);
    expect(result.out).toContain('4 files\n  3 valid\n  1 valid, content erased\n');
  });

  it('answer the worst outcome: 1 before 2 before 4 before 3 before 0', async () => {
    const valid = { 'a.json': log.bundle(0) };
    const erased = { ...valid, 'b.json': log.bundle(5, { erasure: log.erasure(LAST) }) };
    const unusable = { ...erased, 'c.json': '{}' };
    const invalid = { ...unusable, 'd.json': log.bundle(2, { proof: log.proof(3) }) };
    const codes: number[] = [];
    for (const files of [valid, erased, unusable, invalid]) {
      codes.push((await runCli(['verify', await folderOf(files), '--key', log.vkey])).code);
    }
    expect(codes).toEqual([0, 3, 2, 1]);
    expect((await runCli(['verify', await folderOf(erased)])).code).toBe(4);
    expect((await runCli(['verify', await folderOf(unusable)])).code).toBe(2);
  });

  it('name each file that fails and the check', async () => {
    const path = await folderOf({ 'a.json': log.bundle(0), 'bad.json': log.bundle(2, { proof: log.proof(3) }) });
    const { out } = await runCli(['verify', path, '--key', log.vkey]);
    expect(out).toMatch(/bad\.json: INVALID\. inclusion: /);
    expect(out).not.toContain('a.json');
  });

  it('with --json write a line a file and a summary', async () => {
    const path = await folderOf({ 'a.json': log.bundle(0), 'b.json': log.bundle(1) });
    const { out } = await runCli(['verify', path, at('good.json'), '--key', log.vkey, '--json']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toEqual({
      summary: { files: 3, valid: 3, invalid: 0, unusable: 0, valid_erased: 0, valid_unpinned: 0 },
    });
  });

  it('hold more files than one chunk', async () => {
    const files = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}.json`, log.bundle(i % 19)]));
    const { out, code } = await runCli(['verify', await folderOf(files), '--key', log.vkey]);
    expect([code, out]).toEqual([0, expect.stringContaining('600 valid')]);
  });
});

describe('unusable input', () => {
  it.each([
    [['/nowhere.json']],
    [['--key', 'x']],
    [[tmpdir(), '--nonsense']],
    [[import.meta.filename, '--key', '/nowhere.vkey']],
    [[import.meta.filename, '--key', 'vericlin.example/log+00000000+AbC=']],
  ])('%j ends with 2 and writes to stderr alone', async (args) => {
    const result = await runCli(['verify', ...args]);
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).toMatch(/^(vericlin|error): /);
  });

  it('an empty folder is unusable', async () => {
    expect((await runCli(['verify', await mkdtemp(join(folder, 'empty-'))])).code).toBe(2);
  });

  it('a file of another kind is unusable, and said so', async () => {
    const { code, out } = await runCli(['verify', at('text.txt')]);
    expect([code, out]).toEqual([2, expect.stringContaining('neither a bundle nor a tlog-proof')]);
  });
});
