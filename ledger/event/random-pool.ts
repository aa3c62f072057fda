/**
 * Cryptographically secure random bytes, drawn from the operating system in blocks: one call per event would cost
 * more than the hash it is for.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto';

/** Answers `length` fresh random bytes; nobody else gets them. */
export type RandomBytes = (length: number) => Uint8Array;

const POOL_BYTES = 16 * 1024;

/**
 * A pool of `poolBytes` filled at a time. Bytes are copied out and wiped from the pool at once, so each is handed
 * out exactly once and does not stay behind in memory that others share.
 *
 * @param fill how the pool is filled; passed in by tests alone
 */
export function createRandomPool(
  poolBytes = POOL_BYTES,
  fill: (pool: Uint8Array) => void = (pool) => void randomFillSync(pool),
): RandomBytes {
  const pool = new Uint8Array(poolBytes);
  let next = poolBytes;
  return (length) => {
    if (length > poolBytes) throw new RangeError('More random bytes asked for than the pool holds.');
    if (next + length > poolBytes) {
      fill(pool);
      next = 0;
    }
    const end = next + length;
    const bytes = pool.slice(next, end);
    pool.fill(0, next, end);
    next = end;
    return bytes;
  };
}
