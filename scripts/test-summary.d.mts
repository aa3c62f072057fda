/** The part of vitest's JSON report that the closing lines are made of. */
export interface TestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export function summarise(
  report: TestReport | undefined,
  vitestExitCode: number,
): { lines: string[]; exitCode: number };
