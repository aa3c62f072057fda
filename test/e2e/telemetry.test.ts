import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-otel-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('the telemetry module is loaded before the database driver, and the service runs', async () => {
  const module = join(folder, 'telemetry.mjs');
  const seen = join(folder, 'seen');
  // What an SDK's instrumentation needs: to be there before what it instruments. `pg` is CommonJS, so its cache tells.
  await writeFile(
    module,
    `import { createRequire } from 'node:module';
     import { writeFileSync } from 'node:fs';
     const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => /node_modules.(pg|express)./.test(path));
     writeFileSync(${JSON.stringify(seen)}, JSON.stringify(loaded));`,
  );
  const env = {
    ...process.env,
    VERICLIN_DATA_DIR: join(folder, 'data'),
    VERICLIN_PORT: '0',
    VERICLIN_LOG_LEVEL: 'silent',
    VERICLIN_OTEL_MODULE: module,
  };
  const command = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [command, 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('listening on')) resolve();
    });
    child.once('exit', () => {
      reject(new Error('the service ended before it was ready'));
    });
  });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(JSON.parse(await readFile(seen, 'utf8'))).toEqual([]);
});
