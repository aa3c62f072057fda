import { describe, expect, test } from 'vitest';
import { encodeBase64 } from '../../../ledger/canonical/base64.ts';
import { canonicalBytes } from '../../../ledger/canonical/jcs.ts';
import { signCheckpoint } from '../../../ledger/checkpoint/checkpoint.ts';
import { formatVerifierKey } from '../../../ledger/checkpoint/key.ts';
import { parseWitnessPolicy } from '../../../ledger/checkpoint/policy.ts';
import type { Bundle, Entry, JsonObject } from '../../../ledger/types.ts';
import {
  CHECK_NAMES,
  createVerifier,
  verifyBundle,
  type Verification,
  verifyTlogProof,
} from '../../../ledger/verify/index.ts';
import { noblePrimitives } from '../../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';
import {
  sampleEnvelope,
  sampleEvent,
  SampleLog,
  sampleLog,
  sampleSigner,
  sampleUuid,
  sampleWitness,
} from '../../support/sample-log.ts';

const log = sampleLog(21);
const LAST = 20;
const pinned = { primitives: nodePrimitives, pinnedKeys: [log.vkey] };

const verify = (bundle: unknown, options = {}): Verification =>
  verifyBundle(JSON.stringify(bundle), { ...pinned, ...options });
const failedChecks = (verification: Verification): string[] =>
  verification.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
const status = (verification: Verification, name: string): string[] =>
  verification.checks.filter((check) => check.name === name).map((check) => check.status);
const detail = (verification: Verification, name: string): string =>
  verification.checks
    .filter((check) => check.name === name)
    .map((check) => check.detail)
    .join(' ');

describe.each([
  ['OpenSSL', nodePrimitives],
  ['noble', noblePrimitives],
])('outcomes with %s', (_, primitives) => {
  test('valid: exit code 0, every check in order, facts', () => {
    const verification = verify(log.bundle(3, { opening: log.opening(3), anchor: null }), { primitives });
    expect(verification).toMatchObject({
      outcome: 'valid',
      exitCode: 0,
      facts: {
        id: sampleUuid(3),
        type: 'prediction',
        index: 3,
        size: 21,
        origin: log.origin,
        keyId: log.signer.key.keyId,
        isKeyPinned: true,
        recordedAt: '2026-11-23T10:15:00.125Z',
      },
    });
    const names = verification.checks.map(({ name }) => name);
    expect(names).toEqual(CHECK_NAMES.filter((name) => names.includes(name)));
    expect(failedChecks(verification)).toEqual([]);
    for (const name of ['format', 'entry', 'checkpoint', 'inclusion', 'opening'])
      expect(status(verification, name)).toEqual(['passed']);
  });

  test('valid without opening: says that the content was not looked at', () => {
    const verification = verify(log.bundle(0), { primitives });
    expect(verification.exitCode).toBe(0);
    expect(status(verification, 'opening')).toEqual(['not_checked']);
    expect(verification.facts.recordedAt).toBeUndefined();
  });

  test('content lawfully erased: exit code 3', () => {
    const verification = verify(log.bundle(3, { erasure: log.erasure(LAST) }), { primitives });
    expect(verification).toMatchObject({
      outcome: 'valid_erased',
      exitCode: 3,
      facts: { erasedBy: { id: sampleUuid(LAST), index: LAST } },
    });
    expect(detail(verification, 'erasure')).toMatch(/operator’s statement/);
  });

  test('signer not pinned: exit code 4, also where content was erased, which is still said', () => {
    const options = { primitives, pinnedKeys: [] };
    expect(verify(log.bundle(3, { opening: log.opening(3) }), options)).toMatchObject({
      outcome: 'valid_unpinned',
      exitCode: 4,
      facts: { isKeyPinned: false },
    });
    const erased = verify(log.bundle(3, { erasure: log.erasure(LAST) }), options);
    expect(erased).toMatchObject({ outcome: 'valid_unpinned', exitCode: 4, facts: { erasedBy: { index: LAST } } });
    expect(detail(erased, 'checkpoint')).toMatch(/only this file vouches for/);
  });

  test('an erasure without its opening is as good', () => {
    const { opening, ...erasure } = log.erasure(LAST);
    expect(opening).toBeDefined();
    expect(verify(log.bundle(3, { erasure }), { primitives }).outcome).toBe('valid_erased');
  });
});

