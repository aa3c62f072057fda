/**
 * Vocabulary (DESIGN.md §1). These words, and only these, in code, SQL, metrics, API and pages:
 *
 * - **event**: what an integrator or the core says happened: envelope + payload. May hold PHI.
 * - **commitment**: HMAC-SHA-256(salt, canonical envelope). Hiding and binding.
 * - **entry**: the PHI-free canonical record that the log holds. At most 65,535 bytes.
 * - **leaf hash**: SHA-256(0x00 ‖ entry), RFC 6962 §2.1.
 * - **index, size**: position of an entry; number of entries. Safe-integer numbers.
 * - **sequenced**: the entry has its index and is durable. **integrated**: the Merkle tree covers it.
 * - **checkpoint**: C2SP signed note over (origin, size, root).
 * - **receipt**: what the poster of an event gets. **bundle**: one self-contained file for offline verification.
 * - **opening**: envelope + salt. **shredded**: the subject's data key (and every salt) and link are destroyed.
 *
 * @module
 */

/** Any JSON value whose text form survives RFC 8785 canonicalisation unchanged. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [member: string]: JsonValue };
export type JsonObject = { [member: string]: JsonValue };

/** The event types of DESIGN.md §5, in the order of their numeric codes in the store (append only, never reorder). */
export const EVENT_TYPES = [
  'model_registered',
  'prediction',
  'explanation',
  'bias_metric',
  'drift_metric',
  'evaluation',
  'robustness_test',
  'retrain_decision',
  'model_promoted',
  'model_rolled_back',
  'clinician_feedback',
  'outcome',
  'access',
  'disclosure',
  'report_issued',
  'key_shredded',
  'legal_hold',
  'config_change',
  'integrity_check',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface ModelRef {
  readonly name: string;
  readonly version: string;
  /** Lower-case hex SHA-256 of the artefact, where the poster knows it. */
  readonly digest?: string;
}

export interface Actor {
  readonly id: string;
  /** HL7 v3 PurposeOfUse code, e.g. `TREAT`. */
  readonly purposeOfUse?: string;
}

/** An event as posted, validated: the envelope of DESIGN.md §5. */
export interface Envelope {
  /** Lower-case UUID. */
  readonly id: string;
  readonly type: EventType;
  /** RFC 3339 UTC (`Z`). */
  readonly occurredAt: string;
  readonly subject?: string;
  readonly encounter?: string;
  readonly model?: ModelRef;
  readonly actor?: Actor;
  /** Lower-case UUIDs of events that exist, or come earlier in the same batch. */
  readonly refs?: readonly string[];
  readonly payload: JsonObject;
}

/** The envelope with the server's `recordedAt`: what the commitment commits to. */
export interface RecordedEnvelope extends Envelope {
  /** RFC 3339 UTC, milliseconds. */
  readonly recordedAt: string;
}

/** The PHI-free record that the log holds, before canonicalisation. Member names are those of the canonical JSON. */
export interface Entry {
  readonly v: 1;
  readonly id: string;
  readonly type: EventType;
  /** Base64 SHA-256 of the canonical JSON Schema that the event was validated against. */
  readonly schema: string;
  /** Base64 HMAC-SHA-256(salt, canonical recorded envelope). */
  readonly commitment: string;
  readonly refs?: readonly string[];
  /** Base64 SHA-256 of the canonical `model` member of the envelope. */
  readonly model?: string;
}

/** RFC 6962 inclusion proof of the entry at `index` in the tree of `size` entries; `hashes` leaf to root, 32 bytes each. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly hashes: readonly Uint8Array[];
}

/** RFC 6962 §2.1.2 consistency proof between the trees of `from` and `to` entries. */
export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly hashes: readonly Uint8Array[];
}

/** What opens a commitment. `salt` is 32 bytes, base64 in JSON. */
export interface Opening {
  readonly envelope: RecordedEnvelope;
  readonly salt: string;
}

/** Proof as JSON: hashes base64. */
export interface ProofJson {
  readonly index: number;
  readonly size: number;
  readonly hashes: readonly string[];
}

/** RFC 6962 §2.1.2 proof as JSON: hashes base64. */
export interface ConsistencyJson {
  readonly from: number;
  readonly to: number;
  readonly hashes: readonly string[];
}

/**
 * An endorsed proposal `getCheckpoint(log, size)` that was never submitted: the peers' signatures over the root of that
 * size and over the version (block, transaction) of the state that holds it. Every member is the base64 of bytes as they
 * were endorsed (Hyperledger Fabric, common and peer protos).
 */
