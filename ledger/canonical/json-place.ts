/** Finds the JSON Pointer of an offset, once something there was refused. @module */
import { formatPointer } from './pointer.ts';

/** An open array (`index`) or object (`name`, once read) on the way to the place. */
type Frame = { readonly kind: 'array'; index: number } | { readonly kind: 'object'; name: string | undefined };

const ANY_STRING = /"(?:[^"\\]|\\[^])*"?/y;

/** Where the string that starts at `at` ends (exclusive), also if it is broken off. */
function endOfString(text: string, at: number): number {
  ANY_STRING.lastIndex = at;
  return at + (ANY_STRING.exec(text)?.[0].length ?? 1);
}

function memberName(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

function enterNext(frames: readonly Frame[]): void {
  const top = frames.at(-1);
  if (top?.kind === 'array') top.index += 1;
  else if (top !== undefined) top.name = undefined;
}

function step(frames: Frame[], character: string): void {
  if (character === '{') frames.push({ kind: 'object', name: undefined });
  else if (character === '[') frames.push({ kind: 'array', index: 0 });
  else if (character === '}' || character === ']') frames.pop();
  else if (character === ',') enterNext(frames);
}

function readMemberName(frames: readonly Frame[], quoted: string): void {
  const top = frames.at(-1);
  if (top?.kind === 'object' && top.name === undefined) top.name = memberName(quoted);
}

/** Pointer tokens of the value (or, within a member name, of the object) at `offset` of the document from `start`. */
function tokensAt(text: string, start: number, offset: number): (string | number)[] {
  const frames: Frame[] = [];
  let at = start;
  while (at < offset) {
    if (text.charAt(at) !== '"') {
      step(frames, text.charAt(at));
      at += 1;
      continue;
    }
    const end = endOfString(text, at);
    if (end > offset) break;
    readMemberName(frames, text.slice(at, end));
    at = end;
  }
  return frames.flatMap((frame): (string | number)[] => {
    if (frame.kind === 'array') return [frame.index];
    return frame.name === undefined ? [] : [frame.name];
  });
}

/** RFC 6901 pointer of the place at `offset` in the JSON text that starts at `start`, which is well-formed up to there. */
export function pointerAt(text: string, start: number, offset: number, line?: number): string {
  const tokens = tokensAt(text, start, offset);
  return formatPointer(line === undefined ? tokens : [line, ...tokens]);
}