describe('invalid: exit code 1, and the check that failed', () => {
  const bundle = log.bundle(3, { opening: log.opening(3) });
  const other = sampleLog(22);
  const entryOf = (index: number): Entry => JSON.parse(Buffer.from(log.events[index]!.entry).toString()) as Entry;
  const withEntry = (text: string): object => ({ ...bundle, entry: Buffer.from(text).toString('base64') });
  const opening = log.opening(3);
  const reopened = (envelope: object): object => ({
    ...bundle,
    opening: { ...opening, envelope: { ...opening.envelope, ...envelope } },
  });

  test.each<[string, object, string[]]>([
    ['entry of another event', { ...bundle, entry: log.bundle(4).entry }, ['inclusion', 'opening']],
    ['entry with another member', withEntry(JSON.stringify({ ...entryOf(3), x: 1 })), ['entry']],
    ['entry without a member', withEntry(JSON.stringify({ ...entryOf(3), schema: undefined })), ['entry']],
    ['entry not canonical', withEntry(JSON.stringify(entryOf(3), null, 1)), ['entry']],
    ['entry of another version', withEntry(JSON.stringify({ ...entryOf(3), v: 2 })), ['entry']],
    ['entry of an unknown type', withEntry(JSON.stringify({ ...entryOf(3), type: 'other' })), ['entry']],
    ['entry with empty refs', withEntry(JSON.stringify({ ...entryOf(3), refs: [] })), ['entry']],
    [
      'entry with an upper-case id',
      withEntry(JSON.stringify({ ...entryOf(3), id: sampleUuid(0xabc).toUpperCase() })),
      ['entry'],
    ],
    ['entry that is no JSON', withEntry('{'), ['entry']],
    ['entry that is not UTF-8', { ...bundle, entry: '/w==' }, ['entry']],
    [
      'entry too long',
      withEntry(JSON.stringify({ ...entryOf(3), refs: Array.from({ length: 2000 }, () => sampleUuid(1)) })),
      ['entry'],
    ],
    ['entry in base64url', { ...bundle, entry: bundle.entry.replace(/=*$/, '') }, ['entry']],
    ['proof index', { ...bundle, proof: { ...bundle.proof, index: 4 } }, ['inclusion']],
    ['proof size', { ...bundle, proof: { ...bundle.proof, size: 22 } }, ['inclusion']],
    [
      'proof hash missing',
      { ...bundle, proof: { ...bundle.proof, hashes: bundle.proof.hashes.slice(1) } },
      ['inclusion'],
    ],
    [
      'proof hash too much',
      { ...bundle, proof: { ...bundle.proof, hashes: [...bundle.proof.hashes, bundle.proof.hashes[0]] } },
      ['inclusion'],
    ],
    [
      'proof hash not base64',
      { ...bundle, proof: { ...bundle.proof, hashes: bundle.proof.hashes.with(0, '!') } },
      ['inclusion'],
    ],
    [
      'proof hash of 31 bytes',
      { ...bundle, proof: { ...bundle.proof, hashes: bundle.proof.hashes.with(0, encodeBase64(new Uint8Array(31))) } },
      ['inclusion'],
    ],
    ['checkpoint of another size', { ...bundle, checkpoint: other.checkpoint() }, ['inclusion']],
    [
      'checkpoint with a changed size',
      { ...bundle, checkpoint: bundle.checkpoint.replace('\n21\n', '\n22\n') },
      ['checkpoint', 'inclusion'],
    ],
    [
      'checkpoint signed twice',
      { ...bundle, checkpoint: bundle.checkpoint + bundle.checkpoint.slice(bundle.checkpoint.indexOf('—')) },
      ['checkpoint'],
    ],
    ['checkpoint unsigned', { ...bundle, checkpoint: bundle.checkpoint.split('\n\n')[0] }, ['checkpoint']],
    ['checkpoint of another log', { ...bundle, ...foreign() }, ['checkpoint']],
    ['key malformed', { ...bundle, key: bundle.key.slice(0, -1) }, ['checkpoint']],
    ['salt', { ...bundle, opening: { ...opening, salt: log.opening(4).salt } }, ['opening']],
    ['salt of 31 bytes', { ...bundle, opening: { ...opening, salt: encodeBase64(new Uint8Array(31)) } }, ['opening']],
    ['salt not base64', { ...bundle, opening: { ...opening, salt: opening.salt.slice(1) } }, ['opening']],
    ['content: a value', reopened({ payload: { ...opening.envelope.payload, riskScore: 0.82 } }), ['opening']],
    ['content: a member more', reopened({ actor: { id: 'x' } }), ['opening']],
    ['content: a member less', reopened({ subject: undefined }), ['opening']],
    ['content: another time', reopened({ recordedAt: '2026-11-23T10:15:00.126Z' }), ['opening']],
    ['opening of another event', { ...bundle, opening: log.opening(4) }, ['opening']],
  ])('%s', (_, changed, checks) => {
    const verification = verify(changed);
    expect(verification).toMatchObject({ outcome: 'invalid', exitCode: 1 });
    expect(failedChecks(verification)).toEqual(checks);
  });

  function foreign(): Pick<Bundle, 'checkpoint' | 'key'> {
    const signer = sampleSigner('other.example/log');
    const checkpoint = signCheckpoint({ origin: 'other.example/log', size: 21, root: log.edge.root() }, signer);
    return { checkpoint, key: formatVerifierKey(signer.key) };
  }

  test('a foreign signer over the same tree: consistent if nothing is pinned, invalid if the log’s key is', () => {
    const changed = { ...bundle, ...foreign() };
    expect(verify(changed, { pinnedKeys: [] }).outcome).toBe('valid_unpinned');
    const verification = verify(changed);
    expect(verification.outcome).toBe('invalid');
    expect(detail(verification, 'checkpoint')).toMatch(/not the key you pinned/);
  });

  test('a pinned key with the log’s name but another key', () => {
    const impostor = sampleSigner(log.origin);
    const pin = formatVerifierKey({ ...sampleSigner('x').key, name: log.origin, keyId: impostor.key.keyId });
    expect(() => verify(bundle, { pinnedKeys: [pin] })).toThrow(expect.objectContaining({ code: 'verify_unusable' }));
  });

  test('several pinned keys: the one that the file names counts', () => {
    expect(verify(bundle, { pinnedKeys: [formatVerifierKey(sampleSigner('other').key), log.vkey] }).outcome).toBe(
      'valid',
    );
  });
});

