/**
 * Passes on the pairs of two leaves that could matter, by their distance along the few sides on which the leaves differ most.
 *
 * @module
 */
import type { Points } from './points.ts';
import { LEAF } from './tree.ts';

/**
 * Sides looked at, without a branch between them: on points that differ in 20 sides alike, which is the hard case, whether 4
 * or 8 are enough cannot be foreseen, and a wrong guess of the processor costs more than the other terms.
 */
const SIDES = 12;
/** Of a packed point: its sides, and its limit when it was packed, which can only have become smaller. */
const STRIDE = SIDES + 1;
/** Covers the rounding of sums of the same terms in another order, by far. */
const SLACK = 1 + 2 ** -40;

/** An element that is known to be there. */
export function at(values: Float64Array, i: number): number {
  return values[i] ?? 0;
}

/** Squares of four differences, added in one fixed order. */
export function fourSquares(a: Float64Array, atA: number, b: Float64Array, atB: number): number {
  const p = at(a, atA) - at(b, atB);
  const q = at(a, atA + 1) - at(b, atB + 1);
  const r = at(a, atA + 2) - at(b, atB + 2);
  const s = at(a, atA + 3) - at(b, atB + 3);
  return p * p + q * q + (r * r + s * s);
}

/** Points of the second leaf, and the limits of all points. */
export interface Others {
  readonly others: Uint32Array;
  readonly limits: Float64Array;
}

export class Sieve {
  /** Of each of the two points of the last {@link pass}. */
  readonly passed: readonly [Passed, Passed] = [
    { points: new Uint32Array(LEAF), count: 0 },
    { points: new Uint32Array(LEAF), count: 0 },
  ];
  /** The sides, most telling first; `width` of them, of which the first 12 are used. */
  readonly #sides: Uint32Array;
  readonly #apart: Float64Array;
  /** Points of the second leaf, and their sides and limits. */
  readonly #others = new Uint32Array(LEAF);
  readonly #packed = new Float64Array(LEAF * STRIDE);

  readonly #own = new Float64Array(SIDES);
  readonly #ownOfSecond = new Float64Array(SIDES);

  constructor(width: number) {
    this.#sides = new Uint32Array(width);
    this.#apart = new Float64Array(width);
  }

  /** Chooses the sides for leaves `a` and `b`, and packs the points of `b` in this order. */
  aim(
    { coordinates, width }: Points,
    centres: Float64Array,
    pair: readonly [number, number],
    { others, limits }: Others,
  ): void {
    this.#chooseSides(centres, pair[0] * width, pair[1] * width);
    const used = Math.min(SIDES, width);
    this.#others.set(others);
    for (const [i, other] of others.entries()) {
      const into = i * STRIDE;
      this.#packed[into + SIDES] = at(limits, other) * SLACK;
      for (let side = 0; side < used; side += 1)
        this.#packed[into + side] = at(coordinates, other * width + (this.#sides[side] ?? 0));
    }
  }

  /** Moves the sides with the largest differences of the centres to the front, in no matter which order. */
  #chooseSides(centres: Float64Array, a: number, b: number): void {
    const width = this.#sides.length;
    for (let side = 0; side < width; side += 1) {
      const apart = Math.abs(at(centres, a + side) - at(centres, b + side));
      let place = side;
      for (; place > 0 && at(this.#apart, place - 1) < apart; place -= 1) {
        this.#apart[place] = at(this.#apart, place - 1);
        this.#sides[place] = this.#sides[place - 1] ?? 0;
      }
      this.#apart[place] = apart;
      this.#sides[place] = side;
    }
  }

  /**
   * Finds, for two points at once, which of the first `others` packed points may be within the limit of either of a pair: a
   * packed number is read once for both. Results in {@link passed}.
   */
  pass(
    { coordinates, width }: Points,
    [first, second]: readonly [number, number],
    others: number,
    limits: Float64Array,
  ): void {
    const packed = this.#packed;
    const one = this.#take(this.#own, coordinates, first * width);
    const two = this.#take(this.#ownOfSecond, coordinates, second * width);
    const [a0, a1, a2, a3, a4, a5] = [at(one, 0), at(one, 1), at(one, 2), at(one, 3), at(one, 4), at(one, 5)];
    const [a6, a7, a8, a9, a10, a11] = [at(one, 6), at(one, 7), at(one, 8), at(one, 9), at(one, 10), at(one, 11)];
    const [b0, b1, b2, b3, b4, b5] = [at(two, 0), at(two, 1), at(two, 2), at(two, 3), at(two, 4), at(two, 5)];
    const [b6, b7, b8, b9, b10, b11] = [at(two, 6), at(two, 7), at(two, 8), at(two, 9), at(two, 10), at(two, 11)];
    const limitOfFirst = at(limits, first) * SLACK;
    const limitOfSecond = at(limits, second) * SLACK;
    const [passedFirst, passedSecond] = this.passed;
    passedFirst.count = 0;
    passedSecond.count = 0;
    for (let place = 0, into = 0; place < others; place += 1, into += STRIDE) {
      const p0 = at(packed, into);
      const p1 = at(packed, into + 1);
      const p2 = at(packed, into + 2);
      const p3 = at(packed, into + 3);
      let toFirst = squares(a0 - p0, a1 - p1, a2 - p2, a3 - p3);
      let toSecond = squares(b0 - p0, b1 - p1, b2 - p2, b3 - p3);
      const p4 = at(packed, into + 4);
      const p5 = at(packed, into + 5);
      const p6 = at(packed, into + 6);
      const p7 = at(packed, into + 7);
      toFirst += squares(a4 - p4, a5 - p5, a6 - p6, a7 - p7);
      toSecond += squares(b4 - p4, b5 - p5, b6 - p6, b7 - p7);
      const p8 = at(packed, into + 8);
      const p9 = at(packed, into + 9);
      const p10 = at(packed, into + 10);
      const p11 = at(packed, into + 11);
      toFirst += squares(a8 - p8, a9 - p9, a10 - p10, a11 - p11);
      toSecond += squares(b8 - p8, b9 - p9, b10 - p10, b11 - p11);
      const theirs = at(packed, into + SIDES);
      if (toFirst <= (theirs > limitOfFirst ? theirs : limitOfFirst)) keep(passedFirst, this.#others[place] ?? 0);
      if (toSecond <= (theirs > limitOfSecond ? theirs : limitOfSecond)) keep(passedSecond, this.#others[place] ?? 0);
    }
  }

  /** The chosen sides of a point; 0 where there are fewer than 12. */
  #take(into: Float64Array, coordinates: Float64Array, start: number): Float64Array {
    const used = Math.min(SIDES, this.#sides.length);
    for (let side = 0; side < used; side += 1) into[side] = at(coordinates, start + (this.#sides[side] ?? 0));
    return into;
  }
}

function squares(p: number, q: number, r: number, s: number): number {
  return p * p + q * q + (r * r + s * s);
}

/** Points that came through, the first `count` of the list. */
export interface Passed {
  readonly points: Uint32Array;
  count: number;
}

function keep(passed: Passed, point: number): void {
  passed.points[passed.count] = point;
  passed.count += 1;
}
