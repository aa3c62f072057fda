import { describe, expect, it } from 'vitest';
import { buildProvenance, type ProvenanceGraph } from '../../../ledger/provenance/graph.ts';
import type { StoredEvent } from '../../../ledger/ports.ts';
import {
  memoryReader,
  MODEL_DIGEST,
  MODEL_HEX,
  storedEvent,
  uuidOf,
  type EventFixture,
} from '../../harness/provenance-events.ts';

const PATIENT = 'a5b1f6d2-3c3b-4e0a-9f0e-2a1d5c6b7e80';

/** One decision with everything around it, and a second patient on the same model and in the same report. */
const FIXTURES: readonly EventFixture[] = [
  { n: 1, type: 'model_registered', model: MODEL_DIGEST },
  { n: 2, type: 'prediction', refs: [1], model: MODEL_DIGEST, pseudonym: PATIENT },
  { n: 3, type: 'prediction', refs: [1], model: MODEL_DIGEST, pseudonym: 'b5b1f6d2-3c3b-4e0a-9f0e-2a1d5c6b7e80' },
  { n: 4, type: 'explanation', refs: [2], model: MODEL_DIGEST, pseudonym: PATIENT },
  { n: 5, type: 'clinician_feedback', refs: [2, 4], pseudonym: PATIENT },
  { n: 6, type: 'outcome', refs: [2], pseudonym: PATIENT },
  { n: 7, type: 'report_issued', refs: [2, 3] },
  { n: 8, type: 'access', refs: [2], pseudonym: PATIENT },
  { n: 9, type: 'access', refs: [4, 3] },
  { n: 10, type: 'access', refs: [2, 3] },
  { n: 11, type: 'disclosure', refs: [2], pseudonym: PATIENT },
  { n: 12, type: 'explanation', refs: [3] },
];
const events = FIXTURES.map(storedEvent);
const eventOf = (n: number): StoredEvent => events.find((event) => event.index === n)!;

function numbersOf(graph: ProvenanceGraph): number[] {
  return graph.nodes.flatMap((node) => (node.kind === 'event' ? [node.index] : []));
}

function edgesOf(graph: ProvenanceGraph): string[] {
  const short = (id: string): string =>
    id.startsWith('model:') ? 'model' : String(Number.parseInt(id.slice(-12), 16));
  return graph.edges.map(({ from, to, relation }) => `${short(from)} ${relation} ${short(to)}`);
}

describe('the provenance of a prediction', () => {
  it('is what it came from, what came of it, and who read it: not the others of its model or report', async () => {
    const graph = await buildProvenance(memoryReader(events), eventOf(2));
    expect(graph.root).toBe(uuidOf(2));
    expect(numbersOf(graph)).toEqual([2, 1, 4, 5, 6, 7, 11, 8, 10]);
    expect(edgesOf(graph)).toEqual([
      '2 predicts-with model',
      '2 predicts-with 1',
      '1 registers model',
      '4 uses-model model',
      '4 explains 2',
      '5 corrects 2',
      '5 corrects 4',
      '6 observes-outcome-of 2',
      '7 reports 2',
      '11 discloses 2',
      '8 reads 2',
      '10 reads 2',
    ]);
    expect(graph).toMatchObject({ truncated: false, leftOut: 0 });
  });

  it('holds a model once, by the digest in the entries', async () => {
    const graph = await buildProvenance(memoryReader(events), eventOf(2));
    const models = graph.nodes.filter(({ kind }) => kind === 'model');
    expect(models).toEqual([{ kind: 'model', id: `model:${MODEL_HEX}`, digest: MODEL_DIGEST, depth: 1 }]);
  });

  it('says of an event what the log says in the clear', async () => {
    const { nodes } = await buildProvenance(memoryReader(events), eventOf(2));
    expect(nodes[0]).toEqual({
      kind: 'event',
      id: uuidOf(2),
      type: 'prediction',
      index: 2,
      recordedAt: '2026-11-23T10:00:02.000Z',
      pseudonym: PATIENT,
      depth: 0,
    });
    expect(nodes.find(({ id }) => id === uuidOf(1))).not.toHaveProperty('pseudonym');
  });
});

it('goes back from an explanation over the prediction to the model, and forward to the feedback', async () => {
  expect(numbersOf(await buildProvenance(memoryReader(events), eventOf(4)))).toEqual([4, 2, 5, 1, 9]);
});

it('goes from an access event to what was read', async () => {
  const graph = await buildProvenance(memoryReader(events), eventOf(10));
  expect(numbersOf(graph)).toEqual([10, 2, 3, 1]);
});

it('hides what the reader may not know of, without counting it', async () => {
  const mayShow = (event: StoredEvent): boolean => event.index !== 4 && event.index !== 1;
  const graph = await buildProvenance(memoryReader(events), eventOf(2), { maxNodes: 500, maxDepth: 8, mayShow });
  expect(numbersOf(graph)).toEqual([2, 5, 6, 7, 11, 8, 10]);
  expect(edgesOf(graph)).not.toContain('5 corrects 4');
  expect(graph).toMatchObject({ truncated: false, leftOut: 0 });
});

