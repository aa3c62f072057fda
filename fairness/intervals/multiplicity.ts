/**
 * P-values of several tests at once.
 *
 * @module
 */

/**
 * Holm's adjusted p-values: rejecting those at or below α makes any false rejection at all no likelier than α, however the
 * tests depend on each other.
 *
 * @param pValues - each in [0, 1]
 * @returns adjusted ones in the same order, each in [0, 1]
 * @throws RangeError for other numbers
 * @see S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979)
 */
export function holm(pValues: readonly number[]): number[] {
  const order = ascending(pValues);
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  for (const [rank, position] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues[position] ?? 1) * (pValues.length - rank)));
    adjusted[position] = largest;
  }
  return adjusted;
}

/**
 * Benjamini and Hochberg's adjusted p-values: among those at or below α, the expected share of false rejections is at most
 * α where the tests are independent or positively dependent.
 *
 * @param pValues - each in [0, 1]
 * @returns adjusted ones in the same order, each in [0, 1]
 * @throws RangeError for other numbers
 * @see Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995)
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = ascending(pValues);
  const adjusted = pValues.map(() => 1);
  let smallest = 1;
  for (let rank = order.length; rank > 0; rank -= 1) {
    const position = order[rank - 1] ?? 0;
    smallest = Math.min(smallest, (pValues[position] ?? 1) * (pValues.length / rank));
    adjusted[position] = smallest;
  }
  return adjusted;
}

function ascending(pValues: readonly number[]): number[] {
  if (pValues.some((p) => !(p >= 0 && p <= 1))) throw new RangeError('pValues: 0 to 1');
  return [...pValues.keys()].sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
}
