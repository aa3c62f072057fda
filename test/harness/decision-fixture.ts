/** One decision with everything around it: the events, their envelopes and their graph. Marked values stand for PHI. @module */
import { buildProvenance, type ProvenanceGraph } from '../../ledger/provenance/graph.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import type { JsonObject, RecordedEnvelope } from '../../ledger/types.ts';
import { envelopeOf, memoryReader, MODEL_DIGEST, storedEvent, type EventFixture } from './provenance-events.ts';

export const PSEUDONYM = 'a5b1f6d2-3c3b-4e0a-9f0e-2a1d5c6b7e80';
/** The patient's and the encounter's id outside: may stand in nothing that leaves as FHIR or PROV. */
export const OUTSIDE_IDS = ['MRN-0042-CANARY', 'ENC-77-CANARY'] as const;

interface DecisionFixture extends EventFixture {
  readonly payload: JsonObject;
  readonly members?: Partial<RecordedEnvelope>;
}

const MODEL = { name: 'readmission', version: '3.1.0' };
const OF_PATIENT = { subject: OUTSIDE_IDS[0], encounter: OUTSIDE_IDS[1] };

const FIXTURES: readonly DecisionFixture[] = [
  { n: 1, type: 'model_registered', model: MODEL_DIGEST, payload: { format: 'onnx' }, members: { model: MODEL } },
  {
    n: 2,
    type: 'prediction',
    refs: [1],
    model: MODEL_DIGEST,
    pseudonym: PSEUDONYM,
    payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], anomalyFlag: false, inputDigest: 'sha256:abc' },
    members: { ...OF_PATIENT, model: MODEL, actor: { id: 'svc-scoring' } },
  },
  {
    n: 3,
    type: 'explanation',
    refs: [2],
    model: MODEL_DIGEST,
    pseudonym: PSEUDONYM,
    payload: { method: 'lime', attributions: [{ feature: 'age', weight: 0.2 }] },
    members: { ...OF_PATIENT, model: MODEL },
  },
  {
    n: 4,
    type: 'clinician_feedback',
    refs: [2],
    pseudonym: PSEUDONYM,
    payload: { outcome: 'overridden', userComment: 'Family support at home.' },
    members: { ...OF_PATIENT, actor: { id: 'dr-7', purposeOfUse: 'TREAT' } },
  },
  {
    n: 5,
    type: 'clinician_feedback',
    refs: [2],
    pseudonym: PSEUDONYM,
    payload: { outcome: 'ignored' },
    members: { ...OF_PATIENT, actor: { id: 'dr-8' } },
  },
  { n: 6, type: 'outcome', refs: [2], pseudonym: PSEUDONYM, payload: { observed: false }, members: OF_PATIENT },
  { n: 7, type: 'report_issued', refs: [2], payload: { reportType: 'dossier', digest: 'AA' } },
  { n: 8, type: 'access', refs: [2], pseudonym: PSEUDONYM, payload: { action: 'read' } },
];

export const EVENTS: readonly StoredEvent[] = FIXTURES.map(storedEvent);

export const ENVELOPES: ReadonlyMap<string, RecordedEnvelope> = new Map(
  FIXTURES.map(({ payload, members }, i) => [EVENTS[i]!.id, envelopeOf(EVENTS[i]!, payload, members)]),
);

/** The graph around the prediction. */
export async function decisionGraph(): Promise<ProvenanceGraph> {
  return await buildProvenance(memoryReader(EVENTS), EVENTS[1]!);
}
