/**
 * Logistic recalibration (Cox 1958; Van Calster et al. 2016): logit of the label's probability against logit of the score.
 *
 * @module
 */
import { type Estimate, estimated, normalInterval, undefinedBecause } from '../scores/estimate.ts';
import { effectiveRows, type ScoreSteps } from '../scores/steps.ts';

/** Scores count as no nearer to 0 and 1 than this, where the logit is infinite. */
export const LOGIT_CLIP = 1e-8;
const CLIP_NOTE = 'Scores nearer to 0 or 1 than 1e-8 count as 1e-8 away from it.';
const MAX_ITERATIONS = 100;
const MAX_HALVINGS = 40;
/** Relative to the coefficients. Newton's steps square their error: one step further there is none left to see. */
const TOLERANCE = 1e-9;

export interface Recalibration {
  /** Intercept a of logit P(y) = a + logit(s): calibration in the large. 0 is calibrated, above 0: scores are too low. */
  readonly intercept: Estimate;
  /** Slope b of logit P(y) = a + b·logit(s): 1 is calibrated, below 1: scores are too extreme. */
  readonly slope: Estimate;
}

/**
 * Calibration in the large and calibration slope by maximum likelihood, each with a Wald interval (`wald`), from the effective
 * number of rows where there are weights. They are no fractions: numerator and denominator are `null`.
 *
 * Reasons: `no_labels`, `no_positives`, `no_negatives`; of the slope `no_variation` where all scores are equal, and
 * `not_converged` where a threshold separates the classes, so that no finite slope is the likeliest.
 */
export function recalibrate(steps: ScoreSteps, level: number): Recalibration {
  const missing = missingClass(steps);
  if (missing !== undefined) return { intercept: missing, slope: missing };
  const data = logitsOf(steps);
  const asGiven = likelihoodAt(data, 0, 1);
  return { intercept: fitIntercept(data, asGiven, level), slope: fitSlope(data, asGiven, level) };
}

function missingClass({ weight: { positives, negatives } }: ScoreSteps): Estimate | undefined {
  if (!(positives > 0) && !(negatives > 0)) return undefinedBecause('no_labels');
  if (!(positives > 0)) return undefinedBecause('no_positives');
  return negatives > 0 ? undefined : undefinedBecause('no_negatives');
}

interface LogitData {
  readonly logits: Float64Array;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** Effective rows over Σ w: what the information in weights counts for. */
  readonly scale: number;
  readonly note: string | undefined;
}

function logitsOf(steps: ScoreSteps): LogitData {
  const { scores, positives, negatives, weight } = steps;
  const logits = new Float64Array(scores.length);
  for (let i = 0; i < scores.length; i += 1) {
    const s = Math.min(1 - LOGIT_CLIP, Math.max(LOGIT_CLIP, scores[i] ?? 0));
    logits[i] = Math.log(s / (1 - s));
  }
  const isClipped = (scores[0] ?? 0.5) < LOGIT_CLIP || (scores[scores.length - 1] ?? 0.5) > 1 - LOGIT_CLIP;
  const scale = effectiveRows(steps).all / (weight.positives + weight.negatives);
  return { logits, positives, negatives, scale, note: isClipped ? CLIP_NOTE : undefined };
}

/** Gradient and information of the log-likelihood at intercept a and slope b. */
interface Likelihood {
  readonly gradient: readonly [number, number];
  /** Of (a, a), (a, b), (b, b). */
  readonly information: readonly [number, number, number];
}

function likelihoodAt({ logits, positives, negatives }: LogitData, a: number, b: number): Likelihood {
  let ga = 0;
  let gb = 0;
  let aa = 0;
  let ab = 0;
  let bb = 0;
  for (let i = 0; i < logits.length; i += 1) {
    const x = logits[i] ?? 0;
    const positive = positives[i] ?? 0;
    const weight = positive + (negatives[i] ?? 0);
    const p = 1 / (1 + Math.exp(-a - b * x));
    const residual = positive - weight * p;
    const spread = weight * p * (1 - p);
    ga += residual;
    gb += residual * x;
    aa += spread;
    ab += spread * x;
    bb += spread * x * x;
  }
  return { gradient: [ga, gb], information: [aa, ab, bb] };
}

