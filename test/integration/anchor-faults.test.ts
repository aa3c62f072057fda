/**
 * A service whose network fails under it, on real Fabric processes that are killed, stopped and started: appends go on, what is
 * wrong is said, and afterwards every entry is on the chain once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../ledger/ports.ts';
import type { Bundle } from '../../ledger/types.ts';
import {
  anchorStatus,
  fill,
  headsOf,
  PATIENCE_MS,
  postAnchored,
  receiptOf,
  seenFromOutside,
  untilAnchored,
  untilState,
} from '../harness/anchoring-service.ts';
import { checkLog, ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';
import { devnetSkipNote, devnetUnavailable, newDevnet, type TestDevnet } from '../harness/devnet.ts';
import { writeProfile, type ProfileMembers } from '../harness/fabric-profiles.ts';
import { startServed } from '../harness/served.ts';
import { openAuthority, pastValidity } from '../support/certificate-authority.ts';

const integrator = principal('integrator');
const TIMEOUT_MS = 240_000;

const isSkipped = devnetUnavailable() !== undefined;
describe.skipIf(isSkipped)(`a network that fails${devnetSkipNote()}`, { timeout: TIMEOUT_MS }, () => {
  let devnet: TestDevnet;
  const opened: Composed[] = [];
  beforeAll(async () => {
    devnet = await newDevnet();
  }, TIMEOUT_MS);
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.stop();
    await devnet.up();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await devnet.close();
  }, TIMEOUT_MS);

  async function open(profile = devnet.profile): Promise<Composed> {
    const one = await startComposed({ VERICLIN_FABRIC_PROFILE: profile });
    opened.push(one);
    return one;
  }

  async function expectOnChain(of: Composed): Promise<void> {
    await untilAnchored(of);
    const { size } = await checkLog(ownerConnection(of.dataDir));
    const root = await withOwner(ownerConnection(of.dataDir), async (client) => {
      return (await client.query<{ root: Buffer }>('select root from log_head')).rows[0]!.root;
    });
    const sizes = async (): Promise<readonly number[]> =>
      (await headsOf(of, devnet).catch(() => [])).map((head) => head.size);
    await expect.poll(sizes, { timeout: PATIENCE_MS }).toEqual([size, size]);
    for (const head of await headsOf(of, devnet)) expect(Buffer.compare(head.root, root)).toBe(0);
    await expect
      .poll(() => anchorStatus(of), { timeout: PATIENCE_MS })
      .toMatchObject({
        state: 'current',
        lagEntries: 0,
        reason: undefined,
      });
  }

  /** Appends go on, nothing is anchored, and the service says why. */
  async function expectStalled(of: Composed, reason: string): Promise<string> {
    const { receipt } = await of.service.ledger.appendOne(envelope(), integrator);
    expect(receipt.anchor).toBeNull();
    expect(await untilState(of, 'stalled')).toMatchObject({ reason });
    expect((await receiptOf(of, receipt.id)).anchor).toBeNull();
    const { status, ready, metrics } = await seenFromOutside(of.service);
    expect([status, ready['ready'], ready['anchor'], ready['anchoring']]).toMatchObject([
      200,
      true,
      'stalled',
      { reason },
    ]);
    expect(metrics).toContain('vericlin_anchor_state{state="stalled"} 1');
    expect(metrics).toContain(`vericlin_anchor_reason{reason="${reason}"} 1`);
    expect(Number(/^vericlin_anchor_lag_entries (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    return anchorStatus(of).detail ?? '';
  }

  interface FlightRow {
    readonly size: number;
    readonly flight_to: number | null;
  }
  const flightOf = (of: Composed): Promise<FlightRow | undefined> =>
    withOwner(ownerConnection(of.dataDir), async (client) => {
      const sql = 'select size::int as size, flight_to::int as flight_to from anchor_positions';
      return (await client.query<FlightRow>(sql)).rows[0];
    });

  it('an organisation down: it is named, and receipts get their evidence afterwards', async () => {
    const composed = await open();
    await postAnchored(composed);
    await devnet.kill('peer2');
    const { receipt } = await composed.service.ledger.appendOne(envelope(), integrator);
    expect(await expectStalled(composed, 'unreachable')).toContain('Org2MSP');
    await fill(composed, 100);
    await devnet.start('peer2');
    await expectOnChain(composed);
    expect((await receiptOf(composed, receipt.id)).anchor?.size).toBeGreaterThan(receipt.index);
  });

  it('a peer that hangs', async () => {
    const composed = await open();
    await postAnchored(composed);
    const pid = devnet.pidOf('peer2')!;
    process.kill(pid, 'SIGSTOP');
    try {
      await expectStalled(composed, 'unreachable');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expectOnChain(composed);
  });

  it('every peer down: blocks are not to be had, what is stored is', async () => {
    const composed = await open();
    const receipt = await postAnchored(composed);
    const { read } = composed.service.ledger;
    const event = (await read.findEvent(receipt.id))!;
    const withBlock = await read.bundle(event, { opening: false, block: true });
    expect(withBlock.anchor?.block?.number).toBeGreaterThan(0);
    await devnet.kill('peer1');
    await devnet.kill('peer2');
    await expect(read.bundle(event, { opening: false, block: true })).rejects.toMatchObject({
      code: 'anchor_unavailable',
    });
    const plain = await read.bundle(event, { opening: false });
    expect({ ...plain.anchor, block: withBlock.anchor?.block }).toEqual(withBlock.anchor);
    expect(plain.anchor?.block).toBeUndefined();
    expect(await receiptOf(composed, receipt.id)).toEqual(receipt);
    await expectStalled(composed, 'unreachable');
    await devnet.up();
    await expectOnChain(composed);
  });

  it('a stop while a batch is under way ends, leaves the batch in flight, and the next start resolves it', async () => {
    const composed = await open();
    await postAnchored(composed);
    const pid = devnet.pidOf('orderer1')!;
    process.kill(pid, 'SIGSTOP');
    try {
      await fill(composed, 3);
      await expect.poll(() => flightOf(composed)).toEqual({ size: 1, flight_to: 4 });
      // Stops and starts again; the orderer still hangs.
      await composed.restart();
      expect(await flightOf(composed)).toEqual({ size: 1, flight_to: 4 });
      await fill(composed, 2);
      expect(await flightOf(composed)).toEqual({ size: 1, flight_to: 4 });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await expectOnChain(composed);
    expect(await flightOf(composed)).toEqual({ size: 6, flight_to: null });
  });

  describe('a profile that does not fit', () => {
    const profiles: readonly (readonly [string, string, () => Promise<(profile: ProfileMembers) => void>])[] = [
      ['another channel', 'not_permitted', async () => Promise.resolve((profile) => (profile.channel = 'elsewhere'))],
      [
        'another chaincode',
        'not_permitted',
        async () => Promise.resolve((profile) => (profile.chaincode = 'elsewhere')),
      ],
      ['a client certificate that expired', 'certificate_expired', expiredClient],
    ];
    async function expiredClient(): Promise<(profile: ProfileMembers) => void> {
      const ca = join(devnet.folder, 'crypto', 'peerOrganizations', 'org1.devnet.example', 'ca');
      const authority = await openAuthority({
        certificate: readFileSync(join(ca, 'ca.org1.devnet.example-cert.pem'), 'utf8'),
        key: readFileSync(join(ca, 'priv_sk'), 'utf8'),
      });
      const { certificate, key } = await authority.issue('late', 'client', pastValidity());
      return (profile) => {
        const folder = dirname(writeProfile(devnet.profile, () => undefined));
        profile.identity.certificate = join(folder, 'cert.pem');
        profile.identity.key = join(folder, 'key.pem');
        writeFileSync(profile.identity.certificate, certificate);
        writeFileSync(profile.identity.key, key, { mode: 0o600 });
      };
    }

    it.each(profiles)('%s: %s, and it goes on with the right one', async (_what, reason, change) => {
      const composed = await open(writeProfile(devnet.profile, await change()));
      const detail = await expectStalled(composed, reason);
      expect(detail).not.toContain(devnet.folder);
      if (reason === 'certificate_expired') {
        expect(detail).toContain('the certificate "client" expired on');
        const { metrics } = await seenFromOutside(composed.service);
        const expiry = /^vericlin_anchor_certificate_expiry_seconds\{certificate="client"\} (\d+)/m.exec(metrics)?.[1];
        expect(Number(expiry) * 1000).toBeLessThan(Date.now());
      }
      await composed.restart({ VERICLIN_FABRIC_PROFILE: devnet.profile });
      await expectOnChain(composed);
    });
  });

  it('whoever may have a bundle may have it with the block, and nobody else', async () => {
    const served = await startServed({ env: { VERICLIN_FABRIC_PROFILE: devnet.profile } });
    try {
      const posted = await served.call('POST', '/v1/events?wait=anchored', {
        role: 'integrator',
        headers: { prefer: 'wait=60' },
        body: {
          type: 'prediction',
          occurredAt: '2026-11-23T10:15:00Z',
          model: { name: 'm', version: '1' },
          payload: { riskScore: 0.5, confidenceInterval: [0.4, 0.6], anomalyFlag: false, inputDigest: 'd' },
        },
      });
      expect(posted.status).toBe(201);
      const path = `/v1/events/${posted.json<{ id: string }>().id}/proof`;
      const statuses: Record<string, readonly number[]> = {};
      for (const role of ROLES) {
        const plain = await served.call('GET', path, { role });
        const block = await served.call('GET', `${path}?anchor=block`, { role });
        statuses[role] = [plain.status, block.status];
        if (block.status !== 200) continue;
        expect(block.json<Bundle>().anchor?.block).toBeDefined();
        expect(plain.json<Bundle>().anchor).toBeDefined();
        expect(plain.json<Bundle>().anchor?.block).toBeUndefined();
      }
      for (const [plain, block] of Object.values(statuses)) expect(block).toBe(plain);
      expect(statuses).toMatchObject({ auditor: [200, 200], admin: [403, 403] });
      const anonymous = await served.call('GET', `${path}?anchor=block`);
      expect(anonymous.status).toBe(401);
    } finally {
      await served.stop();
    }
  });
});