describe('entry and content have to state the same, whatever the commitment says', () => {
  /** An operator that commits to content which does not match its own entry: commitment and inclusion hold. */
  function lie(change: (entry: Record<string, unknown>) => void, members = {}): Verification {
    const event = sampleEvent(sampleEnvelope(7, members));
    const entry = JSON.parse(Buffer.from(event.entry).toString()) as Record<string, unknown>;
    change(entry);
    const dishonest = new SampleLog();
    dishonest.events.push({ entry: canonicalBytes(entry as JsonObject), opening: event.opening });
    dishonest.edge.append(nodePrimitives.sha256(Buffer.concat([Buffer.of(0), dishonest.events[0]!.entry])));
    return verify(dishonest.bundle(0, { opening: event.opening }));
  }

  test.each<[string, (entry: Record<string, unknown>) => void]>([
    ['id', (entry) => (entry['id'] = sampleUuid(8))],
    ['type', (entry) => (entry['type'] = 'outcome')],
    ['refs', (entry) => (entry['refs'] = [sampleUuid(1)])],
    ['model', (entry) => (entry['model'] = encodeBase64(new Uint8Array(32)))],
    ['no model', (entry) => delete entry['model']],
  ])('%s', (_, change) => {
    const verification = lie(change);
    expect(verification.outcome).toBe('invalid');
    expect(failedChecks(verification)).toEqual(['opening']);
  });

  test('content without the recording time', () => {
    expect(failedChecks(lie(() => undefined, { recordedAt: '2026-11-23T10:15:00Z' }))).toEqual(['opening']);
  });

  test('and an honest one passes', () => {
    expect(lie(() => undefined).outcome).toBe('valid');
  });
});

