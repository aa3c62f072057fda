import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { compileMapping } from '../../../cli/import/build-events.ts';
import { deriveEventId } from '../../../cli/import/event-id.ts';
import { columnsOf, parseMapping } from '../../../cli/import/mapping.ts';
import type { Row } from '../../../cli/import/value-rules.ts';
import { projectRoot } from '../../support/project.ts';

const DIGEST = createHash('sha256').update('a file').digest();

function rowOf(cells: Readonly<Record<string, string>>, line = 2): Row {
  return { line, cell: (column) => (cells[column] === '?' ? undefined : cells[column]) };
}

function mappingOf(payload: unknown, members: object = {}): unknown {
  const event = {
    name: 'p',
    type: 'prediction',
    occurredAt: { constant: '2026-01-01T00:00:00Z' },
    payload,
    ...members,
  };
  return { format: 'vericlin-mapping/1', events: [event] };
}

function payloadOf(rule: unknown, cells: Readonly<Record<string, string>>): unknown {
  const { events, rejects } = compileMapping(parseMapping(mappingOf({ x: rule })), DIGEST)(rowOf(cells));
  return rejects[0] ?? events[0]?.envelope['payload'];
}

describe('ids', () => {
  it('are UUIDv8 of SHA-256(file digest, line, event name)', () => {
    const line = Buffer.alloc(8);
    line.writeBigUInt64BE(7n);
    const hash = createHash('sha256')
      .update(Buffer.concat([DIGEST, line, Buffer.from('prediction')]))
      .digest();
    const id = deriveEventId(DIGEST, 7, 'prediction');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    const free = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15];
    expect(free.map((i) => bytes[i])).toEqual(free.map((i) => hash[i]));
  });

  it('differ by file, line and name, and are the same every time', () => {
    const other = createHash('sha256').update('another file').digest();
    const ids = [
      deriveEventId(DIGEST, 1, 'a'),
      deriveEventId(DIGEST, 2, 'a'),
      deriveEventId(DIGEST, 1, 'b'),
      deriveEventId(other, 1, 'a'),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(deriveEventId(DIGEST, 1, 'a')).toBe(ids[0]);
  });
});

describe('values', () => {
  it.each([
    [{ constant: { a: [1, null] } }, {}, { x: { a: [1, null] } }],
    [{ column: 'c' }, { c: ' 1 ' }, { x: ' 1 ' }],
    [{ column: 'c', type: 'integer' }, { c: '-12' }, { x: -12 }],
    [{ column: 'c', type: 'number' }, { c: '1.50' }, { x: 1.5 }],
    [{ column: 'c', type: 'number' }, { c: '1e3' }, { x: 1000 }],
    [{ column: 'c', type: 'boolean' }, { c: 'false' }, { x: false }],
    [{ column: 'c', values: { '<30': true, NO: false } }, { c: '<30' }, { x: true }],
    [{ column: 'c' }, { c: '?' }, {}],
    [{ column: 'c', whenMissing: 'null' }, { c: '?' }, { x: null }],
    [{ members: { a: { column: 'c' }, b: { column: 'd' } } }, { c: '1', d: '?' }, { x: { a: '1' } }],
    [{ items: [{ column: 'c', type: 'number' }, { column: 'd' }] }, { c: '1', d: '?' }, { x: [1] }],
    [{ time: { start: '2026-01-01T00:00:00Z', secondsPerUnit: 60 } }, {}, { x: '2026-01-01T00:02:00.000Z' }],
    [
      { time: { start: '1970-01-01T00:00:00Z', secondsPerUnit: 1, column: 'c' } },
      { c: '90' },
      { x: '1970-01-01T00:01:30.000Z' },
    ],
  ])('%j of %j is %j', (rule, cells, payload) => {
    expect(payloadOf(rule, cells)).toEqual(payload);
  });

  it.each([
    [{ column: 'c', type: 'integer' }, { c: '1.5' }, 'wrong_type'],
    [{ column: 'c', type: 'integer' }, { c: '9007199254740993' }, 'json_number_imprecise'],
    [{ column: 'c', type: 'number' }, { c: '0x10' }, 'wrong_type'],
    [{ column: 'c', type: 'number' }, { c: '' }, 'wrong_type'],
    [{ column: 'c', type: 'number' }, { c: 'NaN' }, 'wrong_type'],
    [{ column: 'c', type: 'number' }, { c: '1e400' }, 'json_number_imprecise'],
    [{ column: 'c', type: 'boolean' }, { c: 'yes' }, 'wrong_type'],
    [{ column: 'c', values: { a: 1 } }, { c: 'toString' }, 'invalid_value'],
    [{ column: 'c', whenMissing: 'reject' }, { c: '?' }, 'missing_member'],
    [{ additive: { intercept: 0, terms: { c: 1 } } }, { c: '?' }, 'missing_member'],
    [
      { time: { start: '1970-01-01T00:00:00Z', secondsPerUnit: 86400, column: 'c' } },
      { c: '999999999999' },
      'invalid_time',
    ],
  ])('%j of %j is rejected as %s, without the value', (rule, cells, code) => {
    const reject = payloadOf(rule, cells) as {
      code: string;
      pointer: string;
      line: number;
      event: string;
      reason: string;
    };
    expect(reject).toMatchObject({ code, pointer: '/payload/x', line: 2, event: 'p' });
    if (cells.c.length > 3) expect(JSON.stringify(reject)).not.toContain(cells.c);
  });

  it('computes an additive score in the open: intercept + Σ weight · column, logistic, rounded', () => {
    const additive = { intercept: -2.6, terms: { a: 0.4, b: 0.15 }, link: 'logistic', decimals: 4 };
    const expected = 1 / (1 + Math.exp(-(-2.6 + 0.4 * 3 + 0.15 * 2)));
    expect(payloadOf({ additive }, { a: '3', b: '2' })).toEqual({ x: Number(expected.toFixed(4)) });
    expect(payloadOf({ additive: { ...additive, link: 'identity' } }, { a: '3', b: '2' })).toEqual({ x: -1.1 });
  });
});

