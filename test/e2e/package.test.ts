/**
 * The package as somebody gets it who installs it from a registry: packed from a copy of the sources, installed into an
 * empty folder, and taken through the README's tour there.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocument } from '../support/markdown.ts';
import { projectFiles, projectRoot } from '../support/project.ts';
import { freePort, hasCommand, runShell, type ShellOutcome } from '../support/shell.ts';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** A tenth of it are the checksums of the Fabric programs' modules, which do not compress. */
const MAX_PACKED_BYTES = 2_600_000;
const MAX_UNPACKED_BYTES = 10_000_000;
const ALLOWED =
  /^(dist\/(api|cli|fairness|ledger|numerics|runtime)\/|api\/openapi\.yaml$|cli\/devnet\/fabric-tools\/go\.(mod|sum)$|ledger\/store\/migrations\/\d{4}_\w+\.sql$|docs\/|(package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md|SECURITY\.md)$)/;

const sources = projectFiles();
const canRun = sources !== undefined && hasCommand('bash') && hasCommand('curl') && hasCommand('npm');

describe.skipIf(!canRun)('the package (needs a git work tree, npm, bash and curl)', () => {
  let work: string;
  let packed: Packed;
  let installed: ShellOutcome;
  const folder = (name: string): string => join(work, name);
  const inPackage = (path: string): string => join(work, 'app', 'node_modules', 'vericlin', path);

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'vericlin-package-'));
    // A copy, because packing builds from scratch and other tests use this tree's dist.
    for (const path of sources!) cpSync(join(projectRoot, path), join(folder('source'), path));
    symlinkSync(join(projectRoot, 'node_modules'), folder('source/node_modules'));
    mkdirSync(folder('source/dist/left-over'), { recursive: true });
    const pack = await runShell('npm pack --json --loglevel error > ../packed.json', {
      cwd: folder('source'),
      timeoutMs: 120_000,
    });
    expect({ code: pack.code, output: pack.code === 0 ? '' : pack.output }).toEqual({ code: 0, output: '' });
    const report = readFileSync(folder('packed.json'), 'utf8');
    // Scripts of the package print before npm does.
    packed = (JSON.parse(report.slice(report.search(/^\[$/m))) as Packed[])[0]!;
    mkdirSync(folder('app'));
    const install = `npm install --prefer-offline --no-audit --no-fund ../source/${packed.filename}`;
    installed = await runShell(install, { cwd: folder('app'), timeoutMs: 300_000 });
  }, 420_000);

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  test('holds what it needs and nothing else', () => {
    const files = packed.files.map(({ path }) => path);
    expect(files.filter((path) => !ALLOWED.test(path))).toEqual([]);
    const needed = [
      'LICENSE',
      'NOTICE',
      'README.md',
      'api/openapi.yaml',
      'cli/devnet/fabric-tools/go.mod',
      'cli/devnet/fabric-tools/go.sum',
      'dist/ledger/chaincode/index.cjs',
      'dist/cli/main.js',
      'dist/ledger/verify/index.d.ts',
      'dist/api/docs/redoc.standalone.js',
    ];
    expect(needed.filter((path) => !files.includes(path))).toEqual([]);
    const migrations = sources!.filter((path) => path.startsWith('ledger/store/migrations/'));
    expect(files.filter((path) => path.startsWith('ledger/'))).toEqual(migrations);
  });

  test('is no larger than it should be', () => {
    expect(packed.size).toBeLessThan(MAX_PACKED_BYTES);
    expect(packed.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  test('installs into an empty folder', () => {
    expect({ code: installed.code, output: installed.code === 0 ? '' : installed.output }).toEqual({
      code: 0,
      output: '',
    });
  });

  test('has source maps that carry their sources and point nowhere outside', () => {
    const maps = packed.files.map(({ path }) => path).filter((path) => path.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(20);
    for (const path of maps) {
      const map = JSON.parse(readFileSync(inPackage(path), 'utf8')) as {
        sources: string[];
        sourcesContent?: (string | null)[];
        sourceRoot?: string;
      };
      expect(
        map.sourcesContent?.every((content) => content !== null),
        path,
      ).toBe(true);
      expect(map.sourceRoot ?? '', path).toBe('');
      for (const source of map.sources)
        expect(normalize(join(dirname(path), source)).startsWith('..'), `${path}: ${source}`).toBe(false);
    }
  });

  test('offers the verifier as a module', async () => {
    const script = `node --input-type=module -e "const verify = await import('vericlin/verify'); console.log(Object.keys(verify).length > 0)"`;
    const { output } = await runShell(script, { cwd: folder('app'), timeoutMs: 30_000 });
    expect(output).toBe('true\n');
  });

  test('runs the tour: serve, post, prove, verify, erase, export', async () => {
    const blocks = readDocument('README.md').blocks.filter(({ mark }) => mark?.kind === 'run' && mark.text === 'tour');
    expect(blocks.length).toBeGreaterThan(5);
    mkdirSync(folder('tmp'));
    const env = { VERICLIN_PORT: String(await freePort()), TMPDIR: folder('tmp') };
    const script = blocks.map(({ text }) => text).join('\n');
    const { code, output } = await runShell(script, { cwd: folder('app'), env, timeoutMs: 120_000 });
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    expect(output).toContain('exit code 1');
    expect(output).toContain('exit code 3');
    const [tour] = readdirSync(folder('tmp')).filter((name) => name.startsWith('tmp.'));
    expect(existsSync(join(folder('tmp'), tour!, 'log', 'checkpoint'))).toBe(true);
  }, 150_000);
});
