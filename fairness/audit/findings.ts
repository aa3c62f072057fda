/**
 * Findings: figures beyond their bound, with what their interval and the number of persons let anyone say.
 *
 * @module
 */
import type { Finding } from '../audit-types.ts';
import type { Figure } from '../types.ts';
import { kindOf, type Kind } from './catalogue.ts';
import type { ResolvedOptions } from './options.ts';

/** The four-fifths rule (29 CFR 1607.4 D), applied to both sides. */
const RATIO_BOUND = 0.8;
const DIFFERENCE_BOUND = 0.1;

/** The bound of a figure; `undefined`: none is configured and none is usual. */
export function boundOf(
  { name }: Pick<Figure, 'name'>,
  kind: Kind | undefined,
  { bounds }: ResolvedOptions,
): number | undefined {
  if (Object.hasOwn(bounds, name)) return bounds[name];
  if (kind === 'ratio') return RATIO_BOUND;
  return kind === 'difference' ? DIFFERENCE_BOUND : undefined;
}

/** The lower one of a ratio's two bounds: 0.8 and 1.25 say the same. */
function lowerBound(bound: number): number {
  return Math.min(bound, 1 / bound);
}

/** Whether a value is on the far side of its bound. A ratio is beyond 0.8 below 0.8 and above 1.25. */
function isBeyond(value: number, bound: number, kind: Kind | undefined): boolean {
  if (kind !== 'ratio') return Math.abs(value) > bound;
  const below = lowerBound(bound);
  return value < below || value > 1 / below;
}

/** Whether the whole interval is beyond the bound, on one side of it. */
function isWhollyBeyond({ ci, value }: Figure, bound: number, kind: Kind | undefined): boolean {
  if (ci === null || value === null) return false;
  const neutral = kind === 'ratio' ? 1 : 0;
  const nearer = value < neutral ? ci.high : ci.low;
  if (nearer === null || nearer < neutral !== value < neutral) return false;
  return isBeyond(nearer, bound, kind);
}

/** Three significant digits; no exponent for what people read. */
export function inWords(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function title(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** Which of the figures that differ in this alone. */
function thresholdWords({ parameters }: Figure): string {
  const threshold = parameters?.['threshold'];
  return threshold === undefined ? '' : ` at threshold ${threshold}`;
}

function place({ attribute, group, reference, worstPair }: Figure): string {
  const inside = attribute === null ? 'in the whole population' : `of ${attribute}`;
  if (worstPair !== undefined) return `${inside}, between ${worstPair[0]} and ${worstPair[1]},`;
  if (group === null) return inside;
  return reference === null ? `${inside} ${group}` : `${inside} ${group} against ${reference}`;
}

function intervalWords({ ci }: Figure): string {
  if (ci === null) return 'without an interval';
  const low = ci.low === null ? 'no lower end' : inWords(ci.low);
  const high = ci.high === null ? 'no upper end' : inWords(ci.high);
  return `${inWords(ci.level * 100)} % interval ${low} to ${high}`;
}

function boundWords(bound: number, kind: Kind | undefined): string {
  if (kind !== 'ratio') return `beyond ${inWords(bound)}`;
  const below = lowerBound(bound);
  return `outside ${inWords(below)} to ${inWords(1 / below)}`;
}

function powerWords({ minimumDetectable, pValue, n }: Figure, bound: number, kind: Kind | undefined): string {
  if (pValue === undefined) return '';
  if (minimumDetectable === undefined) {
    const most = kind === 'ratio' ? 'a ratio of 0' : 'the largest possible difference';
    return ` With these ${n} persons not even ${most} would be found with 80 % power.`;
  }
  const what =
    kind === 'ratio'
      ? `a ratio of ${inWords(minimumDetectable)} or lower`
      : `a difference of ${inWords(minimumDetectable)} or more`;
  const canShow = kind === 'ratio' ? minimumDetectable >= lowerBound(bound) : minimumDetectable <= bound;
  const verdict = canShow
    ? 'so these rows could show one at the bound'
    : 'so these rows cannot be relied on to show one at the bound';
  return ` With these ${n} persons ${what} would be found with 80 % power, ${verdict}.`;
}

function verdictWords({ ci }: Figure, isShown: boolean): string {
  if (isShown) return 'The whole interval is beyond the bound.';
  return ci === null ? 'There is no interval to settle it.' : 'The interval does not settle it.';
}

function findingOf(
  figure: Figure,
  position: number,
  { kind, bound }: { readonly kind: Kind | undefined; readonly bound: number },
): Finding {
  const isShown = isWhollyBeyond(figure, bound, kind);
  const { name, attribute, group, reference, value } = figure;
  const words =
    `${title(name)} ${place(figure)}${thresholdWords(figure)} is ${inWords(value ?? 0)} (${intervalWords(figure)}), ${boundWords(bound, kind)}. ` +
    `${verdictWords(figure, isShown)}${powerWords(figure, bound, kind)}`;
  return {
    figure: position,
    name,
    attribute,
    group,
    reference,
    bound,
    strength: isShown ? 'shown' : 'possible',
    words,
    ...(figure.small === true ? { small: true } : {}),
  };
}

/** The figures beyond their bound, in the order of the figures. */
export function findingsIn(figures: readonly Figure[], options: ResolvedOptions): readonly Finding[] {
  return figures.flatMap((figure, position) => {
    const kind = kindOf(figure.name);
    const bound = boundOf(figure, kind, options);
    if (figure.value === null || bound === undefined || !isBeyond(figure.value, bound, kind)) return [];
    return [findingOf(figure, position, { kind, bound })];
  });
}
