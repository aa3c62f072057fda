import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildProvenance } from '../../../ledger/provenance/graph.ts';
import { toProvJson, type ProvDocument } from '../../../ledger/provenance/prov-json.ts';
import { decisionGraph, EVENTS, OUTSIDE_IDS, PSEUDONYM } from '../../harness/decision-fixture.ts';
import { cacheFolder, findMissingCommand, skipNote, type Outside } from '../../harness/outside-tools.ts';
import { memoryReader, MODEL_HEX, uuidOf } from '../../harness/provenance-events.ts';
import { findProvFaults } from './prov-json-checker.ts';

const ORIGIN = 'vericlin.local/log';
const AGENTS = new Map([
  [uuidOf(4), { id: "oidc:https://idp.example/#o'brien (7)", kind: 'person', role: 'clinician' } as const],
  [uuidOf(2), { id: 'key:0197a1c2', kind: 'software' } as const],
]);

async function decisionDocument(): Promise<ProvDocument> {
  return toProvJson(await decisionGraph(), { origin: ORIGIN, agents: AGENTS });
}

describe('a decision as PROV-JSON', () => {
  it('follows the structure rules', async () => {
    expect(findProvFaults({ ...(await decisionDocument()) })).toEqual([]);
    expect(findProvFaults({ ...toProvJson(await decisionGraph(), { origin: ORIGIN }) })).toEqual([]);
  });

  it('has each event as an entity, generated when it was recorded, by the activity that used what it refers to', async () => {
    const document = await decisionDocument();
    const prediction = `event:${uuidOf(2)}`;
    expect(Object.keys(document.entity)).toHaveLength(EVENTS.length + 1);
    expect(document.entity[prediction]).toMatchObject({
      'prov:type': { $: 'vericlin:prediction', type: 'xsd:QName' },
      'vericlin:index': { $: '2', type: 'xsd:long' },
      'vericlin:pseudonym': { $: `urn:uuid:${PSEUDONYM}`, type: 'xsd:anyURI' },
      'vericlin:truncated': false,
    });
    expect(Object.values(document.wasGeneratedBy)).toContainEqual({
      'prov:entity': prediction,
      'prov:activity': `activity:${uuidOf(2)}`,
      'prov:time': '2026-11-23T10:00:02.000Z',
    });
    expect(Object.values(document.used)).toContainEqual({
      'prov:activity': `activity:${uuidOf(3)}`,
      'prov:entity': prediction,
      'vericlin:relation': 'explains',
    });
  });

  it('derives an explanation from the prediction, but nothing from having been read', async () => {
    const derived = Object.values((await decisionDocument()).wasDerivedFrom);
    const from = (n: number): unknown[] =>
      derived.filter((record) => record['prov:generatedEntity'] === `event:${uuidOf(n)}`);
    expect(from(3)).toContainEqual(expect.objectContaining({ 'prov:usedEntity': `event:${uuidOf(2)}` }));
    expect(from(8)).toEqual([]);
  });

  it('has the model as an entity, and as the agent of its predictions; people where they may be named', async () => {
    const document = await decisionDocument();
    const model = `model:${MODEL_HEX}`;
    expect(document.entity[model]).toBeDefined();
    expect(document.agent[model]).toEqual({ 'prov:type': { $: 'prov:SoftwareAgent', type: 'xsd:QName' } });
    const associations = Object.values(document.wasAssociatedWith);
    expect(associations).toContainEqual({ 'prov:activity': `activity:${uuidOf(2)}`, 'prov:agent': model });
    expect(associations).toContainEqual({
      'prov:activity': `activity:${uuidOf(4)}`,
      'prov:agent': 'agent:oidc%3Ahttps%3A%2F%2Fidp.example%2F%23o%27brien%20%287%29',
      'prov:role': 'clinician',
    });
    const unnamed = toProvJson(await decisionGraph(), { origin: ORIGIN });
    expect(Object.keys(unnamed.agent)).toEqual([model]);
  });

  it('holds nothing of the patient but the pseudonym', async () => {
    const text = JSON.stringify(await decisionDocument());
    for (const id of OUTSIDE_IDS) expect(text).not.toContain(id);
    expect(text).toContain(PSEUDONYM);
  });

  it('is the same twice', async () => {
    expect(JSON.stringify(await decisionDocument())).toBe(JSON.stringify(await decisionDocument()));
  });

  it('says that it is cut off', async () => {
    const graph = await buildProvenance(memoryReader(EVENTS), EVENTS[1]!, { maxNodes: 3, maxDepth: 8 });
    const root = toProvJson(graph, { origin: ORIGIN }).entity[`event:${uuidOf(2)}`];
    expect(root).toMatchObject({ 'vericlin:truncated': true, 'vericlin:leftOut': graph.leftOut });
  });
});

