import type { ResolvedOptions } from '../../../fairness/audit/options.ts';
import { boundOf } from '../../../fairness/audit/findings.ts';
import { kindOf } from '../../../fairness/audit/catalogue.ts';
import type { BoundOf } from './forest.ts';

/** The bounds that the findings of an audit were held against. */
export function boundIn(options: ResolvedOptions): BoundOf {
  return (figure) => boundOf(figure, kindOf(figure.name), options);
}
