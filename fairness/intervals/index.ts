/**
 * How sure a figure is: intervals, tests, and what groups of a size can show. Each method names the paper it is from.
 *
 * @module
 */
export {
  BOOTSTRAP_METHOD,
  bootstrapCells,
  type CellResampling,
  type CellStatistic,
  type ResampledInterval,
  UNDEFINED_SHARE,
} from './bootstrap.ts';
export { meanInterval, type Moments } from './mean.ts';
export { benjaminiHochberg, holm } from './multiplicity.ts';
export { newcombe } from './newcombe.ts';
export { minimumDetectableDifference, minimumDetectableRatio, type PowerOptions } from './power.ts';
export { type Bounds, criticalValue, effectiveRows, type Proportion } from './proportion.ts';
export { clopperPearson, wilson } from './rates.ts';
export { katz, koopman } from './ratios.ts';
export { shrink, SHRINKAGE_METHOD, type Shrunk } from './shrinkage.ts';
export { fisherExact, twoProportionPValue, twoProportionTest, type TwoProportionTest } from './two-proportions.ts';
