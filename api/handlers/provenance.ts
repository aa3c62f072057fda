/**
 * `GET /v1/events/{id}/provenance`.
 *
 * @module
 */
import type { Principal, StoredEvent } from '../../ledger/ports.ts';
import { toFhirProvenance } from '../../ledger/provenance/fhir-provenance.ts';
import { buildProvenance, DEFAULT_PROVENANCE_OPTIONS, type ProvenanceGraph } from '../../ledger/provenance/graph.ts';
import { toProvJson } from '../../ledger/provenance/prov-json.ts';
import type { RecordedEnvelope } from '../../ledger/types.ts';
import { entitlementTo, type Entitlement } from '../content/entitlement.ts';
import { inParts } from '../content/in-parts.ts';
import type { Call, Handlers } from '../handler.ts';
import { jsonReply, typedJsonReply, type Reply } from '../http/reply.ts';
import { requireEvent, visibleEnvelope } from './events.ts';
import { originOf, type HandlerDeps } from './handler-deps.ts';

/** Integrators see their own events, clinicians no other patient's. */
function mayShow(by: Principal, root: StoredEvent): ((event: StoredEvent) => boolean) | undefined {
  if (by.role === 'integrator') return (event) => event.postedBy === by.id;
  if (by.role !== 'clinician') return undefined;
  return (event) => event.pseudonym === undefined || event.pseudonym === root.pseudonym;
}

/** The pseudonym links a patient's events: integrators do not get the link. */
function withoutPseudonyms(graph: ProvenanceGraph): ProvenanceGraph {
  const nodes = graph.nodes.map((node) => {
    if (node.kind === 'model') return node;
    const { kind, id, type, index, recordedAt, depth } = node;
    return { kind, id, type, index, recordedAt, depth };
  });
  return { ...graph, nodes };
}

/** Asked once for each type and subject: a graph has many events of few subjects. */
function entitlementsTo(
  { ledger }: HandlerDeps,
  by: Principal,
  events: readonly StoredEvent[],
): Promise<readonly Entitlement[]> {
  const known = new Map<string, Promise<Entitlement>>();
  return Promise.all(
    events.map((event) => {
      const key = `${event.type} ${event.pseudonym ?? ''} ${event.postedBy}`;
      const entitlement = known.get(key) ?? entitlementTo(ledger, by, event);
      known.set(key, entitlement);
      return entitlement;
    }),
  );
}

/** What the reader may see of the graph's envelopes. */
async function envelopesOf(
  deps: HandlerDeps,
  by: Principal,
  graph: ProvenanceGraph,
): Promise<ReadonlyMap<string, RecordedEnvelope>> {
  const visible = new Map<string, RecordedEnvelope>();
  if (by.role === 'integrator') return visible;
  const ids = graph.nodes.flatMap((node) => (node.kind === 'event' ? [node.id] : []));
  const events = await deps.ledger.read.findEvents(ids);
  const entitlements = await entitlementsTo(deps, by, events);
  const entitlementOf = new Map(events.map(({ id }, i) => [id, entitlements[i] ?? 'withheld']));
  for (const part of inParts(events)) {
    const opened = await deps.ledger.read.openMany(part);
    for (const [i, event] of part.entries()) {
      const envelope = visibleEnvelope(event, entitlementOf.get(event.id) ?? 'withheld', opened[i]);
      if (envelope !== undefined) visible.set(event.id, withoutFigures(envelope));
    }
  }
  return visible;
}

/** An audit holds megabytes of figures, of which the graph needs nothing. */
function withoutFigures(envelope: RecordedEnvelope): RecordedEnvelope {
  return envelope.type === 'bias_metric' ? { ...envelope, payload: {} } : envelope;
}

async function recordRead(
  deps: HandlerDeps,
  call: Call<'getProvenance'>,
  root: StoredEvent,
  opened: ReadonlyMap<string, RecordedEnvelope>,
): Promise<void> {
  const { pseudonym } = root;
  await deps.record(call.principal, {
    action: 'read',
    operation: 'getProvenance',
    outcome: 'success',
    refs: [...new Set([root.id, ...opened.keys()])],
    ...originOf(call),
    ...(pseudonym === undefined ? {} : { pseudonym }),
  });
}

async function answerProvenance(deps: HandlerDeps, call: Call<'getProvenance'>): Promise<Reply> {
  const { ledger } = deps;
  const by = call.principal;
  const root = await requireEvent(ledger, call.path.id);
  await entitlementTo(ledger, by, root);
  const filter = mayShow(by, root);
  const options = { ...DEFAULT_PROVENANCE_OPTIONS, ...(filter === undefined ? {} : { mayShow: filter }) };
  const whole = await buildProvenance(ledger.read, root, options);
  const graph = by.role === 'integrator' ? withoutPseudonyms(whole) : whole;
  const { origin } = ledger.status();
  const isFhir = call.query.format === 'fhir-provenance';
  const envelopes = isFhir ? await envelopesOf(deps, by, graph) : new Map<string, RecordedEnvelope>();
  await recordRead(deps, call, root, envelopes);
  if (isFhir) return typedJsonReply('application/fhir+json', toFhirProvenance(graph, { origin, envelopes }));
  return jsonReply(200, call.query.format === 'prov-json' ? toProvJson(graph, { origin }) : graph);
}

/** Provenance. */
export function provenanceHandlers(deps: HandlerDeps): Pick<Handlers, 'getProvenance'> {
  return { getProvenance: (call) => answerProvenance(deps, call) };
}
