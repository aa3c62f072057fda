/**
 * An audit of real encounters, from the import to the proof: through the real service, over race, gender, age and their pairs;
 * its event proven offline and replayed, the same from posted rows, and shown to each role as far as it may see.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schema } from '../../api/handler.ts';
import type { JsonObject } from '../../ledger/types.ts';
import { spawnCli, type CliResult } from '../support/cli.ts';
import { projectRoot, sharedData } from '../support/project.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const data = join(sharedData, 'diabetes130-first5k.csv');
const mapping = join(projectRoot, 'docs', 'examples', 'diabetes-mapping.yaml');
const isPresent = existsSync(data);
const ROWS = 4_999;
const ATTRIBUTES = ['race', 'gender', 'age'];
const THRESHOLD = 0.2;

interface Called<T> {
  readonly status: number;
  readonly json: T;
  readonly text: string;
}
type Audit = Schema<'FairnessAudit'>;
type Figure = Audit['metrics'][number];

/** The file has no quoted cells. */
function readCsv(): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(data, 'utf8').trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i] ?? '', cell])));
}

/** The rows as the mapping makes predictions and outcomes of them. No readmission is good: a risk is turned round. */
function expectedRows(): {
  labels: number[];
  predictions: number[];
  scores: number[];
  attributes: Record<string, (string | null)[]>;
} {
  const encounters = readCsv();
  const risks = encounters.map((row) => {
    const sum =
      -2.6 +
      0.4 * Number(row['number_inpatient']) +
      0.15 * Number(row['number_emergency']) +
      0.05 * Number(row['time_in_hospital']);
    return Number((1 / (1 + Math.exp(-sum))).toFixed(6));
  });
  return {
    labels: encounters.map((row) => Number(row['readmitted'] === '<30')),
    predictions: risks.map((risk) => Number(risk >= THRESHOLD)),
    scores: risks.map((risk) => 1 - risk),
    attributes: Object.fromEntries(
      ATTRIBUTES.map((name) => [name, encounters.map((row) => (row[name] === '?' ? null : (row[name] ?? null)))]),
    ),
  };
}

const WINDOW = {
  model: { name: 'readmission-additive', version: '1.0.0' },
  from: '1999-01-01T00:00:00Z',
  attributes: ATTRIBUTES,
  favorable: 0,
  threshold: THRESHOLD,
  intersections: 2,
  seed: '1557',
};

