/**
 * The view in sentences. They say what was looked at, and what was not; never that something is allowed.
 *
 * @module
 */
import type { Coverage } from './measured.ts';
import type { GroundView, Section1557View } from './types.ts';

const WHY: Readonly<Record<NonNullable<Coverage['why']>, string>> = {
  no_attribute: 'Not measured: the audit has no attribute for it.',
  no_figures: 'Not measured: the audit has the attribute, but no figure about it.',
  no_values: 'Not measured: every figure about it is without a value; their reasons are listed.',
};

function list(names: readonly string[]): string {
  return names.join(', ');
}

function groundWords({ ground, inputs, attributes, proxies, coverage, mitigation }: GroundView): string {
  const name = ground.replaceAll('_', ' ');
  const subject = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const direct =
    inputs.length === 0
      ? `${subject}: no input measures it by name.`
      : `${subject}: measured by the inputs ${list(inputs)}.`;
  const indirect = attributes.length === 0 ? 'Proxies could not be looked for.' : proxyWords(proxies);
  const figures =
    coverage.why === null ? `Measured: ${coverage.ok} figures of ${list(coverage.measured)}.` : WHY[coverage.why];
  const done = mitigation.length === 0 ? 'No mitigation is stated.' : `Mitigation stated: ${mitigation.length}.`;
  return `${direct} ${indirect} ${figures} ${done}`;
}

function proxyWords(proxies: readonly string[]): string {
  return proxies.length === 0
    ? 'No input was found to stand in for it.'
    : `Inputs that go with it and may stand in for it: ${list(proxies)}.`;
}

/** Sentences for the grounds, then what a reader has to know of the method. */
export function wordsOf(view: Omit<Section1557View, 'words'>): readonly string[] {
  const { grounds, unmapped, inputs, method } = view;
  const words = grounds.map(groundWords);
  if (unmapped.length > 0) {
    words.push(
      `Attributes for which no ground is known: ${list(unmapped)}. Map them, or say that they are about none.`,
    );
  }
  if (inputs.length === 0)
    words.push("The tool's inputs were not given: neither inputs nor proxies could be looked at.");
  const least = inputs.length / (method.permutations + 1);
  if (least > method.level) {
    words.push(
      `With ${inputs.length} inputs and ${method.permutations} permutations no adjusted p-value can fall to ${method.level}: ` +
        'nothing is called a proxy. Ask for more permutations.',
    );
  }
  words.push(
    'Proxies are looked for one input at a time: inputs that stand in for a ground only together are not found, and values that ' +
      'are missing are left out.',
  );
  return words;
}
