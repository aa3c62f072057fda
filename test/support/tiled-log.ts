/**
 * A log as C2SP tlog-tiles files, made by the recursive definition of RFC 6962 and not by the product's tile code, with
 * entries that cost nothing to make, so that tests can have several levels of tiles.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { signCheckpoint } from '../../ledger/checkpoint/checkpoint.ts';
import { formatVerifierKey } from '../../ledger/checkpoint/key.ts';
import { sampleSigner } from './sample-log.ts';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** Canonical bytes of an entry that is well-formed and commits to nothing. */
export function cheapEntry(n: number): Buffer {
  const digest = `${'A'.repeat(43)}=`;
  const id = `0197a1c2-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
  return Buffer.from(`{"commitment":"${digest}","id":"${id}","schema":"${digest}","type":"outcome","v":1}`);
}

function merkleRoot(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return sha256();
  const [first] = hashes;
  if (hashes.length === 1 && first !== undefined) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return sha256(NODE, merkleRoot(hashes.slice(0, split)), merkleRoot(hashes.slice(split)));
}

function numbered(n: number): string {
  const groups = [String(n % 1000).padStart(3, '0')];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return groups.join('/');
}

export interface TiledLog {
  readonly vkey: string;
  readonly root: Buffer;
  readonly checkpoint: string;
  /** Every file of the log by its path: checkpoint, key, tile/…. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const made = new Map<number, TiledLog>();

/** The log of the usual entries is made once a size; its files are never written to. */
export function tiledLog(size: number, origin = 'vericlin.example/log', entry = cheapEntry): TiledLog {
  if (origin !== 'vericlin.example/log' || entry !== cheapEntry) return makeLog(size, origin, entry);
  const log = made.get(size) ?? makeLog(size, origin, entry);
  made.set(size, log);
  return log;
}

function makeLog(size: number, origin: string, entry: (n: number) => Buffer): TiledLog {
  const files = new Map<string, Buffer>();
  const entries = Array.from({ length: size }, (_, n) => entry(n));
  const put = (prefix: string, items: readonly Buffer[], encode: (item: Buffer) => Buffer): void => {
    for (let n = 0; n * 256 < items.length; n++) {
      const part = items.slice(n * 256, (n + 1) * 256);
      const width = part.length === 256 ? '' : `.p/${part.length}`;
      files.set(`tile/${prefix}/${numbered(n)}${width}`, Buffer.concat(part.map(encode)));
    }
  };
  put('entries', entries, (one) => Buffer.concat([Buffer.from([one.length >> 8, one.length & 255]), one]));
  const leaves = entries.map((one) => sha256(LEAF, one));
  let hashes = leaves;
  for (let level = 0; hashes.length > 0; level++) {
    put(String(level), hashes, (one) => one);
    const above: Buffer[] = [];
    for (let n = 0; (n + 1) * 256 <= hashes.length; n++) above.push(merkleRoot(hashes.slice(n * 256, (n + 1) * 256)));
    hashes = above;
  }
  const signer = sampleSigner(origin);
  const root = merkleRoot(leaves);
  const checkpoint = signCheckpoint({ origin, size, root }, signer);
  const vkey = formatVerifierKey(signer.key);
  files.set('checkpoint', Buffer.from(checkpoint));
  files.set('key', Buffer.from(`${vkey}\n`));
  return { vkey, root, checkpoint, files };
}

/** Writes the files of a log into a folder. */
export async function writeLog(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export interface StaticLog {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** What is served; may be changed while it runs. */
  files: ReadonlyMap<string, Uint8Array>;
  readonly server: Server;
}

/** Serves a log under /log on the loopback interface, and answers POST /v1/exports with its checkpoint. */
export async function serveLog(files: ReadonlyMap<string, Uint8Array>): Promise<StaticLog> {
  const asked: string[] = [];
  const state: { files: ReadonlyMap<string, Uint8Array> } = { files };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/log\//, '');
    asked.push(path);
    if (request.url === '/v1/exports') {
      const checkpoint = Buffer.from(state.files.get('checkpoint') ?? []).toString();
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ checkpoint, access: '0197a1c2-0000-7000-8000-00000000000a' }));
      return;
    }
    const bytes = state.files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200);
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    server,
    get files() {
      return state.files;
    },
    set files(value) {
      state.files = value;
    },
  };
}
