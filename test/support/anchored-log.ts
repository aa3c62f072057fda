/** A log in memory that is anchored on a channel made in the test: two organisations and an orderer. */
import { decodeHex } from '../../ledger/canonical/base64.ts';
import { concatBytes } from '../../ledger/canonical/bytes.ts';
import { chainLogName } from '../../ledger/checkpoint/chain-log-name.ts';
import { hashLeaf } from '../../ledger/merkle/hash.ts';
import { consistencyProof, inclusionProof } from '../../ledger/merkle/proof.ts';
import { consistencyJson, proofJson } from '../../ledger/proof-json.ts';
import type { AnchorEvidence, BlockEvidence, ConsistencyJson, ProofJson, SignedRead } from '../../ledger/types.ts';
import type { FabricTrustSettings } from '../../ledger/verify/fabric/index.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import {
  blockOf,
  type BlockSpec,
  type CallSpec,
  CHAINCODE,
  CHANNEL,
  endorseCall,
  envelopeOf,
  type EnvelopeSpec,
  type StateWrite,
  toSignedRead,
} from './fabric-forgery.ts';
import { type Member, TestCa } from './fabric-organization.ts';
import { RecursiveTree } from './recursive-tree.ts';
import { SampleLog, sampleEnvelope } from './sample-log.ts';

const { sha256 } = nodePrimitives;

/** One organisation: its CA and people with certificates of it. */
export interface Organization {
  readonly ca: TestCa;
  readonly peer: Member;
  readonly peer2: Member;
  readonly client: Member;
  readonly admin: Member;
  readonly orderer: Member;
}

async function newOrganization(mspId: string): Promise<Organization> {
  const ca = await TestCa.root(mspId);
  const issue = async (name: string, unit: string): Promise<Member> => await ca.issue({ name, units: [unit] });
  return {
    ca,
    peer: await issue('peer0', 'peer'),
    peer2: await issue('peer1', 'peer'),
    client: await issue('client', 'client'),
    admin: await issue('admin', 'admin'),
    orderer: await issue('orderer', 'orderer'),
  };
}

export const BLOCK = 200;

export class AnchoredLog {
  readonly log: SampleLog;
  readonly org1: Organization;
  readonly org2: Organization;
  readonly orderers: Organization;
  readonly #tree = new RecursiveTree();
  readonly #leaves: readonly Uint8Array[];

  private constructor(log: SampleLog, organizations: readonly [Organization, Organization, Organization]) {
    this.log = log;
    [this.org1, this.org2, this.orderers] = organizations;
    this.#leaves = log.events.map(({ entry }) => hashLeaf(sha256, entry));
    this.#tree.append(concatBytes(...this.#leaves));
  }

  static async create(size: number, origin?: string): Promise<AnchoredLog> {
    const log = new SampleLog(origin);
    for (let n = 0; n < size; n++) log.append(sampleEnvelope(n));
    return new AnchoredLog(log, [
      await newOrganization('Org1MSP'),
      await newOrganization('Org2MSP'),
      await newOrganization('OrdererMSP'),
    ]);
  }

  /** On the chain. */
  get name(): string {
    return chainLogName(sha256, this.log.vkey);
  }

  get size(): number {
    return this.#leaves.length;
  }

  /** Trust in both organisations, by name. */
  get trust(): FabricTrustSettings {
    const named = ({ ca }: Organization): { mspId: string; pem: string } => ({ mspId: ca.mspId, pem: ca.pem });
    return { cas: [named(this.org1), named(this.org2)], ordererCas: [named(this.orderers)] };
  }

  rootHex(size: number): string {
    return this.#tree.root(size);
  }

  root(size: number): Uint8Array {
    return decodeHex(this.rootHex(size))!;
  }

