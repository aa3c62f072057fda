/** Reads the project's Markdown: fenced blocks with their marks, links and headings. @module */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project.ts';

export interface FencedBlock {
  /** First line of the block's content, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** From an HTML comment on the line before: `run: NAME` or `not run: REASON`. */
  readonly mark: { readonly kind: 'run' | 'not run'; readonly text: string } | undefined;
}

export interface Document {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly FencedBlock[];
  /** Targets of inline links, outside of fenced blocks. */
  readonly links: readonly string[];
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
}

const FENCE = /^```(\w*)\s*$/;
const MARK = /^<!-- (run|not run): (.+) -->$/;

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function markOf(line: string | undefined): FencedBlock['mark'] {
  const match = MARK.exec(line ?? '');
  return match === null ? undefined : { kind: match[1] === 'run' ? 'run' : 'not run', text: match[2]! };
}

/** @param path from the project's folder */
export function readDocument(path: string): Document {
  const text = readFileSync(join(projectRoot, path), 'utf8');
  const lines = text.split('\n');
  const blocks: FencedBlock[] = [];
  const prose: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = FENCE.exec(lines[at]!);
    if (fence === null) {
      prose.push(lines[at]!);
      continue;
    }
    const end = lines.indexOf('```', at + 1);
    if (end === -1) throw new Error(`${path}:${at + 1}: the block has no end`);
    const content = lines.slice(at + 1, end).join('\n');
    blocks.push({ line: at + 2, language: fence[1]!, text: content, mark: markOf(lines[at - 1]) });
    at = end;
  }
  const visible = prose.join('\n');
  return {
    path,
    text,
    blocks,
    links: [...visible.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!),
    anchors: new Set([...visible.matchAll(/^#{1,6} (.+)$/gm)].map((match) => slug(match[1]!))),
  };
}
