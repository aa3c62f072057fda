/**
 * The transportation problem by successive shortest paths with potentials (Ahuja, Magnanti and Orlin, *Network Flows*, 9.7).
 *
 * @module
 */

/** Less than this of a total of 1 is rounding. */
const NOTHING = 1e-15;

/** Least Σ flow · cost. @param costs - row by row, none negative */
export function leastCost(supply: Float64Array, demand: Float64Array, costs: Float64Array): number {
  return new Transport(supply, demand, costs).solve();
}

class Transport {
  readonly #rows: number;
  readonly #columns: number;
  readonly #costs: Float64Array;
  readonly #flow: Float64Array;
  readonly #supply: Float64Array;
  readonly #demand: Float64Array;
  /** Of all nodes: rows first, then columns. With them no cost of what is left is negative. */
  readonly #potential: Float64Array;
  readonly #distance: Float64Array;
  readonly #before: Int32Array;
  readonly #isDone: Uint8Array;

  constructor(supply: Float64Array, demand: Float64Array, costs: Float64Array) {
    this.#rows = supply.length;
    this.#columns = demand.length;
    this.#costs = costs;
    this.#flow = new Float64Array(costs.length);
    this.#supply = Float64Array.from(supply);
    this.#demand = Float64Array.from(demand);
    const nodes = this.#rows + this.#columns;
    this.#potential = new Float64Array(nodes);
    this.#distance = new Float64Array(nodes);
    this.#before = new Int32Array(nodes);
    this.#isDone = new Uint8Array(nodes);
  }

  solve(): number {
    for (let end = this.#shortestPath(); end >= 0; end = this.#shortestPath()) this.#push(end);
    return this.#flow.reduce((total, flow, i) => total + flow * (this.#costs[i] ?? 0), 0);
  }

  /** Dijkstra from all rows with supply left to the nearest column with demand left. @returns that node, or -1 */
  #shortestPath(): number {
    this.#distance.fill(Infinity);
    this.#before.fill(-1);
    this.#isDone.fill(0);
    for (let row = 0; row < this.#rows; row += 1) if ((this.#supply[row] ?? 0) > NOTHING) this.#distance[row] = 0;
    for (let node = this.#nearest(); node >= 0; node = this.#nearest()) {
      this.#isDone[node] = 1;
      if (node >= this.#rows && (this.#demand[node - this.#rows] ?? 0) > NOTHING) {
        this.#raisePotentials(this.#distance[node] ?? 0);
        return node;
      }
      this.#reachFrom(node);
    }
    return -1;
  }

  #nearest(): number {
    let nearest = -1;
    let least = Infinity;
    for (let node = 0; node < this.#distance.length; node += 1) {
      if (this.#isDone[node] === 1 || !((this.#distance[node] ?? 0) < least)) continue;
      nearest = node;
      least = this.#distance[node] ?? 0;
    }
    return nearest;
  }

  /** A row reaches every column; a column reaches back the rows that send it something. */
  #reachFrom(node: number): void {
    const isRow = node < this.#rows;
    const others = isRow ? this.#columns : this.#rows;
    for (let i = 0; i < others; i += 1) {
      const cell = isRow ? node * this.#columns + i : i * this.#columns + node - this.#rows;
      if (!isRow && (this.#flow[cell] ?? 0) <= 0) continue;
      const cost = this.#costs[cell] ?? 0;
      this.#reach(node, isRow ? this.#rows + i : i, isRow ? cost : -cost);
    }
  }

  #reach(from: number, to: number, cost: number): void {
    // Below 0 by rounding only.
    const reduced = Math.max(0, cost + (this.#potential[from] ?? 0) - (this.#potential[to] ?? 0));
    const distance = (this.#distance[from] ?? 0) + reduced;
    if (distance >= (this.#distance[to] ?? 0)) return;
    this.#distance[to] = distance;
    this.#before[to] = from;
  }

  #raisePotentials(limit: number): void {
    for (let node = 0; node < this.#potential.length; node += 1)
      this.#potential[node] = (this.#potential[node] ?? 0) + Math.min(limit, this.#distance[node] ?? 0);
  }

  /** Sends as much as the path to `end` carries. */
  #push(end: number): void {
    const { start, steps } = this.#pathTo(end);
    const column = end - this.#rows;
    let amount = Math.min(this.#supply[start] ?? 0, this.#demand[column] ?? 0);
    for (const { cell, sign } of steps) if (sign < 0) amount = Math.min(amount, this.#flow[cell] ?? 0);
    for (const { cell, sign } of steps) change(this.#flow, cell, sign * amount);
    change(this.#supply, start, -amount);
    change(this.#demand, column, -amount);
  }

  #pathTo(end: number): { readonly start: number; readonly steps: readonly Step[] } {
    const steps: Step[] = [];
    let node = end;
    for (let from = this.#before[node] ?? -1; from >= 0; from = this.#before[node] ?? -1) {
      const isForward = from < this.#rows;
      const [row, column] = isForward ? [from, node - this.#rows] : [node, from - this.#rows];
      steps.push({ cell: row * this.#columns + column, sign: isForward ? 1 : -1 });
      node = from;
    }
    return { start: node, steps };
  }
}

/** A cell of the costs on a path: more flow through it, or less. */
interface Step {
  readonly cell: number;
  readonly sign: 1 | -1;
}

function change(values: Float64Array, at: number, by: number): void {
  values[at] = (values[at] ?? 0) + by;
}
