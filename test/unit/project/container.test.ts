/**
 * The container files cannot be built where there is no engine, so their structure is checked here, always; and linted
 * by hadolint where pip can fetch it (test/e2e/container-lint.test.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_KEYS } from '../../../runtime/config-keys.ts';
import { projectRoot } from '../../support/project.ts';

interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Instructions of a container file: comments dropped, continued lines joined. */
function instructions(text: string): readonly Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']) => ({ name, value }));
}

const read = (name: string): string => readFileSync(join(projectRoot, name), 'utf8');
const all = instructions(read('Containerfile'));
const named = (name: string): readonly string[] => all.filter((one) => one.name === name).map(({ value }) => value);
const lastStage = all.slice(all.map(({ name }) => name).lastIndexOf('FROM'));

describe('Containerfile', () => {
  test('has several stages, and the last one takes files from the others alone', () => {
    expect(named('FROM').length).toBeGreaterThanOrEqual(2);
    expect(lastStage[0]?.value).not.toContain(' AS ');
    expect(lastStage.filter(({ name, value }) => name === 'RUN' && /\bnpm\b/.test(value))).toEqual([]);
  });

  test('names one release of its base image', () => {
    expect(named('ARG')).toContainEqual(expect.stringMatching(/^NODE_IMAGE=node:\d+\.\d+\.\d+-slim$/));
    for (const from of named('FROM')) expect(from).toMatch(/^\$\{NODE_IMAGE\}/);
  });

  test('runs as a user that is not root, by number, set after the last file is laid', () => {
    const names = lastStage.map(({ name }) => name);
    const user = lastStage.filter(({ name }) => name === 'USER').at(-1)?.value;
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(names.lastIndexOf('USER')).toBeGreaterThan(names.lastIndexOf('COPY'));
  });

  test('checks its health with Node alone, and starts without a shell', () => {
    const health = named('HEALTHCHECK');
    expect(health).toHaveLength(1);
    const command = JSON.parse(health[0]!.slice(health[0]!.indexOf('['))) as string[];
    expect(command[0]).toBe('node');
    expect(command.at(-1)).toContain('/healthz');
    expect(JSON.parse(named('CMD').at(-1)!)).toContain('dist/cli/main.js');
  });

  test('writes to its volume alone', () => {
    expect(named('VOLUME')).toEqual(['["/data"]']);
    expect(named('ENV').join(' ')).toContain('VERICLIN_DATA_DIR=/data');
  });

  test('fetches nothing by address and carries no secret', () => {
    expect(named('ADD')).toEqual([]);
    expect(read('Containerfile')).not.toMatch(/https?:\/\/(?!127\.0\.0\.1)/);
    expect([...named('ENV'), ...named('ARG')].join('\n')).not.toMatch(/PASSWORD|SECRET|TOKEN|_KEY\b/i);
  });

  test('sets known configuration keys alone', () => {
    const known = new Set(CONFIG_KEYS.map(({ key }) => key));
    const set = [
      ...named('ENV')
        .join(' ')
        .matchAll(/(VERICLIN_\w+)=/g),
    ].map(([, key = '']) => key);
    expect(set.length).toBeGreaterThan(0);
    expect(set.filter((key) => !known.has(key))).toEqual([]);
  });

  test('every file that it copies is in the project and not ignored', () => {
    const ignored = read('.dockerignore').split('\n');
    const sources = named('COPY')
      .filter((value) => !value.startsWith('--from') && !value.startsWith('. '))
      .flatMap((value) => value.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) {
      expect(existsSync(join(projectRoot, source)), source).toBe(true);
      expect(
        ignored.some((line) => line === `!${source.split('/')[0]!}`),
        source,
      ).toBe(true);
    }
  });
});

describe('.dockerignore', () => {
  test('starts by leaving everything out', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines[0]).toBe('*');
    expect(lines).toEqual(expect.arrayContaining(['**/*.key', '**/kek.json']));
    expect(lines).not.toContain('!node_modules');
  });
});

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly read_only: boolean;
  readonly tmpfs: readonly string[];
  readonly ports?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt: readonly string[];
  readonly networks: readonly string[];
  readonly stop_grace_period?: string;
}

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml')) as {
    readonly services: Readonly<Record<'database' | 'vericlin', Service>>;
    readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };
  const { database, vericlin } = compose.services;

  test('gives the service two database roles', () => {
    expect(vericlin.environment['DATABASE_URL']).toMatch(/^postgresql:\/\/vericlin_owner:.+@database:5432\/vericlin$/);
    expect(vericlin.environment['VERICLIN_DATABASE_WRITER_URL']).toMatch(
      /^postgresql:\/\/vericlin_writer:.+@database:5432\/vericlin$/,
    );
    for (const role of ['vericlin_owner', 'vericlin_writer'])
      expect(read('deploy/postgres/roles.sql')).toContain(`create role ${role} login`);
  });

  test('holds no password, and does not start without one', () => {
    const secrets = Object.values(compose.services)
      .flatMap(({ environment }) => Object.entries(environment))
      .filter(([key]) => /PASSWORD|URL/.test(key))
      .map(([, value]) => value);
    expect(secrets).toHaveLength(5);
    for (const secret of secrets) expect(secret).toMatch(/\$\{[A-Z_]+:\?[^}]+\}/);
  });

  test('mounts every root file system read-only and lets no process gain privileges', () => {
    for (const service of Object.values(compose.services)) {
      expect(service.read_only).toBe(true);
      expect(service.tmpfs).toContain('/tmp');
      expect(service.security_opt).toContain('no-new-privileges:true');
    }
    expect(vericlin.cap_drop).toEqual(['ALL']);
  });

  test('reaches no further than loopback, and the database not even there', () => {
    expect(database.ports).toBeUndefined();
    expect(vericlin.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    expect(database.networks.every((name) => compose.networks[name]?.internal === true)).toBe(true);
  });

  test('names files and volumes that exist, and known configuration keys', () => {
    const known = new Set(CONFIG_KEYS.map(({ key }) => key));
    expect(Object.keys(vericlin.environment).filter((key) => !known.has(key))).toEqual([]);
    expect(existsSync(join(projectRoot, vericlin.build!.dockerfile))).toBe(true);
    for (const volume of [...database.volumes, ...vericlin.volumes]) {
      const source = volume.split(':')[0]!;
      if (source.startsWith('./')) expect(existsSync(join(projectRoot, source)), source).toBe(true);
      else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test('waits for a stop longer than the service does', () => {
    const ours = Number(CONFIG_KEYS.find(({ key }) => key === 'VERICLIN_STOP_TIMEOUT_SECONDS')!.default);
    expect(Number.parseInt(vericlin.stop_grace_period!, 10)).toBeGreaterThan(ours);
  });
});