describe('erasure', () => {
  const erasure = log.erasure(LAST);
  const base = log.bundle(3, { erasure });
  test.each<[string, object]>([
    ['entry of another type', { ...erasure, ...log.erasure(19) }],
    ['event id', { ...erasure, event: sampleUuid(19) }],
    ['index', { ...erasure, index: 19 }],
    ['proof of another index', { ...erasure, proof: log.proof(19) }],
    ['proof of another size', { ...erasure, proof: { ...erasure.proof, size: 20 } }],
    ['entry not base64', { ...erasure, entry: '!' }],
    ['opening of another event', { ...erasure, opening: log.opening(3) }],
    ['opening with another salt', { ...erasure, opening: { ...erasure.opening, salt: log.opening(3).salt } }],
  ])('%s', (_, changed) => {
    const verification = verify({ ...base, erasure: changed });
    expect(verification).toMatchObject({ outcome: 'invalid', exitCode: 1 });
    expect(failedChecks(verification)).toEqual(['erasure']);
  });

  test('a record that stands before the entry is not about it', () => {
    const reordered = new SampleLog();
    const shredded = log.opening(LAST).envelope;
    reordered.append(shredded);
    reordered.append(sampleEnvelope(1));
    const verification = verify(reordered.bundle(1, { erasure: reordered.erasure(0) }));
    expect(failedChecks(verification)).toEqual(['erasure']);
  });

  test.each([
    { erasedEvents: 2 },
    { pseudonym: 'MRN-0042', erasedEvents: 2 },
    { pseudonym: sampleUuid(1) },
    { pseudonym: sampleUuid(1), erasedEvents: -1 },
  ])('a record whose payload is %j', (payload) => {
    const own = new SampleLog();
    own.append(sampleEnvelope(0));
    own.append({ ...log.opening(LAST).envelope, payload });
    expect(failedChecks(verify(own.bundle(0, { erasure: own.erasure(1) })))).toEqual(['erasure']);
  });
});

describe('unusable: exit code 2', () => {
  const bundle = log.bundle(3, { opening: log.opening(3) });
  test.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['an array', '[]'],
    ['another format', JSON.stringify({ ...bundle, format: 'vericlin-bundle/2' })],
    ['an unknown member', JSON.stringify({ ...bundle, comment: 'x' })],
    ['a duplicate member', JSON.stringify(bundle).replace('{', '{"key":"x",')],
    ['a missing member', JSON.stringify({ ...bundle, key: undefined })],
    ['a wrong type', JSON.stringify({ ...bundle, entry: 1 })],
    ['a proof that is none', JSON.stringify({ ...bundle, proof: [] })],
    ['a fractional index', JSON.stringify({ ...bundle, proof: { ...bundle.proof, index: 0.5 } })],
    ['a negative size', JSON.stringify({ ...bundle, proof: { ...bundle.proof, size: -1 } })],
    ['an unknown member in the proof', JSON.stringify({ ...bundle, proof: { ...bundle.proof, x: 1 } })],
    ['an unknown member beside envelope and salt', JSON.stringify({ ...bundle, opening: { ...bundle.opening, x: 1 } })],
    ['an envelope that is an array', JSON.stringify({ ...bundle, opening: { ...bundle.opening, envelope: [] } })],
    ['an erasure without proof', JSON.stringify({ ...bundle, erasure: { ...log.erasure(LAST), proof: undefined } })],
    ['__proto__ as a member', JSON.stringify(bundle).replace('{', '{"__proto__":{"key":"x"},')],
    ['a byte order mark', `\ufeff${JSON.stringify(bundle)}`],
    ['nesting', '['.repeat(100_000)],
  ])('%s', (_, text) => {
    const verification = verifyBundle(text, pinned);
    expect(verification).toMatchObject({ outcome: 'unusable', exitCode: 2 });
    expect(failedChecks(verification)).toEqual(['format']);
    expect(verifyBundle(Buffer.from(text), pinned)).toEqual(verification);
  });

  test('bytes that are not UTF-8, and files that are too large', () => {
    expect(verifyBundle(Uint8Array.of(0x22, 0xff, 0x22), pinned).exitCode).toBe(2);
    expect(verifyBundle(`"${'x'.repeat(5_000_000)}"`, pinned).exitCode).toBe(2);
  });

  test('white space between tokens carries no meaning', () => {
    for (const indent of [1, 4])
      expect(verifyBundle(`\n${JSON.stringify(bundle, null, indent)}\r\n`, pinned).outcome).toBe('valid');
  });
});

