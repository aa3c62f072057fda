/**
 * Invariant 5 on the chain: marked values are posted in every place that takes content and anchored. Then everything that the
 * network holds is searched for them: every block of every peer and everything below the network's folder, so ledger files,
 * state databases, indexes, the orderer's files, write-ahead logs and the logs of all processes; and what the service says
 * of the chain. A control that stands on the chain on purpose shows that the search finds what is there.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGatewayChain } from '../../ledger/anchor/fabric/gateway-chain.ts';
import { SERVER_MADE_TYPES } from '../../ledger/event/rules.ts';
import type { Role } from '../../ledger/ports.ts';
import { EVENT_TYPES, type Receipt } from '../../ledger/types.ts';
import { readFabricProfile } from '../../runtime/fabric-profile.ts';
import { readChainLog } from '../harness/chain-log.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import { filesBelow, findInFiles, newMark, type Mark } from '../harness/find-marks.ts';
import { markedEvent } from '../harness/marked-events.ts';
import { install, makeKeys, start, until, workFolder, type RealService } from '../harness/real-service.ts';
import { caller, type Answer, type CallOptions } from '../harness/served.ts';
import type { Compiled } from '../support/compiled.ts';

const MARK = newMark(`Zq${randomBytes(9).toString('hex')}Wx`);
/** Name of another log on the chain: it stands in proposals, read and write sets, keys of the state and the chain's logs. */
const CONTROL = newMark(`kv${randomBytes(9).toString('hex')}jy`);
const POSTED_TYPES = EVENT_TYPES.filter((type) => !SERVER_MADE_TYPES.includes(type));
const BATCH = 300;

/** Forms in bytes, and in what the base64 texts of a JSON document stand for, at any depth. */
function formsInJson(mark: Mark, text: string): string[] {
  const found = [...mark.formsIn(text)];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') found.push(...mark.formsIn(Buffer.from(value, 'base64')));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(JSON.parse(text));
  return found;
}

