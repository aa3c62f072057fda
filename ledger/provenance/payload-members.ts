import type { JsonObject, JsonValue } from '../types.ts';

/**
 * Members of a payload as read for a mapping. A payload was validated when it was appended, but by an older schema
 * perhaps, and a reader may get it de-identified: a member of another kind, or none, reads as absent.
 *
 * @module
 */

/** A text that is not blank, made fit for FHIR. */
export function textMember(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name];
  return typeof value === 'string' ? fitText(value) : undefined;
}

/** FHIR R4 string: not empty, no white space around it, no control characters but tab and line ends. */
export function fitText(text: string): string | undefined {
  const fit = text.replace(/(?![\t\n\r])\p{Cc}/gu, '\ufffd').trim();
  return fit === '' ? undefined : fit;
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
