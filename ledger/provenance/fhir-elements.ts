import type { CodeableConcept, Coding, Reference } from 'fhir/r4.js';
import { CODE_SYSTEMS, PURPOSES_OF_USE, SYSTEM_URI, VERICLIN_NAMESPACE } from './vocabularies.ts';

/** A reference by business identifier to what has a UUID here: an event, or a subject by its pseudonym. */
export function uuidReference(uuid: string, type?: string): Reference {
  return { ...(type === undefined ? {} : { type }), identifier: { system: SYSTEM_URI, value: `urn:uuid:${uuid}` } };
}

/** A reference to somebody known by an id of this log: a principal, or an actor of an envelope. */
export function principalReference(id: string, type?: string): Reference {
  const system = `${VERICLIN_NAMESPACE}principal`;
  return { ...(type === undefined ? {} : { type }), identifier: { system, value: id } };
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

/** `type: []` and the like are not FHIR: an empty list is left out. */
export function unlessEmpty<T>(items: readonly T[]): T[] | undefined {
  return items.length === 0 ? undefined : [...items];
}
