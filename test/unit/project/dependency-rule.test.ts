/**
 * The dependency rule must be able to fail: each rule of `.dependency-cruiser.cjs` is broken once in a small tree of its
 * own, checked with the project's own configuration, and has to be reported by name.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../support/project.ts';

interface Rule {
  readonly name: string;
}
interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

const configPath = join(projectRoot, '.dependency-cruiser.cjs');
const { forbidden } = createRequire(import.meta.url)(configPath) as { forbidden: readonly Rule[] };

/** Per rule: a file that breaks it, and what that file holds. Other files that it needs are in {@link SURROUNDINGS}. */
const BREAKS: Readonly<Record<string, readonly [path: string, text: string]>> = {
  'pure-core-imports-no-io': ['ledger/merkle/reads-a-file.ts', "import 'node:fs';\n"],
  'node-primitives-are-picked-by-the-edges': ['ledger/verify/picks.ts', "import './node-primitives.ts';\n"],
  'numerics-imports-nothing': ['numerics/reads.ts', "import 'node:fs';\n"],
  'fairness-is-pure': ['fairness/hashes.ts', "import 'node:crypto';\n"],
  'ledger-below-what-uses-it': ['ledger/event/judges.ts', "import '../../fairness/cells.ts';\n"],
  'ledger-below-the-edges': ['ledger/event/answers.ts', "import '../../api/app.ts';\n"],
  'edges-do-not-compose': [
    'api/composes.ts',
    "import { made } from '../runtime/compose.ts';\nexport const x = made;\n",
  ],
  'only-runtime-imports-adapters': ['cli/queries.ts', "import '../ledger/store/postgres/store.ts';\n"],
  'chaincode-takes-pure-code-alone': ['ledger/chaincode/stores.ts', "import '../store/event-store.ts';\n"],
  'contract-does-no-io': ['ledger/chaincode/merkle-anchor.ts', "import 'node:crypto';\n"],
  'chaincode-is-deployed-not-imported': ['runtime/endorses.ts', "import '../ledger/chaincode/contract.ts';\n"],
  'fabric-shim-in-the-chaincode-alone': ['ledger/anchor/shims.ts', "import 'fabric-shim';\n"],
  'fabric-client-behind-the-chain-port': ['api/dials.ts', "import '@hyperledger/fabric-gateway';\n"],
  'no-test-code-in-the-product': ['runtime/tested.ts', "import '../test/support.ts';\n"],
  'no-circular': ['cli/snake.ts', "import './tail.ts';\n"],
  'no-unresolvable': ['cli/lost.ts', "import './not-there.ts';\n"],
  'no-dev-dependency-at-run-time': ['cli/checks.ts', "import { check } from 'fast-check';\nexport const x = check;\n"],
};

const SURROUNDINGS: Readonly<Record<string, string>> = {
  'api/app.ts': 'export const app = 1;\n',
  'runtime/compose.ts': "import '../ledger/store/postgres/store.ts';\nexport const made = 1;\n",
  'ledger/store/postgres/store.ts': 'export const store = 1;\n',
  'ledger/store/event-store.ts': 'export const events = 1;\n',
  'ledger/chaincode/contract.ts': "import 'node:crypto';\nimport 'fabric-shim';\nimport '../merkle/tree.ts';\n",
  'fairness/cells.ts': 'export const cells = 1;\n',
  'numerics/sum.ts': 'export const sum = 1;\n',
  'ledger/merkle/tree.ts': 'export const tree = 1;\n',
  'ledger/verify/node-primitives.ts': "import 'node:crypto';\n",
  'test/support.ts': "import '../ledger/store/postgres/store.ts';\n",
  'cli/tail.ts': 'export const tail = 1;\n',
};

let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'vericlin-rule-'));
  for (const name of ['package.json', 'tsconfig.json']) copyFileSync(join(projectRoot, name), join(tree, name));
  symlinkSync(join(projectRoot, 'node_modules'), join(tree, 'node_modules'));
  for (const [path, text] of Object.entries(SURROUNDINGS)) put(path, text);
});

afterAll(() => {
  rmSync(tree, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function cruise(outputType: 'err' | 'json'): { status: number | null; stdout: string } {
  const bin = join(projectRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const folders = ['api', 'cli', 'fairness', 'ledger', 'numerics', 'runtime'];
  const args = [bin, '--config', configPath, '--output-type', outputType, ...folders];
  return spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
}

function violations(): readonly Violation[] {
  return (JSON.parse(cruise('json').stdout) as { summary: { violations: readonly Violation[] } }).summary.violations;
}

describe('dependency rule', () => {
  test('a tree that keeps to the rule is accepted', () => {
    expect(violations()).toEqual([]);
    expect(cruise('err').status).toBe(0);
  });

  test('every rule has a file that breaks it', () => {
    expect(Object.keys(BREAKS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  test('each rule is reported when it is broken, and the check fails', () => {
    for (const [path, text] of Object.values(BREAKS)) put(path, text);
    put('cli/tail.ts', "import './snake.ts';\nexport const tail = 1;\n");
    // `npm run deps:check` uses this output type, whose exit code is the number of violations.
    expect(cruise('err').status).toBeGreaterThanOrEqual(forbidden.length);
    const found = new Set(violations().map(({ rule, from }) => `${rule.name}: ${from}`));
    for (const [name, [path]] of Object.entries(BREAKS)) expect([...found]).toContain(`${name}: ${path}`);
  });
});
