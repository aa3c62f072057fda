import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../../ledger/canonical/base64.ts';
import {
  COSIGNATURE_TYPE,
  ED25519_TYPE,
  formatVerifierKey,
  isKeyName,
  isSameKey,
  newVerifierKey,
  parseVerifierKey,
} from '../../../ledger/checkpoint/key.ts';
import {
  appendSignatures,
  formatNote,
  MAX_SIGNATURES,
  openNote,
  parseNote,
  signNote,
} from '../../../ledger/checkpoint/note.ts';
import { noblePrimitives } from '../../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import { sampleSigner, sampleWitness } from '../../support/sample-log.ts';

const { sha256 } = nodePrimitives;
const unusable = expect.objectContaining({ code: 'verify_unusable' }) as Error;

/** Published examples: C2SP signed-note, and golang.org/x/mod/sumdb/note. */
const EXAMPLES = [
  {
    vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    text: 'This is an example message.\n',
    line: '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  },
  {
    vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
  },
];
/** `+` and `/` in the base64; a cosignature key; other people's keys. */
const VKEYS = [
  ...EXAMPLES.map(({ vkey }) => vkey),
  'TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6',
  'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2',
  'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
];

describe.each([
  ['OpenSSL', nodePrimitives],
  ['noble', noblePrimitives],
])('published notes with %s', (_, primitives) => {
  test.each(EXAMPLES)('$vkey', ({ vkey, text, line }) => {
    const key = parseVerifierKey(primitives.sha256, vkey);
    const note = parseNote(`${text}\n${line}`);
    expect(note.text).toBe(text);
    expect(formatNote(note)).toBe(`${text}\n${line}`);
    expect(openNote(note, [key], primitives)).toMatchObject({ kind: 'opened', verified: [{ key }], unknown: [] });
    const changed = parseNote(`${text.replace('is', 'IS')}\n${line}`);
    expect(openNote(changed, [key], primitives)).toEqual({ kind: 'rejected', reason: 'bad_signature', key });
  });
});

describe('verifier keys', () => {
  test.each(VKEYS)('%s is read and written unchanged', (vkey) => {
    expect(formatVerifierKey(parseVerifierKey(sha256, vkey))).toBe(vkey);
  });

  test('a flipped bit anywhere is noticed', () => {
    const bytes = Buffer.from(VKEYS[2]!);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => parseVerifierKey(sha256, flipped.toString('utf8')), `bit ${bit}`).toThrow(unusable);
    }
  });

  test.each([
    '',
    'a',
    'a+b',
    '+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2',
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n',
    'example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'exam ple+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  ])('%j is refused', (vkey) => {
    expect(() => parseVerifierKey(sha256, vkey)).toThrow(unusable);
  });

  test('types other than 01 and 04 are refused', () => {
    const key = parseVerifierKey(sha256, VKEYS[0]!);
    const other = { ...key, type: 2 as 1 };
    expect(() => parseVerifierKey(sha256, formatVerifierKey(other))).toThrow(unusable);
  });

  test('names', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003', 'a\n', '\ud800', 'a\u007f'])
      expect(isKeyName(name), JSON.stringify(name)).toBe(false);
    for (const name of ['a', 'example.com/log', 'müller.example', '😀']) expect(isKeyName(name)).toBe(true);
    expect(() => newVerifierKey(sha256, 'a b', ED25519_TYPE, new Uint8Array(32))).toThrow();
    expect(() => newVerifierKey(sha256, 'a', ED25519_TYPE, new Uint8Array(31))).toThrow();
  });

  test('the same public key as log and as witness is two keys', () => {
    const log = newVerifierKey(sha256, 'a', ED25519_TYPE, new Uint8Array(32));
    const witness = newVerifierKey(sha256, 'a', COSIGNATURE_TYPE, new Uint8Array(32));
    expect(isSameKey(log, witness)).toBe(false);
    expect(isSameKey(log, { ...log })).toBe(true);
  });
});

