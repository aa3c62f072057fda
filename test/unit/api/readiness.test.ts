import { describe, expect, it } from 'vitest';
import { toReadiness } from '../../../api/handlers/operations.ts';
import { ANCHOR_STATES, NO_ANCHOR, type AnchorStatus } from '../../../ledger/anchor/status.ts';
import type { LogStatus } from '../../../ledger/ports.ts';

const status = (anchor: AnchorStatus): LogStatus => ({
  size: 42,
  origin: 'log.example/test',
  signing: 'ok',
  refusal: undefined,
  database: 'ok',
  anchor,
  pendingEvents: 0,
  witnesses: [],
});
const stalled: AnchorStatus = {
  state: 'stalled',
  reason: 'unreachable',
  detail: 'Org2MSP: peer0.org2.example:7051 refused the connection.',
  size: 40,
  lagEntries: 2,
  lagSeconds: 301.5,
  isLeader: true,
  channel: 'vericlin',
  chaincode: 'merkle-anchor',
  log: 'log-example-test-0123456789',
  endorsers: ['Org1MSP'],
  certificates: [{ name: 'client', notAfter: '2027-01-01T00:00:00Z' }],
};

describe('readiness', () => {
  it('says nothing of anchoring where there is none', () => {
    expect(toReadiness(status(NO_ANCHOR), true)).toMatchObject({ ready: true, anchor: 'none' });
    expect(toReadiness(status(NO_ANCHOR), true)).not.toHaveProperty('anchoring');
  });

  it.each(ANCHOR_STATES)('of the state %s', (state) => {
    const readiness = toReadiness(status({ ...stalled, state }), false);
    expect(readiness.anchor).toBe(state);
    // Appends go on whatever becomes of the anchor; a chain that contradicts the log makes somebody look (invariant 11).
    expect(readiness.ready).toBe(state !== 'disagrees');
  });

  it('gives reason, lag, endorsers and expiry to everybody, and words that may name hosts to this machine alone', () => {
    const { reason, size, lagEntries, lagSeconds, isLeader, channel, chaincode, log, endorsers, certificates } =
      stalled;
    const shown = { reason, size, lagEntries, lagSeconds, isLeader, channel, chaincode, log, endorsers, certificates };
    expect(toReadiness(status(stalled), true).anchoring).toEqual({ ...shown, detail: stalled.detail });
    expect(toReadiness(status(stalled), false).anchoring).toEqual(shown);
    expect(JSON.stringify(toReadiness(status(stalled), false))).not.toContain('peer0.org2.example');
  });
});
