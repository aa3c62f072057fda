/**
 * What is asked of the Section 1557 view, and what it says.
 *
 * @module
 */
import type { AttributeColumn } from '../columns.ts';
import type { ShownFigure } from '../suppress.ts';
import type { Ground, GroundMap } from './grounds.ts';
import type { InputColumn } from './input-levels.ts';
import type { Coverage } from './measured.ts';

/** What was done about what was found, as people state it. */
export interface Mitigation {
  readonly ground?: Ground;
  readonly measure: string;
  readonly owner?: string;
  readonly due?: string;
}

export interface Section1557Request {
  /** The tool's inputs by name, rows as in `attributes`. */
  readonly inputs: Readonly<Record<string, InputColumn>>;
  /** Attributes alone, no intersections. */
  readonly attributes: readonly AttributeColumn[];
  /** Figures of the audit. */
  readonly measured: readonly ShownFigure[];
  /** [`DEFAULT_GROUNDS`] */
  readonly grounds?: GroundMap;
  /** Of the permutations [`"0"`]. */
  readonly seed?: string;
  /** At most, for each input and attribute [1000]. */
  readonly permutations?: number;
  /** At or below it an adjusted p-value is no chance [0.05]. */
  readonly level?: number;
  readonly mitigation?: readonly Mitigation[];
}

/** One input of the tool. */
export interface InputView {
  readonly name: string;
  readonly kind: 'categorical' | 'numeric';
  /** Grounds that it measures by its name. */
  readonly grounds: readonly Ground[];
  readonly levels: number;
  /** Rows without a value, or with none that is finite; `null`: suppressed. */
  readonly missing: number | null;
  /** Rare categories that were counted as one. */
  readonly merged: number;
}

export type Strength = 'none' | 'weak' | 'moderate' | 'strong';

/** One input with one attribute. */
export interface Association {
  readonly input: string;
  readonly attribute: string;
  /** Rows with both; `null`: suppressed. */
  readonly n: number | null;
  readonly method: 'cramers_v_bias_corrected';
  /** Cramér's V, of a numeric input over its bins; `null`: see `reason`. */
  readonly value: number | null;
  /** Of a numeric input: share of its variance between the groups. */
  readonly etaSquared?: number;
  readonly reason: 'no_rows' | 'no_variation' | 'one_group' | null;
  readonly pValue: number | null;
  /** Over all inputs with this attribute, by Holm. */
  readonly adjustedPValue: number | null;
  readonly permutations: number;
  readonly strength: Strength | null;
  /** Input and attribute measure the same ground: no proxy, the thing itself. */
  readonly isSameGround: boolean;
  /** At least weak, and no chance. */
  readonly isProxy: boolean;
}

/** What there is about one ground. */
export interface GroundView {
  readonly ground: Ground;
  /** Inputs that measure it by their name. */
  readonly inputs: readonly string[];
  /** Attributes of the audit that measure it. */
  readonly attributes: readonly string[];
  readonly proxies: readonly string[];
  readonly coverage: Coverage;
  readonly mitigation: readonly Mitigation[];
}

/** JSON-safe. */
export interface Section1557View {
  readonly rule: '45 CFR 92.210';
  /** `null`: suppressed. */
  readonly rows: number | null;
  readonly grounds: readonly GroundView[];
  readonly inputs: readonly InputView[];
  readonly associations: readonly Association[];
  /** Attributes that the map does not know: nobody can say which ground they measure. */
  readonly unmapped: readonly string[];
  /** Mitigation that names no ground. */
  readonly mitigation: readonly Mitigation[];
  readonly method: {
    readonly permutations: number;
    readonly stoppedAfter: number;
    /** Rows that the p-values rest on: all, or a random part. The other figures rest on all rows. */
    readonly testedRows: number;
    readonly seed: string;
    readonly level: number;
    readonly adjustment: 'holm';
    readonly numericBins: number;
    readonly maximumLevels: number;
    /** Cramér's V, and η² of numeric inputs, from which an association is weak, moderate, strong (Cohen 1988). */
    readonly strengths: typeof STRENGTHS;
  };
  /** Sentences for people. */
  readonly words: readonly string[];
}

/** Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988: w and η². */
export const STRENGTHS = {
  cramersV: [0.1, 0.3, 0.5],
  etaSquared: [0.01, 0.06, 0.14],
} as const;
