/** Members of a JSON document, read strictly. @module */
import { LedgerError } from '../errors.ts';
import type { JsonObject, JsonValue, ProofJson } from '../types.ts';

/** An error about the member at `pointer`. */
export function unusable(reason: string, pointer: string): LedgerError {
  return new LedgerError('verify_unusable', reason, { pointer });
}

/**
 * The value as an object with all members of `required`, and none beyond those and `optional`.
 * @throws LedgerError `verify_unusable`
 */
export function readObject(
  value: JsonValue | undefined,
  pointer: string,
  required: readonly string[],
  optional: readonly string[] = [],
): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable('an object is expected', pointer);
  }
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw unusable(`the member "${missing}" is missing`, pointer);
  const isKnown = (name: string): boolean => required.includes(name) || optional.includes(name);
  if (!Object.keys(value).every(isKnown)) throw unusable('a member is not known in this format', pointer);
  return value;
}

/** @throws LedgerError `verify_unusable` */
export function readString(value: JsonValue | undefined, pointer: string): string {
  if (typeof value !== 'string') throw unusable('a string is expected', pointer);
  return value;
}

/** 0 to 2^53 - 1. @throws LedgerError `verify_unusable` */
export function readPosition(value: JsonValue | undefined, pointer: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw unusable('a whole number from 0 to 2^53-1 is expected', pointer);
  }
  return value as number;
}

/** @throws LedgerError `verify_unusable` */
export function readProof(value: JsonValue | undefined, pointer: string): ProofJson {
  const members = readObject(value, pointer, ['index', 'size', 'hashes']);
  return {
    index: readPosition(members['index'], `${pointer}/index`),
    size: readPosition(members['size'], `${pointer}/size`),
    hashes: readStrings(members['hashes'], `${pointer}/hashes`),
  };
}

/** @throws LedgerError `verify_unusable` */
export function readArray(value: JsonValue | undefined, pointer: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw unusable('an array is expected', pointer);
  return value;
}

/** @throws LedgerError `verify_unusable` */
export function readStrings(value: JsonValue | undefined, pointer: string): readonly string[] {
  return readArray(value, pointer).map((text, i) => readString(text, `${pointer}/${i}`));
}
