/**
 * A window of the log as rows: each prediction with the newest outcome that refers to it. Whatever cannot become a row is
 * counted by why, so that nobody has to guess what an audit did not see.
 *
 * @module
 */
import { LedgerError } from '../ledger/errors.ts';
import type { JsonObject, JsonValue } from '../ledger/types.ts';
import type { AuditOptions, Cell } from './audit-types.ts';
import { resolved, type ResolvedOptions } from './audit/options.ts';
import type { AuditColumns } from './columns.ts';
import { ColumnBuilder, type RowValues } from './encode.ts';

/** An event as it was read. */
export interface WindowEvent {
  readonly id: string;
  readonly index: number;
  readonly refs: readonly string[];
  /** `undefined`: erased. */
  readonly payload: JsonObject | undefined;
}

/** Members of a prediction that a row can be made of. */
export const PREDICTION_SOURCES = ['riskScore', 'alert', 'label'] as const;
export type PredictionSource = (typeof PREDICTION_SOURCES)[number];
/** What settles a prediction. */
export const LABEL_SOURCES = ['outcome'] as const;
export type LabelSource = (typeof LABEL_SOURCES)[number];

/** Where the values of a row stand. Goes into the record: the same window read again gives the same rows. */
export interface WindowQuestion {
  /** A name, looked up in `payload.attributes` and then in `payload.input`, or an RFC 6901 pointer into the payload. */
  readonly attributes: readonly string[];
  readonly predictionFrom: PredictionSource;
  readonly labelFrom: LabelSource;
  /** Inputs of the model to be held against the attributes, looked up like these. */
  readonly inputs?: readonly string[];
  /** From `riskScore`: the event counts as predicted at or above it. In [0, 1]. */
  readonly threshold: number;
}

/** Of predictions, unless it says otherwise; `predictions` is the sum of the other six. */
export interface JoinedCounts {
  readonly predictions: number;
  /** Outcomes that refer to one of the predictions. */
  readonly outcomes: number;
  /** Became a row. */
  readonly joined: number;
  /** Nothing settles them yet. */
  readonly withoutOutcome: number;
  /** Outcomes of the same time that refer to no prediction at all. */
  readonly withoutPrediction: number;
  /**
   * The prediction, or the outcome that counts, was erased. When an erased prediction occurred is gone with it: those are counted
   * that stand in the log between the first and the last of the window.
   */
  readonly erased: number;
  /** The outcome that counts says that the case was lost from sight. */
  readonly censored: number;
  /** Outcomes whose place a newer one of the same prediction took. */
  readonly superseded: number;
  /** None of the attributes is there. A single one that is not there is a missing value, which is a group of its own. */
  readonly withoutAttributes: number;
  /** The prediction or the outcome holds no value of the kind asked for. */
  readonly unusable: number;
}

/** The rows of a window. */
export interface JoinedWindow {
  readonly columns: AuditColumns;
  readonly joined: JoinedCounts;
  /** Values of the inputs asked for, by name, a row each. */
  readonly inputs: Readonly<Record<string, readonly Cell[]>>;
}

interface InputValues {
  readonly name: string;
  readonly look: (payload: JsonObject) => Cell | undefined;
  readonly cells: Cell[];
}

type Counts = { -readonly [Name in keyof JoinedCounts]: number };

/** Of predictions that became no row. */
const WHY_NOT = {
  withoutOutcome: 'no outcome settles them yet',
  erased: 'their content was erased',
  censored: 'the case was lost from sight',
  withoutAttributes: 'none of the attributes is there',
  unusable: 'they or their outcomes hold no value of the kind asked for',
} as const;

function whyEmpty(counts: JoinedCounts): string {
  if (counts.predictions === 0)
    return 'There is no prediction of this model in the window. Widen it, or compare the name.';
  const names = Object.keys(WHY_NOT) as (keyof typeof WHY_NOT)[];
  const most = names.reduce((first, name) => (counts[name] > counts[first] ? name : first));
  return `No prediction of the window became a row: of most, ${WHY_NOT[most]}.`;
}

/** The name of an attribute in figures: the last token of a pointer. */
export function attributeName(attribute: string): string {
  return attribute.startsWith('/') ? (tokensOf(attribute).at(-1) ?? '') : attribute;
}

