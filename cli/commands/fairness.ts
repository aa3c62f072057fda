import type { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import type { FairnessOptions } from '../options.ts';
import { withRows } from './row-options.ts';
import { collect, withConnection } from './shared-options.ts';

/** `vericlin fairness`. */
export function defineFairness(program: Command, invocation: Invocation): void {
  const command = program
    .command('fairness')
    .description(
      'Measure how predictions and outcomes differ between groups of people, with intervals, and say what cannot be measured.',
    )
    .argument(
      '[file]',
      'CSV (the first row names the columns), NDJSON, or JSON columns as POST /v1/fairness/audits takes them',
    );
  withMeasures(withRows(command));
  withConnection(command.option('--post', 'let the service measure and record it as a bias_metric event'))
    .option('--plot <file.svg>', 'write the comparisons as a picture')
    .option('--list-metrics', 'list the metrics with their formulas')
    .option('--demo <name>', 'three-answers: the same rows by AIF360, Fairlearn and Aequitas')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: FairnessOptions) => {
      const { runFairness } = await import('../fairness/run-fairness.ts');
      invocation.exitCode = await runFairness(file, options, invocation.terminal);
    });
}

function withMeasures(command: Command): Command {
  return command
    .option('--favorable <label>', 'label that is good for the person (default: 1); may be repeated', collect)
    .option('--missing <text>', 'text that stands for a missing value, beside the empty one; may be repeated', collect)
    .option('--reference <attribute=group>', 'group that others are held against; may be repeated', collect)
    .option('--reference-rule <rule>', 'where none is named: majority or minimum (default: majority)')
    .option('--profile <profile>', 'strict, aif360@0.6, fairlearn@0.15 or aequitas@1.1 (default: strict)')
    .option('--intersections <n>', 'combinations of up to n attributes are groups as well (default: 1)')
    .option('--minimum-cell <n>', 'rows that a group needs (default: 30)')
    .option('--metric <name>', "metric, or 'all'; may be repeated (--list-metrics names them)", collect)
    .option(
      '--threshold <t>',
      'a score at or above it predicts the favourable label (default: 0.5); may be repeated',
      collect,
    )
    .option(
      '--bins <attribute=edges:names>',
      "ranges of a numeric attribute, e.g. 'age=18,40,65:young,adult,middle,old'",
      collect,
    )
    .option(
      '--bound <metric=value>',
      'beyond it a figure is a finding (default: 0.8 for ratios, 0.1 for differences)',
      collect,
    )
    .option('--control <attribute>', 'attribute that conditional figures are conditioned on; may be repeated', collect)
    .option('--level <level>', 'of the intervals (default: 0.95)')
    .option('--rate-interval <method>', 'wilson or clopper-pearson (default: wilson)')
    .option('--ratio-interval <method>', 'koopman or katz (default: koopman)')
    .option('--adjustment <method>', 'of p-values over groups: holm or benjamini-hochberg (default: holm)')
    .option('--resamples <n>', 'of the bootstrap; 0: no intervals of composites (default: 1000)')
    .option('--seed <text>', 'of the bootstrap (default: 0)');
}

const HELP = `
What cannot be computed is said to be undefined or insufficient, with the reason; it never becomes 0, 1 or NaN.
What the metrics mean is in docs/fairness.md.

Exit codes: 0 measured, whatever was found; 1 the service refused or could not be reached; 2 unusable input.

Examples:
  vericlin fairness data.csv --label y --prediction yhat --attribute sex --reference sex=M
  vericlin fairness data.csv --label y --score p --threshold 0.3 --attribute sex --attribute race --intersections 2
  vericlin fairness data.csv --label readmitted --favorable NO --prediction yhat --missing '?' \\
      --attribute age --bins 'age=18,40,65:young,adult,middle,old' --plot age.svg
  vericlin fairness data.csv --label y --prediction yhat --attribute sex --profile aif360@0.6 --json
  vericlin fairness data.csv --label y --prediction yhat --attribute sex --post --key-file governance.key
  vericlin fairness --demo three-answers`;
