import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../../ledger/canonical/base64.ts';
import {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  parseDecimal,
  signCheckpoint,
} from '../../../ledger/checkpoint/checkpoint.ts';
import {
  cosign,
  cosignatureMessage,
  formatCosignature,
  parseCosignature,
} from '../../../ledger/checkpoint/cosignature.ts';
import { formatVerifierKey, parseVerifierKey } from '../../../ledger/checkpoint/key.ts';
import { appendSignatures, formatNote, parseNote, signNote } from '../../../ledger/checkpoint/note.ts';
import { noblePrimitives } from '../../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { sampleSigner, sampleWitness } from '../../support/sample-log.ts';

const unusable = expect.objectContaining({ code: 'verify_unusable' }) as Error;
const ROOT = Uint8Array.from({ length: 32 }, (_, i) => i);
const ROOT64 = encodeBase64(ROOT);
const log = sampleSigner('log.example/one');

/** A checkpoint of a public log with real witnesses, 2026: RFC 6962 signature (unknown here), Ed25519, four cosignatures. */
const REAL = `arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
`;
const REAL_KEYS = [
  'arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f',
  'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
  'witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv',
  'transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM',
  'witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO',
].map((vkey) => parseVerifierKey(nodePrimitives.sha256, vkey));

describe.each([
  ['OpenSSL', nodePrimitives],
  ['noble', noblePrimitives],
])('a public checkpoint with %s', (_, primitives) => {
  test('log signature and four cosignatures verify', () => {
    const opening = openCheckpoint(REAL, REAL_KEYS, primitives);
    expect(opening).toMatchObject({
      kind: 'opened',
      checkpoint: { origin: 'arche2025h1.staging.ct.transparency.dev', size: 1_432_088_532 },
      logKey: REAL_KEYS[0],
      unknown: [{ keyId: 'cd333cb1' }],
    });
    if (opening.kind !== 'opened') expect.unreachable();
    expect(opening.cosignatures.map(({ key }) => key.name).sort()).toEqual([
      'remora.n621.de',
      'transparency.dev/DEV:witness-little-garden',
      'witness.stagemole.eu',
      'witness1.smartit.nu/witness1',
    ]);
    expect(new Set(opening.cosignatures.map(({ cosignature }) => cosignature?.time))).toEqual(new Set([0x6a122120]));
  });

  test('another size fails', () => {
    expect(openCheckpoint(REAL.replace('1432088532', '1432088533'), REAL_KEYS, primitives).kind).toBe('rejected');
  });

  test('a changed cosignature of a known witness rejects it all', () => {
    const changed = REAL.replace('2net5wAAAABqEiEg', '2net5wAAAABqEiEh');
    expect(openCheckpoint(changed, REAL_KEYS, primitives)).toMatchObject({
      kind: 'rejected',
      reason: 'bad_signature',
      key: { name: 'remora.n621.de' },
    });
    expect(openCheckpoint(changed, REAL_KEYS.slice(0, 1), primitives).kind).toBe('opened');
  });
});

test('the real checkpoint is written back byte for byte', () => {
  expect(formatNote(parseNote(REAL))).toBe(REAL);
});