  leaves(start: number, end: number): Uint8Array {
    return concatBytes(...this.#leaves.slice(start, end));
  }

  /** Hash of a perfect subtree, by the recursive definition. */
  readonly #node = (level: number, index: number): Uint8Array => {
    const tree = new RecursiveTree();
    tree.append(this.leaves(index * 2 ** level, (index + 1) * 2 ** level));
    return decodeHex(tree.root())!;
  };

  proof(index: number, size: number): ProofJson {
    return proofJson(inclusionProof(sha256, index, size, this.#node));
  }

  consistency(from: number, to: number): ConsistencyJson {
    return consistencyJson(consistencyProof(sha256, from, to, this.#node));
  }

  answer(size: number): string {
    return `{"size":"${size}","root":"${this.rootHex(size)}"}`;
  }

  checkpointKey(size: number): string {
    return `${this.name}/cp:${String(size).padStart(20, '0')}`;
  }

  /** What an honest read of the checkpoint of `size` entries is. */
  readSpec(size: number): CallSpec {
    return {
      args: ['getCheckpoint', this.name, String(size)],
      answer: this.answer(size),
      reads: [{ key: this.checkpointKey(size), block: BLOCK }],
      creator: this.org1.client,
      endorsers: [this.org1.peer, this.org2.peer],
    };
  }

  read(size: number, changes: Partial<CallSpec> = {}): SignedRead {
    return toSignedRead(endorseCall({ ...this.readSpec(size), ...changes }));
  }

  /** Evidence for the whole log, or for the first `size` entries, about the entry at `index` of a bundle. */
  evidence(changes: Partial<CallSpec> = {}, size = this.size, index = 0): AnchorEvidence {
    const joins =
      size === this.size ? {} : { proof: this.proof(index, size), consistency: this.consistency(size, this.size) };
    return {
      format: 'vericlin-anchor/1',
      channel: changes.channel ?? CHANNEL,
      chaincode: changes.chaincode ?? CHAINCODE,
      log: this.name,
      size,
      root: Buffer.from(this.root(size)).toString('base64'),
      ...joins,
      read: this.read(size, changes),
    };
  }

  frontier(size: number): Uint8Array {
    const sizeBytes = Buffer.alloc(8);
    sizeBytes.writeBigUInt64BE(BigInt(size));
    const roots: Uint8Array[] = [];
    let at = 0;
    for (let level = 52; level >= 0; level--) {
      if (Math.floor(size / 2 ** level) % 2 === 0) continue;
      roots.push(this.#node(level, at / 2 ** level));
      at += 2 ** level;
    }
    return concatBytes(sizeBytes, ...roots);
  }

  appendWrites(start: number, size: number): StateWrite[] {
    return [
      { key: this.checkpointKey(size), value: this.root(size) },
      { key: `${this.name}/frontier`, value: this.frontier(size) },
      ...(start === 0 ? [{ key: `${this.name}/owner`, value: Buffer.from('Org1MSP') }] : []),
    ];
  }

  /** What an honest append of the entries from `start` to the end of the log is. */
  appendSpec(start: number): CallSpec {
    const { size } = this;
    return {
      args: ['appendLeaves', this.name, String(start), this.leaves(start, size)],
      answer: this.answer(size),
      reads: [{ key: `${this.name}/frontier`, ...(start > 0 && { block: BLOCK - 1 }) }],
      writes: this.appendWrites(start, size),
      creator: this.org1.client,
      endorsers: [this.org1.peer, this.org2.peer],
    };
  }

  block(
    start: number,
    changes: {
      readonly call?: Partial<CallSpec>;
      readonly envelope?: Partial<EnvelopeSpec>;
      readonly block?: Partial<BlockSpec>;
    } = {},
  ): { evidence: BlockEvidence; bytes: Uint8Array } {
    const spec = { ...this.appendSpec(start), ...changes.call };
    const envelope = envelopeOf(endorseCall(spec), { creator: spec.creator, ...changes.envelope });
    return blockOf({ number: BLOCK, envelopes: [envelope], orderers: [this.orderers.orderer], ...changes.block });
  }
}
