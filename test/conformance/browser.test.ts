import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { bundleVerifier, ROOT, runInBrowser } from '../support/browser-verifier.ts';
import { AnchoredLog } from '../support/anchored-log.ts';
import { sampleLog, sampleWitness } from '../support/sample-log.ts';

describe('in a browser', () => {
  const log = sampleLog(9);
  const witness = sampleWitness('w.example');

  test('a bundle, an altered bundle and a tlog-proof', async () => {
    const script = await bundleVerifier();
    const options = `{ primitives: vericlin.noblePrimitives, pinnedKeys: [vkey] }`;
    const text = JSON.stringify(log.bundle(3, { opening: log.opening(3), checkpoint: log.checkpoint([witness]) }));
    const globals = { vkey: log.vkey, text, proof: log.tlogProof(3) };
    expect(runInBrowser(script, globals, `vericlin.verifyBundle(text, ${options})`)).toMatchObject({
      outcome: 'valid',
      facts: { index: 3 },
    });
    const altered = { ...globals, text: text.replace('0.83', '0.84') };
    expect(runInBrowser(script, altered, `vericlin.verifyBundle(text, ${options})`).outcome).toBe('invalid');
    expect(runInBrowser(script, globals, `vericlin.verifyTlogProof(proof, undefined, ${options})`).outcome).toBe(
      'valid',
    );
    const bytes = `vericlin.verifyBundle(new TextEncoder().encode(text), ${options})`;
    expect(runInBrowser(script, globals, bytes).outcome).toBe('valid');
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
    const verification = runInBrowser(script, globals, `vericlin.verifyBundle(text, ${options})`);
    expect(verification.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(verification.facts.anchored).toMatchObject({ endorsers: [{ mspId: 'Org1MSP' }, { mspId: 'Org2MSP' }] });
    expect(verification.facts.anchored?.orderers).toHaveLength(1);
    const forged = JSON.stringify(
      anchored.log.bundle(3, { anchor: anchored.evidence({ endorsers: [anchored.org1.peer] }) }),
    );
    expect(runInBrowser(script, { ...globals, text: forged }, `vericlin.verifyBundle(text, ${options})`).outcome).toBe(
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