describe('events of a row', () => {
  const two = parseMapping({
    format: 'vericlin-mapping/1',
    events: [
      {
        name: 'a',
        type: 'prediction',
        occurredAt: { constant: '2026-01-01T00:00:00Z' },
        when: [{ column: 'skip', present: false }],
        subject: { column: 's', whenMissing: 'reject' },
        payload: {},
      },
      {
        name: 'b',
        type: 'outcome',
        occurredAt: { constant: '2026-01-01T00:00:00Z' },
        when: [{ column: 'kind', in: ['x', 'y'] }],
        refs: [{ event: 'a' }],
        payload: {},
      },
    ],
  });
  const build = compileMapping(two, DIGEST);

  it('refer to each other by derived ids', () => {
    const { events } = build(rowOf({ s: '1', skip: '?', kind: 'x' }, 9));
    expect(events.map((event) => event.id)).toEqual([deriveEventId(DIGEST, 9, 'a'), deriveEventId(DIGEST, 9, 'b')]);
    expect(events[1]?.envelope['refs']).toEqual([deriveEventId(DIGEST, 9, 'a')]);
    expect(events[1]?.needs).toEqual([deriveEventId(DIGEST, 9, 'a')]);
  });

  it('are made only when their conditions hold', () => {
    expect(build(rowOf({ s: '1', skip: '?', kind: 'z' })).events.map((event) => event.name)).toEqual(['a']);
    expect(build(rowOf({ s: '1', skip: '?', kind: '?' })).events.map((event) => event.name)).toEqual(['a']);
  });

  it('are rejected with the event they refer to', () => {
    const { events, rejects } = build(rowOf({ s: '?', skip: '?', kind: 'x' }));
    expect(events).toEqual([]);
    expect(rejects.map((reject) => [reject.event, reject.code, reject.pointer])).toEqual([
      ['a', 'missing_member', '/subject'],
      ['b', 'invalid_ref', '/refs/0'],
    ]);
  });
});

describe('the mapping file', () => {
  it.each([
    ['another format', { format: 'x', events: [] }, '/format'],
    ['no event', { format: 'vericlin-mapping/1', events: [] }, '/events'],
    ['an unknown member', { ...(mappingOf({}) as object), more: 1 }, 'more'],
    ['an unknown member of an event', mappingOf({}, { subjct: { column: 'c' } }), 'subjct'],
    ['a rule of no kind', mappingOf({ x: { colunm: 'c' } }), '/events/0/payload/x'],
    ['a bare value instead of a rule', mappingOf({ x: 'c' }), '/events/0/payload/x'],
    ['two kinds at once', mappingOf({ x: { constant: 1, column: 'c' } }), '/events/0/payload/x'],
    [
      'a mistake deep inside',
      mappingOf({ x: { members: { y: { column: 'c', type: 'float' } } } }),
      '/events/0/payload/x/members/y/type',
    ],
    ['an unknown event type', mappingOf({}, { type: 'prophecy' }), '/events/0/type'],
    ['a ref to a later event', mappingOf({}, { refs: [{ event: 'q' }] }), '/events/0/refs/0/event'],
    [
      'a score without terms',
      mappingOf({ x: { additive: { intercept: 1, terms: {} } } }),
      '/events/0/payload/x/additive/terms',
    ],
  ])('with %s is refused, and the place named', (_name, value, place) => {
    expect(() => parseMapping(value)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(place) as unknown }),
    );
  });

  it('says which columns it reads', () => {
    const mapping = mappingOf(
      {
        a: { column: 'c1' },
        constant: { column: 'c2' },
        column: { members: { terms: { additive: { intercept: 0, terms: { c3: 1 } } } } },
        d: { constant: { column: 'no' } },
        e: { column: 'c4', values: { column: 'no' } },
        f: { items: [{ time: { start: '2026-01-01T00:00:00Z', secondsPerUnit: 1, column: 'c5' } }] },
      },
      { when: [{ column: 'c6', present: true }], refs: [{ column: 'c7' }], subject: { column: 'c8' } },
    );
    expect([...columnsOf(parseMapping(mapping))].sort()).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8']);
  });

  it('of the example is valid', async () => {
    const text = await readFile(join(projectRoot, 'docs', 'examples', 'diabetes-mapping.yaml'), 'utf8');
    expect(parseMapping(parse(text)).events.map((event) => event.type)).toEqual(['prediction', 'outcome']);
  });
});