export interface SignedRead {
  /** common.ChannelHeader: names the channel. */
  readonly channelHeader: string;
  /** common.SignatureHeader: who asked, and the nonce. */
  readonly signatureHeader: string;
  /** peer.ChaincodeProposalPayload without its transient map: the arguments. */
  readonly proposalPayload: string;
  /** peer.ProposalResponsePayload: what was endorsed. */
  readonly responsePayload: string;
  readonly endorsements: readonly {
    /** msp.SerializedIdentity. */
    readonly endorser: string;
    /** DER ECDSA P-256 signature over SHA-256(responsePayload ‖ endorser), low S. */
    readonly signature: string;
  }[];
}

/** The block that committed the anchored size: ordering, hash chain and the orderers' signatures. Base64 members. */
export interface BlockEvidence {
  readonly number: number;
  readonly previousHash: string;
  /** Every common.Envelope of the block, in order. */
  readonly data: readonly string[];
  /** Position in `data` of the transaction that appended. */
  readonly transaction: number;
  /** common.Metadata of the block's signatures (BlockMetadata index 0). */
  readonly signatures: string;
}

/** Fabric evidence: organisations endorsed that the log's first `size` entries have this root. */
export interface AnchorEvidence {
  readonly format: 'vericlin-anchor/1';
  readonly channel: string;
  readonly chaincode: string;
  /** The log's name on the chain; follows from its vkey (`checkpoint/chain-log-name.ts`). */
  readonly log: string;
  /** Anchored size. */
  readonly size: number;
  /** Base64 root of the tree of that size, derived by the chaincode. */
  readonly root: string;
  /** Inclusion of the entry in the tree of `size` entries; absent where the file's own proof is of that size. */
  readonly proof?: ProofJson;
  /** Joins the tree of `size` entries to the one of the file's checkpoint, in either order; absent where the sizes are equal. */
  readonly consistency?: ConsistencyJson;
  readonly read: SignedRead;
  /** On request alone: it grows with the batch. */
  readonly block?: BlockEvidence;
}

/** What the poster of an event gets (DESIGN.md §5). */
export interface Receipt {
  readonly id: string;
  readonly index: number;
  /** Base64 of the entry bytes. */
  readonly entry: string;
  readonly proof: ProofJson;
  /** The signed note as text. */
  readonly checkpoint: string;
  readonly recordedAt: string;
  /** Fabric evidence once anchored; `null` while there is none. */
  readonly anchor: AnchorEvidence | null;
}

/** Says that the content behind an entry was lawfully erased, and which `key_shredded` entry records it. */
export interface Erasure {
  /** Id of the `key_shredded` event. */
  readonly event: string;
  readonly index: number;
  /** Base64 entry bytes of the `key_shredded` event, with its own inclusion proof in the bundle's checkpoint. */
  readonly entry: string;
  readonly proof: ProofJson;
  /** The opening of the `key_shredded` event: it names no subject, only the pseudonym and the digest of what was erased. */
  readonly opening?: Opening;
}

/** One self-contained file for offline verification (DESIGN.md §5). */
export interface Bundle {
  readonly format: 'vericlin-bundle/1';
  readonly entry: string;
  readonly proof: ProofJson;
  readonly checkpoint: string;
  /** The log's vkey as the bundle claims it; a verifier pins its own. */
  readonly key: string;
  readonly opening?: Opening;
  readonly erasure?: Erasure;
  readonly anchor?: AnchorEvidence | null;
}

/** SHA-256, passed in so that the pure parts run anywhere. 32 bytes out. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** The primitives that verification needs. `ledger/verify/node-primitives.ts` and `noble-primitives.ts` provide them. */
export interface Primitives {
  readonly sha256: Sha256;
  readonly hmacSha256: (key: Uint8Array, message: Uint8Array) => Uint8Array;
  /** RFC 8032 Ed25519; `publicKey` 32 bytes, `signature` 64 bytes. Never throws: malformed input is `false`. */
  readonly verifyEd25519: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  /**
   * ECDSA P-256 over SHA-256(message) (FIPS 186-5). `publicKey` 65 bytes (0x04 ‖ x ‖ y), `signature` 64 bytes (r ‖ s). Only
   * low S (s <= n/2) passes, as Fabric demands. Never throws: malformed input is `false`.
   */
  readonly verifyP256: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}
