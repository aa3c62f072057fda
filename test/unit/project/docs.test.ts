/**
 * Documents must not say what the product does not do: links lead somewhere, and names of keys, codes, metrics, routes
 * and commands are those of the code. `UPDATE_DOCS=1 npx vitest run test/unit/project/docs.test.ts` writes the tables.
 */
import { ANCHOR_REASONS, ANCHOR_STATES, NO_ANCHOR } from '../../../ledger/anchor/status.ts';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROBLEMS } from '../../../api/problems.ts';
import { buildProgram } from '../../../cli/program.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { ERROR_CODES, REFUSAL_REASONS } from '../../../ledger/errors.ts';
import type { LogStatus } from '../../../ledger/ports.ts';
import { profileSchema } from '../../../runtime/fabric-profile-schema.ts';
import { CLI_KEYS, CONFIG_KEYS } from '../../../runtime/config-keys.ts';
import { createMetrics } from '../../../runtime/metrics.ts';
import { readDocument } from '../../support/markdown.ts';
import { projectFiles, projectRoot } from '../../support/project.ts';

const paths = (projectFiles() ?? ['README.md', 'docs/operations.md', 'docs/errors.md']).filter((path) =>
  path.endsWith('.md'),
);
const documents = paths.map(readDocument);
const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** Every match of the pattern's first group in any document, with where it stands. */
function mentions(pattern: RegExp): readonly { readonly name: string; readonly place: string }[] {
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ name: match[1]!, place: `${path}: ${match[1]!}` })),
  );
}

describe('documents', () => {
  test('links between them resolve, anchors too', () => {
    const broken = documents.flatMap(({ path, links }) =>
      links
        .filter((link) => !/^(https?|mailto):/.test(link))
        .filter((link) => {
          const [file = '', anchor] = link.split('#');
          const target = file === '' ? path : normalize(join(dirname(path), file));
          if (!existsSync(join(projectRoot, target))) return true;
          return anchor !== undefined && !readDocument(target).anchors.has(anchor);
        })
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test('every block of commands is run by a test, or says why not', () => {
    const unmarked = documents.flatMap(({ path, blocks }) =>
      blocks
        .filter(({ language, mark }) => ['sh', 'bash', 'shell', 'console'].includes(language) && mark === undefined)
        .map(({ line }) => `${path}:${line}`),
    );
    expect(unmarked).toEqual([]);
    expect(documents.flatMap(({ blocks }) => blocks).filter(({ mark }) => mark?.kind === 'run').length).toBeGreaterThan(
      0,
    );
  });

  test('the README shows the two commands', () => {
    expect(read('README.md')).toContain('npm ci && npm start');
    expect(read('README.md')).toContain('npm ci && npm test');
  });

  test('the index of decisions lists every one', () => {
    const { links } = readDocument('docs/adr/README.md');
    const records = paths.flatMap((path) => /^docs\/adr\/(\d{4}-.+\.md)$/.exec(path)?.[1] ?? []);
    expect(records.length).toBeGreaterThan(8);
    expect(links.toSorted()).toEqual(records.toSorted());
  });

  test('files that they name in code are there', () => {
    const files = mentions(
      /`((?:api|cli|deploy|docs|ledger|runtime|scripts|test)\/[\w./-]+\.(?:ts|mjs|yaml|sql|md|sh))`/g,
    );
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter(({ name }) => !existsSync(join(projectRoot, name))).map(({ place }) => place)).toEqual([]);
  });

  test('configuration keys that they name are known', () => {
    const known = new Set([...CONFIG_KEYS.map(({ key }) => key), ...CLI_KEYS]);
    expect(
      mentions(/\b(VERICLIN_[A-Z_]+)\b/g)
        .filter(({ name }) => !known.has(name))
        .map(({ place }) => place),
    ).toEqual([]);
  });

  test('commands that they name exist', () => {
    const program = buildProgram({
      terminal: { out: () => undefined, err: () => undefined, env: {} },
      exitCode: EXIT.ok,
    } as never);
    const known = new Set(program.commands.map((command) => command.name()));
    const named = mentions(/\bnpx vericlin ([a-z][a-z-]*)/g);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ name }) => !known.has(name)).map(({ place }) => place)).toEqual([]);
  });

  test('scripts that they name exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(
      mentions(/\bnpm run ([a-z:]+)/g)
        .filter(({ name }) => !(name in scripts))
        .map(({ place }) => place),
    ).toEqual([]);
  });

  test('routes that they name are in the API document', () => {
    const api = parse(read('api/openapi.yaml')) as { paths: Record<string, unknown> };
    const known = new Set(Object.keys(api.paths).map((path) => path.replace(/\{[^}]*\}/g, '{}')));
    const named = mentions(/(?:GET|POST|DELETE) (\/v1\/[a-z/{}:-]+[a-z}])/g).map(({ name, place }) => ({
      name: name.replace(/\{[^}]*\}/g, '{}'),
      place,
    }));
    expect(named.filter(({ name }) => !known.has(name)).map(({ place }) => place)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const rows = new Map(
    [...read('docs/errors.md').matchAll(/^\| `([a-z0-9_]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)].map((match) => [
      match[1]!,
      match.slice(2),
    ]),
  );

  test('has every code, each once, and no other', () => {
    expect([...rows.keys()].sort()).toEqual([...ERROR_CODES].sort());
    for (const code of ERROR_CODES) expect(read('docs/errors.md').split(`\n| \`${code}\` |`)).toHaveLength(2);
  });

  test('says the status that the service answers', () => {
    const wrong = ERROR_CODES.filter((code) => rows.get(code)?.[0]?.trim() !== String(PROBLEMS[code].status));
    expect(wrong.map((code) => `${code}: ${PROBLEMS[code].status}`)).toEqual([]);
  });

  test('says what each code means and what to do', () => {
    for (const [code, [, meaning, next]] of rows) {
      expect(meaning!.trim().length, code).toBeGreaterThan(10);
      expect(next!.trim().length, code).toBeGreaterThan(10);
    }
  });
});

