/**
 * The part of JSON Schema 2020-12 that the event schemas use, typed, plus two keywords of our own, `x-deidentified` and
 * `x-small-cell`.
 *
 * @module
 */

type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array';

export interface MemberSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly title?: string;
  readonly description?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'uuid' | 'date-time';
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly items?: MemberSchema | false;
  readonly prefixItems?: readonly MemberSchema[];
  readonly properties?: Readonly<Record<string, MemberSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: MemberSchema | false;
  readonly anyOf?: readonly MemberSchema[];
  /**
   * The member may be shown to readers who may not see PHI: scores, metrics, flags, codes, digests of artefacts.
   * Never set on free text, dates or ids (45 CFR 164.514(b)(2)). Members without it are dropped from that view.
   */
  readonly 'x-deidentified'?: true;
  /** The object may be about a few persons: what of it is then shown de-identified. */
  readonly 'x-small-cell'?: SmallCellRule;
}

/** A cell of fewer than `below` persons is not shown: numbers and names of groups could be about one of them. */
export interface SmallCellRule {
  /** The member whose `true` says that the object rests on such a cell, or would reveal one. */
  readonly flag: string;
  /** The flag is a text instead, and says so where it begins like this. */
  readonly startsWith?: string;
  /** The member that counts the persons: under `below`, or absent unless `optional`, the cell is small whatever the flag says. */
  readonly count?: { readonly member: string; readonly below: number; readonly optional?: true };
  /** Members that are shown all the same, where their own schema lets them. */
  readonly members: readonly string[];
  /** Members that are shown in the place of what is there. */
  readonly instead: Readonly<Record<string, string | null>>;
}

/** The schema of one event type's payload. */
export interface EventSchema extends MemberSchema {
  readonly $schema: 'https://json-schema.org/draft/2020-12/schema';
  /** `urn:vericlin:schema:<type>:<version>`. */
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly type: 'object';
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, MemberSchema>>;
}
