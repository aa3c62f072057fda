import { build } from 'esbuild';
import { join } from 'node:path';
import { Script, createContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Verification } from '../../ledger/verify/index.ts';
import { AnchoredLog } from '../support/anchored-log.ts';
import { sampleLog, sampleWitness } from '../support/sample-log.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE = `
  export { createVerifier, verifyBundle, verifyTlogProof } from './ledger/verify/index.ts';
  export { createFabricTrust } from './ledger/verify/fabric/index.ts';
  export { noblePrimitives } from './ledger/verify/noble-primitives.ts';
`;

/** The verifier as one script for browsers. A Node module anywhere in it fails the build. */
async function bundleVerifier(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'vericlin',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

/** A realm with ECMAScript and the text encoders alone: no process, Buffer, require, fetch or crypto. */
function run(script: string, globals: object, expression: string): Verification {
  const context = createContext({ TextEncoder, TextDecoder, ...globals });
  new Script(script).runInContext(context);
  expect(new Script('typeof process + typeof Buffer + typeof require + typeof crypto').runInContext(context)).toBe(
    'undefined'.repeat(4),
  );
  return JSON.parse(new Script(`JSON.stringify(${expression})`).runInContext(context) as string) as Verification;
}

describe('in a browser', () => {
  const log = sampleLog(9);
  const witness = sampleWitness('w.example');

  test('a bundle, an altered bundle and a tlog-proof', async () => {
    const script = await bundleVerifier();
    const options = `{ primitives: vericlin.noblePrimitives, pinnedKeys: [vkey] }`;
    const text = JSON.stringify(log.bundle(3, { opening: log.opening(3), checkpoint: log.checkpoint([witness]) }));
    const globals = { vkey: log.vkey, text, proof: log.tlogProof(3) };
    expect(run(script, globals, `vericlin.verifyBundle(text, ${options})`)).toMatchObject({
      outcome: 'valid',
      facts: { index: 3 },
    });
    const altered = { ...globals, text: text.replace('0.83', '0.84') };
    expect(run(script, altered, `vericlin.verifyBundle(text, ${options})`).outcome).toBe('invalid');
    expect(run(script, globals, `vericlin.verifyTlogProof(proof, undefined, ${options})`).outcome).toBe('valid');
    const bytes = `vericlin.verifyBundle(new TextEncoder().encode(text), ${options})`;
    expect(run(script, globals, bytes).outcome).toBe('valid');
  });

  test('evidence of a chain: its certificates, endorsements and block', async () => {
    const script = await bundleVerifier();
    const anchored = await AnchoredLog.create(9);
    const anchor = { ...anchored.evidence(), block: anchored.block(4).evidence };
    const text = JSON.stringify(anchored.log.bundle(3, { anchor }));
    const globals = { vkey: anchored.log.vkey, text, trust: JSON.stringify(anchored.trust) };
    const options = `{
      primitives: vericlin.noblePrimitives,
      pinnedKeys: [vkey],
      fabric: vericlin.createFabricTrust(vericlin.noblePrimitives, JSON.parse(trust)),
    }`;
    const verification = run(script, globals, `vericlin.verifyBundle(text, ${options})`);
    expect(verification.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(verification.facts.anchored).toMatchObject({ endorsers: [{ mspId: 'Org1MSP' }, { mspId: 'Org2MSP' }] });
    expect(verification.facts.anchored?.orderers).toHaveLength(1);
    const forged = JSON.stringify(
      anchored.log.bundle(3, { anchor: anchored.evidence({ endorsers: [anchored.org1.peer] }) }),
    );
    expect(run(script, { ...globals, text: forged }, `vericlin.verifyBundle(text, ${options})`).outcome).toBe(
      'invalid',
    );
  });

  test('the build does fail on a Node module', async () => {
    const contents = "export { nodePrimitives } from './ledger/verify/node-primitives.ts';";
    const attempt = build({
      stdin: { contents, resolveDir: ROOT, loader: 'ts' },
      bundle: true,
      write: false,
      platform: 'browser',
      logLevel: 'silent',
    });
    await expect(attempt).rejects.toThrow(/node:crypto/);
  });
});
