import type { Bundle, Device, Extension, Provenance, ProvenanceAgent, ProvenanceEntity, Reference } from 'fhir/r4.js';
import type { EventType, ModelRef, RecordedEnvelope } from '../types.ts';
import {
  concept,
  fhirTime,
  given,
  logReference,
  principalReference,
  unlessEmpty,
  uuidReference,
} from './fhir-elements.ts';
import type { EventNode, ProvenanceEdge, ProvenanceGraph } from './graph.ts';
import { fitText, intervalMember, textMember } from './payload-members.ts';
import { DERIVATIONS } from './relations.ts';
import {
  AI_ASSERTED,
  ARTIFICIAL_INTELLIGENCE,
  DATA_CREATED,
  EXTENSIONS,
  PARTICIPANT_TYPES,
  VERICLIN_NAMESPACE,
} from './vocabularies.ts';

export interface FhirProvenanceOptions {
  /** The log's origin: it keeps the records. */
  readonly origin: string;
  /** What the reader may see of the events' envelopes, by id: whole, de-identified, or (erased, not entitled) none. */
  readonly envelopes: ReadonlyMap<string, RecordedEnvelope>;
}

/** Content made by artificial intelligence; the way the model took part. */
const AI_MADE: Readonly<Partial<Record<EventType, 'author' | 'informant'>>> = {
  prediction: 'author',
  explanation: 'informant',
};
const TARGET_TYPES: Readonly<Partial<Record<EventType, string>>> = {
  prediction: 'RiskAssessment',
  outcome: 'Observation',
  report_issued: 'DocumentReference',
};
/** Reads and disclosures are audit events in FHIR, not provenance. */
const AUDITED: ReadonlySet<EventType> = new Set(['access', 'disclosure']);
const DEVICE_ID = 'model';

/**
 * The graph as FHIR R4 Provenance resources, one for each event that made something, in a collection Bundle, after the
 * patterns of HL7 AI Transparency on FHIR: what a model said has the reason AIAST and the model as agent (a contained
 * Device); clinicians who gave feedback on it are its verifiers. Signatures are the log's own business: see bundles.
 */
export function toFhirProvenance(graph: ProvenanceGraph, options: FhirProvenanceOptions): Bundle<Provenance> {
  const links = new Links(graph);
  const events = graph.nodes.filter((node) => node.kind === 'event' && !AUDITED.has(node.type)) as EventNode[];
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: events.map((node) => ({ fullUrl: `urn:uuid:${node.id}`, resource: provenanceOf(node, links, options) })),
  };
}

/** Edges by either end. */
class Links {
  readonly #from = new Map<string, ProvenanceEdge[]>();
  readonly #to = new Map<string, ProvenanceEdge[]>();