describe('witnesses', () => {
  const witnesses = ['w1.example', 'w2.example'].map(sampleWitness);
  const vkeys = witnesses.map(({ key }) => formatVerifierKey(key));
  const bundle = log.bundle(3, { checkpoint: log.checkpoint(witnesses) });

  test('unknown ones are left out, and that is said; on request they are refused', () => {
    const verification = verify(bundle);
    expect(verification.outcome).toBe('valid');
    expect(status(verification, 'cosignatures')).toEqual(['not_checked', 'not_checked']);
    expect(detail(verification, 'cosignatures')).toMatch(/2 further signature line/);
    expect(failedChecks(verify(bundle, { refuseUnchecked: true }))).toEqual(['cosignatures']);
  });

  test('pinned ones are verified and named', () => {
    const verification = verify(bundle, { pinnedKeys: [log.vkey, ...vkeys], refuseUnchecked: true });
    expect(verification.outcome).toBe('valid');
    expect(status(verification, 'cosignatures')).toEqual(['passed']);
    expect(verification.facts.cosignedBy).toEqual([
      { name: 'w1.example', time: 1_790_000_000 },
      { name: 'w2.example', time: 1_790_000_000 },
    ]);
  });

  test('a pinned witness does not make the log’s key pinned', () => {
    expect(verify(bundle, { pinnedKeys: vkeys }).outcome).toBe('valid_unpinned');
  });

  test('a policy pins its keys and asks for its quorum', () => {
    const policy = (quorum: string) =>
      parseWitnessPolicy(
        nodePrimitives.sha256,
        `log ${log.vkey}\nwitness a ${vkeys[0]!}\nwitness b ${vkeys[1]!}\ngroup all all a b\nquorum ${quorum}`,
      );
    const options = { pinnedKeys: [], policy: policy('all') };
    expect(verify(bundle, options).outcome).toBe('valid');
    const single = log.bundle(3, { checkpoint: log.checkpoint(witnesses.slice(0, 1)) });
    expect(failedChecks(verify(single, options))).toEqual(['cosignatures']);
    expect(verify(single, { ...options, policy: policy('a') }).outcome).toBe('valid');
  });

  test('a changed cosignature of a pinned witness', () => {
    const at = bundle.checkpoint.indexOf('w2.example') + 30;
    const changed =
      bundle.checkpoint.slice(0, at) + (bundle.checkpoint[at] === 'A' ? 'B' : 'A') + bundle.checkpoint.slice(at + 1);
    const verification = verify({ ...bundle, checkpoint: changed }, { pinnedKeys: [log.vkey, ...vkeys] });
    expect(failedChecks(verification)).toEqual(['checkpoint']);
  });
});

describe('schema and anchor', () => {
  const bundle = log.bundle(3);
  const { schema } = JSON.parse(Buffer.from(log.events[3]!.entry).toString()) as Entry;

  test('a known schema of the entry’s type, of another type, and an unknown one', () => {
    expect(status(verify(bundle, { schemas: new Map([[schema, 'prediction']]) }), 'schema')).toEqual(['passed']);
    expect(failedChecks(verify(bundle, { schemas: new Map([[schema, 'outcome']]) }))).toEqual(['schema']);
    expect(status(verify(bundle, { schemas: new Map() }), 'schema')).toEqual(['not_checked']);
  });
});

