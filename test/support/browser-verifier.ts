/** The verifier as a browser runs it: one script, and a realm without anything of Node. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { Script, createContext } from 'node:vm';
import type { Verification } from '../../ledger/verify/index.ts';

export const ROOT = join(import.meta.dirname, '../..');
const SOURCE = `
  export { createVerifier, verifyBundle, verifyTlogProof } from './ledger/verify/index.ts';
  export { createFabricTrust } from './ledger/verify/fabric/index.ts';
  export { noblePrimitives } from './ledger/verify/noble-primitives.ts';
`;

/** The verifier as one script for browsers. A Node module anywhere in it fails the build. */
export async function bundleVerifier(): Promise<string> {
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
export function runInBrowser(script: string, globals: object, expression: string): Verification {
  const context = createContext({ TextEncoder, TextDecoder, ...globals });
  new Script(script).runInContext(context);
  const types = '`${typeof process} ${typeof Buffer} ${typeof require} ${typeof crypto}`';
  const foreign = new Script(types).runInContext(context) as string;
  if (foreign !== 'undefined undefined undefined undefined') throw new Error('The realm has something of Node.');
  return JSON.parse(new Script(`JSON.stringify(${expression})`).runInContext(context) as string) as Verification;
}
