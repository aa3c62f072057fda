import type { Command } from 'commander';
import { collect } from './shared-options.ts';

/** Which columns of a file of rows are read: the same for `fairness` and `replay`. */
export function withRows(command: Command): Command {
  return command
    .option('--label <column>', 'what turned out to be true')
    .option('--prediction <column>', 'what was predicted; without it made of --score and --threshold')
    .option('--score <column>', 'predicted probability of the favourable label, 0 to 1')
    .option('--weight <column>', 'how much a row counts')
    .option('--attribute <column>', 'protected attribute that tells the groups; may be repeated', collect)
    .option('--feature <column>', 'number that makes two people alike, for consistency; may be repeated', collect)
    .option('--delimiter <character>', 'of the CSV file', ',');
}
