import type { JsonObject, JsonValue } from '../types.ts';

/**
 * Members of a payload as read for a mapping. A payload was validated when it was appended, but by an older schema
 * perhaps, and a reader may get it de-identified: a member of another kind, or none, reads as absent.
 *
 * @module
 */

/** A text that is not blank, without white space around it (FHIR strings may not have any). */
export function textMember(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name];
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

export function objectMember(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return isObject(value) ? value : undefined;
}

/** The texts of a list. */
export function textsMember(object: JsonObject | undefined, name: string): readonly string[] {
  const value = object?.[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `[low, high]`. */
export function intervalMember(object: JsonObject, name: string): readonly [number, number] | undefined {
  const value = object[name];
  if (!Array.isArray(value)) return undefined;
  const [low, high] = value;
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
