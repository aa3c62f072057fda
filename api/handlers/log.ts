/**
 * The log for any C2SP tlog-tiles client.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeBase64 } from '../../ledger/canonical/base64.ts';
import { LedgerError } from '../../ledger/errors.ts';
import { parseTilePath } from '../../ledger/merkle/tile-layout.ts';
import type { EdgeDeps } from '../edge-deps.ts';
import type { Handlers } from '../handler.ts';
import { acceptsGzip, matchesEtag } from '../http/negotiate.ts';
import { jsonReply, textReply, type Reply } from '../http/reply.ts';

const compress = promisify(gzip);

function noTile(): LedgerError {
  return new LedgerError('not_found', 'The log has no such tile at its present size.');
}

/** Strong: the same text for the same bytes, in every instance. `variant` keeps apart what differs by encoding. */
function etagOf(bytes: string | Uint8Array, variant = ''): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}${variant}"`;
}

/** 304 keeps the headers that a cache updates (RFC 9110 §15.4.5). */
function cached(headers: IncomingHttpHeaders, etag: string, reply: Reply): Reply {
  const tagged = { ...reply, headers: [...reply.headers, 'ETag', etag] };
  return matchesEtag(headers['if-none-match'], etag) ? { ...tagged, status: 304, body: undefined } : tagged;
}

type Operation = 'getCheckpoint' | 'getTile' | 'getEntries' | 'getConsistency' | 'getLogKey';

/** Checkpoint, tiles, entry bundles, consistency proofs, verifier key. */
export function logHandlers({ ledger, logAccess }: EdgeDeps): Pick<Handlers, Operation> {
  // Shared caches may keep what everybody may read; what a key opened they may not.
  const scope = logAccess === 'open' ? 'public' : 'private';
  // A tile of a given width never changes, partial or not.
  const immutable = ['Cache-Control', `${scope}, max-age=31536000, immutable`];
  const { tiles } = ledger.read;

  return {
    getCheckpoint: async ({ headers }) => {
      const body = await tiles.checkpoint();
      const fresh = ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', `${scope}, max-age=1`];
      return cached(headers, etagOf(body), { status: 200, headers: fresh, body });
    },
    getTile: async ({ path, headers }) => {
      const place = parseTilePath(`tile/${path.level}/${path.index}`);
      if (place?.kind !== 'tile') throw noTile();
      const body = await tiles.tile(place.level, place.n, place.width);
      if (body === undefined) throw noTile();
      const described = ['Content-Type', 'application/octet-stream', ...immutable];
      return cached(headers, etagOf(body), { status: 200, headers: described, body });
    },
    getEntries: async ({ path, headers }) => {
      const place = parseTilePath(`tile/entries/${path.index}`);
      if (place?.kind !== 'entries') throw noTile();
      const bytes = await tiles.entries(place.n, place.width);
      if (bytes === undefined) throw noTile();
      const described = ['Content-Type', 'application/octet-stream', 'Vary', 'Accept-Encoding', ...immutable];
      if (!acceptsGzip(headers['accept-encoding'])) {
        return cached(headers, etagOf(bytes), { status: 200, headers: described, body: bytes });
      }
      const etag = etagOf(bytes, '-gzip');
      const encoded = [...described, 'Content-Encoding', 'gzip'];
      if (matchesEtag(headers['if-none-match'], etag)) {
        return cached(headers, etag, { status: 200, headers: described, body: undefined });
      }
      return cached(headers, etag, { status: 200, headers: encoded, body: await compress(bytes) });
    },
    getConsistency: async ({ query }) => {
      const { from, to, hashes } = await ledger.read.consistency(query.from, query.to);
      return jsonReply(200, { from, to, hashes: hashes.map(encodeBase64) });
    },
    getLogKey: () => textReply(`${ledger.vkey.trimEnd()}\n`),
  };
}