function tokensOf(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function memberOf(value: JsonValue | undefined, token: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  // Own members alone: of an array its items, and never what objects inherit.
  return Object.hasOwn(value, token) ? (value as JsonObject)[token] : undefined;
}

function at(payload: JsonObject, tokens: readonly string[]): JsonValue | undefined {
  return tokens.reduce<JsonValue | undefined>(memberOf, payload);
}

/** Longer texts are no names of groups. */
const MAX_CELL_CHARS = 256;

function toCell(value: JsonValue | undefined): Cell | undefined {
  if (typeof value === 'string' && value.length > MAX_CELL_CHARS) return undefined;
  return typeof value === 'object' && value !== null ? undefined : value;
}

/** True and false as 1 and 0, so that a flag and a 0/1 label are compared alike. */
function toClass(value: JsonValue | undefined): Cell | undefined {
  return typeof value === 'boolean' ? Number(value) : toCell(value);
}

function lookup(attribute: string): (payload: JsonObject) => Cell | undefined {
  if (attribute.startsWith('/')) {
    const tokens = tokensOf(attribute);
    return (payload) => toCell(at(payload, tokens));
  }
  return (payload) => toCell(at(payload, ['attributes', attribute]) ?? at(payload, ['input', attribute]));
}

function favourableOf({ favorable = 1 }: AuditOptions): readonly Cell[] {
  const cells: readonly Cell[] = Array.isArray(favorable) ? (favorable as readonly Cell[]) : [favorable as Cell];
  return cells.map((cell) => {
    const text = String(cell);
    if (text === 'true') return 1;
    return text === 'false' ? 0 : cell;
  });
}

/** Whether the favourable label is 1 or 0; `undefined`: it is another, or both. */
function favourableClass(options: AuditOptions): 0 | 1 | undefined {
  const texts = new Set(favourableOf(options).map(String));
  if (texts.size !== 1) return undefined;
  if (texts.has('1')) return 1;
  return texts.has('0') ? 0 : undefined;
}

/**
 * The options of the audit of a window. A risk score is of the event, which is label 1; the audit's scores and thresholds are
 * of the favourable label, which may be "no event", 0: then they are turned round.
 *
 * @throws LedgerError `invalid_value` where scores cannot be those of the favourable label
 */
export function windowOptions(options: AuditOptions, { predictionFrom, threshold }: WindowQuestion): AuditOptions {
  const favorable = favourableOf(options);
  if (predictionFrom !== 'riskScore') return { ...options, favorable };
  const favourable = favourableClass(options);
  if (favourable === undefined) {
    const message = 'By riskScore the labels are 1, the event, and 0, none: one of them has to be the favourable one.';
    throw new LedgerError('invalid_value', message, { pointer: '/favorable' });
  }
  if (favourable === 1) return { ...options, favorable };
  if (typeof options.threshold === 'object' && options.threshold.length > 1) {
    const message = 'Several thresholds need a score of the favourable label: a risk score is of the event. Give one.';
    throw new LedgerError('invalid_value', message, { pointer: '/threshold' });
  }
  return { ...options, favorable, threshold: 1 - threshold };
}

/**
 * Joins predictions, in the order of the log, with what refers to them.
 *
 * Not more than a page of the log has to be in memory: give the predictions of a page with all outcomes that refer to them.
 */
export class WindowJoin {
  readonly #question: WindowQuestion;
  readonly #builder: ColumnBuilder;
  readonly #lookups: readonly ((payload: JsonObject) => Cell | undefined)[];
  readonly #inputs: readonly InputValues[];
  /** The favourable label is "no event": scores are turned round. */
  readonly #isTurned: boolean;
  /** Outcomes of several predictions, which may come with several pages. */
  readonly #shared = new Set<string>();
  #last = -1;
  readonly #counts: Counts = {
    predictions: 0,
    outcomes: 0,
    joined: 0,
    withoutOutcome: 0,
    withoutPrediction: 0,
    erased: 0,
    censored: 0,
    superseded: 0,
    withoutAttributes: 0,
    unusable: 0,
  };

  /**
   * @param options from {@link windowOptions}, or the recorded ones
   * @throws LedgerError `invalid_value` for attributes or options that cannot be
   */
  constructor(question: WindowQuestion, options: AuditOptions | ResolvedOptions) {
    this.#question = question;
    this.#lookups = question.attributes.map(lookup);
    this.#inputs = (question.inputs ?? []).map((name) => ({
      name: attributeName(name),
      look: lookup(name),
      cells: [],
    }));
    this.#isTurned = favourableClass(options) === 0;
    this.#builder = new ColumnBuilder(
      {
        attributes: question.attributes.map(attributeName),
        hasLabels: true,
        // At several thresholds the audit makes them out of the scores.
        hasPredictions: resolved(options).thresholds.length === 1,
        hasScores: question.predictionFrom === 'riskScore',
        hasWeights: false,
      },
      options,
    );
  }

  /** Predictions so far. */
  get predictions(): number {
    return this.#counts.predictions;
  }

  /**
   * @param predictions by ascending index, after those of the calls before
   * @param outcomes every one that refers to one of them; others are not looked at
   * @throws LedgerError `internal` if the order is another; `invalid_value`, `too_many_groups`, `audit_too_large`
   */
  add(predictions: readonly WindowEvent[], outcomes: readonly WindowEvent[]): void {
    const settling = this.#bySettled(predictions, outcomes);
    for (const prediction of predictions) {
      if (prediction.index <= this.#last) throw new LedgerError('internal', 'a window was not read in order');
      this.#last = prediction.index;
      this.#counts.predictions += 1;
      this.#counts[this.#settle(prediction, settling.get(prediction.id) ?? [])] += 1;
    }
  }

  /** Predictions that were erased, and are therefore not among those of a page. */
  noteErased(predictions: number): void {
    this.#counts.predictions += predictions;
    this.#counts.erased += predictions;
  }

  /** Outcomes of the same time that refer to no prediction at all. */
  noteWithoutPrediction(outcomes: number): void {
    this.#counts.withoutPrediction += outcomes;
  }

  /** @throws LedgerError `rows_empty` where nothing could be joined, and why */
  build(): JoinedWindow {
    if (this.#counts.joined === 0) throw new LedgerError('rows_empty', whyEmpty(this.#counts));
    const inputs = Object.fromEntries(this.#inputs.map(({ name, cells }) => [name, cells]));
    return { columns: this.#builder.build(), joined: this.counts(), inputs };
  }

  /** What was joined so far, and what was not. */
  counts(): JoinedCounts {
    return { ...this.#counts };
  }

  #bySettled(
    predictions: readonly WindowEvent[],
    outcomes: readonly WindowEvent[],
  ): ReadonlyMap<string, readonly WindowEvent[]> {
    const settling = new Map<string, WindowEvent[]>(predictions.map(({ id }) => [id, []]));
    for (const outcome of outcomes) {
      let isOne = false;
      for (const ref of outcome.refs) {
        const others = settling.get(ref);
        others?.push(outcome);
        isOne ||= others !== undefined;
      }
      if (isOne) this.#countOutcome(outcome);
    }
    return settling;
  }

  #countOutcome({ id, refs }: WindowEvent): void {
    if (this.#shared.has(id)) return;
    if (refs.length > 1) this.#shared.add(id);
    this.#counts.outcomes += 1;
  }

  /** @returns the count that the prediction belongs to */
  #settle({ payload }: WindowEvent, outcomes: readonly WindowEvent[]): keyof JoinedCounts {
    const [first, ...others] = outcomes;
    this.#counts.superseded += others.length;
    if (payload === undefined) return 'erased';
    if (first === undefined) return 'withoutOutcome';
    const newest = others.reduce((newer, one) => (one.index > newer.index ? one : newer), first);
    if (newest.payload === undefined) return 'erased';
    if (newest.payload['censored'] === true) return 'censored';
    return this.#addRow(payload, newest.payload);
  }

  #addRow(prediction: JsonObject, outcome: JsonObject): keyof JoinedCounts {
    const attributes = this.#lookups.map((look) => look(prediction));
    if (attributes.every((value) => value === undefined || value === null)) return 'withoutAttributes';
    const row = this.#rowOf(prediction, outcome);
    if (row === undefined) return 'unusable';
    this.#builder.add(
      row,
      attributes.map((value) => value ?? null),
    );
    for (const { look, cells } of this.#inputs) cells.push(look(prediction) ?? null);
    return 'joined';
  }

  #rowOf(prediction: JsonObject, outcome: JsonObject): RowValues | undefined {
    const label = this.#labelOf(outcome);
    if (label === undefined || label === null) return undefined;
    const { predictionFrom, threshold } = this.#question;
    if (predictionFrom !== 'riskScore') {
      const predicted = toClass(memberOf(prediction, predictionFrom));
      return predicted === undefined || predicted === null ? undefined : { label, prediction: predicted };
    }
    const risk = memberOf(prediction, 'riskScore');
    if (typeof risk !== 'number') return undefined;
    return { label, prediction: Number(risk >= threshold), score: this.#isTurned ? 1 - risk : risk };
  }

  /** A score or an alert is about an event, which was observed or not; a label is compared with a label. */
  #labelOf(outcome: JsonObject): Cell | undefined {
    const observed = memberOf(outcome, 'observed');
    const label = memberOf(outcome, 'label');
    return toClass(this.#question.predictionFrom === 'label' ? (label ?? observed) : (observed ?? label));
  }
}
