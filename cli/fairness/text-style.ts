import type { Terminal } from '../terminal.ts';
import type { TextStyle } from './report/group-table.ts';

const DEFAULT_WIDTH = 100;
const NARROWEST = 60;
const WIDEST = 200;

/** How wide the terminal is, and whether its locale is UTF-8. */
export function textStyle({ columns, env }: Terminal): TextStyle {
  const given = columns ?? Number(env['COLUMNS'] ?? DEFAULT_WIDTH);
  const width = Number.isInteger(given) && given > 0 ? given : DEFAULT_WIDTH;
  return { width: Math.min(WIDEST, Math.max(NARROWEST, width)), isUnicode: isUtf8(env) };
}

/** By POSIX the first that is set and not empty counts; where none is set, as on Windows, a Windows Terminal says so itself. */
function isUtf8(env: Terminal['env']): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '') || env['WT_SESSION'] !== undefined;
}