describe.skipIf(devnetUnavailable() !== undefined)(`what is anchored${devnetSkipNote()}`, () => {
  let compiled: Compiled;
  let folder: Awaited<ReturnType<typeof workFolder>>;
  let devnet: TestDevnet;
  let service: RealService;
  let keys: Readonly<Record<Role, string>>;
  let vkey: string;
  const receipts: Receipt[] = [];

  const call = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    caller(service.url, keys)(method, path, options);
  const postWaiting = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call('POST', `${path}?wait=anchored`, { role: 'integrator', body, headers: { prefer: 'wait=60', ...headers } });

  beforeAll(async () => {
    compiled = install();
    folder = await workFolder();
    await mkdir(join(folder.path, 'work'));
    devnet = await newDevnet();
    service = await start(compiled, {
      dataDir: join(folder.path, 'data'),
      env: { VERICLIN_LOG_LEVEL: 'trace', VERICLIN_FABRIC_PROFILE: devnet.profile },
    });
    keys = await makeKeys(service.url);
    vkey = (await (await fetch(`${service.url}/log/key`)).text()).trim();
  });
  afterAll(async () => {
    await service.stop();
    await folder.remove();
    compiled.remove();
    await devnet.close();
  });

  it('marked values go in, in every event type that may be posted, and are anchored', async () => {
    const first = await postWaiting('/v1/events', markedEvent('prediction', MARK.text, []));
    expect([first.status, first.text]).toEqual([201, expect.any(String)]);
    receipts.push(first.json<Receipt>());
    const refs = [receipts[0]?.id ?? ''];
    for (const type of POSTED_TYPES) {
      const answer = await postWaiting('/v1/events', markedEvent(type, MARK.text, refs));
      expect([type, answer.status, answer.status === 201 ? '' : answer.text]).toEqual([type, 201, '']);
      receipts.push(answer.json<Receipt>());
    }
    const events = Array.from({ length: BATCH }, () => markedEvent('prediction', MARK.text, refs));
    const lines = events.map((event) => JSON.stringify(event)).join('\n');
    const batch = await postWaiting('/v1/events:batch', lines, { 'content-type': 'application/x-ndjson' });
    expect([batch.status, batch.json({ anchored: false }).anchored]).toEqual([201, true]);
    // It did go in: whoever is entitled to see it does.
    const stored = await call('GET', `/v1/events/${refs[0] ?? ''}`, { role: 'privacy-officer' });
    expect(MARK.formsIn(stored.text)).toContain('utf8');
  });

  it('and while an organisation and the orderer are away, which makes errors that tell things', async () => {
    for (const role of ['chaincode2', 'peer2', 'orderer1', 'peer1']) {
      await devnet.kill(role);
      const event = markedEvent('prediction', MARK.text, []);
      const answer = await call('POST', '/v1/events?wait=anchored', {
        role: 'integrator',
        body: event,
        headers: { prefer: 'wait=3' },
      });
      expect([role, answer.status]).toEqual([role, 202]);
      expect(formsInJson(MARK, answer.text)).toEqual([]);
      for (const path of ['/readyz', '/metrics']) expect(MARK.formsIn((await call('GET', path)).text)).toEqual([]);
      await devnet.start(role);
      await devnet.up();
      const again = await postWaiting('/v1/events', event);
      expect([role, again.status]).toEqual([role, 200]);
    }
  });

  it('and a control of our own, on the chain on purpose', async () => {
    const chain = createGatewayChain(readFabricProfile(devnet.profile), CONTROL.text);
    try {
      await until(async () => {
        try {
          return (await chain.appendLeaves(0, randomBytes(32 * 3))).size === 3;
        } catch {
          return (await chain.head()).size === 3;
        }
      }, 'the control is on the chain');
    } finally {
      chain.close();
    }
  });

  it('stand in no block of any peer, nor in what the chain answers', async () => {
    for (const { mspId } of devnet.organizations) {
      const { blocks, leaves } = await readChainLog(devnet.profile, vkey, mspId);
      expect(leaves.length).toBeGreaterThan(BATCH + POSTED_TYPES.length);
      expect(blocks.flatMap((block) => MARK.formsIn(block))).toEqual([]);
      // Every write to the state is in a block's write set, so this covers the state without its compression.
      expect(blocks.flatMap((block) => CONTROL.formsIn(block))).toContain('utf8');
    }
  });

  it('stand in no file of peers, orderer and chaincode processes', async () => {
    // Peers write what they have in memory into tables when they start, and so does the orderer.
    for (const role of devnet.roles) {
      await devnet.kill(role, 'SIGTERM');
      await devnet.start(role);
    }
    await devnet.up();
    const files = filesBelow(devnet.folder);
    const controls = findInFiles(CONTROL, files).map((found) => found.slice(devnet.folder.length));
    for (const place of [
      /\/orderer1\/.*\/chains\/.*blockfile/,
      /\/orderer1\/.*wal/,
      /\/peer1\/.*\/chains\/.*blockfile/,
      /\/peer2\/.*\/chains\/.*blockfile/,
      /\/peer1\/.*\/stateLeveldb\/.*\.ldb/,
      /\/peer2\/.*\/stateLeveldb\/.*\.ldb/,
      /\/peer1\/.*\/historyLeveldb\/.*\.ldb/,
    ]) {
      expect(controls.filter((found) => place.test(found)).length, String(place)).toBeGreaterThan(0);
    }
    const kinds = devnet.roles.map((role) => files.filter((file) => file.endsWith(`${role}.log`)).length);
    expect(kinds).toEqual(devnet.roles.map(() => 1));
    expect(findInFiles(MARK, files)).toEqual([]);
  });

  it('stand in no evidence, receipt, bundle, readiness, metrics, nor in anything that the service printed', async () => {
    for (const receipt of receipts) {
      expect(formsInJson(MARK, JSON.stringify(receipt))).toEqual([]);
      for (const query of ['', '?anchor=block']) {
        const bundle = await call('GET', `/v1/events/${receipt.id}/proof${query}`, { role: 'auditor' });
        expect([query, bundle.status, formsInJson(MARK, bundle.text)]).toEqual([query, 200, []]);
        expect(bundle.json({ anchor: { read: {} } }).anchor.read).toBeDefined();
      }
    }
    for (const path of ['/readyz', '/metrics']) expect(MARK.formsIn((await call('GET', path)).text)).toEqual([]);
    expect(service.err()).toContain('a call to the chain failed');
    expect(MARK.formsIn(`${service.out()}\n${service.err()}`)).toEqual([]);
  });
});
