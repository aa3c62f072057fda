import type { CodeableConcept, Coding, Period, Reference } from 'fhir/r4.js';
import { fitText } from './payload-members.ts';
import { CODE_SYSTEMS, PURPOSES_OF_USE, SYSTEM_URI, VERICLIN_NAMESPACE } from './vocabularies.ts';

/** `{[name]: value}`, or nothing: FHIR has no null members. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}

/** A reference by business identifier to what has a UUID here: an event, or a subject by its pseudonym. */
export function uuidReference(uuid: string, type?: string): Reference {
  const value = `urn:uuid:${uuid.toLowerCase()}`;
  return { ...given('type', type), identifier: { system: SYSTEM_URI, value } };
}

/** A reference to somebody known by an id of this log: a principal, or an actor of an envelope. */
export function principalReference(id: string, type?: string): Reference {
  const system = `${VERICLIN_NAMESPACE}principal`;
  return { ...given('type', type), identifier: { system, value: fitText(id) ?? 'blank' } };
}

/** The log itself, by its origin. */
export function logReference(origin: string): Reference {
  return { type: 'Device', identifier: { system: `${VERICLIN_NAMESPACE}log`, value: origin }, display: origin };
}

export function concept(coding: Coding): CodeableConcept {
  return { coding: [coding] };
}

/** The HL7 v3 code where it is one; any other word is kept as text. */
export function purposeConcept(purpose: string): CodeableConcept {
  return PURPOSES_OF_USE.has(purpose) ? concept({ system: CODE_SYSTEMS.actReason, code: purpose }) : { text: purpose };
}

/** FHIR writes RFC 3339 with capital letters; a de-identified time is a year, which is a FHIR dateTime too. */
export function fhirTime(time: string): string {
  return time.toUpperCase();
}

/** A Period from one time to another; it never ends before it starts (per-1). */
export function periodOf(start: string, end: string): Period {
  return { start: fhirTime(start), end: fhirTime(Date.parse(end) < Date.parse(start) ? start : end) };
}

/** `type: []` and the like are not FHIR: an empty list is left out. */
export function unlessEmpty<T>(items: readonly T[]): T[] | undefined {
  return items.length === 0 ? undefined : [...items];
}
