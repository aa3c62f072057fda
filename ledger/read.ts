/**
 * Reading the log: events, openings, searches, proofs. Every proof is verified here before it is handed out
 * (invariant 4). Recording that something was read is the edge's part (invariant 6).
 *
 * @module
 */
import type { Anchor } from './anchor/anchor-store.ts';
import type { Evidence, EvidenceDeps } from './anchor/evidence.ts';
import { openCheckpoint } from './checkpoint/checkpoint.ts';
import type { VerifierKey } from './checkpoint/key.ts';
import { formatTlogProof } from './checkpoint/tlog-proof.ts';
import { LedgerError } from './errors.ts';
import { parseEventTime } from './event/event-time.ts';
import { unsealOpening } from './event/seal.ts';
import { uuidToBytes } from './event/uuid.ts';
import type { Keyring } from './keys/keyring.ts';
import { hashLeaf } from './merkle/hash.ts';
import type { TileNodes } from './merkle/tile-nodes.ts';
import { verifyConsistency, verifyInclusion } from './merkle/verify-proof.ts';
import { MAX_PAGE_BYTES, type LogReader, type Opened, type SearchQuery, type StoredEvent } from './ports.ts';
import { proofJson } from './proof-json.ts';
import type { PublishedCheckpoint } from './publication.ts';
import type { EventStore, SealedContent, SearchConditions } from './store/event-store.ts';
import type { LogStore } from './store/log-store.ts';
import { createTileReader } from './tile-reader.ts';
import {
  EVENT_TYPES,
  type AnchorEvidence,
  type Bundle,
  type Erasure,
  type InclusionProof,
  type Primitives,
  type Receipt,
  type RecordedEnvelope,
} from './types.ts';

export interface ReadDeps {
  readonly events: EventStore;
  readonly store: LogStore;
  readonly keyring: Keyring;
  readonly tiles: TileNodes;
  readonly primitives: Primitives;
  readonly key: VerifierKey;
  readonly vkey: string;
  /** The checkpoint that is shown to the world. */
  readonly published: () => Promise<PublishedCheckpoint>;
  /** The newest committed checkpoint; read from the database if the one that is known is smaller than `size`. */
  readonly newest: (size: number) => Promise<PublishedCheckpoint>;
  /** Of the chain; `undefined` where none is configured. `prove` is the reader's own. */
  readonly evidence: ((prove: EvidenceDeps['prove']) => Evidence) | undefined;
  /** Whether bundles are to carry witnesses' cosignatures: then their checkpoint is the published one, anchored or not. */
  readonly isWitnessed: boolean;
}

/** Openings decrypted before other requests get a turn. */
const OPENED_AT_ONCE = 64;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function time(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseEventTime(text);
}

