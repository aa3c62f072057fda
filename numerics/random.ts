/**
 * Seeded random numbers: the same text gives the same numbers on every machine.
 *
 * @module
 */

/** A stream of random numbers. Not for secrets: it can be predicted from its output. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number;
  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number;
  /**
   * Uniform over 0 … `bound` − 1, without bias.
   *
   * @param bound - integer from 1 to 2^32
   * @throws RangeError where it is not
   */
  below(bound: number): number;
}

const TWO_32 = 2 ** 32;

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021): period
 * 2^128 − 1, 32 bits a step, which is what JavaScript multiplies exactly.
 *
 * @param seed - any text. Streams that must not be the same take different texts, e.g. `` `${seed}/race` ``.
 */
export function createRandom(seed: string): Random {
  return new Xoshiro128(stateOf(seed));
}

/** Four words of 32 bits, not all zero. */
export type RandomState = readonly [number, number, number, number];

/** The stream from a state of xoshiro128**, as other programs that have this generator go on from it. */
export function randomFrom(state: RandomState): Random {
  return new Xoshiro128(state);
}

class Xoshiro128 implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(state: RandomState) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  uint32(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return scrambled;
  }

  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32) throw new RangeError('bound: 1 to 2^32');
    // What is left above the last full multiple of `bound` would make small numbers likelier: it is drawn again.
    const limit = TWO_32 - (TWO_32 % bound);
    let drawn = this.uint32();
    while (drawn >= limit) drawn = this.uint32();
    return drawn % bound;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** 128 bits of state, none of which is the same for two texts that differ in a character. Never all zero. */
function stateOf(seed: string): RandomState {
  const lane = (start: number): number => {
    let hash = start;
    for (let i = 0; i < seed.length; i += 1) hash = mix(Math.imul(hash ^ seed.charCodeAt(i), 0x01000193) + start);
    return mix(hash ^ seed.length);
  };
  return [lane(0x811c9dc5), lane(0x9e3779b9), lane(0x85ebca6b), lane(0xc2b2ae35) | 1];
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
