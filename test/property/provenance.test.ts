import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildProvenance } from '../../ledger/provenance/graph.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import { EVENT_TYPES, type EventType } from '../../ledger/types.ts';
import { memoryReader, storedEvent } from '../harness/provenance-events.ts';

/** A log of up to 30 events whose refs point back. */
const log = fc
  .array(fc.tuple(fc.constantFrom(...EVENT_TYPES), fc.array(fc.nat(29), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((drafts) =>
    drafts.map(([type, refs]: [EventType, number[]], n) =>
      storedEvent({ n, type, refs: [...new Set(refs)].filter((ref) => ref < n) }),
    ),
  );

/** By the definition, one id at a time: ancestors, descendants that are no reads, and reads of the root. */
function expected(events: readonly StoredEvent[], root: StoredEvent): Set<string> {
  const found = new Set([root.id]);
  const back = (event: StoredEvent): void => {
    for (const ref of event.refs) {
      found.add(ref);
      back(events.find(({ id }) => id === ref)!);
    }
  };
  const forward = (event: StoredEvent): void => {
    for (const other of events.filter(({ type, refs }) => type !== 'access' && refs.includes(event.id))) {
      found.add(other.id);
      forward(other);
    }
  };
  back(root);
  forward(root);
  for (const other of events) if (other.type === 'access' && other.refs.includes(root.id)) found.add(other.id);
  return found;
}

it('the graph is the closure by definition, its edges are the refs among its events', async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.nat(29), async (events, pick) => {
      const root = events[pick % events.length]!;
      const graph = await buildProvenance(memoryReader(events), root, { maxNodes: 500, maxDepth: 100 });
      const ids = graph.nodes.map(({ id }) => id);
      expect(new Set(ids)).toEqual(expected(events, root));
      expect(new Set(ids).size).toBe(ids.length);
      const edges = events
        .filter(({ id }) => ids.includes(id))
        .flatMap(({ id, refs }) => refs.filter((ref) => ids.includes(ref)).map((ref) => `${id} ${ref}`));
      expect(graph.edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(edges.sort());
      expect(graph).toMatchObject({ truncated: false, leftOut: 0 });
    }),
    { numRuns: 300 },
  );
});

it('a bounded graph is a part of the whole, is connected to the root, and says what is missing', async () => {
  await fc.assert(
    fc.asyncProperty(
      log,
      fc.nat(29),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(4),
      async (events, pick, maxNodes, maxDepth) => {
        const root = events[pick % events.length]!;
        const graph = await buildProvenance(memoryReader(events), root, { maxNodes, maxDepth });
        const whole = expected(events, root);
        const ids = graph.nodes.map(({ id }) => id);
        expect(ids.length).toBeLessThanOrEqual(maxNodes);
        expect(ids[0]).toBe(root.id);
        for (const id of ids) expect(whole).toContain(id);
        expect(graph.truncated).toBe(ids.length < whole.size);
        expect(graph.leftOut > 0).toBe(graph.truncated);
        expect(graph.leftOut).toBeLessThanOrEqual(whole.size - ids.length);
        const linked = new Set(graph.edges.flatMap(({ from, to }) => [from, to]));
        for (const id of ids.slice(1)) expect(linked).toContain(id);
      },
    ),
    { numRuns: 300 },
  );
});
