/** What the package brings with it at run time must be free to use in a product, and the lock file must be portable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../support/project.ts';

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

/**
 * docs/adr/0001 says why these. PSF-2.0 is permissive; it comes with argparse alone, which only js-yaml's command uses.
 * docs/adr/0012 on the two that come with the chaincode's shim.
 */
const ALLOWED = new Set(['MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'Apache-2.0', '0BSD']);
const ALLOWED_FOR_ONE: Readonly<Record<string, string>> = {
  argparse: 'PSF-2.0',
  tweetnacl: 'Unlicense',
  'google-protobuf': '(BSD-3-Clause AND Apache-2.0)',
};

/** The product's own, and that of the chaincode, which is a package of its own. */
const PACKAGES = ['.', 'ledger/chaincode'] as const;
const packages = PACKAGES.flatMap((folder) => {
  const lock = JSON.parse(readFileSync(join(projectRoot, folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages).filter(([path]) => path !== '');
});
const runtime = packages.filter(([, { dev }]) => dev !== true);

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('dependencies', () => {
  test('every one that is there at run time has an allowed licence', () => {
    expect(runtime.length).toBeGreaterThan(20);
    const refused = runtime
      .filter(
        ([path, { license }]) =>
          license === undefined || !(ALLOWED.has(license) || ALLOWED_FOR_ONE[nameOf(path)] === license),
      )
      .map(([path, { license }]) => `${nameOf(path)}: ${license ?? 'no licence'}`);
    expect(refused).toEqual([]);
  });

  test('direct ones are pinned exactly', () => {
    const direct = PACKAGES.flatMap((folder) => {
      const manifest = JSON.parse(readFileSync(join(projectRoot, folder, 'package.json'), 'utf8')) as Partial<
        Record<'dependencies' | 'devDependencies', Record<string, string>>
      >;
      return [...Object.entries(manifest.dependencies ?? {}), ...Object.entries(manifest.devDependencies ?? {})];
    });
    expect(direct.map(([name]) => name)).toContain('fabric-shim');
    const loose = direct.filter(
      // Aliases name the package that stands in; the lock file pins those.
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) && !version.startsWith('npm:'),
    );
    expect(loose).toEqual([]);
  });

  test('the lock files name no address, and a digest for every package', () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  test('the licence of the product is in the package', () => {
    const licence = readFileSync(join(projectRoot, 'LICENSE'), 'utf8');
    expect(licence).toContain('Version 2.0, January 2004');
    expect(licence).toContain('END OF TERMS AND CONDITIONS');
  });
});
