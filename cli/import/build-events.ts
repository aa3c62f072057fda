import type { JsonObject } from '../../ledger/types.ts';
import { deriveEventId } from './event-id.ts';
import type { Condition, EventRule, Mapping } from './mapping.ts';
import { RowFault, type Reject } from './row-fault.ts';
import { compileMembers, compileRule, type Evaluate, type Row } from './value-rules.ts';

/** An event of a row, ready to be validated. */
export interface RowEvent {
  readonly line: number;
  /** Name of the event in the mapping. */
  readonly name: string;
  readonly id: string;
  readonly envelope: JsonObject;
  /** Ids of events of the same row that this one refers to: if one is rejected, so is this. */
  readonly needs: readonly string[];
}

/** What one row makes. */
export interface RowEvents {
  readonly line: number;
  readonly events: readonly RowEvent[];
  readonly rejects: readonly Reject[];
}

/** Turns rows into events by the rules of a mapping. */
export type BuildRow = (row: Row) => RowEvents;

/** Compiles a mapping for the file of this digest. */
export function compileMapping(mapping: Mapping, fileDigest: Uint8Array): BuildRow {
  const rules = mapping.events.map((event) => compileEvent(event, fileDigest));
  return (row) => {
    const built = new Map<string, RowEvent>();
    const rejects: Reject[] = [];
    for (const rule of rules) {
      if (!rule.applies(row)) continue;
      try {
        built.set(rule.name, rule.build(row, built));
      } catch (thrown) {
        rejects.push(rejectOf(thrown, row.line, rule.name));
      }
    }
    return { line: row.line, events: [...built.values()], rejects };
  };
}

/** The reject that a fault leads to. Anything that is no {@link RowFault} is a defect and is thrown on. */
function rejectOf(thrown: unknown, line: number, event: string): Reject {
  if (!(thrown instanceof RowFault)) throw thrown;
  return { line, event, code: thrown.code, pointer: thrown.pointer, reason: thrown.message };
}

interface CompiledEvent {
  readonly name: string;
  readonly applies: (row: Row) => boolean;
  readonly build: (row: Row, earlier: ReadonlyMap<string, RowEvent>) => RowEvent;
}

const ENVELOPE_MEMBERS = ['occurredAt', 'subject', 'encounter', 'model', 'actor'] as const;

function compileEvent(rule: EventRule, fileDigest: Uint8Array): CompiledEvent {
  const members = ENVELOPE_MEMBERS.flatMap((name): [string, Evaluate][] => {
    const value = rule[name];
    return value === undefined ? [] : [[name, compileRule(value)]];
  });
  const payload = compileMembers(rule.payload);
  const conditions = rule.when.map(compileCondition);
  return {
    name: rule.name,
    applies: (row) => conditions.every((holds) => holds(row)),
    build(row, earlier) {
      const id = deriveEventId(fileDigest, row.line, rule.name);
      const envelope: JsonObject = { id, type: rule.type };
      for (const [name, evaluate] of members) {
        const value = evaluate(row, `/${name}`);
        if (value !== undefined) envelope[name] = value;
      }
      const { refs, needs } = refsOf(rule, row, earlier);
      if (refs.length > 0) envelope['refs'] = refs;
      envelope['payload'] = payload(row, '/payload');
      return { line: row.line, name: rule.name, id, envelope, needs };
    },
  };
}

function refsOf(
  rule: EventRule,
  row: Row,
  earlier: ReadonlyMap<string, RowEvent>,
): { refs: string[]; needs: string[] } {
  const refs: string[] = [];
  const needs: string[] = [];
  rule.refs.forEach((one, i) => {
    const id = 'event' in one ? earlier.get(one.event)?.id : row.cell(one.column);
    if (id === undefined) throw new RowFault('invalid_ref', `/refs/${i}`, 'the event that it refers to is not there');
    refs.push(id);
    if ('event' in one) needs.push(id);
  });
  return { refs, needs };
}

function compileCondition(condition: Condition): (row: Row) => boolean {
  if ('present' in condition) return (row) => (row.cell(condition.column) !== undefined) === condition.present;
  const accepted = new Set(condition.in);
  return (row) => accepted.has(row.cell(condition.column) ?? '');
}
