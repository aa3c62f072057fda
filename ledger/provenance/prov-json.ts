import type { EventNode, ModelNode, ProvenanceEdge, ProvenanceGraph } from './graph.ts';
import { DERIVATIONS } from './relations.ts';
import { PROV_QUALIFIED_NAME, VERICLIN_NAMESPACE } from './vocabularies.ts';

/** A value of PROV-JSON §2.3: plain, or with its datatype. */
export type ProvValue = string | number | boolean | { readonly $: string; readonly type: string };
export type ProvAttributes = Readonly<Record<string, ProvValue>>;
export type ProvRecords = Readonly<Record<string, ProvAttributes>>;

/** A document of the W3C member submission "The PROV-JSON Serialization" (24 April 2013). */
export interface ProvDocument {
  readonly prefix: Readonly<Record<string, string>>;
  readonly entity: ProvRecords;
  readonly activity: ProvRecords;
  readonly agent: ProvRecords;
  readonly used: ProvRecords;
  readonly wasGeneratedBy: ProvRecords;
  readonly wasDerivedFrom: ProvRecords;
  readonly wasAssociatedWith: ProvRecords;
}

/** Who did what an event records. */
export interface ProvAgent {
  /** A principal's or an actor's id; percent-encoded into a name. */
  readonly id: string;
  readonly kind: 'person' | 'software';
  readonly role?: string;
}

export interface ProvJsonOptions {
  /** The log's origin (`vericlin.local/log`): the names of this document are under it. */
  readonly origin: string;
  /** By event id, for readers who may know who acted. Default: nobody is named but the models. */
  readonly agents?: ReadonlyMap<string, ProvAgent>;
}

type Section = Exclude<keyof ProvDocument, 'prefix'>;

/**
 * The graph as PROV-JSON: each event's record is an entity, generated (at `recordedAt`) by the activity it records, which
 * used what the event refers to; a model is an entity, and the software agent of the predictions made with it. Holds
 * what the graph holds and nothing more. The same graph gives the same document, members in the same order.
 */
export function toProvJson(graph: ProvenanceGraph, options: ProvJsonOptions): ProvDocument {
  const records = new Records();
  for (const node of graph.nodes) {
    if (node.kind === 'event') addEvent(records, node, graph, options);
    else addModel(records, node);
  }
  for (const edge of graph.edges) addEdge(records, edge);
  return records.document(options.origin);
}

/** Collects records; relations get blank names, numbered in the order of the graph. */
class Records {
  readonly #sections: Record<Section, Record<string, ProvAttributes>> = {
    entity: {},
    activity: {},
    agent: {},
    used: {},
    wasGeneratedBy: {},
    wasDerivedFrom: {},
    wasAssociatedWith: {},
  };

  put(section: 'entity' | 'activity' | 'agent', id: string, attributes: ProvAttributes): void {
    this.#sections[section][id] = attributes;
  }

  relate(
    section: 'used' | 'wasGeneratedBy' | 'wasDerivedFrom' | 'wasAssociatedWith',
    attributes: ProvAttributes,
  ): void {
    const records = this.#sections[section];
    records[`_:${section}${Object.keys(records).length + 1}`] = attributes;
  }

  document(origin: string): ProvDocument {
    const base = `https://${origin}`;
    return {
      prefix: {
        event: 'urn:uuid:',
        activity: `${base}/activity#`,
        model: `${base}/model#`,
        agent: `${base}/agent#`,
        vericlin: VERICLIN_NAMESPACE,
      },
      ...this.#sections,
    };
  }
}

function addEvent(records: Records, node: EventNode, graph: ProvenanceGraph, options: ProvJsonOptions): void {
  const kind = { 'prov:type': qualifiedName(`vericlin:${node.type}`) };
  records.put('entity', eventName(node.id), {
    ...kind,
    'vericlin:index': { $: String(node.index), type: 'xsd:long' },
    ...(node.pseudonym === undefined ? {} : { 'vericlin:pseudonym': uri(`urn:uuid:${node.pseudonym}`) }),
    ...(node.id === graph.root ? { 'vericlin:truncated': graph.truncated, 'vericlin:leftOut': graph.leftOut } : {}),
  });
  records.put('activity', activityName(node.id), kind);
  records.relate('wasGeneratedBy', {
    'prov:entity': eventName(node.id),
    'prov:activity': activityName(node.id),
    'prov:time': node.recordedAt,
  });
  const agent = options.agents?.get(node.id);
  if (agent !== undefined) addAgent(records, node.id, agent);
}

function addAgent(records: Records, eventId: string, agent: ProvAgent): void {
  const name = `agent:${localName(agent.id)}`;
  const type = agent.kind === 'person' ? 'prov:Person' : 'prov:SoftwareAgent';
  records.put('agent', name, { 'prov:type': qualifiedName(type) });
  records.relate('wasAssociatedWith', {
    'prov:activity': activityName(eventId),
    'prov:agent': name,
    ...(agent.role === undefined ? {} : { 'prov:role': agent.role }),
  });
}

function addModel(records: Records, node: ModelNode): void {
  records.put('entity', node.id, { 'prov:type': qualifiedName('vericlin:model'), 'vericlin:digest': node.digest });
}

function addEdge(records: Records, edge: ProvenanceEdge): void {
  const target = edge.to.startsWith('model:') ? edge.to : eventName(edge.to);
  const relation = { 'vericlin:relation': edge.relation };
  records.relate('used', { 'prov:activity': activityName(edge.from), 'prov:entity': target, ...relation });
  if (DERIVATIONS.has(edge.relation)) {
    records.relate('wasDerivedFrom', {
      'prov:generatedEntity': eventName(edge.from),
      'prov:usedEntity': target,
      'prov:activity': activityName(edge.from),
      ...relation,
    });
  }
  if (edge.relation === 'predicts-with' && edge.to.startsWith('model:')) {
    // PROV-DM §5.3.1: an agent may be an entity too, so the model keeps its name in both roles.
    records.put('agent', target, { 'prov:type': qualifiedName('prov:SoftwareAgent') });
    records.relate('wasAssociatedWith', { 'prov:activity': activityName(edge.from), 'prov:agent': target });
  }
}

function eventName(id: string): string {
  return `event:${id}`;
}

function activityName(id: string): string {
  return `activity:${id}`;
}

function qualifiedName(name: string): ProvValue {
  return { $: name, type: PROV_QUALIFIED_NAME };
}

function uri(value: string): ProvValue {
  return { $: value, type: 'xsd:anyURI' };
}

/** PROV-N PN_LOCAL: what is not a letter, a digit, `-`, `_` or `.` is percent-encoded. */
function localName(id: string): string {
  return encodeURIComponent(id).replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
