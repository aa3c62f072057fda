/** Events as integrators might post them: valid ones of every type, and broken ones with the code they must give. */
import fc from 'fast-check';
import type { ErrorCode } from '../../ledger/errors.ts';
import { EVENT_RULES, EVENT_SCHEMAS, type EventRule } from '../../ledger/event/index.ts';
import { EVENT_TYPES, type EventType, type JsonObject, type JsonValue } from '../../ledger/types.ts';
import { anyText, anyTime, anyUuid, valueOf } from './schema-arbitrary.ts';

/** Types that may be posted; the others are made by the service alone. */
export const POSTABLE_TYPES: readonly EventType[] = EVENT_TYPES.filter((type) => !EVENT_RULES[type].serverMade);

export interface EnvelopeOptions {
  /** Refs are drawn from these. Default: any UUIDs, which a running log refuses as `unknown_ref`. */
  readonly refs?: readonly string[];
  /** `occurredAt` is not later. Default: now. */
  readonly maxMs?: number;
}

const hasControl = /\p{Cc}/u;
const anyName = (max: number): fc.Arbitrary<string> => anyText(1, max).filter((text) => !hasControl.test(text));
const hexDigest = fc.stringMatching(/^[0-9a-f]{64}$/);

const anyModel = fc.record(
  { name: anyName(256), version: anyName(64), digest: hexDigest },
  { requiredKeys: ['name', 'version'] },
) as fc.Arbitrary<JsonObject>;
const anyActor = fc.record(
  { id: anyName(256), purposeOfUse: fc.constantFrom('TREAT', 'HPAYMT', 'ETREAT', 'HRESCH') },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<JsonObject>;

function refsOf(rule: EventRule, options: EnvelopeOptions): fc.Arbitrary<string[]> {
  const minLength = Math.max(rule.minRefs, rule.needsOneOf.includes('refs') ? 1 : 0);
  if (options.refs !== undefined)
    return fc.subarray([...options.refs], { minLength, maxLength: Math.min(64, options.refs.length) });
  return fc.uniqueArray(anyUuid, { minLength, maxLength: 5, selector: (id) => id.toLowerCase() });
}

/** Members by the rule of the type: forbidden ones never, needed ones always, others sometimes. */
function membersOf(
  type: EventType,
  options: EnvelopeOptions,
): { members: Record<string, fc.Arbitrary<JsonValue>>; required: string[] } {
  const rule = EVENT_RULES[type];
  const needsRefs = rule.minRefs > 0 || rule.needsOneOf.includes('refs');
  const members: Record<string, fc.Arbitrary<JsonValue>> = {
    id: anyUuid,
    occurredAt: anyTime(options.maxMs ?? Date.now()),
    actor: anyActor,
    refs: refsOf(rule, options),
    payload: valueOf(EVENT_SCHEMAS[type]),
  };
  if (rule.subject !== 'forbidden') {
    members['subject'] = anyName(256);
    members['encounter'] = anyName(256);
  }
  if (rule.model !== 'forbidden') members['model'] = anyModel;
  const required = [
    'occurredAt',
    'payload',
    ...(rule.model === 'required' ? ['model'] : []),
    ...(needsRefs ? ['refs'] : []),
  ];
  return { members, required };
}

const byType = new Map<EventType, fc.Arbitrary<JsonObject>>();

/** Events of `type` that must be accepted. Without a type: any that may be posted. */
export function validEnvelope(type?: EventType, options: EnvelopeOptions = {}): fc.Arbitrary<JsonObject> {
  if (type === undefined) return fc.oneof(...POSTABLE_TYPES.map((each) => validEnvelope(each, options)));
  const isDefault = options.refs === undefined && options.maxMs === undefined;
  const known = isDefault ? byType.get(type) : undefined;
  if (known !== undefined) return known;
  const { members, required } = membersOf(type, options);
  const made = fc.record(members, { requiredKeys: required }).map((event): JsonObject => ({ ...event, type }));
  if (isDefault) byType.set(type, made);
  return made;
}

export interface Broken {
  readonly value: JsonValue;
  /** What was done to a valid event. */
  readonly how: string;
  /** The codes that may answer it. */
  readonly codes: readonly ErrorCode[];
  /** Text that was put in and must come out nowhere; absent where none was. */
  readonly canary?: string;
}

type Break = (event: JsonObject, canary: string) => Omit<Broken, 'canary' | 'how'>;

function without(event: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(event).filter(([member]) => member !== name));
}

function replacing(name: string, value: JsonValue, code: ErrorCode): Break {
  return (event) => ({ value: { ...event, [name]: value }, codes: [code] });
}

function payloadOf(event: JsonObject): JsonObject {
  return event['payload'] as JsonObject;
}

