/** A log in memory, with real keys and signatures, for tests of what stands on it. Deterministic: same calls, same bytes. */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../../ledger/canonical/base64.ts';
import { canonicalBytes } from '../../ledger/canonical/jcs.ts';
import { signCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { cosign } from '../../ledger/checkpoint/cosignature.ts';
import {
  COSIGNATURE_TYPE,
  ED25519_TYPE,
  formatVerifierKey,
  type KeyType,
  newVerifierKey,
  type NoteSigner,
} from '../../ledger/checkpoint/key.ts';
import { appendSignatures } from '../../ledger/checkpoint/note.ts';
import { formatTlogProof } from '../../ledger/checkpoint/tlog-proof.ts';
import { TreeEdge } from '../../ledger/merkle/edge.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { Bundle, Erasure, JsonObject, Opening, ProofJson, RecordedEnvelope } from '../../ledger/types.ts';

const { sha256, hmacSha256 } = nodePrimitives;

/** DER of a PKCS #8 Ed25519 private key up to its 32-byte seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer whose key follows from its name. */
export function sampleSigner(name: string, type: KeyType = ED25519_TYPE): NoteSigner {
  const seed = createHash('sha256').update(`seed of ${name}`).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { key: newVerifierKey(sha256, name, type, raw), sign: (message) => sign(null, message, privateKey) };
}

export const sampleWitness = (name: string): NoteSigner => sampleSigner(name, COSIGNATURE_TYPE);

export function sampleUuid(n: number): string {
  return `0197a1c2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** A prediction with PHI-like members and text beyond ASCII. */
export function sampleEnvelope(n: number, members: Partial<RecordedEnvelope> = {}): RecordedEnvelope {
  return {
    id: sampleUuid(n),
    type: 'prediction',
    occurredAt: '2026-11-23T10:15:00Z',
    recordedAt: '2026-11-23T10:15:00.125Z',
    subject: 'MRN-0042',
    model: { name: 'readmission', version: '3.1.0' },
    payload: { riskScore: 0.83, confidenceInterval: [0.71, 0.9], note: 'Übergabe “früh”\n', tiny: 1e-7 },
    ...members,
  };
}

interface SampleEvent {
  readonly entry: Uint8Array;
  readonly opening: Opening;
}

function digestOf(value: unknown): string {
  return encodeBase64(sha256(canonicalBytes(value as JsonObject)));
}

/** The entry and its opening, written out here a second time so that tests do not rest on `ledger/event`. */
export function sampleEvent(envelope: RecordedEnvelope): SampleEvent {
  const salt = createHash('sha256').update(`salt of ${envelope.id}`).digest();
  const commitment = encodeBase64(hmacSha256(salt, canonicalBytes(envelope as unknown as JsonObject)));
  const entry: JsonObject = {
    v: 1,
    id: envelope.id,
    type: envelope.type,
    schema: digestOf({ title: envelope.type }),
    commitment,
    ...(envelope.refs !== undefined && { refs: [...envelope.refs] }),
    ...(envelope.model !== undefined && { model: digestOf(envelope.model) }),
  };
  return { entry: canonicalBytes(entry), opening: { envelope, salt: encodeBase64(salt) } };
}

export class SampleLog {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly events: SampleEvent[] = [];
  readonly edge = TreeEdge.empty(sha256);

  constructor(origin = 'vericlin.example/log') {
    this.origin = origin;
    this.signer = sampleSigner(origin);
  }

  get vkey(): string {
    return formatVerifierKey(this.signer.key);
  }

  append(envelope: RecordedEnvelope): number {
    const event = sampleEvent(envelope);
    this.events.push(event);
    return this.edge.append(hashLeaf(sha256, event.entry));
  }

  /** The newest checkpoint, cosigned by `witnesses`. */
  checkpoint(witnesses: readonly NoteSigner[] = []): string {
    const note = signCheckpoint({ origin: this.origin, size: this.edge.size, root: this.edge.root() }, this.signer);
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    return appendSignatures(
      note,
      witnesses.map((witness) => cosign(text, 1_790_000_000, witness)),
    );
  }

  proof(index: number): ProofJson {
    const { size, hashes } = this.edge.prove(index);
    return { index, size, hashes: hashes.map(encodeBase64) };
  }

  bundle(index: number, parts: Partial<Bundle> = {}): Bundle {
    return {
      format: 'vericlin-bundle/1',
      entry: encodeBase64(this.events[index]!.entry),
      proof: this.proof(index),
      checkpoint: this.checkpoint(),
      key: this.vkey,
      ...parts,
    };
  }

  opening(index: number): Opening {
    return this.events[index]!.opening;
  }

  erasure(index: number): Erasure {
    const { entry, opening } = this.events[index]!;
    return { event: opening.envelope.id, index, entry: encodeBase64(entry), proof: this.proof(index), opening };
  }

  tlogProof(index: number, witnesses: readonly NoteSigner[] = []): string {
    const hashes = this.proof(index).hashes.map((hash) => decodeBase64(hash)!);
    return formatTlogProof({ extra: this.events[index]!.entry, index, hashes, checkpoint: this.checkpoint(witnesses) });
  }
}

/** A log of `size` predictions; the last is a `key_shredded`. */
export function sampleLog(size: number): SampleLog {
  const log = new SampleLog();
  for (let n = 0; n < size - 1; n++) {
    log.append(sampleEnvelope(n, n > 0 ? { refs: [sampleUuid(n - 1)] } : {}));
  }
  log.append({
    id: sampleUuid(size - 1),
    type: 'key_shredded',
    occurredAt: '2026-11-24T08:00:00Z',
    recordedAt: '2026-11-24T08:00:00.000Z',
    payload: { pseudonym: 'e0a55c3e-9a6b-4f0e-8a0f-3f5f8f1c2b7d', erasedEvents: 2, reason: 'request' },
  });
  return log;
}
