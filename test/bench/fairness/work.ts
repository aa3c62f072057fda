/**
 * A process of its own that measures the fairness metrics, so that its memory is theirs alone. Prints JSON.
 *
 * @module
 */
import { audit } from '../../../fairness/audit/audit.ts';
import type { AuditOptions, AuditResult } from '../../../fairness/audit-types.ts';
import { CELLS } from '../../../fairness/columns.ts';
import { consistencyOf } from '../../../fairness/metrics/consistency.ts';
import { mdssScan } from '../../../fairness/metrics/mdss.ts';
import { createRandom } from '../../../numerics/random.ts';
import { normal } from '../../../numerics/sampling.ts';
import { Tallies } from '../../../fairness/tallies.ts';
import { median } from '../figures.ts';
import { benchColumns } from './data.ts';

/** What the process answers: milliseconds by name. */
export interface FairnessWork {
  readonly medians: Readonly<Record<string, number>>;
  /** Nanoseconds a row by number of rows: of counting, and of all that comes after it, which hardly depends on the rows. */
  readonly counting: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
  readonly peakMb: number;
  /** Of 1,000,000 rows: held against the Python library's on the same rows. */
  readonly disparateImpact: number;
}

const RUNS = 9;

/** Runs before the first that counts: code is compiled while it runs. */
const WARM_UP = 5;

function measure(work: () => unknown): number {
  for (let at = 0; at < WARM_UP; at += 1) work();
  const all: number[] = [];
  for (let at = 0; at < RUNS; at += 1) {
    const started = performance.now();
    work();
    all.push(performance.now() - started);
  }
  return median(all);
}

const PROFILES = ['strict', 'aif360@0.6', 'fairlearn@0.15', 'aequitas@1.1'] as const;

/** Every metric of groups in every profile, without the bootstrap. */
function allGroupMetrics(columns: ReturnType<typeof benchColumns>): readonly AuditResult[] {
  const tallies = new Tallies(columns);
  return PROFILES.map((profile) => audit(columns, optionsOf(profile), tallies));
}

function optionsOf(profile: (typeof PROFILES)[number]): AuditOptions {
  return { profile, metrics: ['all'], resamples: 0, reference: { sex: 'sexb', race: 'raceb' } };
}

function run(rows: number): FairnessWork {
  const medians: Record<string, number> = {};
  const counting: Record<string, number> = {};
  const figures: Record<string, number> = {};
  for (const size of [rows / 100, rows / 10, rows]) {
    const columns = benchColumns(size, 2, { scores: false });
    const ms = measure(() => allGroupMetrics(columns));
    const counted = measure(() => {
      const tallies = new Tallies(columns);
      return [tallies.table([0]), tallies.table([1])];
    });
    counting[String(size)] = (counted * 1e6) / size;
    figures[String(size)] = ((ms - counted) * 1e6) / size;
    if (size === rows) medians['group metrics'] = ms;
  }
  const two = benchColumns(rows, 2, { scores: false });
  const five = benchColumns(rows, 5, { scores: false });
  medians['10 intersections'] = measure(() => countPairs(five));
  medians['bootstrap'] = measure(() => audit(two, { ...optionsOf('strict'), metrics: COMPOSITES, resamples: 1_000 }));
  Object.assign(medians, individuals(rows));
  const [strict] = allGroupMetrics(two);
  const impact = strict?.metrics.find(({ name, group }) => name === 'disparate_impact' && group === 'sexa')?.value;
  return { medians, counting, figures, peakMb: process.resourceUsage().maxRSS / 1_000, disparateImpact: impact ?? NaN };
}

const COMPOSITES = [
  'average_odds_difference',
  'average_abs_odds_difference',
  'equalized_odds_difference',
  'average_predictive_value_difference',
  'true_positive_rate_spread',
];

/** People and subsets: a hundredth and a tenth of the rows, as the libraries' own times are of 10,000 and 100,000. */
function individuals(rows: number): Readonly<Record<string, number>> {
  const few = benchColumns(rows / 100, 2, { scores: true });
  const random = createRandom('features');
  const features = Array.from({ length: 20 }, () => Float64Array.from({ length: few.rows }, () => normal(random)));
  const many = benchColumns(rows / 10, 6, { scores: true });
  return {
    consistency: measure(() => consistencyOf(few, features)),
    mdss: measure(() => mdssScan(many, { convention: 'aif360@0.6', restarts: 10 })),
  };
}

function countPairs(columns: ReturnType<typeof benchColumns>): number {
  const tallies = new Tallies(columns);
  let cells = 0;
  for (let a = 0; a < columns.attributes.length; a += 1) {
    for (let b = a + 1; b < columns.attributes.length; b += 1) cells += tallies.table([a, b]).groups.length * CELLS;
  }
  return cells;
}

process.stdout.write(JSON.stringify(run(Number(process.argv[2]))));
