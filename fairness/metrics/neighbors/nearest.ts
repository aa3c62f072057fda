/**
 * The k nearest rows of every row, exactly: two walks over one tree at once (Gray and Moore, "N-body problems in
 * statistical learning", NIPS 2000), so that each pair of points is measured at most once, and a pair of boxes further
 * apart than anything that matters to either never.
 *
 * @module
 */
import { NeighborLists } from './lists.ts';
import type { Points } from './points.ts';
import { at, fourSquares, type Passed, Sieve } from './sieve.ts';
import { buildTree, centresOf, LEAF, type Tree } from './tree.ts';

/**
 * @param favourable - 0 or 1 by row
 * @returns the lists, and the points in the order that the lists have
 */
export function nearestRows(
  points: Points,
  k: number,
  favourable: Uint8Array,
): { lists: NeighborLists; points: Points } {
  const tree = buildTree(points);
  const lists = new NeighborLists(tree.points, k, favourable);
  for (let point = 0; point < points.size; point += 1) lists.offer(point, point, 0);
  new DualWalk(tree, lists).all();
  return { lists, points: tree.points };
}

class DualWalk {
  readonly #tree: Tree;
  readonly #lists: NeighborLists;
  /** Of a node: the largest limit of its points, so far. */
  readonly #limits: Float64Array;
  readonly #centres: Float64Array;
  readonly #sieve: Sieve;
  /** Points of the two leaves at hand. */
  readonly #own = new Uint32Array(LEAF);
  readonly #others = new Uint32Array(LEAF);

  constructor(tree: Tree, lists: NeighborLists) {
    this.#tree = tree;
    this.#lists = lists;
    this.#limits = new Float64Array(tree.starts.length).fill(Infinity);
    this.#centres = centresOf(tree);
    this.#sieve = new Sieve(tree.points.width);
  }

  all(): void {
    this.#within(0);
  }

