import { z } from 'zod';
import { EVENT_TYPES, type JsonValue } from '../../ledger/types.ts';
import { CommandFailure, messageOf, systemCode, unusable } from '../failure.ts';

/**
 * The mapping file of `vericlin import`: from the columns of a row to events. Documented in docs/import.md; every
 * member is checked, and an unknown one is refused, because a misspelt member would silently change what is recorded.
 *
 * @module
 */

const columnName = z.string().min(1).max(256);
const json: z.ZodType<JsonValue> = z.json();

const constantValue = z.strictObject({ constant: json });

const columnValue = z.strictObject({
  column: columnName,
  /** How the text is read. `string` keeps it as it stands. */
  type: z.enum(['string', 'number', 'integer', 'boolean']).default('string'),
  /** Replaces texts by JSON values; a text that is not listed is rejected. */
  values: z.record(z.string(), json).optional(),
  /** What a missing text (`csv.missing`) means: leave the member out, record `null`, or reject the row. */
  whenMissing: z.enum(['omit', 'null', 'reject']).default('omit'),
});

const additiveValue = z.strictObject({
  additive: z.strictObject({
    intercept: z.number(),
    terms: z.record(columnName, z.number()).refine((terms) => Object.keys(terms).length > 0, 'needs at least one term'),
    link: z.enum(['identity', 'logistic']).default('identity'),
    /** Decimal places; keeps the recorded number short and the same on every machine. */
    decimals: z.int().min(0).max(12).default(6),
  }),
});

const timeValue = z.strictObject({
  time: z.strictObject({
    /** Time of 0, RFC 3339 UTC. */
    start: z.iso.datetime(),
    secondsPerUnit: z.number().min(0).max(86_400),
    /** Column of the units, a number; the line where absent. */
    column: columnName.optional(),
  }),
});

export type ValueRule =
  | z.output<typeof constantValue>
  | z.output<typeof columnValue>
  | z.output<typeof additiveValue>
  | z.output<typeof timeValue>
  | { members: Record<string, ValueRule> }
  | { items: ValueRule[] };

const KINDS = {
  constant: constantValue,
  column: columnValue,
  additive: additiveValue,
  time: timeValue,
  members: z.strictObject({
    members: z.record(
      z.string().min(1),
      z.lazy(() => valueRule),
    ),
  }),
  items: z.strictObject({ items: z.array(z.lazy(() => valueRule)) }),
} as const;

/** One rule is told by the member that names its kind, so that a mistake inside it is reported where it is. */
const valueRule: z.ZodType<ValueRule> = z.unknown().transform((input, context): ValueRule => {
  const kind = kindOf(input);
  if (kind === undefined) {
    context.addIssue({ code: 'custom', message: `needs one of ${Object.keys(KINDS).join(', ')}` });
    return z.NEVER;
  }
  const result = (KINDS[kind] as z.ZodType<ValueRule>).safeParse(input);
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
  return z.NEVER;
});

function kindOf(input: unknown): keyof typeof KINDS | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((kind) => Object.hasOwn(input, kind));
}

const condition = z.union([
  z.strictObject({ column: columnName, present: z.boolean() }),
  z.strictObject({ column: columnName, in: z.array(z.string()).min(1) }),
]);
export type Condition = z.output<typeof condition>;

const ref = z.union([z.strictObject({ event: z.string() }), z.strictObject({ column: columnName })]);

const eventRule = z.strictObject({
  /** Names the event within the row; part of its id. */
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, _ and -, at most 64'),
  type: z.enum(EVENT_TYPES),
  /** All must hold, or the row makes no such event. */
  when: z.array(condition).default([]),
  occurredAt: valueRule,
  subject: valueRule.optional(),
  encounter: valueRule.optional(),
  model: valueRule.optional(),
  actor: valueRule.optional(),
  refs: z.array(ref).default([]),
  payload: z.record(z.string().min(1), valueRule),
});
export type EventRule = z.output<typeof eventRule>;

const mappingFile = z
  .strictObject({
    format: z.literal('vericlin-mapping/1'),
    csv: z
      .strictObject({
        delimiter: z.string().length(1).default(','),
        /** Texts that stand for "not known". */
        missing: z.array(z.string()).default(['']),
      })
      .prefault({}),
    events: z.array(eventRule).min(1).max(32),
  })
  .superRefine((mapping, context) => {
    const known = new Set<string>();
    mapping.events.forEach((event, i) => {
      if (known.has(event.name))
        context.addIssue({ code: 'custom', message: 'is used twice', path: ['events', i, 'name'] });
      event.refs.forEach((one, j) => {
        if ('event' in one && !known.has(one.event)) {
          const message = 'must name an event that stands earlier in this mapping';
          context.addIssue({ code: 'custom', message, path: ['events', i, 'refs', j, 'event'] });
        }
      });
      known.add(event.name);
    });
  });
export type Mapping = z.output<typeof mappingFile>;

/** @throws CommandFailure exit 2, naming every place that is wrong */
export function parseMapping(value: unknown): Mapping {
  const result = mappingFile.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `  at /${issue.path.join('/')}: ${issue.message}`);
  throw unusable(`the mapping cannot be used:\n${issues.join('\n')}`, 'The format is described in docs/import.md.');
}

/** Reads a mapping from YAML or JSON text (JSON is YAML). @throws CommandFailure exit 2 */
export async function readMapping(file: string): Promise<Mapping> {
  const [{ readFile }, { parse }] = await Promise.all([import('node:fs/promises'), import('yaml')]);
  try {
    return parseMapping(parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof CommandFailure) throw thrown;
    const why = systemCode(thrown) === 'ENOENT' ? 'there is no such file' : messageOf(thrown);
    throw unusable(`cannot read the mapping ${file}: ${why}`, undefined, thrown);
  }
}

/** Every column that the mapping reads, to be compared with the header before anything is sent. */
export function columnsOf(mapping: Mapping): ReadonlySet<string> {
  return new Set(mapping.events.flatMap(columnsOfEvent));
}

function columnsOfEvent(event: EventRule): string[] {
  const { occurredAt, subject, encounter, model, actor } = event;
  const rules = [occurredAt, subject, encounter, model, actor, ...Object.values(event.payload)];
  return [
    ...event.when.map((one) => one.column),
    ...event.refs.flatMap((one) => ('column' in one ? [one.column] : [])),
    ...rules.flatMap((rule) => (rule === undefined ? [] : columnsOfRule(rule))),
  ];
}

function columnsOfRule(rule: ValueRule): string[] {
  if ('column' in rule) return [rule.column];
  if ('additive' in rule) return Object.keys(rule.additive.terms);
  if ('time' in rule) return rule.time.column === undefined ? [] : [rule.time.column];
  if ('members' in rule) return Object.values(rule.members).flatMap(columnsOfRule);
  if ('items' in rule) return rule.items.flatMap(columnsOfRule);
  return [];
}
