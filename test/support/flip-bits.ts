/** Every bit of a part of a file, flipped in turn. */
import type { Verifier } from '../../ledger/verify/index.ts';

/**
 * Flips every bit from the first `"<member>"` of a bundle to the end of its `anchor`, and returns what still verified or
 * failed without a reason: it should be nothing. `anchor` has to be the last member of the bundle.
 *
 * @param options.every flips only one bit in so many
 */
export function flipBits(
  bundle: string,
  member: string,
  verifier: Verifier,
  options: { readonly every?: number } = {},
): string[] {
  if (verifier.verifyBundle(bundle).outcome !== 'valid') throw new Error('The bundle does not verify to begin with.');
  const bytes = Buffer.from(bundle);
  const start = bytes.lastIndexOf(`"${member}"`);
  if (start === -1) throw new Error(`The bundle has no ${member}.`);
  const survivors: string[] = [];
  for (let bit = start * 8; bit < bytes.length * 8; bit += options.every ?? 1) {
    const mask = 1 << (bit & 7);
    bytes[bit >> 3]! ^= mask;
    const { checks, outcome } = verifier.verifyBundle(bytes);
    const isRefused = outcome === 'invalid' || outcome === 'unusable';
    if (!isRefused || !checks.some(({ status }) => status === 'failed')) {
      survivors.push(`bit ${bit & 7} of byte ${bit >> 3}: ${outcome}`);
    }
    bytes[bit >> 3]! ^= mask;
  }
  return survivors;
}
