/** Texts of one column, each decoded once. @module */

/** Distinct texts that are remembered; a column with more has no groups worth the memory, and its texts are decoded each time. */
const MOST_TEXTS = 1 << 16;
/** Longer ones are no names of groups. */
const LONGEST_KEY_BYTES = 256;
const FIRST_SLOTS = 64;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Decodes cells of a column: the same bytes give the same string without being decoded again. */
export class TextCells {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #texts: string[] = [];
  readonly #keys: Uint8Array[] = [];
  /** Position in `texts` plus 1; 0 is free. Open addressing, at most half full. */
  #slots = new Int32Array(FIRST_SLOTS);

  /** @throws TypeError where the bytes are no UTF-8 */
  read(bytes: Uint8Array, from: number, end: number): string {
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, from, end) & mask;
    for (;;) {
      const position = this.#slots[slot] ?? 0;
      if (position === 0) break;
      const key = this.#keys[position - 1];
      if (key !== undefined && equals(key, bytes, from, end)) return this.#texts[position - 1] ?? '';
      slot = (slot + 1) & mask;
    }
    return this.#remember(bytes.slice(from, end), slot);
  }

  #remember(key: Uint8Array, slot: number): string {
    const text = this.#decoder.decode(key);
    if (this.#texts.length >= MOST_TEXTS || key.length > LONGEST_KEY_BYTES) return text;
    this.#keys.push(key);
    this.#slots[slot] = this.#texts.push(text);
    if (this.#texts.length * 2 > this.#slots.length) this.#grow();
    return text;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const [i, key] of this.#keys.entries()) {
      let slot = hash(key, 0, key.length) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a. */
function hash(bytes: Uint8Array, from: number, end: number): number {
  let value = FNV_OFFSET;
  for (let at = from; at < end; at += 1) value = Math.imul(value ^ (bytes[at] ?? 0), FNV_PRIME);
  return value ^ (value >>> 15);
}

function equals(key: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (key.length !== end - from) return false;
  for (let i = 0; i < key.length; i += 1) if (key[i] !== bytes[from + i]) return false;
  return true;
}