const BREAKS: Readonly<Record<string, Break>> = {
  'no type': (event) => ({ value: without(event, 'type'), codes: ['missing_member'] }),
  'no occurredAt': (event) => ({ value: without(event, 'occurredAt'), codes: ['missing_member'] }),
  'no payload': (event) => ({ value: without(event, 'payload'), codes: ['missing_member'] }),
  'unknown member': (event, canary) => ({ value: { ...event, [canary]: 1 }, codes: ['unknown_member'] }),
  'unknown member of model': (event, canary) => ({
    value: { ...event, model: { name: 'm', version: '1', [canary]: 1 } },
    codes: ['unknown_member'],
  }),
  'unknown member of actor': (event, canary) => ({
    value: { ...event, actor: { id: 'a', [canary]: 1 } },
    codes: ['unknown_member'],
  }),
  'recordedAt posted': replacing('recordedAt', '2026-01-01T00:00:00.000Z', 'unknown_member'),
  'unknown type': (event, canary) => ({ value: { ...event, type: canary }, codes: ['unknown_event_type'] }),
  'type inherited from objects': replacing('type', 'constructor', 'unknown_event_type'),
  'reserved type': replacing('type', 'key_shredded', 'type_reserved'),
  'type not a string': replacing('type', ['prediction'], 'wrong_type'),
  'id no UUID': (event, canary) => ({ value: { ...event, id: canary }, codes: ['invalid_id'] }),
  'id null': replacing('id', null, 'wrong_type'),
  'time without zone': replacing('occurredAt', '2026-01-01T00:00:00', 'invalid_time'),
  'time with offset': replacing('occurredAt', '2026-01-01T00:00:00+00:00', 'invalid_time'),
  'no such day': replacing('occurredAt', '2025-02-29T00:00:00Z', 'invalid_time'),
  'far future': replacing('occurredAt', '9999-12-31T23:59:59Z', 'invalid_time'),
  'time a number': replacing('occurredAt', 1_700_000_000, 'wrong_type'),
  'actor a string': (event, canary) => ({ value: { ...event, actor: canary }, codes: ['wrong_type'] }),
  'actor without id': replacing('actor', { purposeOfUse: 'TREAT' }, 'missing_member'),
  'actor id empty': replacing('actor', { id: '' }, 'invalid_value'),
  'actor id with NUL': (event, canary) => ({
    value: { ...event, actor: { id: `${canary}\u0000` } },
    codes: ['invalid_value'],
  }),
  'actor id too long': replacing('actor', { id: 'x'.repeat(257) }, 'invalid_value'),
  'refs an object': (event, canary) => ({ value: { ...event, refs: { [canary]: 1 } }, codes: ['wrong_type'] }),
  'ref no UUID': (event, canary) => ({ value: { ...event, refs: [canary] }, codes: ['invalid_ref'] }),
  'ref twice': replacing(
    'refs',
    ['0197a1c2-0000-7000-8000-000000000001', '0197A1C2-0000-7000-8000-000000000001'],
    'invalid_ref',
  ),
  'too many refs': replacing(
    'refs',
    Array.from({ length: 65 }, (_, i) => `0197a1c2-0000-7000-8000-${String(i).padStart(12, '0')}`),
    'invalid_value',
  ),
  'payload an array': replacing('payload', [], 'wrong_type'),
  'payload null': replacing('payload', null, 'wrong_type'),
  'payload member wrong': (event, canary) => {
    const schema = EVENT_SCHEMAS[event['type'] as EventType];
    const [name] =
      Object.entries(schema.properties).find(
        ([, member]) =>
          member.type === 'integer' || member.type === 'number' || member.type === 'boolean' || member.type === 'array',
      ) ?? [];
    if (name === undefined) return { value: [], codes: ['wrong_type'] };
    return {
      value: { ...event, payload: { ...payloadOf(event), [name]: { [canary]: canary } } },
      codes: ['wrong_type'],
    };
  },
  'not an object': (_, canary) => ({ value: canary, codes: ['wrong_type'] }),
  'an array in the place of an event': (event) => ({ value: [[event]], codes: ['wrong_type'] }),
};

/** Events that must be refused, each with the codes that may say why. JSON itself is sound. */
export function brokenEnvelope(type?: EventType): fc.Arbitrary<Broken> {
  return fc
    .tuple(validEnvelope(type), fc.constantFrom(...Object.entries(BREAKS)), fc.uuid())
    .map(([event, [how, apply], id]) => {
      const canary = `CANARY ${id}`;
      return { ...apply(event, canary), how, canary };
    });
}

export interface BrokenBody {
  readonly body: string;
  readonly how: string;
  /** The code that the reader answers. */
  readonly code: ErrorCode;
}

/** Bodies that are no sound JSON, or JSON that must not be taken: cut short, doubled members, imprecise numbers, deep nesting. */
export function brokenBody(): fc.Arbitrary<BrokenBody> {
  const text = validEnvelope().map((event) => JSON.stringify(event));
  const starting = (how: string, code: ErrorCode, start: string): fc.Arbitrary<BrokenBody> =>
    text.map((body) => ({ how, code, body: body.replace('{', `{${start},`) }));
  return fc.oneof(
    fc.tuple(text, fc.nat(1000)).map(([body, at]) => ({
      how: 'cut short',
      code: 'json_invalid' as const,
      // Not inside a number: what is left of one may be a number of its own, and an imprecise one.
      body: body.slice(0, 1 + (at % (body.length - 1))).replace(/[-+.eE0-9]+$/, ''),
    })),
    starting('member twice', 'json_duplicate_member', '"payload":{}'),
    starting('member twice, escaped', 'json_duplicate_member', '"\\u0070ayload":{}'),
    starting('imprecise number', 'json_number_imprecise', '"x":0.12345678901234567890123'),
    starting('integer beyond 2^53', 'json_number_imprecise', '"x":9007199254740993'),
    starting('number out of range', 'json_number_imprecise', '"x":1e400'),
    starting('lone surrogate in a name', 'json_lone_surrogate', '"\\ud800":1'),
    starting('lone surrogate in a value', 'json_lone_surrogate', '"x":"\\udc00"'),
    starting('NaN', 'json_invalid', '"x":NaN'),
    text.map((body) => ({ how: 'text after the end', code: 'json_invalid' as const, body: `${body}x` })),
    fc.integer({ min: 200, max: 5000 }).map((depth) => ({
      how: 'too deep',
      code: 'json_too_deep' as const,
      body: '['.repeat(depth) + ']'.repeat(depth),
    })),
    anyText(0, 64).map((body) => ({ how: 'any text', code: 'json_invalid' as const, body: `\u0000${body}` })),
  );
}
