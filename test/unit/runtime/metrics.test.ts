import { ANCHOR_REASONS, ANCHOR_STATES, NO_ANCHOR, type AnchorStatus } from '../../../ledger/anchor/status.ts';
import { describe, expect, it } from 'vitest';
import type { LogStatus } from '../../../ledger/ports.ts';
import { createMetrics } from '../../../runtime/metrics.ts';

const status = (members: Partial<LogStatus> = {}): LogStatus => ({
  size: 42,
  origin: 'vericlin.local/log',
  signing: 'ok',
  refusal: undefined,
  database: 'ok',
  anchor: NO_ANCHOR,
  pendingEvents: 3,
  witnesses: [{ name: 'witness.example', size: 40, state: 'behind' }],
  ...members,
});

describe('metrics', () => {
  it('show the log as it is at the scrape', async () => {
    let now = status();
    const metrics = createMetrics(() => now);
    expect(await metrics.expose()).toContain('vericlin_log_size_entries 42');
    now = status({ size: 43, signing: 'refused', refusal: { reason: 'forked_head', detail: 'x' } });
    const text = await metrics.expose();
    expect(text).toContain('vericlin_log_size_entries 43');
    expect(text).toContain('vericlin_signing_ok 0');
    expect(text).toContain('vericlin_signing_refused{reason="forked_head"} 1');
    expect(text).toContain('vericlin_signing_refused{reason="key_changed"} 0');
    expect(text).toContain('vericlin_witness_size_entries{witness="witness.example"} 40');
    expect(text).toContain('vericlin_anchor_state{state="none"} 1');
    expect(text).toContain('vericlin_anchor_leader 0');
  });

  it('count requests, events, problems, commits and proofs', async () => {
    const metrics = createMetrics(status);
    metrics.request('appendEvent', 201, 0.004);
    metrics.request('appendEvent', 503, 0.004);
    metrics.appended(5, 2);
    metrics.problem('overloaded');
    metrics.commit(500, 0.02);
    metrics.proofVerified(true);
    metrics.proofVerified(false);
    const text = await metrics.expose();
    for (const line of [
      'vericlin_http_request_seconds_count{operation="appendEvent",status="2xx"} 1',
      'vericlin_http_request_seconds_count{operation="appendEvent",status="5xx"} 1',
      'vericlin_events_total{outcome="appended"} 5',
      'vericlin_events_total{outcome="repeated"} 2',
      'vericlin_problems_total{code="overloaded"} 1',
      'vericlin_commit_events_sum 500',
      'vericlin_proofs_total{valid="false"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  describe('of the anchor', () => {
    const anchored: AnchorStatus = {
      ...NO_ANCHOR,
      state: 'catching-up',
      size: 40,
      lagEntries: 2,
      lagSeconds: 1.5,
      isLeader: true,
      channel: 'vericlin',
      chaincode: 'merkle-anchor',
      log: 'log-example-test-0123456789',
      endorsers: ['Org1MSP', 'Org2MSP'],
      certificates: [{ name: 'client', notAfter: '2027-01-01T00:00:00Z' }],
    };

    it('show its state, lag, endorsers and certificates at the scrape', async () => {
      let anchor = anchored;
      const metrics = createMetrics(() => status({ anchor }));
      const first = await metrics.expose();
      for (const line of [
        'vericlin_anchor_state{state="catching-up"} 1',
        'vericlin_anchor_state{state="none"} 0',
        'vericlin_anchored_size_entries 40',
        'vericlin_anchor_lag_entries 2',
        'vericlin_anchor_lag_seconds 1.5',
        'vericlin_anchor_leader 1',
        'vericlin_anchor_endorsers{organization="Org2MSP"} 1',
        `vericlin_anchor_certificate_expiry_seconds{certificate="client"} ${Date.parse('2027-01-01T00:00:00Z') / 1000}`,
      ]) {
        expect(first).toContain(line);
      }
      anchor = { ...anchored, state: 'stalled', reason: 'not_endorsed', endorsers: ['Org1MSP'], certificates: [] };
      const second = await metrics.expose();
      expect(second).toContain('vericlin_anchor_state{state="catching-up"} 0');
      expect(second).toContain('vericlin_anchor_reason{reason="not_endorsed"} 1');
      // One that stopped endorsing does not vanish, a certificate that is no longer used does.
      expect(second).toContain('vericlin_anchor_endorsers{organization="Org1MSP"} 1');
      expect(second).toContain('vericlin_anchor_endorsers{organization="Org2MSP"} 0');
      expect(second).not.toContain('certificate="client"');
    });

    it('have a line for every state and reason, whatever the state is', async () => {
      const text = await createMetrics(status).expose();
      for (const state of ANCHOR_STATES) expect(text).toContain(`vericlin_anchor_state{state="${state}"}`);
      for (const reason of ANCHOR_REASONS) expect(text).toContain(`vericlin_anchor_reason{reason="${reason}"} 0`);
      for (const outcome of ['committed', 'retried', 'adopted']) {
        expect(text).toContain(`vericlin_anchor_batches_total{outcome="${outcome}"} 0`);
      }
    });

    it('count batches by how they were anchored, and conflicts', async () => {
      const metrics = createMetrics(status);
      metrics.anchorBatch({ leaves: 512, seconds: 0.02, outcome: 'committed' });
      metrics.anchorBatch({ leaves: 512, seconds: 5, outcome: 'retried' });
      metrics.anchorBatch({ leaves: 16_384, seconds: 0.5, outcome: 'adopted' });
      metrics.anchorConflict();
      const text = await metrics.expose();
      for (const line of [
        'vericlin_anchor_batches_total{outcome="committed"} 1',
        'vericlin_anchor_batches_total{outcome="retried"} 1',
        'vericlin_anchor_batches_total{outcome="adopted"} 1',
        'vericlin_anchor_conflicts_total 1',
        'vericlin_anchor_batch_leaves_sum 17408',
        'vericlin_anchor_batch_leaves_count 3',
        'vericlin_anchor_seconds_count 3',
      ]) {
        expect(text).toContain(line);
      }
    });
  });
});