describe('checkpoint text', () => {
  test('round trip', () => {
    const checkpoint = { origin: 'log.example/one', size: 70_000, root: ROOT };
    expect(formatCheckpoint(checkpoint)).toBe(`log.example/one\n70000\n${ROOT64}\n`);
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
    const extended = { ...checkpoint, extensions: ['more'] };
    expect(parseCheckpoint(formatCheckpoint(extended))).toEqual(extended);
    expect(parseCheckpoint(`o\n9007199254740991\n${ROOT64}\n`).size).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([
    '',
    '\n',
    `\n1\n${ROOT64}\n`,
    `o\n1\n${ROOT64}`,
    `o\n01\n${ROOT64}\n`,
    `o\n-1\n${ROOT64}\n`,
    `o\n1.0\n${ROOT64}\n`,
    `o\n1e3\n${ROOT64}\n`,
    `o\n 1\n${ROOT64}\n`,
    `o\n\n${ROOT64}\n`,
    `o\n9007199254740992\n${ROOT64}\n`,
    `o\n99999999999999999999\n${ROOT64}\n`,
    `o\n1\n${ROOT64.slice(4)}\n`,
    `o\n1\n${ROOT64.replace('=', '')}\n`,
    `o\n1\n${ROOT64}\n\n`,
    `o\n1\n${ROOT64}\n\nx\n`,
    'o\n1\n',
    `o\n١\n${ROOT64}\n`,
  ])('%j is refused', (text) => {
    expect(() => parseCheckpoint(text)).toThrow(unusable);
  });

  test('impossible checkpoints are not written', () => {
    const good = { origin: 'log.example/one', size: 1, root: ROOT };
    for (const bad of [
      { origin: '' },
      { origin: 'a b' },
      { origin: 'a\nb' },
      { size: -1 },
      { size: 1.5 },
      { size: 2 ** 53 },
      { root: new Uint8Array(31) },
      { extensions: [''] },
      { extensions: ['a\nb'] },
    ]) {
      expect(() => formatCheckpoint({ ...good, ...bad })).toThrow();
    }
    expect(() => signCheckpoint({ ...good, origin: 'other.example' }, log)).toThrow();
  });

  test('decimal numbers have one spelling', () => {
    expect(['0', '7', '10', '9007199254740991'].map(parseDecimal)).toEqual([0, 7, 10, Number.MAX_SAFE_INTEGER]);
    for (const text of ['', '00', '+1', '1 ', '0x1', '9007199254740992', '10000000000000000'])
      expect(parseDecimal(text)).toBeUndefined();
  });
});

describe('opening', () => {
  const checkpoint = { origin: 'log.example/one', size: 3, root: ROOT };
  const signed = signCheckpoint(checkpoint, log);
  const text = formatCheckpoint(checkpoint);

  test('Ed25519 is deterministic: the same checkpoint is the same note', () => {
    expect(signCheckpoint(checkpoint, log)).toBe(signed);
  });

  test('only a key whose name is the origin counts as the log’s', () => {
    const other = sampleSigner('other.example');
    const note = signNote(text, other);
    expect(openCheckpoint(note, [other.key, log.key], nodePrimitives)).toEqual({
      kind: 'rejected',
      reason: 'no_log_signature',
    });
  });

  test('cosignatures alone are not enough', () => {
    const witness = sampleWitness('w.example');
    const note = formatNote({ text, signatures: [cosign(text, 5, witness)] });
    expect(openCheckpoint(note, [witness.key, log.key], nodePrimitives)).toEqual({
      kind: 'rejected',
      reason: 'no_log_signature',
    });
  });

  test('a witness that cosigned twice is fine; a malformed cosignature of it is not', () => {
    const witness = sampleWitness('w.example');
    const twice = appendSignatures(signed, [cosign(text, 5, witness), cosign(text, 6, witness)]);
    expect(openCheckpoint(twice, [log.key, witness.key], nodePrimitives)).toMatchObject({
      kind: 'opened',
      cosignatures: [{ cosignature: { time: 5 } }, { cosignature: { time: 6 } }],
    });
    const short = appendSignatures(signed, [{ ...witness.key, signature: new Uint8Array(64) }]);
    expect(openCheckpoint(short, [log.key, witness.key], nodePrimitives)).toMatchObject({
      kind: 'rejected',
      reason: 'bad_signature',
    });
  });
});

describe('cosignature/v1', () => {
  test('the message and the field', () => {
    expect(new TextDecoder().decode(cosignatureMessage(1_679_315_147, 'o\n1\nr\n'))).toBe(
      'cosignature/v1\ntime 1679315147\no\n1\nr\n',
    );
    const signature = new Uint8Array(64).fill(7);
    for (const time of [0, 1, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(parseCosignature(formatCosignature({ time, signature }))).toEqual({ time, signature });
    }
    expect(parseCosignature(new Uint8Array(71))).toBeUndefined();
    expect(parseCosignature(new Uint8Array(73))).toBeUndefined();
    expect(parseCosignature(new Uint8Array(72).fill(0xff))).toBeUndefined();
  });

  test('is made with keys of its type alone, at whole seconds', () => {
    expect(() => cosign('t\n', 1, log)).toThrow();
    expect(() => cosign('t\n', 1.5, sampleWitness('w'))).toThrow();
    expect(formatVerifierKey(sampleWitness('w').key)).toMatch(/\+B/);
  });
});
