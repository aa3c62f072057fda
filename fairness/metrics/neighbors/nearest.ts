/**
 * The k nearest rows of every row, exactly: two walks over one tree at once (Gray and Moore, "N-body problems in
 * statistical learning", NIPS 2000), so that each pair of points is measured at most once, and a pair of boxes further
 * apart than anything that matters to either never.
 *
 * @module
 */
import { NeighborLists } from './lists.ts';
import type { Points } from './points.ts';
import { at, fourSquares, Sieve } from './sieve.ts';
import { buildTree, centresOf, type Tree } from './tree.ts';

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

  #compareBetween(a: number, b: number): void {
    const { starts, ends, points } = this.#tree;
    const to = ends[b] ?? 0;
    const from = starts[b] ?? 0;
    this.#sieve.aim(points, this.#centres, a, b, from, to);
    for (let point = starts[a] ?? 0; point < (ends[a] ?? 0); point += 1) {
      const count = this.#sieve.pass(points, point, from, to, this.#lists.limits);
      for (let i = 0; i < count; i += 1) {
        const other = this.#sieve.passed[i] ?? 0;
        const limit = this.#lists.limitOfPair(point, other);
        const distance = squaredDistance(points.coordinates, points.width, point, other, limit);
        if (distance <= limit) this.#lists.offerPair(point, other, distance);
      }
    }
    this.#refreshLeaf(a);
    this.#refreshLeaf(b);
  }
}

/** Given up, with a number above `limit`, as soon as it is above it. */
function squaredDistance(coordinates: Float64Array, width: number, a: number, b: number, limit: number): number {
  let total = 0;
  const start = b * width - a * width;
  for (let i = a * width; i < (a + 1) * width && total <= limit; i += 4)
    total += fourSquares(coordinates, i, coordinates, i + start);
  return total;
}
