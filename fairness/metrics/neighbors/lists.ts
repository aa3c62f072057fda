/**
 * The nearest rows found so far, of every point.
 *
 * @module
 */
import type { Points } from './points.ts';

const NO_ROW = 0xffff_ffff;

/**
 * Of every point the `k` nearest rows by squared distance, then by row number, and what there is beyond them at exactly the
 * distance of the last one.
 */
export class NeighborLists {
  readonly k: number;
  /** Distance of the k-th row: what is further cannot matter. */
  readonly limits: Float64Array;
  readonly #points: Points;
  readonly #favourable: Uint8Array;
  readonly #distances: Float64Array;
  readonly #rows: Uint32Array;
  /** Rows not in the list at the distance of its last one, and how many of them are favourable. */
  readonly #tied: Float64Array;
  readonly #tiedFavourable: Float64Array;

  /** @param favourable - 0 or 1 by row */
  constructor(points: Points, k: number, favourable: Uint8Array) {
    this.k = k;
    this.#points = points;
    this.#favourable = favourable;
    this.limits = new Float64Array(points.size).fill(Infinity);
    this.#distances = new Float64Array(points.size * k).fill(Infinity);
    this.#rows = new Uint32Array(points.size * k).fill(NO_ROW);
    this.#tied = new Float64Array(points.size);
    this.#tiedFavourable = new Float64Array(points.size);
  }

  /** Two points further apart than this are nothing to each other. */
  limitOfPair(a: number, b: number): number {
    const [own, theirs] = [this.limits[a] ?? 0, this.limits[b] ?? 0];
    return own > theirs ? own : theirs;
  }

  /** Offers each of two points to the other. Each pair is offered at most once. */
  offerPair(a: number, b: number, distance: number): void {
    if (distance <= (this.limits[a] ?? 0)) this.offer(a, b, distance);
    if (distance <= (this.limits[b] ?? 0)) this.offer(b, a, distance);
  }

  /** The rows of point `other` are at this distance of `point`. */
  offer(point: number, other: number, distance: number): void {
    const { starts, rows } = this.#points;
    const end = starts[other + 1] ?? 0;
    let at = starts[other] ?? 0;
    // Rows ascend: once one does not get in, none of the later ones does.
    while (at < end && this.#insert(point, rows[at] ?? 0, distance)) at += 1;
    if (distance !== this.limits[point]) return;
    for (; at < end; at += 1) this.#tie(point, rows[at] ?? 0);
  }

  #insert(point: number, row: number, distance: number): boolean {
    const first = point * this.k;
    const last = first + this.k - 1;
    if (!this.#isBefore(distance, row, last)) return false;
    const out = this.#rows[last] ?? NO_ROW;
    let at = last;
    for (; at > first && this.#isBefore(distance, row, at - 1); at -= 1) {
      this.#distances[at] = this.#distances[at - 1] ?? 0;
      this.#rows[at] = this.#rows[at - 1] ?? 0;
    }
    this.#distances[at] = distance;
    this.#rows[at] = row;
    this.#limit(point, this.#distances[last] ?? 0, out);
    return true;
  }

  #isBefore(distance: number, row: number, at: number): boolean {
    const there = this.#distances[at] ?? 0;
    return distance < there || (distance === there && row < (this.#rows[at] ?? 0));
  }

  /** @param out - the row that fell off the end of the list */
  #limit(point: number, limit: number, out: number): void {
    if (limit === this.limits[point] && out !== NO_ROW) {
      this.#tie(point, out);
      return;
    }
    this.limits[point] = limit;
    this.#tied[point] = 0;
    this.#tiedFavourable[point] = 0;
  }

  #tie(point: number, row: number): void {
    this.#tied[point] = (this.#tied[point] ?? 0) + 1;
    this.#tiedFavourable[point] = (this.#tiedFavourable[point] ?? 0) + (this.#favourable[row] ?? 0);
  }

  /** How many of the k rows are favourable: an integer. */
  favourable(point: number): number {
    let count = 0;
    for (let at = point * this.k; at < (point + 1) * this.k; at += 1)
      count += this.#favourable[this.#rows[at] ?? 0] ?? 0;
    return count;
  }

  /** The same, where all rows at the distance of the last one share its places: independent of the order of the rows. */
  sharedFavourable(point: number): number {
    const limit = this.limits[point] ?? 0;
    let [closer, places, within] = [0, 0, 0];
    for (let at = point * this.k; at < (point + 1) * this.k; at += 1) {
      const own = this.#favourable[this.#rows[at] ?? 0] ?? 0;
      if ((this.#distances[at] ?? 0) < limit) closer += own;
      else [places, within] = [places + 1, within + own];
    }
    const tied = this.#tied[point] ?? 0;
    return closer + ((within + (this.#tiedFavourable[point] ?? 0)) * places) / (places + tied);
  }
}
