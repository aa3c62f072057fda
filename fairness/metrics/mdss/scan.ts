/**
 * The search for the subset of attribute values in which outcomes differ most from expectations: from random starts, one
 * attribute after the other is given its best values, all others held, until none can be improved (Zhang and Neill, 2016).
 * The best values of one attribute are found exactly, in time linear in their number (Speakman, Somanchi, McFowland and
 * Neill, "Penalized fast subset scanning", JCGS 25, 2016).
 *
 * @module
 */
import type { Random } from '../../../numerics/random.ts';
import { type Cells, countIn, evidenceByValue, type Masks } from './cells.ts';
import { CurveEvidence } from './curve.ts';
import type { Scoring } from './scoring.ts';

export interface ScanSettings {
  readonly scoring: Scoring;
  /** Subtracted for each value that a subset names. */
  readonly penalty: number;
  readonly restarts: number;
  readonly random: Random;
  /** Values by attribute. */
  readonly sizes: readonly number[];
  /** How a score is rounded before it is compared: AIF360 keeps 4 decimals. */
  readonly round: (score: number) => number;
}

/** Codes by attribute, ascending; an attribute on which there is no condition is absent. */
export type Subset = ReadonlyMap<number, readonly number[]>;

export interface FoundSubset {
  readonly subset: Subset;
  readonly score: number;
}

/** A subset of fewer rows is no start. */
const SMALLEST_START = 10;
/** Smaller gains do not start another round. */
const GAIN = 1e-6;

/** The best subset of all restarts, the first of which starts from everybody. */
export function scanCells(cells: Cells, settings: ScanSettings): FoundSubset {
  let best: FoundSubset = { subset: new Map(), score: -Infinity };
  for (let restart = 0; restart < settings.restarts; restart += 1) {
    const start = restart === 0 ? settings.sizes.map(() => undefined) : randomMasks(cells, settings);
    const found = climb(cells, start, settings);
    if (found.score > best.score) best = found;
  }
  return best;
}

function randomMasks(cells: Cells, { random, sizes }: ScanSettings): Masks {
  const share = random.next();
  const masks: (Uint8Array | undefined)[] = sizes.map(() => undefined);
  for (const attribute of shuffled(sizes.length, random)) {
    const mask = Uint8Array.from({ length: sizes[attribute] ?? 0 }, () => (random.next() < share ? 1 : 0));
    if (mask.every((isIn) => isIn === 1)) continue;
    masks[attribute] = mask;
    if (countIn(cells, masks) < SMALLEST_START) masks[attribute] = undefined;
  }
  return masks;
}

function shuffled(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

function climb(cells: Cells, start: Masks, settings: ScanSettings): FoundSubset {
  const { sizes, random, scoring, penalty, round } = settings;
  const masks = [...start];
  const open = new Set(sizes.keys());
  let score = scoreOfStart(cells, masks, settings);
  while (open.size > 0) {
    const attribute = [...open][random.below(open.size)] ?? 0;
    open.delete(attribute);
    const choice = bestValues(evidenceByValue(cells, masks, attribute, sizes[attribute] ?? 0), scoring, penalty);
    const changed = masks.with(attribute, choice.values && maskOf(choice.values, sizes[attribute] ?? 0));
    const { evidence } = choice;
    const changedScore = round(scoring.score(evidence, penalty * namedValues(changed), scoring.best(evidence)));
    // Rounding of q can make the new score the lower one; AIF360 stops with an assertion there, we keep what we had.
    if (changedScore < score) continue;
    masks[attribute] = changed[attribute];
    if (changedScore > score + GAIN) for (const other of sizes.keys()) if (other !== attribute) open.add(other);
    score = changedScore;
  }
  return { subset: subsetOf(masks), score };
}

function scoreOfStart(cells: Cells, masks: Masks, { scoring, penalty, sizes, round }: ScanSettings): number {
  const mask = masks[0];
  const parts = evidenceByValue(cells, masks, 0, sizes[0] ?? 0);
  const evidence = CurveEvidence.together(parts.filter((_, code) => mask === undefined || mask[code] === 1));
  return round(scoring.score(evidence, penalty * namedValues(masks), scoring.best(evidence)));
}

interface Choice {
  /** `undefined`: all values. */
  readonly values: readonly number[] | undefined;
  readonly evidence: CurveEvidence;
}

/**
 * The values of one attribute with the highest score together. For each q only the values whose own score is above 0 there
 * help; so the candidates are the sets between neighbouring ends of their ranges, and all values, which cost no penalty.
 */
function bestValues(byValue: readonly CurveEvidence[], scoring: Scoring, penalty: number): Choice {
  const present = [...byValue.entries()].filter(([, { count }]) => count > 0);
  const ranged = present.flatMap(([code, evidence]) => {
    const range = scoring.range(evidence, penalty);
    return range === undefined ? [] : [{ code, evidence, low: range[0], high: range[1] }];
  });
  const ends = [...new Set(ranged.flatMap(({ low, high }) => [low, high]))].sort((a, b) => a - b);
  const everything = CurveEvidence.together(present.map(([, evidence]) => evidence));
  let best: Choice = { values: undefined, evidence: everything };
  let bestScore = 0;
  for (const [i, end] of ends.slice(0, -1).entries()) {
    const middle = (end + (ends[i + 1] ?? end)) / 2;
    const helping = ranged.filter(({ low, high }) => low < middle && high > middle);
    if (helping.length === 0) continue;
    const evidence = CurveEvidence.together(helping.map((value) => value.evidence));
    const score = scoring.score(evidence, penalty * helping.length, scoring.best(evidence));
    if (score <= bestScore) continue;
    bestScore = score;
    best = { values: helping.map(({ code }) => code), evidence };
  }
  const isAllBetter = scoring.score(everything, 0, scoring.best(everything)) > bestScore;
  return isAllBetter ? { values: undefined, evidence: everything } : best;
}

function maskOf(values: readonly number[], size: number): Uint8Array {
  const mask = new Uint8Array(size);
  for (const value of values) mask[value] = 1;
  return mask;
}

function namedValues(masks: Masks): number {
  let named = 0;
  for (const mask of masks) for (const isIn of mask ?? []) named += isIn;
  return named;
}

function subsetOf(masks: Masks): Subset {
  const named = [...masks.entries()].flatMap(([attribute, mask]): [number, number[]][] =>
    mask === undefined ? [] : [[attribute, [...mask.keys()].filter((code) => mask[code] === 1)]],
  );
  return new Map(named);
}
