/**
 * Blocks of a Fabric channel made in the test, with real signatures: what a peer would hand out, and whatever a peer should
 * not. Written by the field numbers of Fabric's protos, without the product's readers.
 *
 * @module
 */
import { createHash, sign } from 'node:crypto';
import { newEndorserCheck, type EndorsingOrganization } from '../../cli/audit-peer/check-endorsers.ts';
import type { AuditedPeer } from '../../cli/audit-peer/peer-blocks.ts';
import { CompactRange } from '../../ledger/merkle/compact-range.ts';
import { encodeFrontier } from '../../ledger/merkle/frontier.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import type { Issued, TestAuthority } from './certificate-authority.ts';

export const CHANNEL = 'vericlin';
export const CHAINCODE = 'merkle-anchor';

export const hashOf = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

type Field = readonly [number: number, value: number | string | Uint8Array | undefined];

/** A protocol buffer of these fields; numbers that are 0 and `undefined` are left out. */
export function message(...fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (value === undefined || value === 0) return [];
      if (typeof value === 'number') return [varint(number * 8), varint(value)];
      const bytes = Buffer.from(value);
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

/** A peer or client that can sign. */
export interface Member {
  readonly mspId: string;
  readonly identity: Issued;
}

const serialized = ({ mspId, identity }: Member): Buffer => message([1, mspId], [2, identity.certificate]);

/** Half of the order of P-256, as a signature writes it. */
const HALF_ORDER = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex');

/** ECDSA is random: signs until s is low, as Fabric wants it. */
function signLow({ identity }: Member, bytes: Uint8Array): Buffer {
  for (;;) {
    const raw = sign('sha256', bytes, { key: identity.key, dsaEncoding: 'ieee-p1363' });
    if (Buffer.compare(raw.subarray(32), HALF_ORDER) > 0) continue;
    const scalar = (part: Buffer): Buffer => {
      let start = 0;
      while (start < 31 && part[start] === 0) start += 1;
      const digits = part.subarray(start);
      const padded = (digits[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), digits]) : digits;
      return Buffer.concat([Buffer.of(2, padded.length), padded]);
    };
    const body = Buffer.concat([scalar(raw.subarray(0, 32)), scalar(raw.subarray(32))]);
    return Buffer.concat([Buffer.of(0x30, body.length), body]);
  }
}

export interface Version {
  readonly block: number;
  readonly transaction: number;
}

/** One call of a chaincode, as it stands in a block. */
export interface Call {
  readonly chaincode?: string;
  readonly channel?: string;
  /** Namespace of reads and writes, where it is not the chaincode that is called. */
  readonly namespace?: string;
  readonly args: readonly (string | Uint8Array)[];
  readonly response: string;
  readonly reads: readonly (readonly [key: string, version: Version | undefined])[];
  readonly writes: readonly (readonly [key: string, value: Uint8Array | string])[];
  /** When it was made; now if not given. */
  readonly time?: Date;
}

export interface Endorsed {
  readonly envelope: Buffer;
  /** TxValidationCode. */
  readonly code: number;
}

/** A transaction that the members endorse. `code` is what the peer says of it. */
export function endorse(call: Call, creator: Member, endorsers: readonly Member[], code = 0): Endorsed {
  const { chaincode = CHAINCODE, channel = CHANNEL, namespace = chaincode, time = new Date() } = call;
  const creatorBytes = serialized(creator);
  const nonce = hashOf(call.response, String(Math.random())).subarray(0, 24);
  const name = message([2, chaincode]);
  const timestamp = message([1, Math.floor(time.getTime() / 1000)]);
  const channelHeader = message(
    [1, 3],
    [3, timestamp],
    [4, channel],
    [5, hashOf(nonce, creatorBytes).toString('hex')],
    [7, message([2, name])],
  );
  const signatureHeader = message([1, creatorBytes], [2, nonce]);
  const input = message(...call.args.map((arg): Field => [1, arg]));
  const proposal = message([1, message([1, message([1, 1], [2, name], [3, input])])]);
  const version = (at: Version | undefined): Buffer | undefined =>
    at === undefined ? undefined : message([1, at.block], [2, at.transaction]);
  const set = message(
    ...call.reads.map(([key, at]): Field => [1, message([1, key], [2, version(at)])]),
    ...call.writes.map(([key, value]): Field => [3, message([1, key], [3, value])]),
  );
  const results = message([2, message([1, namespace], [2, set])]);
  const action = message([1, results], [3, message([1, 200], [3, call.response])], [4, name]);
  const response = message([1, hashOf(channelHeader, signatureHeader, proposal)], [2, action]);
  const endorsements = endorsers.map((endorser): Field => {
    const bytes = serialized(endorser);
    return [2, message([1, bytes], [2, signLow(endorser, Buffer.concat([response, bytes]))])];
  });
  const transaction = message([
    1,
    message([1, signatureHeader], [2, message([1, proposal], [2, message([1, response], ...endorsements)])]),
  ]);
  const payload = message([1, message([1, channelHeader], [2, signatureHeader])], [2, transaction]);
  return { envelope: message([1, payload], [2, signLow(creator, payload)]), code };
}

/** A block before it is encoded. What is set here replaces what would follow from the rest. */
export interface BlockSpec {
  transactions: Endorsed[];
  number?: number;
  previousHash?: Buffer;
  dataHash?: Buffer;
}

function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag, content.length), content]);
}

function headerBytes(number: number, previousHash: Buffer, dataHash: Buffer): Buffer {
  let hex = number.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) >= 128) hex = `00${hex}`;
  return der(0x30, Buffer.concat([der(2, Buffer.from(hex, 'hex')), der(4, previousHash), der(4, dataHash)]));
}