describe('notes', () => {
  const signer = sampleSigner('log.example');
  const note = signNote('text\n', signer);
  const line = note.slice(note.indexOf('—'));

  test('text is split from signatures at the last empty line', () => {
    const withGaps = signNote('one\n\n\ntwo\n', signer);
    expect(parseNote(withGaps).text).toBe('one\n\n\ntwo\n');
    expect(openNote(parseNote(withGaps), [signer.key], nodePrimitives).kind).toBe('opened');
  });

  test.each([
    ['nothing', ''],
    ['no signature', 'text\n\n'],
    ['no empty line', `text\n${line}`],
    ['no final newline', note.slice(0, -1)],
    ['a blank line at the end', `${note}\n`],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['an en dash', note.replace('—', '–')],
    ['two spaces', note.replace('— ', '—  ')],
    ['no name', note.replace('log.example ', ' ')],
    ['a plus in the name', note.replace('log.example ', 'log+example ')],
    ['a space at the end', note.replace(/\n$/, ' \n')],
    ['a carriage return', note.replaceAll('\n', '\r\n')],
    ['a tab', note.replace('text', 'te\txt')],
    ['a lone surrogate', note.replace('text', 'te\ud800xt')],
    ['base64url', `text\n\n— log.example ${'_'.repeat(8)}\n`],
    ['key ID without signature', 'text\n\n— log.example AAAAAA==\n'],
    ['too long', `${'x'.repeat(1_000_001)}\n\n${line}`],
  ])('%s is refused', (_, text) => {
    expect(() => parseNote(text)).toThrow(unusable);
  });

  test(`up to ${MAX_SIGNATURES} signatures`, () => {
    expect(parseNote(`text\n\n${line.repeat(MAX_SIGNATURES)}`).signatures).toHaveLength(MAX_SIGNATURES);
    expect(() => parseNote(`text\n\n${line.repeat(MAX_SIGNATURES + 1)}`)).toThrow(unusable);
  });

  test('a known key that fails rejects the note, even beside a good signature', () => {
    const other = sampleSigner('other.example');
    const bad = signNote('other text\n', other).slice('other text\n\n'.length);
    const both = parseNote(note + bad);
    expect(openNote(both, [signer.key], nodePrimitives)).toMatchObject({
      kind: 'opened',
      unknown: [{ name: 'other.example' }],
    });
    expect(openNote(both, [signer.key, other.key], nodePrimitives)).toMatchObject({
      kind: 'rejected',
      reason: 'bad_signature',
    });
    expect(openNote(both, [sampleSigner('third.example').key], nodePrimitives)).toEqual({
      kind: 'rejected',
      reason: 'no_known_signature',
    });
  });

  test('a second line of the log’s key rejects the note; a key that shares name or ID alone is unknown', () => {
    expect(openNote(parseNote(note + line), [signer.key], nodePrimitives)).toMatchObject({ reason: 'bad_signature' });
    const sameName = { ...signer.key, keyId: '00000000' };
    const sameId = { ...signer.key, name: 'other.example' };
    expect(openNote(parseNote(note), [sameName, sameId], nodePrimitives)).toEqual({
      kind: 'rejected',
      reason: 'no_known_signature',
    });
  });

  test('a signature of the wrong length fails, and does not throw', () => {
    for (const length of [1, 63, 65, 72]) {
      const signature = new Uint8Array(length);
      const bad = { text: 'text\n', signatures: [{ ...signer.key, signature }] };
      for (const primitives of [nodePrimitives, noblePrimitives]) {
        expect(openNote(bad, [signer.key], primitives)).toMatchObject({ kind: 'rejected' });
      }
    }
  });

  test('appending keeps what is there byte for byte', () => {
    const added = { name: 'w.example', keyId: '01020304', signature: new Uint8Array(72) };
    expect(appendSignatures(note, [added])).toBe(
      `${note}— w.example ${encodeBase64(Uint8Array.of(1, 2, 3, 4, ...added.signature))}\n`,
    );
    expect(() => appendSignatures('no note', [added])).toThrow(unusable);
    expect(() => appendSignatures(note, [{ ...added, name: 'w e' }])).toThrow();
  });

  test('a cosignature key does not sign notes', () => {
    expect(() => signNote('text\n', sampleWitness('w.example'))).toThrow();
  });

  test('whatever is signed is read back', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((s) => `${s.replace(/[\p{Cc}\p{Surrogate}]/gu, '')}\n`);
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('')),
        (body) => {
          const signed = signNote(body, signer);
          expect(parseNote(signed).text).toBe(body);
          expect(openNote(parseNote(signed), [signer.key], nodePrimitives).kind).toBe('opened');
        },
      ),
    );
  });

  test('signature bytes that are not base64 of this length are not taken for others', () => {
    expect(decodeBase64(line.split(' ')[2]!.trim())).toHaveLength(68);
  });
});
