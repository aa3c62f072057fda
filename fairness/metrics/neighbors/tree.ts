/**
 * A k-d tree: halves of the points, cut across the side that is longest, each with the box around it.
 *
 * @module
 */
import { type Points, reorder } from './points.ts';

/** Points of a leaf: enough that a pair of leaves is worth a call, few enough that boxes stay tight. */
export const LEAF = 96;

/** Nodes are numbered; node 0 is the root. */
export interface Tree {
  /** In the order of the leaves: a node holds the points from `starts` to before `ends`. */
  readonly points: Points;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Children; -1 for a leaf. */
  readonly lefts: readonly number[];
  readonly rights: readonly number[];
  /** Of node `i`: lower ends at `i * 2 * width`, upper ends `width` further. */
  readonly boxes: Float64Array;
}

export function buildTree(points: Points): Tree {
  const order = Uint32Array.from({ length: points.size }, (_, i) => i);
  const [starts, ends, lefts, rights]: [number[], number[], number[], number[]] = [[], [], [], []];
  const boxes: Float64Array[] = [];
  const grow = (start: number, end: number): number => {
    const node = starts.push(start) - 1;
    ends.push(end);
    lefts.push(-1);
    rights.push(-1);
    const box = boxAround(points, order, start, end);
    boxes.push(box);
    if (end - start <= LEAF) return node;
    const middle = (start + end) >>> 1;
    partition(points, order.subarray(start, end), middle - start, longestSide(box, points.width));
    lefts[node] = grow(start, middle);
    rights[node] = grow(middle, end);
    return node;
  };
  grow(0, points.size);
  const together = new Float64Array(boxes.length * 2 * points.width);
  for (const [node, box] of boxes.entries()) together.set(box, node * 2 * points.width);
  return { points: reorder(points, order), starts, ends, lefts, rights, boxes: together };
}

function boxAround({ width, coordinates }: Points, order: Uint32Array, start: number, end: number): Float64Array {
  const box = new Float64Array(2 * width).fill(Infinity, 0, width).fill(-Infinity, width);
  for (let i = start; i < end; i += 1) {
    const at = (order[i] ?? 0) * width;
    for (let side = 0; side < width; side += 1) {
      const value = coordinates[at + side] ?? 0;
      if (value < (box[side] ?? 0)) box[side] = value;
      if (value > (box[width + side] ?? 0)) box[width + side] = value;
    }
  }
  return box;
}

function longestSide(box: Float64Array, width: number): number {
  let longest = 0;
  for (let side = 1; side < width; side += 1)
    if (length(box, width, side) > length(box, width, longest)) longest = side;
  return longest;
}

function length(box: Float64Array, width: number, side: number): number {
  return (box[width + side] ?? 0) - (box[side] ?? 0);
}

/** Hoare's selection: afterwards the first `count` of `order` are not above the others on this side. */
function partition({ width, coordinates }: Points, order: Uint32Array, count: number, side: number): void {
  const key = (i: number): number => coordinates[(order[i] ?? 0) * width + side] ?? 0;
  let low = 0;
  let high = order.length - 1;
  while (low < high) {
    const pivot = medianOfThree(key(low), key((low + high) >>> 1), key(high));
    let [i, j] = [low, high];
    while (i <= j) {
      while (key(i) < pivot) i += 1;
      while (key(j) > pivot) j -= 1;
      if (i > j) break;
      const moved = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = moved;
      i += 1;
      j -= 1;
    }
    if (count <= j) high = j;
    else if (count >= i) low = i;
    else return;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Mean of the points of each leaf: `width` numbers a node, zeros for the others. */
export function centresOf({ points, starts, ends, lefts }: Tree): Float64Array {
  const { width, coordinates } = points;
  const centres = new Float64Array(starts.length * width);
  for (const [node, left] of lefts.entries()) {
    if (left >= 0) continue;
    const [start, end] = [starts[node] ?? 0, ends[node] ?? 0];
    for (let at = start * width; at < end * width; at += 1) {
      const into = node * width + (at % width);
      centres[into] = (centres[into] ?? 0) + (coordinates[at] ?? 0) / (end - start);
    }
  }
  return centres;
}
