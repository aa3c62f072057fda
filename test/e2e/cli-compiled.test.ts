/** `vericlin verify` as it is shipped: on several threads, and without anything that could reach a network. */
import { spawnSync } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnchoredLog } from '../support/anchored-log.ts';
import { compile, type Compiled } from '../support/compiled.ts';
import { sampleLog } from '../support/sample-log.ts';

const FILES = 3_000;
const log = sampleLog(40);
let compiled: Compiled;
let folder: string;

beforeAll(async () => {
  compiled = compile();
  folder = await mkdtemp(join(tmpdir(), 'vericlin-many-'));
  for (let i = 0; i < FILES; i++) await writeFile(join(folder, `${i}.json`), JSON.stringify(log.bundle(i % 39)));
});
afterAll(async () => {
  compiled.remove();
  await rm(folder, { recursive: true, force: true });
});

function run(args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiled.main, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return { code: status, out: stdout, err: stderr };
}

describe('vericlin verify, compiled', () => {
  it('verifies thousands of files on several threads, each once', () => {
    const { code, out, err } = run(['verify', folder, '--key', log.vkey, '--json']);
    expect([code, err]).toEqual([0, '']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { file?: string; summary?: unknown });
    expect(new Set(lines.slice(0, -1).map((line) => line.file)).size).toBe(FILES);
    expect(lines.at(-1)?.summary).toMatchObject({ files: FILES, valid: FILES });
  });

  it('finds the one bad file among them', async () => {
    const path = join(folder, '2500.json');
    const good = readFileSync(path);
    await writeFile(path, JSON.stringify(log.bundle(3, { proof: log.proof(4) })));
    const { code, out } = run(['verify', folder, '--key', log.vkey]);
    await writeFile(path, good);
    expect(code).toBe(1);
    expect(out).toContain(`${path}: INVALID. inclusion:`);
    expect(out).toContain(`${FILES - 1} valid`);
  });

  it('verifies evidence of a chain on several threads too, each with the same trust', async () => {
    const anchored = await AnchoredLog.create(9);
    const files = await mkdtemp(join(tmpdir(), 'vericlin-anchored-'));
    const [one, two] = [join(files, 'org1.pem'), join(files, 'org2.pem')];
    writeFileSync(one, anchored.org1.ca.pem);
    writeFileSync(two, anchored.org2.ca.pem);
    const anchor = anchored.evidence();
    const forged = anchored.evidence({ endorsers: [anchored.org1.peer] });
    for (let i = 0; i < 900; i++) {
      const evidence = i === 800 ? forged : anchor;
      writeFileSync(join(files, `${i}.json`), JSON.stringify(anchored.log.bundle(i % 9, { anchor: evidence })));
    }
    const options = ['--key', anchored.log.vkey, '--ca', `Org1MSP=${one}`, '--ca', `Org2MSP=${two}`];
    const { code, out } = run(['verify', files, ...options]);
    await rm(files, { recursive: true });
    expect([code, out]).toEqual([1, expect.stringMatching(/800\.json: INVALID\. endorsements: .*Org2MSP/)]);
    expect(out).toContain('899 valid');
  });

  it('runs where every way to a network throws, and loads no HTTP, TLS or DNS of Node', () => {
    const report = join(folder, 'modules.txt');
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire('/');
      const refuse = () => { throw new Error('the network was used'); };
      require('node:net').Socket.prototype.connect = refuse;
      require('node:dgram').createSocket = refuse;
      globalThis.fetch = refuse;
      process.argv = [process.argv[0], 'vericlin', 'verify', ${JSON.stringify(folder)}, '--key', ${JSON.stringify(log.vkey)}];
      await import(${JSON.stringify(pathToFileURL(compiled.main).href)});
      require('node:fs').writeFileSync(${JSON.stringify(report)}, [process.exitCode, ...process.moduleLoadList].join('\\n'));`;
    // A file as stdout: a pipe is a socket to Node.
    const output = join(folder, 'out.txt');
    const stdio = openSync(output, 'w');
    const file = join(folder, 'offline.mjs');
    writeFileSync(file, script);
    const { status } = spawnSync(process.execPath, [file], { stdio: ['ignore', stdio, stdio] });
    expect([status, readFileSync(output, 'utf8')]).toEqual([0, expect.stringContaining(`${FILES} valid`)]);
    const [exitCode, ...modules] = readFileSync(report, 'utf8').split('\n');
    expect(exitCode).toBe('0');
    const network = /^NativeModule (http|https|http2|tls|dns|dns\/promises|internal\/deps\/undici\/undici)$/;
    expect(modules.filter((name) => network.test(name))).toEqual([]);
    expect(modules.length).toBeGreaterThan(50);
  });
});