/** Changes to an honest append. `leaves` are what the transaction holds; the chaincode saw `seen`. */
export interface AppendChanges {
  readonly start?: number;
  readonly root?: Buffer;
  readonly size?: number;
  readonly leaves?: Buffer;
  readonly extended?: Version | undefined;
  readonly endorsers?: readonly Member[];
  readonly code?: number;
  readonly channel?: string;
  readonly chaincode?: string;
  readonly namespace?: string;
  readonly writes?: Call['writes'];
  readonly time?: Date;
}

/** A channel of two organisations, with one peer's copy of its blocks. */
export class TestChannel {
  readonly blocks: BlockSpec[] = [];
  readonly client: Member;
  readonly peers: readonly Member[];
  readonly organizations: readonly EndorsingOrganization[];
  readonly #logs = new Map<string, { range: CompactRange; last: Version | undefined }>();

  private constructor(client: Member, peers: readonly Member[], organizations: readonly EndorsingOrganization[]) {
    this.client = client;
    this.peers = peers;
    this.organizations = organizations;
    this.configure();
  }

  static async create(authorities: readonly (readonly [mspId: string, TestAuthority])[]): Promise<TestChannel> {
    const member = async ([mspId, ca]: (typeof authorities)[number], unit: string): Promise<Member> => ({
      mspId,
      identity: await ca.issue(`${unit}.${mspId}`, unit),
    });
    const peers = await Promise.all(authorities.map((one) => member(one, 'peer')));
    const client = await member(authorities[0]!, 'client');
    return new TestChannel(
      client,
      peers,
      authorities.map(([mspId, ca]) => ({ mspId, ca: ca.certificate })),
    );
  }

  /** A copy whose blocks can be changed. */
  copy(): TestChannel {
    const copy = new TestChannel(this.client, this.peers, this.organizations);
    copy.blocks.length = 0;
    copy.blocks.push(...this.blocks.map((block) => ({ ...block, transactions: [...block.transactions] })));
    for (const [name, { range, last }] of this.#logs) {
      copy.#logs.set(name, { range: CompactRange.fromFrontier(nodePrimitives.sha256, range.frontier()), last });
    }
    return copy;
  }

  /** A block that holds a configuration: type 1, which nobody endorsed. */
  configure(): void {
    const payload = message([1, message([1, message([1, 1], [4, CHANNEL])], [2, 'x'])], [2, 'configuration']);
    this.blocks.push({ transactions: [{ envelope: message([1, payload], [2, 'x']), code: 0 }] });
  }

  /** Leaf hashes of a log so far. */
  sizeOf(log: string): number {
    return this.#logs.get(log)?.range.size ?? 0;
  }

  /** Makes an append; only one that the peer commits counts. */
  transaction(log: string, leaves: Buffer, changes: AppendChanges = {}, at = this.#next()): Endorsed {
    const state = this.#logs.get(log) ?? { range: new CompactRange(nodePrimitives.sha256), last: undefined };
    const before = state.range.size;
    const range = CompactRange.fromFrontier(nodePrimitives.sha256, state.range.frontier());
    range.appendAll(leaves);
    const size = changes.size ?? range.size;
    const root = changes.root ?? Buffer.from(range.root());
    const extended = 'extended' in changes ? changes.extended : state.last;
    const checkpoint = `${log}/cp:${String(size).padStart(20, '0')}`;
    const { code = 0, endorsers = this.peers, ...rest } = changes;
    const call: Call = {
      ...rest,
      args: ['appendLeaves', log, String(changes.start ?? before), changes.leaves ?? leaves],
      response: `{"size":"${size}","root":"${root.toString('hex')}"}`,
      reads: [[`${log}/frontier`, extended]],
      writes: changes.writes ?? [
        [checkpoint, root],
        [`${log}/frontier`, encodeFrontier(range.frontier())],
        ...(before === 0 ? [[`${log}/owner`, this.client.mspId] as const] : []),
      ],
    };
    if (code === 0) this.#logs.set(log, { range, last: at });
    return endorse(call, this.client, endorsers, code);
  }

  /** A block with one append. */
  append(log: string, leaves: Buffer, changes: AppendChanges = {}): void {
    this.blocks.push({ transactions: [this.transaction(log, leaves, changes)] });
  }

  #next(): Version {
    return { block: this.blocks.length, transaction: 0 };
  }

  /** common.Block bytes of every block. */
  encode(): Buffer[] {
    let previous: Buffer = Buffer.alloc(0);
    return this.blocks.map((spec, n) => {
      const data = spec.transactions.map(({ envelope }) => envelope);
      const number = spec.number ?? n;
      const previousHash = spec.previousHash ?? previous;
      const dataHash = spec.dataHash ?? hashOf(...data);
      previous = hashOf(headerBytes(number, previousHash, dataHash));
      const codes = Buffer.from(spec.transactions.map(({ code }) => code));
      return message(
        [1, message([1, number], [2, previousHash.length === 0 ? undefined : previousHash], [3, dataHash])],
        [2, message(...data.map((one): Field => [1, one]))],
        [3, message([1, 'signatures'], [1, 'last'], [1, codes], [1, ''], [1, 'commit'])],
      );
    });
  }

  /** The peer, as it is now. */
  peer(log: string, blocks: readonly Buffer[] = this.encode(), policy?: string): AuditedPeer {
    return {
      mspId: 'Org1MSP',
      endorsers: newEndorserCheck(nodePrimitives, this.organizations, policy),
      blocks: {
        channel: CHANNEL,
        chaincode: CHAINCODE,
        log,
        height: () => Promise.resolve(blocks.length),
        block: (number) => {
          const bytes = blocks[number];
          return bytes === undefined ? Promise.reject(new Error(`no block ${number}`)) : Promise.resolve(bytes);
        },
      },
    };
  }
}
