import { LedgerError } from '../../ledger/errors.ts';
import type { CommandFailure } from '../failure.ts';
import { inputFault, rowFault, type RowPlace } from './row-fault.ts';

/** Options by the member of an audit's options that a fault points at. */
const OPTIONS: Readonly<Record<string, string>> = {
  adjustment: '--adjustment',
  attributes: '--attribute',
  bins: '--bins',
  bounds: '--bound',
  control: '--control',
  favorable: '--favorable',
  features: '--feature',
  intersections: '--intersections',
  labels: '--label',
  level: '--level',
  metrics: '--metric',
  minimumCell: '--minimum-cell',
  predictions: '--prediction',
  profile: '--profile',
  rateInterval: '--rate-interval',
  ratioInterval: '--ratio-interval',
  reference: '--reference',
  referenceRule: '--reference-rule',
  resamples: '--resamples',
  scores: '--score',
  seed: '--seed',
  threshold: '--threshold',
  weights: '--weight',
};

/** What a fault of an audit is about in terms of the command line: exit 2. */
export function cliFault(error: LedgerError, place?: RowPlace): CommandFailure {
  const [, member = '', name] = (error.pointer ?? '').split('/');
  const option = OPTIONS[member];
  const isNamed = (member === 'reference' || member === 'bins') && name !== undefined;
  const about = option === undefined ? '' : `${option}${isNamed ? ` ${name}=…` : ''}: `;
  const message = `${about}${error.message}`;
  if (place !== undefined) return rowFault(error.code, place, message);
  const next = error.code === 'unknown_metric' ? 'vericlin fairness --list-metrics names them all.' : undefined;
  return inputFault(error.code, message, next);
}

/** Runs `work`; its faults are told in terms of the command line. @throws CommandFailure exit 2 */
export function inCliWords<T>(work: () => T, place?: RowPlace): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof LedgerError) throw cliFault(thrown, place);
    throw thrown;
  }
}
