import type { AuditOptions, Bins } from '../../fairness/audit-types.ts';
import { JOINT } from '../../fairness/columns.ts';
import { resolveOptions, type ResolvedOptions } from '../../fairness/audit/options.ts';
import type { FairnessOptions } from '../options.ts';
import { inputFault } from './row-fault.ts';
import { inCliWords } from './ledger-fault.ts';

/** The command line's options as an audit takes them, with the defaults. @throws CommandFailure exit 2 */
export function auditOptions(options: FairnessOptions): ResolvedOptions {
  return inCliWords(() => resolveOptions(unresolvedOptions(options)));
}

/** Only what was given, e.g. for a service that has defaults of its own. @throws CommandFailure exit 2 */
export function unresolvedOptions(options: FairnessOptions): AuditOptions {
  const { favorable, missing, metric, threshold, control, attribute = [] } = options;
  return withoutUndefined({
    favorable,
    missing,
    reference: pairs(options.reference, 'reference', attribute),
    referenceRule: options.referenceRule,
    profile: options.profile,
    intersections: optionalNumber(options.intersections, '--intersections'),
    minimumCell: optionalNumber(options.minimumCell, '--minimum-cell'),
    metrics: metric,
    threshold: threshold?.map((text) => numberFrom(text, '--threshold')),
    bins: binsFrom(options.bins, attribute),
    bounds: boundsFrom(options.bound),
    control,
    level: optionalNumber(options.level, '--level'),
    rateInterval: options.rateInterval,
    ratioInterval: options.ratioInterval,
    adjustment: options.adjustment,
    resamples: optionalNumber(options.resamples, '--resamples'),
    seed: options.seed,
  });
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function numberFrom(text: string, option: string): number {
  if (NUMBER.test(text)) return Number(text);
  throw inputFault('invalid_value', `${option} needs a number`);
}

function optionalNumber(text: string | undefined, option: string): number | undefined {
  return text === undefined ? undefined : numberFrom(text, option);
}

/**
 * `attribute=rest` of each text. An attribute's own name may hold the sign: the longest known attribute counts.
 * @throws CommandFailure exit 2: no such attribute, or one twice
 */
function pairs(
  texts: readonly string[] | undefined,
  option: string,
  attributes: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (texts === undefined) return undefined;
  const found = new Map<string, string>();
  for (const text of texts) {
    const attribute = attributeOf(text, attributes);
    if (attribute === undefined) {
      const known = attributes.map((name) => JSON.stringify(name)).join(', ');
      throw inputFault(
        'invalid_value',
        `--${option} does not begin with an attribute and =`,
        `Write --${option} ATTRIBUTE=…, where the attribute is one of ${known}.`,
      );
    }
    if (found.has(attribute)) throw inputFault('invalid_value', `--${option} names ${JSON.stringify(attribute)} twice`);
    found.set(attribute, text.slice(attribute.length + 1));
  }
  return Object.fromEntries(found);
}

/** An attribute, or an intersection of attributes. */
function attributeOf(text: string, attributes: readonly string[]): string | undefined {
  const known = attributes.filter((name) => text.startsWith(`${name}=`)).sort((a, b) => b.length - a.length);
  if (known[0] !== undefined) return known[0];
  const [joint = ''] = text.split('=');
  return joint.includes(JOINT) && joint.split(JOINT).every((part) => attributes.includes(part)) ? joint : undefined;
}

const BINS_EXAMPLE = "For example --bins 'age=18,40,65:young,adult,middle,old': three edges make four ranges.";

function binsFrom(
  texts: readonly string[] | undefined,
  attributes: readonly string[],
): Readonly<Record<string, Bins>> | undefined {
  const byAttribute = pairs(texts, 'bins', attributes);
  if (byAttribute === undefined) return undefined;
  return Object.fromEntries(Object.entries(byAttribute).map(([attribute, text]) => [attribute, binsOf(text)]));
}

function binsOf(text: string): Bins {
  const colon = text.indexOf(':');
  const edges = text.slice(0, Math.max(colon, 0)).split(',');
  const names = text.slice(colon + 1).split(',');
  if (colon === -1 || !edges.every((edge) => NUMBER.test(edge)) || names.length !== edges.length + 1) {
    throw inputFault('invalid_value', '--bins needs edges, a colon, and one more name than edges', BINS_EXAMPLE);
  }
  return { edges: edges.map(Number), names };
}

function boundsFrom(texts: readonly string[] | undefined): Readonly<Record<string, number>> | undefined {
  if (texts === undefined) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.lastIndexOf('=');
      if (equals <= 0) throw inputFault('invalid_value', '--bound needs a metric, = and a number');
      return [text.slice(0, equals), numberFrom(text.slice(equals + 1), '--bound')];
    }),
  );
}