  /** All pairs inside a node. Near ones come first, so that limits are small before far ones are looked at. */
  #within(node: number): void {
    const left = this.#tree.lefts[node] ?? -1;
    const right = this.#tree.rights[node] ?? -1;
    if (left < 0) {
      this.#compareWithin(node);
      return;
    }
    this.#within(left);
    this.#within(right);
    this.#between(left, right, this.#apart(left, right));
    this.#refreshFromChildren(node);
  }

  /** All pairs with one point in each. @param apart - squared distance of the boxes */
  #between(a: number, b: number, apart: number): void {
    // Rounding is monotone and terms are added in the same order, so a box is never further than a point in it:
    // with `>` a tie is never lost.
    if (apart > Math.max(this.#limits[a] ?? 0, this.#limits[b] ?? 0)) return;
    const [whole, cut] = this.#sizeOf(a) > this.#sizeOf(b) ? [b, a] : [a, b];
    const left = this.#tree.lefts[cut] ?? -1;
    const right = this.#tree.rights[cut] ?? -1;
    if (left < 0) {
      this.#compareBetween(a, b);
      return;
    }
    const [toLeft, toRight] = [this.#apart(whole, left), this.#apart(whole, right)];
    if (toRight < toLeft) {
      this.#between(whole, right, toRight);
      this.#between(whole, left, toLeft);
    } else {
      this.#between(whole, left, toLeft);
      this.#between(whole, right, toRight);
    }
    this.#refreshFromChildren(cut);
  }

  #sizeOf(node: number): number {
    return (this.#tree.ends[node] ?? 0) - (this.#tree.starts[node] ?? 0);
  }

  #refreshFromChildren(node: number): void {
    const [left, right] = [this.#tree.lefts[node] ?? 0, this.#tree.rights[node] ?? 0];
    this.#limits[node] = Math.max(this.#limits[left] ?? 0, this.#limits[right] ?? 0);
  }

  #refreshLeaf(node: number): void {
    const { limits } = this.#lists;
    let largest = 0;
    for (let point = this.#tree.starts[node] ?? 0; point < (this.#tree.ends[node] ?? 0); point += 1)
      largest = Math.max(largest, limits[point] ?? 0);
    this.#limits[node] = largest;
  }

  /** Squared distance of two boxes, with the terms added as {@link squaredDistance} adds them. */
  #apart(a: number, b: number): number {
    const { boxes, points } = this.#tree;
    const { width } = points;
    const [atA, atB] = [a * 2 * width, b * 2 * width];
    const gap = (side: number): number =>
      Math.max(
        0,
        at(boxes, atA + side) - at(boxes, atB + width + side),
        at(boxes, atB + side) - at(boxes, atA + width + side),
      );
    let total = 0;
    for (let side = 0; side < width; side += 4) {
      const [p, q, r, s] = [gap(side), gap(side + 1), gap(side + 2), gap(side + 3)];
      total += p * p + q * q + (r * r + s * s);
    }
    return total;
  }

  #compareWithin(node: number): void {
    const { coordinates, width } = this.#tree.points;
    const end = this.#tree.ends[node] ?? 0;
    for (let point = this.#tree.starts[node] ?? 0; point < end; point += 1)
      for (let other = point + 1; other < end; other += 1)
        this.#lists.offerPair(point, other, squaredDistance(coordinates, width, point, other, Infinity));
    this.#refreshLeaf(node);
  }

  /**
   * A leaf's limit is that of its loneliest point; most of its points have no business with the other leaf. A pair matters
   * only if one of the two is near enough to the other's box.
   */
  #compareBetween(a: number, b: number): void {
    const nearA = this.#nearFirst(this.#own, a, b);
    const nearB = this.#nearFirst(this.#others, b, a);
    if (nearA === 0 && nearB === 0) return;
    const { points } = this.#tree;
    const { limits } = this.#lists;
    const all = this.#sizeOf(b);
    this.#sieve.aim(points, this.#centres, [a, b], { others: this.#others.subarray(0, all), limits });
    const own = this.#sizeOf(a);
    for (let i = 0; i < own; i += 2) {
      const count = i < nearA ? all : nearB;
      if (count === 0) break;
      const first = this.#own[i] ?? 0;
      // Of an odd number the last goes with itself, and is looked at once.
      const second = i + 1 < own ? (this.#own[i + 1] ?? 0) : first;
      this.#sieve.pass(points, [first, second], count, limits);
      this.#measure(first, this.#sieve.passed[0]);
      if (second !== first) this.#measure(second, this.#sieve.passed[1]);
    }
    this.#refreshLeaf(a);
    this.#refreshLeaf(b);
  }

  /** Lists the points of a leaf, the ones near the box of `other` first. @returns how many are near */
  #nearFirst(list: Uint32Array, leaf: number, other: number): number {
    let near = 0;
    let far = this.#sizeOf(leaf);
    for (let point = this.#tree.starts[leaf] ?? 0; point < (this.#tree.ends[leaf] ?? 0); point += 1) {
      if (this.#isNear(point, other)) {
        list[near] = point;
        near += 1;
      } else {
        far -= 1;
        list[far] = point;
      }
    }
    return near;
  }

  /** Whether a point of the box could be within the limit of a point. */
  #isNear(point: number, node: number): boolean {
    const { boxes, points } = this.#tree;
    const { coordinates, width } = points;
    const limit = this.#lists.limits[point] ?? 0;
    const own = point * width;
    const low = node * 2 * width;
    let total = 0;
    for (let side = 0; side < width && total <= limit; side += 4)
      total += fourGaps(coordinates, own + side, boxes, low + side, low + width + side);
    return total <= limit;
  }

  #measure(point: number, { points: others, count }: Passed): void {
    const { coordinates, width } = this.#tree.points;
    for (let i = 0; i < count; i += 1) {
      const other = others[i] ?? 0;
      const limit = this.#lists.limitOfPair(point, other);
      const distance = squaredDistance(coordinates, width, point, other, limit);
      if (distance <= limit) this.#lists.offerPair(point, other, distance);
    }
  }
}

/** Squares of how far four numbers are outside a box, added as {@link fourSquares} adds them. */
function fourGaps(values: Float64Array, start: number, boxes: Float64Array, low: number, high: number): number {
  const p = gapOf(at(values, start), at(boxes, low), at(boxes, high));
  const q = gapOf(at(values, start + 1), at(boxes, low + 1), at(boxes, high + 1));
  const r = gapOf(at(values, start + 2), at(boxes, low + 2), at(boxes, high + 2));
  const s = gapOf(at(values, start + 3), at(boxes, low + 3), at(boxes, high + 3));
  return p * p + q * q + (r * r + s * s);
}

function gapOf(value: number, low: number, high: number): number {
  if (value < low) return low - value;
  return value > high ? value - high : 0;
}

/** Given up, with a number above `limit`, as soon as it is above it. */
function squaredDistance(coordinates: Float64Array, width: number, a: number, b: number, limit: number): number {
  let total = 0;
  const start = b * width - a * width;
  for (let i = a * width; i < (a + 1) * width && total <= limit; i += 4)
    total += fourSquares(coordinates, i, coordinates, i + start);
  return total;
}
