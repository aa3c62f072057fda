/** UUIDv7 (RFC 9562 §5.7): sorts by time, holds nothing of the event. Clock and randomness are passed in. @module */
import { uuidFromBytes } from './uuid.ts';

/** Random bytes that {@link newUuidV7} needs. */
const UUID_V7_RANDOM_BYTES = 10;

/**
 * @param nowMs milliseconds since 1970, 0 .. 2^48-1
 * @param random 10 random bytes; 6 bits of them are overwritten by version and variant
 */
export function newUuidV7(nowMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  // 48 bits, big-endian; bit operators reach 32.
  const high = Math.floor(nowMs / 2 ** 16);
  bytes[0] = high >>> 24;
  bytes[1] = high >>> 16;
  bytes[2] = high >>> 8;
  bytes[3] = high;
  bytes[4] = nowMs >>> 8;
  bytes[5] = nowMs;
  bytes.set(random.subarray(0, UUID_V7_RANDOM_BYTES), 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}

export interface UuidV7Source {
  readonly nowMs: () => number;
  /** Fresh random bytes, `length` of them. */
  readonly random: (length: number) => Uint8Array;
}

/** Ids made within one millisecond, or while the clock stands still or goes back, share the time of the last one. */
const COUNTER_LIMIT = 0x1000;

/**
 * Ids that rise strictly within this process, whatever the clock does: 12 bits of counter in rand_a, seeded at
 * random below half of its range every millisecond (RFC 9562 §6.2 method 1), 62 random bits after it.
 */
export function createUuidV7({ nowMs, random }: UuidV7Source): () => string {
  let lastMs = -1;
  let counter = 0;
  return () => {
    const bytes = random(UUID_V7_RANDOM_BYTES);
    const now = nowMs();
    const seed = (((bytes[0] as number) & 0x07) << 8) | (bytes[1] as number);
    if (now > lastMs) {
      lastMs = now;
      counter = seed;
    } else if (++counter === COUNTER_LIMIT) {
      lastMs += 1;
      counter = seed;
    }
    bytes[0] = counter >> 8;
    bytes[1] = counter & 0xff;
    return newUuidV7(lastMs, bytes);
  };
}