/** The score equation falls in a, so its only root can be bracketed: Newton's step, halved back where it leaves the bracket. */
function fitIntercept(data: LogitData, asGiven: Likelihood, level: number): Estimate {
  let a = 0;
  let low = -Infinity;
  let high = Infinity;
  for (let i = 0; i < MAX_ITERATIONS; i += 1) {
    const { gradient, information } = i === 0 ? asGiven : likelihoodAt(data, a, 1);
    if (gradient[0] > 0) low = a;
    else high = a;
    let next = a + limited(gradient[0] / information[0]);
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    const isDone = Math.abs(next - a) <= TOLERANCE * (1 + Math.abs(a));
    a = next;
    if (isDone) return withWald(a, 1 / (information[0] * data.scale), data, level);
  }
  return undefinedBecause('not_converged');
}

/** Far from the root the curve is flat, and Newton's step is of any length. */
function limited(step: number): number {
  if (Number.isNaN(step)) return 0;
  return Math.max(-10, Math.min(10, step));
}

function withWald(value: number, variance: number, { note }: LogitData, level: number): Estimate {
  const standardError = Math.sqrt(variance);
  if (!Number.isFinite(value) || !Number.isFinite(standardError)) return undefinedBecause('not_converged');
  return estimated(value, { standardError, ci: normalInterval(value, standardError, { level, method: 'wald' }), note });
}

function fitSlope(data: LogitData, asGiven: Likelihood, level: number): Estimate {
  const { positives, negatives } = rangesOf(data);
  if (Math.min(positives.low, negatives.low) === Math.max(positives.high, negatives.high)) {
    return undefinedBecause('no_variation');
  }
  // Albert and Anderson 1984: the maximum is finite where the classes overlap, and nowhere else.
  const doOverlap = negatives.high > positives.low && positives.high > negatives.low;
  return doOverlap ? climb(data, asGiven, level) : undefinedBecause('not_converged');
}

interface Span {
  low: number;
  high: number;
}

function rangesOf({ logits, positives, negatives }: LogitData): { positives: Span; negatives: Span } {
  const span = (weights: Float64Array): Span => {
    const found: Span = { low: Infinity, high: -Infinity };
    for (let i = 0; i < logits.length; i += 1) {
      if (!((weights[i] ?? 0) > 0)) continue;
      found.low = Math.min(found.low, logits[i] ?? 0);
      found.high = Math.max(found.high, logits[i] ?? 0);
    }
    return found;
  };
  return { positives: span(positives), negatives: span(negatives) };
}

/** Newton's method for both coefficients, from the model as it is (0, 1). */
function climb(data: LogitData, asGiven: Likelihood, level: number): Estimate {
  let a = 0;
  let b = 1;
  let here = asGiven;
  for (let i = 0; i < MAX_ITERATIONS; i += 1) {
    const step = newtonStep(here);
    if (step === undefined) break;
    const { scale, there } = shorten(data, { a, b, step, slope: dot(here.gradient, step) });
    a += scale * step[0];
    b += scale * step[1];
    here = there;
    const isDone = Math.hypot(step[0], step[1]) <= TOLERANCE * (1 + Math.hypot(a, b));
    if (isDone) return withWald(b, slopeVariance(here, data.scale), data, level);
  }
  return undefinedBecause('not_converged');
}

type Pair = readonly [number, number];

const dot = (u: Pair, v: Pair): number => u[0] * v[0] + u[1] * v[1];

function newtonStep({ gradient: [ga, gb], information: [aa, ab, bb] }: Likelihood): Pair | undefined {
  const determinant = aa * bb - ab * ab;
  if (!(determinant > 0)) return undefined;
  return [(bb * ga - ab * gb) / determinant, (aa * gb - ab * ga) / determinant];
}

function slopeVariance({ information: [aa, ab, bb] }: Likelihood, scale: number): number {
  return aa / ((aa * bb - ab * ab) * scale);
}

/**
 * The log-likelihood is concave, so along a step its slope only falls. A step after which it falls steeply has gone too far
 * beyond the top, and is halved.
 */
function shorten(
  data: LogitData,
  { a, b, step, slope }: { a: number; b: number; step: Pair; slope: number },
): { scale: number; there: Likelihood } {
  let scale = 1;
  let there = likelihoodAt(data, a + step[0], b + step[1]);
  for (let i = 0; i < MAX_HALVINGS && dot(there.gradient, step) < -slope / 2 && slope > 0; i += 1) {
    scale /= 2;
    there = likelihoodAt(data, a + scale * step[0], b + scale * step[1]);
  }
  return { scale, there };
}