describe('tlog-proof', () => {
  const text = log.tlogProof(3);
  const { entry } = log.events[3]!;

  test('with the entry in its extra line, given beside it, or both', () => {
    const bare = text.replace(/extra .*\n/, '');
    for (const [proof, bytes] of [
      [text, undefined],
      [bare, entry],
      [text, entry],
    ] as const) {
      expect(verifyTlogProof(proof, bytes, pinned)).toMatchObject({
        outcome: 'valid',
        exitCode: 0,
        facts: { index: 3, size: 21, id: sampleUuid(3) },
      });
    }
    expect(verifyTlogProof(Buffer.from(text), undefined, pinned).outcome).toBe('valid');
    expect(verifyTlogProof(bare, undefined, pinned)).toMatchObject({ outcome: 'unusable', exitCode: 2 });
  });

  test('an entry that is not the one in the extra line', () => {
    expect(failedChecks(verifyTlogProof(text, log.events[4]!.entry, pinned))).toEqual(['entry', 'inclusion']);
    const extra = text.replace(/extra .*\n/, `extra ${encodeBase64(log.events[4]!.entry)}\n`);
    expect(failedChecks(verifyTlogProof(extra, entry, pinned))).toEqual(['entry']);
  });

  test('without a pinned key the signature is not verified, and that is said', () => {
    const verification = verifyTlogProof(text, undefined, { primitives: nodePrimitives });
    expect(verification).toMatchObject({ outcome: 'valid_unpinned', exitCode: 4 });
    expect(status(verification, 'checkpoint')).toEqual(['not_checked']);
    expect(detail(verification, 'checkpoint')).toMatch(/NOT verified/);
  });

  test('another log’s key', () => {
    const options = { primitives: nodePrimitives, pinnedKeys: [formatVerifierKey(sampleSigner('other').key)] };
    expect(failedChecks(verifyTlogProof(text, undefined, options))).toEqual(['checkpoint']);
  });

  test('damaged', () => {
    expect(verifyTlogProof(text.replace('index 3', 'index 4'), undefined, pinned).exitCode).toBe(1);
    expect(verifyTlogProof(text.replace('index 3', 'index 03'), undefined, pinned).exitCode).toBe(2);
    expect(verifyTlogProof('', undefined, pinned).exitCode).toBe(2);
    expect(verifyTlogProof(Uint8Array.of(0xff), undefined, pinned).exitCode).toBe(2);
  });
});

describe('many files', () => {
  function counting() {
    let count = 0;
    const primitives = {
      ...nodePrimitives,
      verifyEd25519: (...args: Parameters<typeof nodePrimitives.verifyEd25519>) => {
        count += 1;
        return nodePrimitives.verifyEd25519(...args);
      },
    };
    return { primitives, count: () => count };
  }

  test('a checkpoint that they share is verified once', () => {
    const { primitives, count } = counting();
    const verifier = createVerifier({ ...pinned, primitives });
    for (let index = 0; index < 20; index++)
      expect(verifier.verifyBundle(JSON.stringify(log.bundle(index))).outcome).toBe('valid');
    expect(count()).toBe(1);
  });

  test('what was verified under one claimed key does not count for another, nor a failure for a success', () => {
    const verifier = createVerifier({ primitives: nodePrimitives });
    const bundle = log.bundle(3);
    expect(verifier.verifyBundle(JSON.stringify(bundle)).outcome).toBe('valid_unpinned');
    const other = formatVerifierKey(sampleSigner('other').key);
    expect(verifier.verifyBundle(JSON.stringify({ ...bundle, key: other })).outcome).toBe('invalid');
    expect(verifier.verifyBundle(JSON.stringify(bundle)).outcome).toBe('valid_unpinned');
  });

  test('text shifted from the note into the key is not taken for what was verified before', () => {
    const verifier = createVerifier({ primitives: nodePrimitives });
    const bundle = log.bundle(3);
    expect(verifier.verifyBundle(JSON.stringify(bundle)).outcome).toBe('valid_unpinned');
    for (const separator of ['', '\n', ':', ' ']) {
      for (let cut = 1; cut < 40; cut++) {
        const key = `${bundle.key}${separator}${bundle.checkpoint.slice(0, cut)}`;
        const shifted = { ...bundle, key, checkpoint: bundle.checkpoint.slice(cut) };
        expect(verifier.verifyBundle(JSON.stringify(shifted)).outcome).toBe('invalid');
      }
    }
  });

  test('it remembers a bounded number of checkpoints', () => {
    const { primitives, count } = counting();
    const verifier = createVerifier({ ...pinned, primitives });
    const growing = new SampleLog();
    const bundles = Array.from({ length: 100 }, (_, n) => {
      growing.append(sampleEnvelope(n));
      return JSON.stringify(growing.bundle(0));
    });
    for (const bundle of [...bundles, ...bundles.slice(0, 10)])
      expect(verifier.verifyBundle(bundle).outcome).toBe('valid');
    expect(count()).toBe(110);
  });
});

test('no result holds content of the event', () => {
  const bundle = log.bundle(3, { opening: log.opening(3) });
  const texts = [
    verify(bundle),
    verify({ ...bundle, opening: { ...bundle.opening, salt: '' } }),
    verify({ ...bundle, opening: { ...bundle.opening, envelope: { subject: 'MRN-0042', x: 1e-7 } } }),
  ];
  for (const verification of texts) expect(JSON.stringify(verification)).not.toMatch(/MRN|0\.83|früh|readmission/);
});