/** Leaves out members without a value, for exactOptionalPropertyTypes. */
function given<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export function createLogReader(deps: ReadDeps): LogReader {
  const { events, keyring, primitives, tiles } = deps;
  // Notes are verified once: the same checkpoint stands behind many receipts.
  let verified: { note: string; root: Uint8Array } | undefined;
  let lastSigned: PublishedCheckpoint | undefined;
  const evidence = deps.evidence?.((event, size, root) => proveIn(event, size, root));

  function rootOfNote(note: string): Uint8Array {
    if (verified?.note === note) return verified.root;
    const opening = openCheckpoint(note, [deps.key], primitives);
    if (opening.kind !== 'opened')
      throw new LedgerError('internal', 'a stored checkpoint does not carry our signature');
    verified = { note, root: opening.checkpoint.root };
    return verified.root;
  }

  const prove = (
    event: Pick<StoredEvent, 'index' | 'entry'>,
    { size, note }: PublishedCheckpoint,
  ): Promise<InclusionProof> => proveIn(event, size, rootOfNote(note));

  async function proveIn(
    event: Pick<StoredEvent, 'index' | 'entry'>,
    size: number,
    root: Uint8Array,
  ): Promise<InclusionProof> {
    const proof = await tiles.inclusion(event.index, size);
    const leafHash = hashLeaf(primitives.sha256, event.entry);
    if (verifyInclusion(primitives.sha256, proof, leafHash, root)) return proof;
    // A cached tile could be at fault only if the database changed under us: read it again before giving up.
    tiles.forget();
    const again = await tiles.inclusion(event.index, size);
    if (verifyInclusion(primitives.sha256, again, leafHash, root)) return again;
    throw new LedgerError('internal', 'a proof did not verify before it left: see /readyz and run vericlin fsck');
  }

  /** The published checkpoint, or the newest one where the published does not cover the event yet. */
  async function covering(index: number): Promise<PublishedCheckpoint> {
    const published = await deps.published();
    if (published.size > index) return published;
    const newest = await deps.newest(index + 1);
    if (newest.size > index) return newest;
    throw new LedgerError('internal', 'no checkpoint covers a stored event');
  }

  /**
   * The anchor of a bundle about the event, and the checkpoint that the bundle stands on, which covers the entries up to
   * `index`: the newest anchor, or with the block the one whose batch holds the event.
   */
  async function foundation(
    event: StoredEvent,
    index: number,
    withBlock: boolean,
  ): Promise<{ checkpoint: PublishedCheckpoint; anchor: Anchor | undefined }> {
    const checkpoint = await covering(index);
    const anchor = withBlock ? await evidence?.covering(event.index) : await evidence?.newest(index);
    if (anchor === undefined || deps.isWitnessed || anchor.size <= index) return { checkpoint, anchor };
    return { checkpoint: (await signedAt(anchor.size)) ?? checkpoint, anchor };
  }

  /** The checkpoint of exactly this size; bundles ask for that of the newest anchor again and again. */
  async function signedAt(size: number): Promise<PublishedCheckpoint | undefined> {
    if (lastSigned?.size === size) return lastSigned;
    const signed = await deps.store.checkpointCovering(size - 1);
    if (signed?.size !== size) return undefined;
    lastSigned = signed;
    return signed;
  }

  async function evidenceFor(
    event: StoredEvent,
    { checkpoint, anchor }: Awaited<ReturnType<typeof foundation>>,
    withBlock: boolean,
  ): Promise<AnchorEvidence | undefined> {
    if (evidence !== undefined && anchor !== undefined && anchor.size > event.index) {
      return evidence.assemble(anchor, { event, size: checkpoint.size }, withBlock);
    }
    if (!withBlock) return undefined;
    throw new LedgerError(
      'anchor_unavailable',
      'The event is not anchored, so no block holds it: see /readyz, or ask later.',
    );
  }

  async function anchorOf({ index, proof }: Pick<Receipt, 'index' | 'proof'>): Promise<AnchorEvidence | null> {
    const anchor = await evidence?.covering(index);
    if (evidence === undefined || anchor === undefined) return null;
    const [entry] = await deps.store.entries(index, index + 1);
    if (entry === undefined) throw new LedgerError('internal', 'the store lacks an entry that it found');
    return evidence.assemble(anchor, { event: { index, entry }, size: proof.size }, false);
  }

  async function unseal(event: StoredEvent, content: SealedContent | undefined): Promise<Opened> {
    if (content === undefined) throw new LedgerError('internal', 'the store lacks the content of an event');
    if (content.kind === 'erased') return { kind: 'erased' };
    const dataKey =
      content.kind === 'log_key' ? keyring.logKey : await keyring.unwrapSubjectKey(content.pseudonym, content.key);
    const { salt, canonicalEnvelope } = unsealOpening(dataKey, uuidToBytes(event.id), content.sealed);
    const envelope = JSON.parse(Buffer.from(canonicalEnvelope).toString('utf8')) as RecordedEnvelope;
    return { kind: 'open', opening: { envelope, salt: base64(salt) } };
  }

  async function openMany(wanted: readonly StoredEvent[]): Promise<readonly Opened[]> {
    const contents = await events.contents(wanted.map(({ index }) => index));
    const opened: Opened[] = [];
    for (const event of wanted) {
      opened.push(await unseal(event, contents.get(event.index)));
      if (opened.length % OPENED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return opened;
  }

  async function open(event: StoredEvent): Promise<Opened> {
    const [opened] = await openMany([event]);
    if (opened === undefined) throw new LedgerError('internal', 'the store lacks the content of an event');
    return opened;
  }

  async function findEvent(id: string): Promise<StoredEvent | undefined> {
    return (await events.byIds([id]))[0];
  }

  async function shreddingOf({ erasedBy }: StoredEvent): Promise<StoredEvent | undefined> {
    if (erasedBy === undefined) return undefined;
    const shredding = await findEvent(erasedBy);
    if (shredding === undefined) throw new LedgerError('internal', 'the log lacks the event that records an erasure');
    return shredding;
  }

  async function describeErasure(
    shredding: StoredEvent,
    checkpoint: PublishedCheckpoint,
    withOpening: boolean,
  ): Promise<Erasure> {
    const proof = await prove(shredding, checkpoint);
    // The reason is free text: it is for those who may read content.
    const opened = withOpening ? await open(shredding) : undefined;
    return {
      event: shredding.id,
      index: shredding.index,
      entry: base64(shredding.entry),
      proof: proofJson(proof),
      ...(opened?.kind === 'open' && { opening: opened.opening }),
    };
  }

  return {
    findEvent,
    findEvents: (ids) => events.byIds(ids),
    referrers: (id, limit) => events.referrers([id], limit),
    referrersOf: (ids, { limit, types }) =>
      events.referrers(
        ids,
        limit,
        types?.map((type) => EVENT_TYPES.indexOf(type)),
      ),
    open,
    openMany,
    search: async (query) => {
      const conditions = await toConditions(query, keyring);
      if (conditions === undefined) return { events: [], nextAfter: undefined };
      const found = await events.search(conditions);
      const page = withinBytes(found.slice(0, query.limit));
      return { events: page, nextAfter: found.length > page.length ? page.at(-1)?.index : undefined };
    },
    receipt: async (event) => {
      const covered = await deps.store.checkpointCovering(event.index);
      if (covered === undefined) throw new LedgerError('internal', 'no checkpoint covers a stored event');
      const proof = proofJson(await prove(event, covered));
      return {
        id: event.id,
        index: event.index,
        entry: base64(event.entry),
        proof,
        checkpoint: covered.note,
        recordedAt: event.recordedAt,
        anchor: await anchorOf({ index: event.index, proof }),
      };
    },
    bundle: async (event, options): Promise<Bundle> => {
      const shredding = await shreddingOf(event);
      const withBlock = options.block === true;
      const base = await foundation(event, Math.max(event.index, shredding?.index ?? 0), withBlock);
      const { checkpoint } = base;
      const proof = await prove(event, checkpoint);
      const anchor = await evidenceFor(event, base, withBlock);
      const opened = options.opening ? await open(event) : undefined;
      return {
        format: 'vericlin-bundle/1',
        entry: base64(event.entry),
        proof: proofJson(proof),
        checkpoint: checkpoint.note,
        key: deps.vkey,
        ...(opened?.kind === 'open' && { opening: opened.opening }),
        ...(shredding !== undefined && { erasure: await describeErasure(shredding, checkpoint, options.opening) }),
        ...(anchor !== undefined && { anchor }),
      };
    },
    anchorOf,
    tlogProof: async (event) => {
      const checkpoint = await covering(event.index);
      const { index, hashes } = await prove(event, checkpoint);
      return formatTlogProof({ extra: event.entry, index, hashes, checkpoint: checkpoint.note });
    },
    consistency: async (from, to) => {
      const { size } = await deps.newest(to);
      if (!(from >= 1 && from <= to && to <= size)) {
        throw new LedgerError('invalid_query', `sizes must satisfy 1 <= from <= to <= ${size}`);
      }
      const { proof, fromRoot, toRoot } = await tiles.consistency(from, to);
      if (!verifyConsistency(primitives.sha256, proof, fromRoot, toRoot)) {
        throw new LedgerError('internal', 'a proof did not verify before it left: see /readyz and run vericlin fsck');
      }
      return proof;
    },
    hasCareRelation: (pseudonym, actor) => events.hasCareRelation(pseudonym, keyring.blind.short('actor', actor)),
    tiles: createTileReader(deps),
  };
}

/** The first events whose content is not too much to be opened at once; at least one. */
function withinBytes(events: readonly StoredEvent[]): readonly StoredEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ contentBytes }, at) => (bytes += contentBytes) > MAX_PAGE_BYTES && at > 0);
  return end === -1 ? events : events.slice(0, end);
}

