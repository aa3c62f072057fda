/** Reads protocol buffers in their canonical form, and nothing else. @module */
import { LedgerError } from '../../errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** 2^53 - 1 has 8 groups of 7 bits. */
const MOST_VARINT_BYTES = 8;
const LARGEST_INT32 = 0x7fff_ffff;

/** @throws LedgerError `verify_unusable` */
export type ReadMessage<T> = (bytes: Uint8Array) => T;

/**
 * Goes through a message (attacker-controlled) field by field, in the order of their numbers. Every message has exactly
 * one form that is read, the one that Fabric writes: fields in order, each at most once, in minimal varints, none with
 * its default value, none unknown. So re-serialising what was read gives the same bytes, and no bit is free.
 *
 * Beyond that, integers are refused that a JavaScript number cannot hold, and negative ones: honest messages have none.
 * Bytes are views of the input, not copies.
 */
export class FieldReader {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param name of the message, for what is said of it when it cannot be read */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /** An absent field is empty. */
  bytes(field: number): Uint8Array {
    if (!this.#takeTag(field, LENGTH_DELIMITED)) return new Uint8Array(0);
    const bytes = this.#takeBytes();
    if (bytes.length === 0) throw this.#fault('states a default value');
    return bytes;
  }

  string(field: number): string {
    const bytes = this.bytes(field);
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.#fault('holds text that is not UTF-8');
    }
  }

  /** 0 to 2^53 - 1. */
  uint64(field: number): number {
    if (!this.#takeTag(field, VARINT)) return 0;
    const value = this.#takeVarint();
    if (value === 0) throw this.#fault('states a default value');
    return value;
  }

  /** As {@link uint64}: only values that are not negative are read. */
  int64(field: number): number {
    return this.uint64(field);
  }

  /** 0 to 2^31 - 1. */
  int32(field: number): number {
    const value = this.uint64(field);
    if (value > LARGEST_INT32) throw this.#fault('holds a number out of range');
    return value;
  }

  bool(field: number): boolean {
    const value = this.uint64(field);
    if (value > 1) throw this.#fault('holds a truth value that is neither');
    return value === 1;
  }

  /** `undefined` where absent, which is not the same as empty. */
  message<T>(field: number, read: ReadMessage<T>): T | undefined {
    return this.#takeTag(field, LENGTH_DELIMITED) ? read(this.#takeBytes()) : undefined;
  }

  repeatedBytes(field: number): readonly Uint8Array[] {
    const list: Uint8Array[] = [];
    while (this.#takeTag(field, LENGTH_DELIMITED)) list.push(this.#takeBytes());
    return list;
  }

  repeatedMessage<T>(field: number, read: ReadMessage<T>): readonly T[] {
    const list: T[] = [];
    while (this.#takeTag(field, LENGTH_DELIMITED)) list.push(read(this.#takeBytes()));
    return list;
  }

  /** @throws LedgerError `verify_unusable` if anything is left: unknown, out of order, repeated, or of another wire type */
  end(): void {
    if (this.#at < this.#bytes.length) throw this.#fault('has a field that is unknown or out of place');
  }

  /** Whether the next field is this one; if so, its tag is passed. */
  #takeTag(field: number, wireType: number): boolean {
    if (this.#at === this.#bytes.length) return false;
    const start = this.#at;
    if (this.#takeVarint() === field * 8 + wireType) return true;
    this.#at = start;
    return false;
  }

  #takeBytes(): Uint8Array {
    const length = this.#takeVarint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#fault('ends too early');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  #takeVarint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MOST_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw this.#fault('ends too early');
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return this.#minimal(value, byte, i);
    }
    throw this.#fault('holds a number out of range');
  }

  #minimal(value: number, lastByte: number, index: number): number {
    if (lastByte === 0 && index > 0) throw this.#fault('holds a number that is not written in its shortest form');
    if (!Number.isSafeInteger(value)) throw this.#fault('holds a number out of range');
    return value;
  }

  #fault(what: string): LedgerError {
    return new LedgerError('verify_unusable', `The message ${this.#name} of the evidence ${what}.`);
  }
}
