// Fails when a generated file is not what `npm run generate` makes of its source now.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { FABRIC_MESSAGES_FILE, generateFabricMessages } from './generate-fabric-messages.mjs';

const root = join(import.meta.dirname, '..');
const committed = join(root, 'api', 'openapi.generated.ts');
const work = mkdtempSync(join(tmpdir(), 'vericlin-generated-'));
try {
  const fresh = join(work, 'openapi.generated.ts');
  const generator = join(root, 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
  const { status, stderr } = spawnSync(process.execPath, [generator, join(root, 'api', 'openapi.yaml'), '-o', fresh], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`openapi-typescript failed:\n${stderr}`);
  const options = { ...(await resolveConfig(committed)), filepath: committed };
  const expected = await format(readFileSync(fresh, 'utf8'), options);
  if (readFileSync(committed, 'utf8') !== expected) {
    throw new Error(
      'api/openapi.generated.ts is not what api/openapi.yaml says: run `npm run generate` and commit it.',
    );
  }
  if (readFileSync(FABRIC_MESSAGES_FILE, 'utf8') !== (await generateFabricMessages())) {
    throw new Error(
      'fabric-messages.generated.ts is not what fabric-messages.proto says: run `npm run generate` and commit it.',
    );
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
