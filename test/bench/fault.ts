/** What makes the benchmark fail: a wrong answer, never a slow one. @module */

/** Correctness is broken: an answer that is not 2xx, events lost, a proof that does not verify. */
export class BenchFault extends Error {
  override readonly name = 'BenchFault';
}
