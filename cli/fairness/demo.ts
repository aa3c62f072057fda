import type { TextStyle } from './report/group-table.ts';

/** Demonstrations by name. */
export const DEMOS: readonly string[] = ['three-answers'];

export function demoResult(): object {
  return {};
}

export function demoText(style: TextStyle): string {
  return style.isUnicode ? '' : '';
}
