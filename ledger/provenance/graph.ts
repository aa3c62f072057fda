import { decodeBase64, encodeHex } from '../canonical/base64.ts';
import { utf8Decode } from '../canonical/bytes.ts';
import type { LogReader, StoredEvent } from '../ports.ts';
import { EVENT_TYPES, type EventType } from '../types.ts';
import { relationToEvent, relationToModel, type Relation } from './relations.ts';

/** An event of the graph. Holds nothing that the entry and the store's own columns do not hold: no content, no PHI. */
export interface EventNode {
  readonly kind: 'event';
  readonly id: string;
  readonly type: EventType;
  readonly index: number;
  /** RFC 3339 UTC, milliseconds. */
  readonly recordedAt: string;
  /** The subject's pseudonym, where the event is about one. */
  readonly pseudonym?: string;
  /** Steps from the root. */
  readonly depth: number;
}

/** A model, known by the digest that entries carry. */
export interface ModelNode {
  readonly kind: 'model';
  /** `model:` and the digest in lower-case hex. */
  readonly id: string;
  /** Base64 SHA-256 of the canonical `model` member, as in the entries. */
  readonly digest: string;
  readonly depth: number;
}

export type ProvenanceNode = EventNode | ModelNode;

/** Points from the newer node to what it is about. */
export interface ProvenanceEdge {
  readonly from: string;
  readonly to: string;
  readonly relation: Relation;
}

/** What a decision came from and what came of it. */
export interface ProvenanceGraph {
  readonly root: string;
  /** Breadth-first from the root, each step by ascending index; models stand behind the event that named them first. */
  readonly nodes: readonly ProvenanceNode[];
  readonly edges: readonly ProvenanceEdge[];
  /** Events exist that are not in `nodes`, because of `maxNodes` or `maxDepth`. */
  readonly truncated: boolean;
  /**
   * How many of them were seen. What lies behind those was not followed, and of referrers at most 1,000 beyond the limit
   * are counted per step: read it as "at least".
   */
  readonly leftOut: number;
}

export interface ProvenanceOptions {
  /** Bound on events; each may bring one model along. */
  readonly maxNodes: number;
  /** Bound on steps from the root. */
  readonly maxDepth: number;
  /** Which events the reader may know of; others neither appear nor count. Default: all. */
  readonly mayShow?: (event: StoredEvent) => boolean;
}

export const DEFAULT_PROVENANCE_OPTIONS: ProvenanceOptions = { maxNodes: 500, maxDepth: 8 };

export type ProvenanceReader = Pick<LogReader, 'findEvents' | 'referrersOf'>;

/** Ids or rows per query. */
const BATCH_SIZE = 500;
/** Referrers beyond the bound that are still fetched, so that `leftOut` says something. */
const LEFT_OUT_PROBE = 1_000;
const READS: readonly EventType[] = ['access'];
const NOT_READS: readonly EventType[] = EVENT_TYPES.filter((type) => !READS.includes(type));

/**
 * Follows refs both ways from `root`: to everything it came from (what it refers to, and so on back), and to everything
 * that came of it (explanations, outcomes, feedback, reports, and so on forward). It does not turn round on the way: the
 * other predictions of the same model, or the other patients of the same report, are not part of this decision's
 * provenance. Reads (`access`) are those of the root alone; they lead nowhere else, since one search names many events.
 *
 * Two queries a step, whatever its width. Refs only point back in the log, yet a loop in what the store answers ends too.
 */
export async function buildProvenance(
  read: ProvenanceReader,
  root: StoredEvent,
  options: ProvenanceOptions = DEFAULT_PROVENANCE_OPTIONS,
): Promise<ProvenanceGraph> {
  const walk = new Walk(root, options);
  let back: readonly StoredEvent[] = [root];
  let forward: readonly StoredEvent[] = [root];
  for (let depth = 1; back.length + forward.length > 0; depth += 1) {
    const [older, newer] = await Promise.all([
      findRefs(read, walk.wantedRefs(back, depth)),
      findReferrers(read, forward, NOT_READS, walk),
    ]);
    back = walk.admit(older, depth);
    forward = walk.admit(newer, depth);
  }
  walk.admit(await findReferrers(read, [root], READS, walk), 1);
  return walk.graph();
}

/** What was seen so far, and what did not fit. */
class Walk {
  readonly #root: StoredEvent;
  readonly #options: ProvenanceOptions;
  readonly #events = new Map<string, { readonly event: StoredEvent; readonly depth: number }>();
  readonly #leftOut = new Set<string>();
  #hasMore = false;

