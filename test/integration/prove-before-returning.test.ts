/** Invariant 4: a proof is verified by the server before it is handed out. What storage lost or changed never leaves as a proof. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../ledger/ports.ts';
import { ownerConnection, withOwner } from '../harness/check-log.ts';
import { envelope, principal, startComposed, type Composed } from '../harness/composed.ts';

describe('invariant 4: prove before returning', () => {
  let composed: Composed;
  let events: readonly StoredEvent[];
  beforeEach(async () => {
    composed = await startComposed();
    const posted = Array.from({ length: 600 }, () => envelope());
    await composed.service.ledger.append(posted, principal('integrator'));
    events = await composed.service.ledger.read.findEvents([posted[3]!.id, posted[300]!.id, posted[599]!.id]);
    events = events.toSorted((a, b) => a.index - b.index);
  });
  afterEach(async () => {
    await composed.stop();
  });

  /** Changes storage as no role of the service could. */
  const tamper = (statement: string): Promise<unknown> =>
    withOwner(ownerConnection(composed.dataDir), async (client) => {
      await client.query('set session_replication_role = replica');
      return client.query(statement);
    });

  async function outcomes(): Promise<string[]> {
    const { read } = composed.service.ledger;
    const all = events.flatMap((event) => [
      read.bundle(event, { opening: false }),
      read.tlogProof(event),
      read.receipt(event),
    ]);
    const settled = await Promise.allSettled<unknown>(all);
    return settled.map((one) => (one.status === 'fulfilled' ? 'proven' : (one.reason as { code: string }).code));
  }

  const cases: readonly [what: string, statement: string][] = [
    [
      'one bit of a stored tile',
      `update tiles set hashes = set_byte(hashes, 70, get_byte(hashes, 70) # 1) where n = 0`,
    ],
    ['the root of a stored tile', `update tiles set root = sha256('x') where n = 1`],
    ['a leaf hash at the edge', `update events set leaf_hash = sha256('x') where idx = 520`],
    [
      'the checkpoints',
      `update checkpoints set note = replace(note, '600', '601'); update log_head set note = replace(note, '600', '601')`,
    ],
  ];
  for (const [what, statement] of cases) {
    it(`hands out nothing that does not verify after a change of ${what}`, async () => {
      expect(await outcomes()).toEqual(Array.from({ length: 9 }, () => 'proven'));
      await tamper(statement);
      await composed.restart();
      for (const outcome of await outcomes()) expect(['proven', 'internal', 'log_refuses_to_sign']).toContain(outcome);
      expect((await outcomes()).filter((outcome) => outcome !== 'proven').length).toBeGreaterThan(0);
    });
  }

  it('a changed entry has no proof, and the others keep theirs', async () => {
    await tamper(
      `update events set entry = convert_to(replace(convert_from(entry, 'UTF8'), '"v":1', '"v":2'), 'UTF8') where idx = 3`,
    );
    events = await composed.service.ledger.read.findEvents(events.map(({ id }) => id));
    const proven = await Promise.allSettled(
      events.map((event) => composed.service.ledger.read.bundle(event, { opening: false })),
    );
    const byIndex = new Map(events.map((event, at) => [event.index, proven[at]!]));
    expect(byIndex.get(3)).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
    expect(byIndex.get(599)?.status).toBe('fulfilled');
  });
});
