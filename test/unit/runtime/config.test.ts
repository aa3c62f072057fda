import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerError } from '../../../ledger/errors.ts';
import { CONFIG_KEYS } from '../../../runtime/config-keys.ts';
import { configWarnings, isLoopbackHost, parseConfig } from '../../../runtime/config.ts';

const parse = (env: Record<string, string> = {}) => parseConfig(env, '/srv');
const refusal = (message: RegExp): LedgerError =>
  expect.objectContaining({ code: 'config_invalid', message: expect.stringMatching(message) as string }) as LedgerError;
const LONG_KEY = `vk_${'k'.repeat(43)}`;

describe('the configuration', () => {
  it('has the defaults of the documentation, and is frozen', () => {
    const config = parse();
    expect(config).toEqual({
      host: '127.0.0.1',
      port: 8080,
      dataDir: '/srv/vericlin-data',
      databaseUrl: undefined,
      databaseWriterUrl: undefined,
      logOrigin: 'vericlin.local/log',
      logKeyFile: '/srv/vericlin-data/log.key',
      kekFile: '/srv/vericlin-data/kek.json',
      bootstrapKey: undefined,
      logAccess: 'auditor',
      fabricProfileFile: undefined,
      oidc: undefined,
      witnessPolicyFile: undefined,
      maxPendingEvents: 20_000,
      maxConnections: 1_024,
      stopTimeoutSeconds: 30,
      logLevel: 'info',
      otelModule: undefined,
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(configWarnings(config)).toEqual([]);
  });

  it('takes the database at a socket folder in each form that libpq takes', () => {
    for (const url of [
      'postgres://vericlin@/vericlin?host=/run/postgresql',
      'postgresql://vericlin:secret@/vericlin?host=%2Frun%2Fpostgresql&port=5433',
      'postgres:///vericlin?host=/run/postgresql&user=vericlin',
      'postgres://vericlin@%2Frun%2Fpostgresql/vericlin',
    ]) {
      expect(parse({ DATABASE_URL: url }).databaseUrl).toBe(url);
    }
    for (const url of ['mysql://a@b/c', 'vericlin', '/run/postgresql', 'postgres:vericlin', 'postgres://a:b:c@[/d']) {
      expect(() => parse({ DATABASE_URL: url })).toThrow(refusal(/DATABASE_URL is not valid/));
    }
  });

  it('reads every key', () => {
    const config = parse({
      VERICLIN_HOST: '0.0.0.0',
      VERICLIN_PORT: '0',
      VERICLIN_DATA_DIR: '/data',
      DATABASE_URL: 'postgres://owner@db/vericlin',
      VERICLIN_DATABASE_WRITER_URL: 'postgresql://writer@db/vericlin',
      VERICLIN_LOG_ORIGIN: 'hospital.example/log',
      VERICLIN_LOG_KEY_FILE: 'log.pem',
      VERICLIN_KEK_FILE: '/keys/kek',
      VERICLIN_BOOTSTRAP_KEY: LONG_KEY,
      VERICLIN_LOG_ACCESS: 'open',
      VERICLIN_OIDC_ISSUER: 'https://issuer.example/realm',
      VERICLIN_OIDC_AUDIENCE: 'vericlin',
      VERICLIN_OIDC_ROLE_CLAIM: 'role',
      VERICLIN_OIDC_ACTOR_CLAIM: 'npi',
      VERICLIN_WITNESS_POLICY_FILE: 'policy',
      VERICLIN_MAX_PENDING_EVENTS: '5',
      VERICLIN_MAX_CONNECTIONS: '6',
      VERICLIN_STOP_TIMEOUT_SECONDS: '7',
      VERICLIN_LOG_LEVEL: 'debug',
      VERICLIN_OTEL_MODULE: 'otel.js',
      VERICLIN_FABRIC_PROFILE: 'fabric/profile.yaml',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      logKeyFile: '/srv/log.pem',
      kekFile: '/keys/kek',
      oidc: { issuer: 'https://issuer.example/realm', audience: 'vericlin', roleClaim: 'role', actorClaim: 'npi' },
      fabricProfileFile: '/srv/fabric/profile.yaml',
      witnessPolicyFile: '/srv/policy',
      otelModule: '/srv/otel.js',
      maxPendingEvents: 5,
      maxConnections: 6,
      stopTimeoutSeconds: 7,
    });
    expect(configWarnings(config)).toHaveLength(1);
  });

  it('takes an empty value for unset, and leaves foreign and client keys alone', () => {
    const config = parse({
      VERICLIN_PORT: '',
      VERICLIN_FABRIC_PROFILE: '',
      PATH: '/bin',
      VERICLIN_API_KEY: 'vk_client',
      VERICLIN_FABRIC_BIN: '/opt/fabric/bin',
      VERICLIN_PYTHON: '/opt/python/bin/python',
    });
    expect(config.port).toBe(8080);
    expect(config.fabricProfileFile).toBeUndefined();
  });

  it.each([
    ['VERICLIN_PROT', 'VERICLIN_PORT'],
    ['VERICLIN_BOOTSTRAPKEY', 'VERICLIN_BOOTSTRAP_KEY'],
    ['VERICLIN_ODIC_ISSUER', 'VERICLIN_OIDC_ISSUER'],
  ])('refuses %s and names %s', (key, nearest) => {
    expect(() => parse({ [key]: 'secret-value' })).toThrow(refusal(new RegExp(`${key}.*${nearest}`)));
  });

  it.each([
    ['VERICLIN_PORT', '65536'],
    ['VERICLIN_PORT', '80a'],
    ['VERICLIN_PORT', '-1'],
    ['VERICLIN_PORT', '1e3'],
    ['VERICLIN_LOG_ACCESS', 'everybody'],
    ['VERICLIN_LOG_ORIGIN', 'my log'],
    ['VERICLIN_LOG_ORIGIN', 'my+log'],
    ['DATABASE_URL', 'mysql://db/vericlin'],
    ['VERICLIN_OIDC_ISSUER', 'issuer.example'],
    ['VERICLIN_BOOTSTRAP_KEY', 'short'],
    ['VERICLIN_BOOTSTRAP_KEY', 'has a space in it'],
    ['VERICLIN_LOG_LEVEL', 'verbose'],
    ['VERICLIN_MAX_PENDING_EVENTS', '0'],
  ])('refuses %s=%s, naming the key and not the value', (key, value) => {
    expect(() => parse({ [key]: value })).toThrow(refusal(new RegExp(`^${key} is not valid: it must be `)));
    const known = CONFIG_KEYS.find((one) => one.key === key);
    if (!known?.form.includes(value)) {
      expect(() => parse({ [key]: value })).not.toThrow(refusal(new RegExp(`\\b${value.replaceAll('+', '\\+')}\\b`)));
    }
  });

  it('refuses what is unsafe together', () => {
    const exposed = { VERICLIN_HOST: '0.0.0.0', VERICLIN_BOOTSTRAP_KEY: 'vk_tooshort' };
    expect(() => parse(exposed)).toThrow(refusal(/at least 32 characters/));
    expect(parse({ ...exposed, VERICLIN_HOST: '127.0.0.1' }).bootstrapKey).toBe('vk_tooshort');
    expect(() => parse({ VERICLIN_DATABASE_WRITER_URL: 'postgres://w@db/v' })).toThrow(refusal(/needs DATABASE_URL/));
    expect(() => parse({ VERICLIN_OIDC_ISSUER: 'https://i.example' })).toThrow(refusal(/go together/));
    expect(() => parse({ VERICLIN_OIDC_AUDIENCE: 'vericlin' })).toThrow(refusal(/go together/));
    const clear = { VERICLIN_OIDC_ISSUER: 'http://i.example', VERICLIN_OIDC_AUDIENCE: 'vericlin' };
    expect(() => parse(clear)).toThrow(refusal(/must be https/));
    expect(parse({ ...clear, VERICLIN_OIDC_ISSUER: 'http://127.0.0.1:9000' }).oidc?.issuer).toBe(
      'http://127.0.0.1:9000',
    );
    const same = { VERICLIN_LOG_KEY_FILE: '/keys/one', VERICLIN_KEK_FILE: '/keys/one' };
    expect(() => parse(same)).toThrow(refusal(/two files/));
  });

  it('documents each key with default, meaning and reason', () => {
    for (const { key, form, meaning, why } of CONFIG_KEYS) {
      expect(key).toMatch(/^(?:DATABASE_URL|VERICLIN_[A-Z_]+)$/);
      for (const text of [form, meaning, why]) expect(text.length, key).toBeGreaterThan(5);
    }
    const source = readFileSync(join(import.meta.dirname, '../../../runtime/config.ts'), 'utf8');
    const read = new Set([...source.matchAll(/\b(VERICLIN_[A-Z_]+|DATABASE_URL)\b/g)].map(([, key]) => key));
    expect(CONFIG_KEYS.map(({ key }) => key).sort()).toEqual([...read].sort());
  });

  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['localhost', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['127.evil.example', false],
    ['10.0.0.1', false],
  ])('%s is loopback: %s', (host, loopback) => {
    expect(isLoopbackHost(host)).toBe(loopback);
  });
});
