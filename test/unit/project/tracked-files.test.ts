/** What must not stand in a file that others get: a machine's paths, a registry's address, a secret, an unfinished mark. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFiles, projectRoot } from '../../support/project.ts';

const listed = projectFiles();
const BINARY = new Set(['.png', '.jpg', '.gz', '.tgz', '.onnx', '.pdf', '.ico', '.woff2']);

interface Line {
  readonly place: string;
  readonly text: string;
}

function linesOf(paths: readonly string[]): readonly Line[] {
  return paths
    .filter((path) => !BINARY.has(extname(path)))
    .flatMap((path) =>
      readFileSync(join(projectRoot, path), 'utf8')
        .split('\n')
        .map((text, at) => ({ place: `${path}:${at + 1}`, text })),
    );
}

const lines = linesOf(listed ?? []);
const code = lines.filter(({ place }) => /\.(ts|mjs|js|cjs|sql):/.test(place) && !place.includes('.generated.'));
const places = (found: readonly Line[]): readonly string[] => found.map(({ place }) => place);

describe.skipIf(listed === undefined)('tracked files (needs a git work tree)', () => {
  test('name no path of the machine they were written on', () => {
    expect(lines.length).toBeGreaterThan(1000);
    // Short roots (`/`, `/root`, `/app`) are words that files may hold for other reasons.
    const roots = [projectRoot, dirname(projectRoot), homedir()].filter((root) => root.split('/').length > 2);
    expect(places(lines.filter(({ text }) => roots.some((root) => text.includes(`${root}/`))))).toEqual([]);
    expect(places(lines.filter(({ text }) => /(^|[\s"'`(=])\/(work|home|Users)\/[a-z]/.test(text)))).toEqual([]);
  });

  test('name no package registry', () => {
    const address = new RegExp('"resolved": *"http|:/' + '/(registry|proxy|repo[0-9]*)\\.');
    expect(places(lines.filter(({ text }) => address.test(text)))).toEqual([]);
  });

  test('hold no private key and no API key', () => {
    const secret = new RegExp('-----BEGIN [A-Z ]*PRIVATE' + ' KEY-----|\\bvk_[A-Za-z0-9_-]{43}\\b');
    expect(places(lines.filter(({ text }) => secret.test(text)))).toEqual([]);
  });

  test('switch no type check and no lint rule off, and leave no unfinished mark', () => {
    const marks = [
      '@ts-' + 'ignore',
      '@ts-' + 'nocheck',
      '@ts-' + 'expect-error',
      'eslint-' + 'disable',
      'TO' + 'DO',
      'FIX' + 'ME',
    ];
    expect(places(code.filter(({ text }) => marks.some((mark) => text.includes(mark))))).toEqual([]);
    expect(
      places(
        code.filter(
          ({ text }) =>
            /\b(it|test|describe)\.(only|todo)\b/.test(text) && !text.includes('RegExp') && !text.includes('/.test('),
        ),
      ),
    ).toEqual([]);
  });
});