  constructor(graph: ProvenanceGraph) {
    for (const edge of graph.edges) {
      collect(this.#from, edge.from, edge);
      collect(this.#to, edge.to, edge);
    }
  }

  from(id: string): readonly ProvenanceEdge[] {
    return this.#from.get(id) ?? [];
  }

  to(id: string): readonly ProvenanceEdge[] {
    return this.#to.get(id) ?? [];
  }
}

function collect(map: Map<string, ProvenanceEdge[]>, key: string, edge: ProvenanceEdge): void {
  const edges = map.get(key);
  if (edges === undefined) map.set(key, [edge]);
  else edges.push(edge);
}

function provenanceOf(node: EventNode, links: Links, options: FhirProvenanceOptions): Provenance {
  const envelope = options.envelopes.get(node.id);
  const isAiMade = AI_MADE[node.type] !== undefined;
  const entity = unlessEmpty([...links.from(node.id).map(entityOf), ...inputEntity(envelope)]);
  return {
    resourceType: 'Provenance',
    id: node.id,
    ...(isAiMade ? { contained: [deviceOf(node, links, envelope)] } : {}),
    target: [{ ...uuidReference(node.id, TARGET_TYPES[node.type]), ...confidenceOf(envelope) }],
    ...(envelope === undefined ? {} : { occurredDateTime: fhirTime(envelope.occurredAt) }),
    recorded: node.recordedAt,
    ...(isAiMade ? { reason: [concept(AI_ASSERTED)] } : {}),
    activity: { ...concept(DATA_CREATED), text: node.type },
    agent: [...makersOf(node, envelope), ...verifiersOf(node, links, options), keeperOf(options)],
    ...given('entity', entity),
  };
}

/** AI Transparency "AIDevice": the model by the digest of its name and version, by name too where it may be seen. */
function deviceOf(node: EventNode, links: Links, envelope: RecordedEnvelope | undefined): Device {
  const modelId = links.from(node.id).find((edge) => isModel(edge.to))?.to;
  return {
    resourceType: 'Device',
    id: DEVICE_ID,
    ...(modelId === undefined ? {} : { identifier: [modelIdentifier(modelId)] }),
    ...(envelope?.model === undefined ? {} : modelName(envelope.model)),
    type: concept(ARTIFICIAL_INTELLIGENCE),
  };
}

function modelName(model: ModelRef): Pick<Device, 'deviceName' | 'version'> {
  const name = fitText(model.name);
  const version = fitText(model.version);
  return {
    ...(name === undefined ? {} : { deviceName: [{ name, type: 'model-name' }] }),
    ...(version === undefined ? {} : { version: [{ value: version }] }),
  };
}

function makersOf(node: EventNode, envelope: RecordedEnvelope | undefined): ProvenanceAgent[] {
  const part = AI_MADE[node.type];
  if (part !== undefined) {
    const who = { reference: `#${DEVICE_ID}` };
    return [{ type: concept(PARTICIPANT_TYPES[part]), role: [concept(ARTIFICIAL_INTELLIGENCE)], who }];
  }
  if (node.type === 'clinician_feedback') return [verifier(envelope)];
  const actor = envelope?.actor;
  return actor === undefined ? [] : [{ type: concept(PARTICIPANT_TYPES.author), who: principalReference(actor.id) }];
}

/** Clinicians whose feedback on this is in the graph. One who ignored it verified nothing. */
function verifiersOf(node: EventNode, links: Links, options: FhirProvenanceOptions): ProvenanceAgent[] {
  return links
    .to(node.id)
    .filter((edge) => edge.relation === 'corrects')
    .map((edge) => options.envelopes.get(edge.from))
    .filter((envelope) => envelope === undefined || textMember(envelope.payload, 'outcome') !== 'ignored')
    .map(verifier);
}

function verifier(envelope: RecordedEnvelope | undefined): ProvenanceAgent {
  const actor = envelope?.actor;
  const who: Reference =
    actor === undefined ? { type: 'Practitioner', display: 'not shown' } : principalReference(actor.id, 'Practitioner');
  return { type: concept(PARTICIPANT_TYPES.verifier), who };
}

function keeperOf(options: FhirProvenanceOptions): ProvenanceAgent {
  return { type: concept(PARTICIPANT_TYPES.custodian), who: logReference(options.origin) };
}

function entityOf(edge: ProvenanceEdge): ProvenanceEntity {
  if (isModel(edge.to)) return { role: 'derivation', what: { type: 'Device', identifier: modelIdentifier(edge.to) } };
  if (edge.relation === 'corrects') return { role: 'revision', what: uuidReference(edge.to) };
  return { role: DERIVATIONS.has(edge.relation) ? 'derivation' : 'source', what: uuidReference(edge.to) };
}

/** AI Transparency "inputPrompt": what went into the model, by the digest that the integrator recorded. */
function inputEntity(envelope: RecordedEnvelope | undefined): ProvenanceEntity[] {
  const digest = textMember(envelope?.payload, 'inputDigest');
  if (digest === undefined) return [];
  return [{ role: 'derivation', what: { identifier: { system: `${VERICLIN_NAMESPACE}input-digest`, value: digest } } }];
}

/** AI Transparency "AIconfidence" as a Range, on the target. */
function confidenceOf(envelope: RecordedEnvelope | undefined): { extension?: Extension[] } {
  const interval = envelope === undefined ? undefined : intervalMember(envelope.payload, 'confidenceInterval');
  if (interval === undefined) return {};
  const [low, high] = interval;
  return { extension: [{ url: EXTENSIONS.aiConfidence, valueRange: { low: { value: low }, high: { value: high } } }] };
}

function isModel(id: string): boolean {
  return id.startsWith('model:');
}

function modelIdentifier(nodeId: string): { system: string; value: string } {
  return { system: `${VERICLIN_NAMESPACE}model`, value: nodeId.slice('model:'.length) };
}