describe('bounds', () => {
  it('maxNodes: nearest and oldest first, the rest counted', async () => {
    const graph = await buildProvenance(memoryReader(events), eventOf(2), { maxNodes: 4, maxDepth: 8 });
    expect(numbersOf(graph)).toEqual([2, 1, 4, 5]);
    expect(graph).toMatchObject({ truncated: true, leftOut: 5 });
    for (const { from, to } of graph.edges) {
      const ids = graph.nodes.map(({ id }) => id);
      expect(ids).toContain(from);
      expect(ids).toContain(to);
    }
  });

  it('maxDepth: a chain is cut and says so, at exactly its length it is not', async () => {
    const chain = Array.from({ length: 6 }, (_, n) =>
      storedEvent({ n, type: 'retrain_decision', refs: n === 0 ? [] : [n - 1] }),
    );
    const cut = await buildProvenance(memoryReader(chain), chain[5]!, { maxNodes: 500, maxDepth: 3 });
    expect(numbersOf(cut)).toEqual([5, 4, 3, 2]);
    expect(cut).toMatchObject({ truncated: true, leftOut: 1 });
    const forward = await buildProvenance(memoryReader(chain), chain[0]!, { maxNodes: 500, maxDepth: 3 });
    expect(numbersOf(forward)).toEqual([0, 1, 2, 3]);
    expect(forward).toMatchObject({ truncated: true, leftOut: 1 });
    const whole = await buildProvenance(memoryReader(chain), chain[5]!, { maxNodes: 6, maxDepth: 5 });
    expect(whole).toMatchObject({ truncated: false, leftOut: 0 });
  });

  it('a million referrers: at most 1,000 beyond the bound are read, and it says that there are more', async () => {
    const many = [storedEvent({ n: 0, type: 'model_registered' })];
    for (let n = 1; n <= 3_000; n += 1) many.push(storedEvent({ n, type: 'prediction', refs: [0] }));
    const graph = await buildProvenance(memoryReader(many), many[0]!, { maxNodes: 500, maxDepth: 8 });
    expect(numbersOf(graph)).toHaveLength(500);
    expect(graph).toMatchObject({ truncated: true, leftOut: 1_000 });
  });

  it('says that there may be more where what was read is hidden: own events may lie behind it', async () => {
    const many = [storedEvent({ n: 0, type: 'model_registered' })];
    for (let n = 1; n <= 2_000; n += 1) {
      many.push(storedEvent({ n, type: 'prediction', refs: [0], postedBy: n === 2_000 ? 'key:own' : 'key:other' }));
    }
    const mayShow = (event: StoredEvent): boolean => event.postedBy !== 'key:other';
    const graph = await buildProvenance(memoryReader(many), many[0]!, { maxNodes: 500, maxDepth: 8, mayShow });
    expect(numbersOf(graph)).toEqual([0]);
    expect(graph).toMatchObject({ truncated: true, leftOut: 0 });
  });

  it('an event with many refs: those that cannot fit are counted unread', async () => {
    const refs = Array.from({ length: 2_000 }, (_, n) => n);
    const many = [
      ...refs.map((n) => storedEvent({ n, type: 'prediction' })),
      storedEvent({ n: 2_000, type: 'report_issued', refs }),
    ];
    const reader = memoryReader(many);
    const graph = await buildProvenance(reader, many[2_000]!);
    expect(numbersOf(graph)).toHaveLength(500);
    expect(graph).toMatchObject({ truncated: true, leftOut: 1_501 });
  });
});

it('asks twice a step, however wide the step is', async () => {
  const wide = [storedEvent({ n: 0, type: 'model_registered' })];
  for (let n = 1; n <= 200; n += 1) wide.push(storedEvent({ n, type: 'prediction', refs: [0] }));
  for (let n = 201; n <= 400; n += 1) wide.push(storedEvent({ n, type: 'explanation', refs: [n - 200] }));
  const reader = memoryReader(wide);
  const graph = await buildProvenance(reader, wide[0]!);
  expect(numbersOf(graph)).toHaveLength(401);
  expect(reader.queries()).toBeLessThanOrEqual(8);
});

it('ends when the store answers a loop', async () => {
  const loop = [
    storedEvent({ n: 1, type: 'explanation', refs: [2] }),
    storedEvent({ n: 2, type: 'explanation', refs: [1, 2] }),
  ];
  const graph = await buildProvenance(memoryReader(loop), loop[0]!);
  expect(numbersOf(graph)).toEqual([1, 2]);
  expect(edgesOf(graph)).toEqual(['1 explains 2', '2 explains 1', '2 explains 2']);
});

it('passes over refs that the store does not have', async () => {
  const lone = storedEvent({ n: 1, type: 'explanation', refs: [99] });
  expect(await buildProvenance(memoryReader([lone]), lone)).toMatchObject({ edges: [], truncated: false });
});
