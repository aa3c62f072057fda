import { NO_ANCHOR } from '../../../ledger/anchor/status.ts';
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
    expect(text).toContain('vericlin_anchored 0');
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
});
