/**
 * `/openapi.json` and `/docs`: readable without any network but this service.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LedgerError } from '../../ledger/errors.ts';
import { publishedDocument, type OpenApiDocument } from '../document.ts';
import { DOCS_PAGE, DOCS_POLICY, PAGE_STYLE, START_SCRIPT } from '../docs/page.ts';
import type { Handlers } from '../handler.ts';
import { matchesEtag } from '../http/negotiate.ts';
import type { Reply } from '../http/reply.ts';
import { securityHeadersWith } from '../http/security-headers.ts';

/** Copied by the build; in a work tree it is taken from the package itself. */
const REDOC_PLACES = [
  '../docs/redoc.standalone.js',
  '../../node_modules/redoc/bundles/redoc.standalone.js',
  '../../../node_modules/redoc/bundles/redoc.standalone.js',
];
/** An hour: pages of one release, and a new release is seen soon. */
const SHORTLY: readonly string[] = ['Cache-Control', 'public, max-age=3600'];

interface Asset {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly etag: string;
}

function asset(contentType: string, body: string | Uint8Array): Asset {
  return { contentType, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

function loadRedoc(): Asset | undefined {
  const path = REDOC_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  return path === undefined ? undefined : asset('text/javascript; charset=utf-8', readFileSync(path));
}

function assetReply({ contentType, body, etag }: Asset, ifNoneMatch: string | undefined): Reply {
  const headers = ['Content-Type', contentType, 'ETag', etag, ...SHORTLY];
  if (matchesEtag(ifNoneMatch, etag)) return { status: 304, headers, body: undefined };
  return { status: 200, headers, body };
}

/** The document and its page. The script is read at its first request: few services are asked for it. */
export function documentationHandlers(
  document: OpenApiDocument,
): Pick<Handlers, 'getOpenApi' | 'getDocs' | 'getDocsFile'> {
  const published = asset('application/json', JSON.stringify(publishedDocument(document)));
  const page = asset('text/html; charset=utf-8', DOCS_PAGE);
  const texts: Readonly<Record<string, Asset>> = {
    'start.js': asset('text/javascript; charset=utf-8', START_SCRIPT),
    'page.css': asset('text/css; charset=utf-8', PAGE_STYLE),
  };
  let redoc: Asset | undefined;
  return {
    getOpenApi: ({ headers }) => assetReply(published, headers['if-none-match']),
    getDocs: ({ headers }) => ({
      ...assetReply(page, headers['if-none-match']),
      securityHeaders: securityHeadersWith(DOCS_POLICY),
    }),
    getDocsFile: ({ path, headers }) => {
      const file = path.file === 'redoc.standalone.js' ? (redoc ??= loadRedoc()) : texts[path.file];
      if (file === undefined) throw new LedgerError('not_found', 'The file is not part of this installation.');
      return assetReply(file, headers['if-none-match']);
    },
  };
}