describe('the checker finds', () => {
  type Break = (document: Record<string, Record<string, Record<string, unknown>>>) => void;
  const faults: readonly (readonly [string, Break, RegExp])[] = [
    ['an entity that is missing', (d) => Reflect.deleteProperty(d['entity']!, `event:${uuidOf(2)}`), /is no entity/],
    [
      'an activity that is missing',
      (d) => Reflect.deleteProperty(d['activity']!, `activity:${uuidOf(2)}`),
      /is no activity/,
    ],
    ['an agent that is missing', (d) => (d['agent'] = {}), /is no agent/],
    ['a prefix that is missing', (d) => delete d['prefix']!['event'], /prefix is not declared/],
    ['an end that is missing', (d) => delete d['used']!['_:used1']!['prov:entity'], /prov:entity is missing/],
    ['a name with a space', (d) => (d['agent']!['agent:a b'] = {}), /not a qualified name/],
    ['a section that is none', (d) => (d['wasEatenBy'] = {}), /no such section/],
    ['a time that is none', (d) => (d['wasGeneratedBy']!['_:wasGeneratedBy1']!['prov:time'] = 'noon'), /not a time/],
    ['a value that is none', (d) => (d['entity']![`model:${MODEL_HEX}`]!['vericlin:x'] = { $: 1 }), /not a value/],
    ['an attribute without a prefix', (d) => (d['entity']![`model:${MODEL_HEX}`]!['x'] = 1), /not a qualified name/],
  ];
  it.each(faults)('%s', async (_what, damage, fault) => {
    const document = structuredClone(await decisionDocument()) as unknown as Parameters<Break>[0];
    damage(document);
    expect(findProvFaults(document).join('\n')).toMatch(fault);
  });
});

const PROV_PACKAGE = 'prov==3.2.3';
/** Reads the document and says what it holds; fails on what it cannot read. */
const READ = `
import json, sys
from prov.model import ProvDocument
d = ProvDocument.deserialize(content=sys.stdin.read(), format='json')
kinds = {}
for r in d.get_records():
    kinds[r.get_type().localpart] = kinds.get(r.get_type().localpart, 0) + 1
again = ProvDocument.deserialize(content=d.serialize(format='json'), format='json')
uris = sorted(r.identifier.uri for r in d.get_records() if r.is_element())
print(json.dumps({'kinds': kinds, 'uris': uris, 'roundTrip': again == d}))
`;

/** A virtual environment with the Python package, made once per machine. */
function findPythonProv(): Outside<string> {
  const missing = findMissingCommand(['python3']);
  if (missing !== undefined) return { kind: 'missing', reason: `no ${missing} on this machine` };
  const folder = join(cacheFolder('python-prov-3.2.3'), 'venv');
  const python = join(folder, 'bin', 'python');
  const isReady = (): boolean =>
    existsSync(python) &&
    spawnSync(python, ['-c', 'from prov.serializers.provjson import ProvJSONSerializer']).status === 0;
  if (isReady()) return { kind: 'ready', value: python };
  if (spawnSync('python3', ['-m', 'venv', folder], { timeout: 120_000 }).status !== 0) {
    return { kind: 'missing', reason: 'python3 has no venv here' };
  }
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', PROV_PACKAGE], { timeout: 300_000 });
  return isReady()
    ? { kind: 'ready', value: python }
    : { kind: 'missing', reason: `pip could not install ${PROV_PACKAGE}` };
}

const python = findPythonProv();

describe.skipIf(python.kind === 'missing')(`read by the Python package prov${skipNote(python)}`, () => {
  function readByPython(document: object): { status: number | null; stdout: string; stderr: string } {
    if (python.kind === 'missing') throw new Error(python.reason);
    return spawnSync(python.value, ['-c', READ], { input: JSON.stringify(document), encoding: 'utf8' });
  }

  it('every record, with its URI, and back again', async () => {
    const document = await decisionDocument();
    const { stdout } = readByPython(document);
    const count = (section: keyof ProvDocument): number => Object.keys(document[section]).length;
    const read = JSON.parse(stdout) as { kinds: Record<string, number>; uris: string[]; roundTrip: boolean };
    expect(read.kinds).toEqual({
      Entity: count('entity'),
      Activity: count('activity'),
      Agent: count('agent'),
      Usage: count('used'),
      Generation: count('wasGeneratedBy'),
      Derivation: count('wasDerivedFrom'),
      Association: count('wasAssociatedWith'),
    });
    expect(read.uris).toContain(`urn:uuid:${uuidOf(2)}`);
    expect(read.uris).toContain(`https://${ORIGIN}/model#${MODEL_HEX}`);
    expect(read.roundTrip).toBe(true);
  });

  it('not when a prefix is missing', async () => {
    const document = await decisionDocument();
    expect(readByPython(document).status).toBe(0);
    const prefix = Object.fromEntries(Object.entries(document.prefix).filter(([name]) => name !== 'event'));
    const unread = readByPython({ ...document, prefix });
    expect(unread.status).not.toBe(0);
    expect(unread.stderr).toContain('ProvElementIdentifierRequired');
  });
});
