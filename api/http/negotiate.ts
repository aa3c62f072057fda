/**
 * Content negotiation (RFC 9110 §12): weights respected, on hostile input.
 *
 * @module
 */

interface Weighted {
  readonly token: string;
  readonly weight: number;
}

function parseWeighted(header: string): readonly Weighted[] {
  return header
    .toLowerCase()
    .split(',')
    .slice(0, 64)
    .map((part) => {
      const [token = '', ...parameters] = part.split(';').map((one) => one.trim());
      const q = parameters.find((one) => one.startsWith('q='));
      const weight = q === undefined ? 1 : Number(q.slice(2));
      return { token, weight: weight >= 0 && weight <= 1 ? weight : 0 };
    })
    .filter(({ token }) => token !== '');
}

/** How well a range of `Accept` fits: exact before `type/*` before any. */
function specificity(range: string, mediaType: string): number {
  if (range === mediaType) return 3;
  if (range === `${mediaType.split('/')[0] ?? ''}/*`) return 2;
  return range === '*/*' ? 1 : 0;
}

/** Weight of one offer under `Accept`: that of its most specific range. */
function weightOf(ranges: readonly Weighted[], mediaType: string): number {
  let best: { fit: number; weight: number } = { fit: 0, weight: 0 };
  for (const { token, weight } of ranges) {
    const fit = specificity(token, mediaType);
    if (fit > best.fit) best = { fit, weight };
  }
  return best.weight;
}

/** The best of `offers` (in order of our preference), or `undefined` if none is acceptable. */
export function chooseMediaType<Offer extends string>(
  accept: string | undefined,
  offers: readonly Offer[],
): Offer | undefined {
  if (accept === undefined || accept.trim() === '') return offers[0];
  const ranges = parseWeighted(accept);
  let chosen: { offer: Offer; weight: number } | undefined;
  for (const offer of offers) {
    const weight = weightOf(ranges, offer);
    if (weight > (chosen?.weight ?? 0)) chosen = { offer, weight };
  }
  return chosen?.offer;
}

/** Whether gzip is at least as welcome as the body as it is. An absent header asks for none. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const codings = parseWeighted(acceptEncoding);
  const weight = (name: string): number | undefined => codings.find(({ token }) => token === name)?.weight;
  const any = weight('*');
  const gzip = weight('gzip') ?? weight('x-gzip') ?? any ?? 0;
  // RFC 9110 §12.5.3: identity is acceptable unless excluded, and not preferred unless weighted.
  const identity = weight('identity') ?? 0;
  return gzip > 0 && gzip >= identity;
}

/** Whether `If-None-Match` names the ETag (weak comparison, RFC 9110 §13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