describe('docs/operations.md', () => {
  const status: LogStatus = {
    size: 1,
    origin: 'log.example/test',
    signing: 'ok',
    refusal: undefined,
    database: 'ok',
    anchor: NO_ANCHOR,
    pendingEvents: 0,
    witnesses: [],
  };

  test('has the configuration table as the code has it', () => {
    const cell = (text: string): string => text.replaceAll('|', '\\|');
    const table = CONFIG_KEYS.map((one) =>
      [
        '',
        `\`${one.key}\``,
        one.default.startsWith('unset') || one.default.includes(' printed') ? one.default : `\`${one.default}\``,
        cell(one.meaning),
        cell(one.form),
        cell(one.why),
        '',
      ]
        .join(' | ')
        .trim(),
    ).join('\n');
    const heading = '| Key | Default | Meaning | Form | Why this default |\n|---|---|---|---|---|\n';
    const before = read('docs/operations.md');
    const after = before.replace(/\| Key \| Default \|.*\n\|[-|]+\n(\|.*\n)+/, () => `${heading}${table}\n`);
    if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(join(projectRoot, 'docs/operations.md'), after);
    else expect(before).toBe(after);
    expect(after).toContain(heading);
  });

  test('shows a Fabric profile that the service takes', () => {
    const [, text] = /<!-- profile: .* -->\n```yaml\n([\s\S]*?)```/.exec(read('docs/operations.md'))!;
    expect(profileSchema.safeParse(parse(text!))).toMatchObject({ success: true });
  });

  test('explains every state of the anchor, and every reason', () => {
    const [, section] = /^## Anchoring\n([\s\S]*?)^## /m.exec(read('docs/operations.md'))!;
    const rows = section!.split('\n').filter((line) => line.startsWith('| `'));
    for (const name of [...ANCHOR_STATES, ...ANCHOR_REASONS]) {
      expect(
        rows.filter((row) => row.startsWith(`| \`${name}\` |`)),
        name,
      ).toHaveLength(1);
    }
  });

  test('has alert rules over metrics, labels and states that are there', async () => {
    const [, text] = /<!-- alerts: .* -->\n```yaml\n([\s\S]*?)```/.exec(read('docs/operations.md'))!;
    const { groups } = parse(text!) as { groups: { rules: { alert: string; expr: string }[] }[] };
    const anchor = {
      ...NO_ANCHOR,
      endorsers: ['Org1MSP'],
      certificates: [{ name: 'client', notAfter: '2027-01-01T00:00:00Z' }],
    };
    const exposed = await createMetrics(() => ({ ...status, anchor })).expose();
    for (const { alert, expr } of groups.flatMap(({ rules }) => rules)) {
      const series = [...expr.matchAll(/(vericlin_[a-z_]+)(\{[^}]*\})?/g)];
      expect(series.length, alert).toBeGreaterThan(0);
      for (const [whole] of series) expect(exposed.includes(`\n${whole}`), `${alert}: ${whole}`).toBe(true);
    }
  });

  test('names metrics that are there, and explains every reason to refuse to sign', async () => {
    const exposed = await createMetrics(() => status).expose();
    const section = /^## Metrics and alarms\n([\s\S]*?)^## /m.exec(read('docs/operations.md'))![1]!;
    const named = [...section.matchAll(/`(vericlin_[a-z_]+)(\{[^}]*\})?`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !exposed.includes(`# TYPE ${name} `))).toEqual([]);
    for (const reason of REFUSAL_REASONS) expect(read('docs/operations.md')).toContain(`\`${reason}\``);
  });
});
