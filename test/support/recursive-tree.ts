/** RFC 6962 §2.1 as it is written down, recursive, and sharing no code with the product. @module */
import { createHash } from 'node:crypto';

/** A growing list of leaf hashes and the roots of its prefixes. */
export class RecursiveTree {
  readonly #leaves: Buffer[] = [];
  readonly #known = new Map<string, Buffer>();

  get size(): number {
    return this.#leaves.length;
  }

  /** @param leafHashes 32 bytes each, one after the other */
  append(leafHashes: Uint8Array): void {
    const bytes = Buffer.from(leafHashes);
    for (let at = 0; at < bytes.length; at += 32) this.#leaves.push(bytes.subarray(at, at + 32));
  }

  /** Root of the first `size` leaves, hex. */
  root(size: number = this.size): string {
    return this.#mth(0, size).toString('hex');
  }

  /** MTH(D[start:end]). Roots are remembered, so that many sizes of one tree can be asked for. */
  #mth(start: number, end: number): Buffer {
    const n = end - start;
    if (n === 0) return createHash('sha256').digest();
    if (n === 1) return this.#leaves[start]!;
    const key = `${start}-${end}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let k = 1;
    while (k * 2 < n) k *= 2;
    const left = this.#mth(start, start + k);
    const right = this.#mth(start + k, end);
    const root = createHash('sha256').update('\x01', 'latin1').update(left).update(right).digest();
    this.#known.set(key, root);
    return root;
  }
}
