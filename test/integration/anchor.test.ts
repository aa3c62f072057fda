/**
 * Anchoring by the service on a real Fabric network and a real PostgreSQL: what holds while all is well, and what it says and
 * refuses when database and chain do not belong together (invariants 3, 4 and 11). What HTTP makes of it is in
 * `api-anchor.test.ts`, what a leader does at every fault in `anchor-leader.test.ts`.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Bundle, Receipt } from '../../ledger/types.ts';
import {
  anchorStatus,
  copyFolder,
  fill,
  headsOf,
  MAX_EVIDENCE_BYTES,
  PATIENCE_MS,
  postAnchored,
  receiptOf,
  seenFromOutside,
  strictVerifier,
  untilAnchored,
  untilState,
  withChain,
} from '../harness/anchoring-service.ts';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';
import { devnetSkipNote, devnetUnavailable, sharedDevnet, type TestDevnet } from '../harness/devnet.ts';

const integrator = principal('integrator');
const TIMEOUT_MS = 240_000;

describe.skipIf(devnetUnavailable() !== undefined)(`anchoring${devnetSkipNote()}`, { timeout: TIMEOUT_MS }, () => {
  let devnet: TestDevnet;
  let composed: Composed;
  const opened: Composed[] = [];
  beforeAll(async () => {
    devnet = await sharedDevnet();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
  });

  /** A service with a log of its own, anchored from the start unless it is to have no profile. */
  async function open(env: Readonly<Record<string, string>> = { VERICLIN_FABRIC_PROFILE: devnet.profile }) {
    const one = await startComposed(env);
    opened.push(one);
    return one;
  }

  /** The chain is the log: both peers have its size and, by its own definition, its root. */
  async function expectOnChain(of: Composed): Promise<void> {
    const { size } = await checkLog(ownerConnection(of.dataDir));
    const root = await withOwner(ownerConnection(of.dataDir), async (client) => {
      return (await client.query<{ root: Buffer }>('select root from log_head')).rows[0]!.root;
    });
    await expect
      .poll(async () => (await headsOf(of, devnet)).map((head) => head.size), { timeout: PATIENCE_MS })
      .toEqual([size, size]);
    for (const head of await headsOf(of, devnet)) expect(Buffer.compare(head.root, root)).toBe(0);
  }

  async function bundleOf(of: Composed, id: string): Promise<Bundle> {
    const { read } = of.service.ledger;
    return read.bundle((await read.findEvent(id))!, { opening: false });
  }

  async function expectVerifies(of: Composed, receipt: Receipt): Promise<void> {
    const verifier = strictVerifier(of, devnet);
    const bundle = await bundleOf(of, receipt.id);
    const verified = verifier.verifyBundle(JSON.stringify(bundle));
    expect(verified, JSON.stringify(verified.checks)).toMatchObject({ outcome: 'valid' });
    for (const anchor of [bundle.anchor, receipt.anchor]) {
      expect(anchor!.size).toBeGreaterThan(receipt.index);
      expect(JSON.stringify(anchor).length).toBeLessThanOrEqual(MAX_EVIDENCE_BYTES);
    }
    // A receipt's evidence stands on another checkpoint than its own: as a bundle it is checked with the proofs that join them.
    const { entry, proof, checkpoint, anchor } = receipt;
    const asBundle = { format: 'vericlin-bundle/1', entry, proof, checkpoint, key: of.service.ledger.vkey, anchor };
    const joined = verifier.verifyBundle(JSON.stringify(asBundle));
    expect(joined, JSON.stringify(joined.checks)).toMatchObject({ outcome: 'valid' });
  }

  describe('while all is well', () => {
    it('invariant 4: single events get evidence that verifies, and their receipts stay as they are from then on', async () => {
      composed = await open();
      const receipts: Receipt[] = [];
      for (let n = 0; n < 5; n += 1) receipts.push(await postAnchored(composed));
      await fill(composed, 40);
      await untilAnchored(composed);
      for (const receipt of receipts) {
        expect(JSON.stringify(await receiptOf(composed, receipt.id))).toBe(JSON.stringify(receipt));
        await expectVerifies(composed, receipt);
      }
      await composed.restart();
      for (const receipt of receipts) expect(await receiptOf(composed, receipt.id)).toEqual(receipt);
      await expectOnChain(composed);
      expect(await untilState(composed, 'current')).toMatchObject({ lagEntries: 0, lagSeconds: 0, reason: undefined });
    });

    it('a log that was there before the profile, of more entries than one transaction takes, and a batch of 10,000', async () => {
      composed = await open({});
      const first = envelope();
      await composed.service.ledger.append([first], integrator);
      await fill(composed, 10_000);
      await fill(composed, 7_000);
      const before = await receiptOf(composed, first.id);
      expect(before.anchor).toBeNull();
      await composed.restart({ VERICLIN_FABRIC_PROFILE: devnet.profile });
      await untilAnchored(composed);
      const after = await receiptOf(composed, first.id);
      expect({ ...after, anchor: null }).toEqual(before);
      await expectVerifies(composed, after);
      const last = envelope();
      await composed.service.ledger.append([...Array.from({ length: 9_999 }, () => envelope()), last], integrator);
      await untilAnchored(composed);
      await expectVerifies(composed, await receiptOf(composed, last.id));
      await expectVerifies(composed, after);
      await expectOnChain(composed);
    });

    it('goes on from the chain where the position is lost', async () => {
      composed = await open();
      const receipt = await postAnchored(composed);
      await fill(composed, 30);
      await untilAnchored(composed);
      await withOwner(ownerConnection(composed.dataDir), async (client) => {
        await client.query('set session_replication_role = replica');
        await client.query('delete from anchors');
        await client.query('delete from anchor_positions');
      });
      await composed.restart();
      await untilAnchored(composed);
      const again = await receiptOf(composed, receipt.id);
      expect(again.anchor).toMatchObject({ size: 31 });
      await expectVerifies(composed, again);
      await expectVerifies(composed, await postAnchored(composed));
      await expectOnChain(composed);
    });
  });

  describe('invariant 3: a restored backup is refused by the chain', () => {
    async function expectRefused(): Promise<void> {
      const { ledger } = composed.service;
      // Known before the first request: whoever posts would make a fork.
      expect(ledger.status()).toMatchObject({
        signing: 'refused',
        refusal: { reason: 'database_older_than_checkpoint' },
      });
      await expect(ledger.appendOne(envelope(), integrator)).rejects.toMatchObject({ code: 'log_refuses_to_sign' });
      expect(await untilState(composed, 'disagrees')).toMatchObject({ reason: 'chain_ahead' });
      const { status, ready, metrics } = await seenFromOutside(composed.service);
      expect([status, ready['ready'], ready['anchor'], ready['anchoring']]).toMatchObject([
        503,
        false,
        'disagrees',
        { reason: 'chain_ahead' },
      ]);
      expect(metrics).toContain('vericlin_anchor_state{state="disagrees"} 1');
      expect(metrics).toContain('vericlin_anchor_reason{reason="chain_ahead"} 1');
      expect(metrics).toContain('vericlin_signing_ok 0');
      expect(await ledger.anchoring!.reached(ledger.status().size, 10_000)).toBe(false);
    }

    it('the whole data folder, so that nothing on this machine knows better', async () => {
      composed = await open();
      const kept = await postAnchored(composed);
      await composed.service.stop();
      const backup = `${composed.dataDir}-backup`;
      await copyFolder(composed.dataDir, backup);
      await composed.restart();
      await fill(composed, 20);
      await untilAnchored(composed);
      const [before] = await headsOf(composed, devnet);
      await composed.service.stop();
      await copyFolder(backup, composed.dataDir);
      await composed.restart();
      await expectRefused();
      // What was there is still read, with its evidence.
      expect(await receiptOf(composed, kept.id)).toEqual(kept);
      expect(await headsOf(composed, devnet)).toEqual([before, before]);
      // And it is no different at the next start.
      await composed.restart();
      await expectRefused();
      await rm(backup, { recursive: true });
    });

    it('the database alone', async () => {
      composed = await open();
      await postAnchored(composed);
      await composed.service.stop();
      const [data, backup] = [join(composed.dataDir, 'postgres'), join(composed.dataDir, 'backup')];
      await copyFolder(data, backup);
      await composed.restart();
      await postAnchored(composed);
      await composed.service.stop();
      await copyFolder(backup, data);
      await composed.restart();
      await expectRefused();
    });
  });

  describe('invariant 11: disagreement stops', () => {
    /** Checks that name what was found, as the log itself records them. */
    async function recordedChecks(of: Composed): Promise<readonly unknown[]> {
      const { read } = of.service.ledger;
      const { events } = await read.search({ types: ['integrity_check'], order: 'asc', limit: 10 });
      const all = await read.openMany(events);
      return all.map((one) => (one.kind === 'open' ? one.opening.envelope.payload : undefined));
    }

    async function expectStopped(of: Composed, reason: string): Promise<void> {
      expect(await untilState(of, 'disagrees')).toMatchObject({ reason });
      const { status, ready, metrics } = await seenFromOutside(of.service);
      expect([status, ready['anchor']]).toEqual([503, 'disagrees']);
      expect(metrics).toContain('vericlin_anchor_state{state="disagrees"} 1');
      expect(metrics).toContain(`vericlin_anchor_reason{reason="${reason}"} 1`);
      const found = expect.objectContaining({
        check: 'anchor',
        result: 'failed',
        problems: [expect.stringContaining(reason) as string],
      }) as unknown;
      await expect.poll(() => recordedChecks(of)).toContainEqual(found);
      // The log still signs: what it says is its own, and the chain tells the two apart.
      await of.service.ledger.appendOne(envelope(), integrator);
      expect(anchorStatus(of).state).toBe('disagrees');
    }

    it.each([
      ['longer', 12],
      ['of the same length', 7],
    ])('a forged history under the log’s name, %s: both peers refuse it', async (_how, length) => {
      const genuine = await open();
      await fill(genuine, 7);
      await untilAnchored(genuine);
      await genuine.service.stop();
      const [before] = await headsOf(genuine, devnet);
      // Another database, and the very key: the name on the chain follows from it.
      const keyFile = join(genuine.dataDir, 'log.key');
      const forged = await open({ VERICLIN_LOG_KEY_FILE: keyFile });
      expect(forged.service.ledger.vkey).toBe(genuine.service.ledger.vkey);
      await fill(forged, length);
      const leaves = await withOwner(ownerConnection(forged.dataDir), async (client) => {
        const { rows } = await client.query<{ leaf_hash: Buffer }>('select leaf_hash from events order by idx');
        return Buffer.concat(rows.map((row) => row.leaf_hash));
      });
      for (const { mspId } of devnet.organizations) {
        await withChain(
          forged,
          devnet,
          async (chain) => {
            const refusal = chain.appendLeaves(0, leaves);
            await expect(refusal).rejects.toMatchObject({
              reason: 'not_endorsed',
              organizations: ['Org1MSP', 'Org2MSP'],
            });
            await expect(refusal).rejects.toThrow('WRONG_START expected 7 got 0');
          },
          mspId,
        );
      }
      await forged.restart({ VERICLIN_FABRIC_PROFILE: devnet.profile });
      await expectStopped(forged, 'root_differs');
      expect(await headsOf(forged, devnet)).toEqual([before, before]);
      // Starting again settles nothing, and neither does a longer log.
      await forged.restart();
      expect(anchorStatus(forged)).toMatchObject({ state: 'disagrees', reason: 'root_differs' });
      expect(await headsOf(forged, devnet)).toEqual([before, before]);
    });

    it('a forged history that is shorter: the log refuses to sign', async () => {
      const genuine = await open();
      await fill(genuine, 7);
      await untilAnchored(genuine);
      await genuine.service.stop();
      const forged = await open({ VERICLIN_LOG_KEY_FILE: join(genuine.dataDir, 'log.key') });
      await fill(forged, 3);
      await forged.restart({ VERICLIN_FABRIC_PROFILE: devnet.profile });
      expect(anchorStatus(forged)).toMatchObject({ state: 'disagrees', reason: 'chain_ahead' });
      expect(forged.service.ledger.status()).toMatchObject({
        signing: 'refused',
        refusal: { reason: 'database_older_than_checkpoint' },
      });
    });

    it('somebody with the same client identity appends to the log', async () => {
      composed = await open();
      await postAnchored(composed);
      await untilState(composed, 'current');
      // As anybody with the key and the certificate could, with a program of their own.
      const { size } = await withChain(composed, devnet, (chain) => chain.appendLeaves(1, Buffer.alloc(32, 0xee)));
      expect(size).toBe(2);
      const { receipt } = await composed.service.ledger.appendOne(envelope(), integrator);
      expect(await composed.service.ledger.anchoring!.reached(receipt.index, PATIENCE_MS)).toBe(false);
      await expectStopped(composed, 'root_differs');
      expect((await headsOf(composed, devnet)).map((head) => head.size)).toEqual([2, 2]);
    });

    it('the same while nothing is posted: it is found by looking', async () => {
      composed = await open();
      await postAnchored(composed);
      await withChain(composed, devnet, (chain) => chain.appendLeaves(1, Buffer.alloc(32, 0xee)));
      expect(await untilState(composed, 'disagrees')).toMatchObject({ reason: 'chain_ahead' });
      await expect(composed.service.ledger.appendOne(envelope(), integrator)).rejects.toMatchObject({
        code: 'log_refuses_to_sign',
      });
    });
  });

  it('keeps its id, so that its own lease is taken back at once after a crash', async () => {
    composed = await open();
    await postAnchored(composed);
    const id = await readFile(join(composed.dataDir, 'instance-id'), 'utf8');
    expect(id).toMatch(/^[0-9a-f-]{36}\n$/);
    await composed.restart();
    expect(await readFile(join(composed.dataDir, 'instance-id'), 'utf8')).toBe(id);
    const holder = await withOwner(ownerConnection(composed.dataDir), async (client) => {
      return (await client.query<{ holder: string }>('select holder from anchor_lease')).rows[0]!.holder;
    });
    expect(`${holder}\n`).toBe(id);
  });
});