/** Blinds the conditions. `undefined`: they name a subject that is not known, so nothing matches. */
async function toConditions(query: SearchQuery, keyring: Keyring): Promise<SearchConditions | undefined> {
  const { blind } = keyring;
  const { model, subject, encounter, actor } = query;
  const pseudonym = subject === undefined ? undefined : await keyring.resolve(subject);
  if (subject !== undefined && pseudonym === undefined) return undefined;
  return {
    order: query.order,
    limit: query.limit,
    ...given<Omit<SearchConditions, 'order' | 'limit'>>({
      typeCodes: query.types?.map((type) => EVENT_TYPES.indexOf(type)),
      subject: pseudonym,
      encounter: encounter === undefined ? undefined : blind.short('encounter', encounter),
      actor: actor === undefined ? undefined : blind.short('actor', actor),
      model: model === undefined ? undefined : blind.short('model', model.name),
      modelVersion:
        model?.version === undefined ? undefined : blind.short('model_version', `${model.name}\0${model.version}`),
      ref: query.ref,
      fromIndex: query.fromIndex,
      toIndex: query.toIndex,
      recordedFromMs: time(query.recordedFrom),
      recordedToMs: time(query.recordedTo),
      occurredFromMs: time(query.occurredFrom),
      occurredToMs: time(query.occurredTo),
      postedBy: query.postedBy,
      after: query.after,
    }),
  };
}