  constructor(root: StoredEvent, options: ProvenanceOptions) {
    this.#root = root;
    this.#options = options;
    this.#events.set(root.id, { event: root, depth: 0 });
  }

  room(): number {
    return Math.max(0, this.#options.maxNodes - this.#events.size);
  }

  /** The store had more rows than were asked for. */
  noteMore(): void {
    this.#hasMore = true;
  }

  /** The refs of `events` that are worth reading; those that cannot fit are counted unread. */
  wantedRefs(events: readonly StoredEvent[], depth: number): readonly string[] {
    const unseen = [...new Set(events.flatMap((event) => event.refs))].filter((id) => !this.#events.has(id));
    // A filter decides by the event itself, so it must be read before it may count.
    if (this.#options.mayShow !== undefined) {
      this.#hasMore ||= unseen.length > this.room() + LEFT_OUT_PROBE;
      return unseen.slice(0, this.room() + LEFT_OUT_PROBE);
    }
    const fitting = depth > this.#options.maxDepth ? 0 : this.room();
    for (const id of unseen.slice(fitting)) this.#leftOut.add(id);
    return unseen.slice(0, fitting);
  }

  /** Takes in what is new and fits, and answers it: the next step starts there. */
  admit(events: readonly StoredEvent[], depth: number): readonly StoredEvent[] {
    const admitted: StoredEvent[] = [];
    for (const event of [...events].sort((a, b) => a.index - b.index)) {
      if (this.#events.has(event.id) || this.#options.mayShow?.(event) === false) continue;
      if (depth > this.#options.maxDepth || this.room() === 0) {
        this.#leftOut.add(event.id);
        continue;
      }
      this.#events.set(event.id, { event, depth });
      admitted.push(event);
    }
    return admitted;
  }

  graph(): ProvenanceGraph {
    const nodes: ProvenanceNode[] = [];
    const edges: ProvenanceEdge[] = [];
    const models = new Set<string>();
    for (const { event, depth } of this.#events.values()) {
      nodes.push(eventNode(event, depth));
      const model = modelNode(event, depth + 1);
      if (model !== undefined) {
        if (!models.has(model.id)) nodes.push(model);
        models.add(model.id);
        edges.push({ from: event.id, to: model.id, relation: relationToModel(event.type) });
      }
      edges.push(...this.#edgesOf(event));
    }
    const leftOut = this.#leftOut.size;
    return { root: this.#root.id, nodes, edges, truncated: this.#hasMore || leftOut > 0, leftOut };
  }

  /** Edges to refs that are in the graph. */
  #edgesOf(event: StoredEvent): ProvenanceEdge[] {
    return [...new Set(event.refs)].flatMap((ref) => {
      const target = this.#events.get(ref);
      if (target === undefined) return [];
      return [{ from: event.id, to: ref, relation: relationToEvent(event.type, target.event.type) }];
    });
  }
}

function eventNode(event: StoredEvent, depth: number): EventNode {
  const { id, type, index, recordedAt, pseudonym } = event;
  return { kind: 'event', id, type, index, recordedAt, ...(pseudonym === undefined ? {} : { pseudonym }), depth };
}

function modelNode(event: StoredEvent, depth: number): ModelNode | undefined {
  const digest = modelDigestOf(event);
  return digest === undefined ? undefined : { kind: 'model', id: modelNodeId(digest), digest, depth };
}

/** The base64 model digest in the event's entry, if it names a model. */
function modelDigestOf(event: StoredEvent): string | undefined {
  const entry = JSON.parse(utf8Decode(event.entry)) as { readonly model?: unknown };
  return typeof entry.model === 'string' ? entry.model : undefined;
}

/** `model:` and the digest in hex: base64 has characters that names in PROV and FHIR may not have. */
function modelNodeId(digest: string): string {
  return `model:${encodeHex(decodeBase64(digest) ?? new Uint8Array())}`;
}

async function findRefs(read: ProvenanceReader, ids: readonly string[]): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let start = 0; start < ids.length; start += BATCH_SIZE) {
    found.push(...(await read.findEvents(ids.slice(start, start + BATCH_SIZE))));
  }
  return found;
}

async function findReferrers(
  read: ProvenanceReader,
  events: readonly StoredEvent[],
  types: readonly EventType[],
  walk: Walk,
): Promise<readonly StoredEvent[]> {
  if (events.length === 0) return [];
  const ids = events.map((event) => event.id);
  const limit = walk.room() + LEFT_OUT_PROBE;
  const found = await read.referrersOf(ids, { types, limit });
  if (found.length >= limit) walk.noteMore();
  return found;
}
