import type { ColumnLayout } from '../../fairness/encode.ts';
import { inputFault } from './row-fault.ts';

/** Which columns of a table an audit reads, by their names. */
export interface ColumnSelection {
  readonly label?: string;
  readonly prediction?: string;
  readonly score?: string;
  readonly weight?: string;
  readonly attributes: readonly string[];
  /** Numbers that make two people alike. */
  readonly features: readonly string[];
}

/** @throws CommandFailure exit 2 where there is nothing to measure, or nobody to compare */
export function checkSelection(selection: ColumnSelection): void {
  if (selection.attributes.length === 0) {
    throw inputFault(
      'missing_member',
      'no --attribute is given',
      'Name a column that tells the groups: --attribute sex',
    );
  }
  if (selection.label === undefined && selection.prediction === undefined && selection.score === undefined) {
    throw inputFault(
      'missing_member',
      'none of --label, --prediction and --score is given: there is nothing to measure',
      'For example --label y --prediction yhat',
    );
  }
}

export function layoutOf({ label, prediction, score, weight, attributes }: ColumnSelection): ColumnLayout {
  return {
    attributes,
    hasLabels: label !== undefined,
    hasPredictions: prediction !== undefined,
    hasScores: score !== undefined,
    hasWeights: weight !== undefined,
  };
}

/** Every column that is read. */
export function namesOf({
  label,
  prediction,
  score,
  weight,
  attributes,
  features,
}: ColumnSelection): readonly string[] {
  return [label, prediction, score, weight, ...attributes, ...features].filter((name) => name !== undefined);
}

/** Where each selected column stands in a header. @throws CommandFailure exit 2: a column that is not there */
export function locate(
  selection: ColumnSelection,
  header: readonly string[],
): {
  readonly label: number | undefined;
  readonly prediction: number | undefined;
  readonly score: number | undefined;
  readonly weight: number | undefined;
  readonly attributes: readonly number[];
  readonly features: readonly number[];
} {
  const positions = new Map(header.map((name, i) => [name, i]));
  const absent = [...new Set(namesOf(selection).filter((name) => !positions.has(name)))];
  if (absent.length > 0) {
    const names = absent.map((name) => JSON.stringify(name)).join(', ');
    throw inputFault('unknown_column', `the file has no column ${names}`, columnsIn(header));
  }
  const at = (name: string | undefined): number | undefined => (name === undefined ? undefined : positions.get(name));
  return {
    label: at(selection.label),
    prediction: at(selection.prediction),
    score: at(selection.score),
    weight: at(selection.weight),
    attributes: selection.attributes.map((name) => positions.get(name) ?? 0),
    features: selection.features.map((name) => positions.get(name) ?? 0),
  };
}

const MOST_NAMES = 20;

/** The names of a header are no values of rows; a file without one would show its first row here, so they are not repeated. */
function columnsIn(header: readonly string[]): string {
  const many = header.length > MOST_NAMES ? `${header.length} columns` : 'columns';
  return `Its first row has to name the ${many}; compare the spelling, and the --delimiter.`;
}
