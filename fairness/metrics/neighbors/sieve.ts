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

export class Sieve {
  /** Points that came through the last {@link pass}. */
  readonly passed = new Uint32Array(LEAF);
  /** The sides, most telling first; `width` of them, of which the first 12 are used. */
  readonly #sides: Uint32Array;
  readonly #apart: Float64Array;
  /** Sides of the points of the second leaf, 12 a point. */
  readonly #packed = new Float64Array(LEAF * SIDES);

  constructor(width: number) {
    this.#sides = new Uint32Array(width);
    this.#apart = new Float64Array(width);
  }

  /** Chooses the sides for leaves `a` and `b`, and packs the points of `b`: `from` to before `to`. */
  aim({ coordinates, width }: Points, centres: Float64Array, a: number, b: number, from: number, to: number): void {
    this.#chooseSides(centres, a * width, b * width);
    const used = Math.min(SIDES, width);
    for (let point = from; point < to; point += 1) {
      const into = (point - from) * SIDES;
      for (let i = 0; i < used; i += 1) this.#packed[into + i] = at(coordinates, point * width + (this.#sides[i] ?? 0));
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

  /** @returns how many points of the second leaf may be within the limit of either; they are in {@link passed} */
  pass({ coordinates, width }: Points, point: number, from: number, to: number, limits: Float64Array): number {
    const packed = this.#packed;
    const start = point * width;
    const side = (i: number): number => (i < width ? at(coordinates, start + (this.#sides[i] ?? 0)) : 0);
    const [a, b, c, d] = [side(0), side(1), side(2), side(3)];
    const [e, f, g, h] = [side(4), side(5), side(6), side(7)];
    const [i, j, k, l] = [side(8), side(9), side(10), side(11)];
    const ownLimit = at(limits, point);
    let count = 0;
    let into = 0;
    for (let other = from; other < to; other += 1, into += SIDES) {
      const theirs = at(limits, other);
      const limit = (theirs > ownLimit ? theirs : ownLimit) * SLACK;
      const near = squares(packed, into, a, b, c, d) + squares(packed, into + 4, e, f, g, h);
      if (near + squares(packed, into + 8, i, j, k, l) > limit) continue;
      this.passed[count] = other;
      count += 1;
    }
    return count;
  }
}

/** Squares of the differences from four numbers of `values`. */
function squares(values: Float64Array, start: number, a: number, b: number, c: number, d: number): number {
  const p = a - at(values, start);
  const q = b - at(values, start + 1);
  const r = c - at(values, start + 2);
  const s = d - at(values, start + 3);
  return p * p + q * q + (r * r + s * s);
}