describe.skipIf(!isPresent)(
  isPresent
    ? 'an audit of diabetes130-first5k.csv'
    : 'an audit of diabetes130-first5k.csv (skipped: the data is not there)',
  () => {
    let service: ServiceProcess;
    const keys: Record<string, string> = {};
    const at = (name: string): string => join(service.folder, name);
    const cli = (args: readonly string[], key: string): Promise<CliResult> =>
      spawnCli([...args, '--url', service.url, '--key-file', at(`${key}.key`)], { cwd: service.folder });

    async function call<T = unknown>(key: string, path: string, body?: unknown): Promise<Called<T>> {
      const response = await fetch(`${service.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${keys[key]}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: JSON.parse(text) as T, text };
    }
    const audit = (key: string, body: unknown) => call<Audit>(key, '/v1/fairness/audits', body);

    async function bundleOf(id: string, key: string): Promise<string> {
      const file = at(`${id}.json`);
      expect((await cli(['events', 'proof', id, '--opening', '--out', file], key)).code).toBe(0);
      return file;
    }
    async function payloadIn(file: string): Promise<JsonObject> {
      const bundle = JSON.parse(await readFile(file, 'utf8')) as { opening: { envelope: { payload: JsonObject } } };
      return bundle.opening.envelope.payload;
    }

    beforeAll(async () => {
      service = await startServiceProcess();
      keys['admin'] = service.adminKey;
      const wanted = [
        { name: 'integrator', role: 'integrator' },
        { name: 'governance', role: 'ai-governance' },
        { name: 'granted', role: 'ai-governance', grants: ['phi'] },
        { name: 'auditor', role: 'auditor' },
        { name: 'clinician', role: 'clinician' },
        { name: 'privacy', role: 'privacy-officer' },
      ];
      for (const body of wanted) {
        keys[body.name] = (await call<{ key: string }>('admin', '/v1/keys', body)).json.key;
        await writeFile(at(`${body.name}.key`), keys[body.name] ?? '');
      }
      await writeFile(at('log.vkey'), await (await fetch(`${service.url}/log/key`)).text());
      const imported = await cli(['import', data, '--map', mapping, '--state', at('state'), '--json'], 'integrator');
      expect([imported.code, JSON.parse(imported.out)]).toEqual([0, expect.objectContaining({ added: 2 * ROWS })]);
    });
    afterAll(async () => {
      await service.stop();
    });

    let whole: Audit;

    it('joins every prediction with its outcome and measures race, gender, age and their pairs', async () => {
      const answer = await audit('granted', WINDOW);
      expect(answer.status, answer.text.slice(0, 500)).toBe(201);
      whole = answer.json;
      expect([whole.profile, whole.n]).toEqual(['strict', ROWS]);
      expect(whole.joined).toMatchObject({
        predictions: ROWS,
        outcomes: ROWS,
        joined: ROWS,
        withoutOutcome: 0,
        withoutPrediction: 0,
        unusable: 0,
      });
      const attributes = new Set(whole.metrics.map(({ attribute }) => attribute));
      expect([...attributes].sort()).toEqual(
        [null, 'race', 'gender', 'age', 'race*gender', 'race*age', 'gender*age'].sort(),
      );
    });

    it('counts as a loop over the file counts', () => {
      const { labels, predictions, attributes } = expectedRows();
      const genders = attributes['gender'] ?? [];
      for (const gender of ['Female', 'Male']) {
        const rows = genders.flatMap((one, i) => (one === gender ? [i] : []));
        // Favourable is 0: no early readmission predicted, none seen.
        const selected = rows.filter((i) => predictions[i] === 0);
        const figure = (name: string): Figure | undefined =>
          whole.metrics.find((one) => one.name === name && one.attribute === 'gender' && one.group === gender);
        expect(figure('selection_rate')).toMatchObject({
          numerator: selected.length,
          denominator: rows.length,
          n: rows.length,
        });
        const positives = rows.filter((i) => labels[i] === 0);
        const truePositives = positives.filter((i) => predictions[i] === 0);
        expect(figure('true_positive_rate')).toMatchObject({
          value: truePositives.length / positives.length,
          numerator: truePositives.length,
          denominator: positives.length,
        });
      }
    });

    it('gives the same figures, findings and digest for the same rows posted', async () => {
      const { intersections, seed, favorable } = WINDOW;
      const posted = await audit('integrator', { ...expectedRows(), favorable, threshold: 0.8, intersections, seed });
      expect(posted.status, posted.text.slice(0, 500)).toBe(201);
      expect(posted.json.joined).toBeNull();
      expect(posted.json.metrics).toEqual(whole.metrics);
      expect(posted.json.findings).toEqual(whole.findings);
      const [ofWindow, ofRows] = await Promise.all(
        [whole.auditId, posted.json.auditId].map(async (id) => payloadIn(await bundleOf(id, 'granted'))),
      );
      expect(ofRows?.['datasetDigest']).toEqual(ofWindow?.['datasetDigest']);
      expect(ofRows?.['options']).toEqual(ofWindow?.['options']);
    });

    it('is one event that verifies offline against the pinned key', async () => {
      const file = await bundleOf(whole.auditId, 'granted');
      const verified = await spawnCli(['verify', file, '--key', at('log.vkey'), '--json']);
      expect([verified.code, JSON.parse(verified.out)]).toEqual([
        0,
        expect.objectContaining({
          checks: expect.arrayContaining([expect.objectContaining({ name: 'opening', status: 'passed' })]) as unknown,
        }),
      ]);
      const payload = await payloadIn(file);
      expect(payload).toMatchObject({
        audit: whole.auditId,
        rows: ROWS,
        figures: whole.metrics,
        findings: whole.findings,
      });
    });

    it('is replayed from the log, and from a file with the rows: the same bytes', async () => {
      const file = await bundleOf(whole.auditId, 'granted');
      const replayed = await cli(['replay', file, '--key', at('log.vkey'), '--json'], 'granted');
      expect([replayed.code, JSON.parse(replayed.out)]).toEqual([0, expect.objectContaining({ same: true })]);
      const rows = expectedRows();
      await writeFile(at('rows.json'), JSON.stringify(rows));
      const fromFile = await spawnCli(['replay', file, '--input', at('rows.json'), '--key', at('log.vkey'), '--json']);
      expect([fromFile.code, JSON.parse(fromFile.out)]).toEqual([0, expect.objectContaining({ same: true })]);
      const other = { ...rows, labels: rows.labels.map((label, i) => (i === 17 ? 1 - label : label)) };
      await writeFile(at('other.json'), JSON.stringify(other));
      const differs = await spawnCli(['replay', file, '--input', at('other.json'), '--key', at('log.vkey'), '--json']);
      expect([differs.code, JSON.parse(differs.out)]).toEqual([
        1,
        expect.objectContaining({ same: false, outcome: 'rows_differ' }),
      ]);
    });

    it('shows no small cell to who sees de-identified content, in the answer as in the event', async () => {
      const small = whole.metrics.filter((figure) => figure.small === true);
      expect(small.length).toBeGreaterThan(10);
      expect(small.some(({ n }) => (n ?? 0) > 0 && (n ?? 0) < 11)).toBe(true);
      const { json: shown } = await audit('governance', WINDOW);
      for (const figure of shown.metrics) {
        if (figure.small === true) expect(figure).toMatchObject({ value: null, n: null, numerator: null, ci: null });
        else expect(figure.n).toBeGreaterThanOrEqual(11);
      }
      const { json: event } = await call<Schema<'EventView'>>('auditor', `/v1/events/${whole.auditId}`);
      expect(event.content).toBe('deidentified');
      const figures = event.deidentified?.payload['figures'] as JsonObject[];
      // The same view: names of groups that could be years or ages over 89 are in neither, and no words in the event.
      const bare = (figure: JsonObject): JsonObject =>
        Object.fromEntries(
          Object.entries(figure).filter(
            ([name, value]) =>
              !['group', 'reference', 'worstPair', 'note'].includes(name) && (name !== 'n' || value !== null),
          ),
        );
      expect(figures.map(bare)).toEqual((shown.metrics as unknown as JsonObject[]).map(bare));
      expect(figures.length).toBeLessThan(whole.metrics.length);
      const findings = event.deidentified?.payload['findings'] as JsonObject[] | undefined;
      expect((findings ?? []).map(({ figure }) => figure)).toEqual(shown.findings.map(({ figure }) => figure));
      expect(event.deidentified?.payload).not.toHaveProperty('datasetDigest');
    });

    it('is refused to roles that may not audit, and a window to integrators', async () => {
      for (const [key, body] of [
        ['auditor', WINDOW],
        ['clinician', WINDOW],
        ['privacy', { labels: [1], attributes: { sex: ['F'] } }],
        ['integrator', WINDOW],
      ] as const) {
        const refused = await call<{ code: string }>(key, '/v1/fairness/audits', body);
        expect([key, refused.status, refused.json.code]).toEqual([key, 403, 'forbidden']);
      }
    });

    it('counts what cannot be joined: not yet settled, settling nothing, erased', async () => {
      const prediction = {
        type: 'prediction',
        occurredAt: '2008-01-01T00:00:00Z',
        subject: 'one more',
        model: WINDOW.model,
        payload: { riskScore: 0.5, attributes: { race: 'Asian', gender: 'Male', age: '[50-60)' } },
      };
      await call('integrator', '/v1/events', prediction);
      const outcome = {
        type: 'outcome',
        occurredAt: '2008-01-01T00:00:00Z',
        subject: 'one more',
        payload: { observed: true },
      };
      await call('integrator', '/v1/events', outcome);
      const patient = readCsv()[ROWS / 2 - 0.5]?.['patient_nbr'] ?? '';
      const erased = readCsv().filter((row) => row['patient_nbr'] === patient).length;
      expect((await call('privacy', '/v1/subjects:shred', { subject: patient, reason: 'test' })).status).toBe(200);
      const { json } = await audit('granted', WINDOW);
      expect(json.joined).toMatchObject({
        predictions: ROWS + 1,
        joined: ROWS - erased,
        erased,
        withoutOutcome: 1,
        withoutPrediction: 1,
      });
      // The audit from before still is what it was; its rows are not to be had any more.
      const replayed = await cli(['replay', at(`${whole.auditId}.json`), '--key', at('log.vkey'), '--json'], 'granted');
      expect([replayed.code, JSON.parse(replayed.out)]).toEqual([
        1,
        expect.objectContaining({ outcome: 'rows_differ' }),
      ]);
    });
  },
);
