/**
 * The part of JSON Schema 2020-12 that the event schemas use, typed and one keyword of our own,
 * `x-deidentified`.
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
