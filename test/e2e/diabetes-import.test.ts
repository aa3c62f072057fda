/** The main job on real input: real encounters are imported, listed, proven and verified, each by the real command. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type CliResult } from '../support/cli.ts';
import { projectRoot, sharedData } from '../support/project.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const data = join(sharedData, 'diabetes130-first5k.csv');
const mapping = join(projectRoot, 'docs', 'examples', 'diabetes-mapping.yaml');
const isPresent = existsSync(data);
const ROWS = 4_999;

interface Found {
  id: string;
  index: number;
  type: string;
  refs: string[];
}

describe.skipIf(!isPresent)(
  isPresent
    ? 'import of diabetes130-first5k.csv'
    : 'import of diabetes130-first5k.csv (skipped: the data is not there)',
  () => {
    let service: ServiceProcess;
    const at = (name: string): string => join(service.folder, name);
    const cli = (args: readonly string[], key: string): Promise<CliResult> =>
      spawnCli([...args, '--url', service.url, '--key-file', at(`${key}.key`)], { cwd: service.folder });
    const importIt = () =>
      cli(
        ['import', data, '--map', mapping, '--state', at('state'), '--rejects', at('rejects'), '--json'],
        'integrator',
      );
    const search = async (...conditions: string[]): Promise<Found[]> => {
      const { code, out, err } = await cli(['events', 'search', '--json', ...conditions], 'auditor');
      expect([code, err]).toEqual([0, '']);
      return out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Found);
    };

    beforeAll(async () => {
      service = await startServiceProcess();
      await writeFile(at('admin.key'), service.adminKey);
      for (const role of ['integrator', 'auditor', 'privacy-officer']) {
        const made = await cli(['keys', 'create', '--role', role, '--name', role, '--out', at(`${role}.key`)], 'admin');
        expect([made.code, made.out]).toEqual([0, '']);
      }
      const response = await fetch(`${service.url}/log/key`, {
        headers: { authorization: `Bearer ${(await readFile(at('auditor.key'), 'utf8')).trim()}` },
      });
      await writeFile(at('log.vkey'), await response.text());
    });
    afterAll(async () => {
      await service.stop();
    });

    it('takes every row in: a prediction and an outcome each', async () => {
      const { code, out } = await importIt();
      expect([code, JSON.parse(out)]).toEqual([
        0,
        expect.objectContaining({ rows: ROWS, added: 2 * ROWS, repeated: 0, rejected: 0 }),
      ]);
      expect(existsSync(at('rejects'))).toBe(false);
    });

    it('run again repeats all and adds nothing', async () => {
      const { code, out } = await importIt();
      expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ added: 0, repeated: 2 * ROWS })]);
    });

    it('lists them by search, each outcome with its prediction', async () => {
      const predictions = await search('--type', 'prediction', '--model', 'readmission-additive@1.0.0', '--limit', '0');
      expect(new Set(predictions.map((event) => event.id)).size).toBe(ROWS);
      const outcomes = await search('--type', 'outcome', '--limit', '0');
      expect(outcomes).toHaveLength(ROWS);
      expect(new Set(outcomes.flatMap((event) => event.refs))).toEqual(new Set(predictions.map((event) => event.id)));
      const [first] = predictions;
      expect(await search('--ref', first!.id)).toEqual([
        expect.objectContaining({ type: 'outcome', refs: [first!.id] }),
      ]);
    });

    it('proves some of them, and the proofs verify offline against the pinned key', async () => {
      const some = await search('--type', 'prediction', '--type', 'outcome', '--limit', '6', '--order', 'desc');
      await mkdir(at('evidence'));
      for (const [i, { id }] of some.entries()) {
        const form =
          i % 2 === 0
            ? ['--out', at(`evidence/${id}.json`)]
            : ['--tlog-proof', '--out', at(`evidence/${id}.tlog-proof`)];
        expect((await cli(['events', 'proof', id, ...form], 'auditor')).code).toBe(0);
      }
      expect(await readdir(at('evidence'))).toHaveLength(6);
      const verified = await spawnCli(['verify', at('evidence'), '--key', at('log.vkey'), '--json']);
      const summary = verified.out.trimEnd().split('\n').at(-1) ?? '';
      expect([verified.code, JSON.parse(summary)]).toEqual([
        0,
        { summary: expect.objectContaining({ files: 6, valid: 6 }) as unknown },
      ]);
    });

    it('opens one for those entitled: the score is the transparent one', async () => {
      const [prediction] = await search('--type', 'prediction', '--limit', '1', '--order', 'desc');
      const file = at('opened.json');
      const got = await cli(['events', 'proof', prediction!.id, '--opening', '--out', file], 'privacy-officer');
      expect(got.code).toBe(0);
      const bundle = JSON.parse(await readFile(file, 'utf8')) as {
        opening: { envelope: { payload: Record<string, unknown> } };
      };
      const { input, riskScore } = bundle.opening.envelope.payload as {
        input: Record<string, number>;
        riskScore: number;
      };
      const sum =
        -2.6 + 0.4 * input['number_inpatient']! + 0.15 * input['number_emergency']! + 0.05 * input['time_in_hospital']!;
      expect(riskScore).toBe(Number((1 / (1 + Math.exp(-sum))).toFixed(6)));
      const verified = await spawnCli(['verify', file, '--key', at('log.vkey'), '--json']);
      expect([verified.code, JSON.parse(verified.out)]).toEqual([
        0,
        expect.objectContaining({
          checks: expect.arrayContaining([expect.objectContaining({ name: 'opening', status: 'passed' })]) as unknown,
        }),
      ]);
      expect(verified.out).not.toContain(String(riskScore));
    });

    it('exports the log, checks it from outside, and brings the copy up to date', async () => {
      const pinned = ['--key', at('log.vkey')];
      const first = await cli(['export', '--out', at('copy'), '--json', ...pinned], 'auditor');
      expect([first.code, first.err]).toEqual([0, '']);
      const { size } = JSON.parse(first.out) as { size: number };
      expect(size).toBeGreaterThan(2 * ROWS);
      const checked = await spawnCli(['fsck', at('copy'), '--json', ...pinned]);
      expect([checked.code, JSON.parse(checked.out)]).toEqual([0, expect.objectContaining({ outcome: 'valid' })]);
      const live = [
        'fsck',
        service.url,
        ...pinned,
        '--since',
        at('copy/checkpoint'),
        '--key-file',
        at('auditor.key'),
        '--json',
      ];
      const compared = await spawnCli(live);
      expect([compared.code, JSON.parse(compared.out)]).toEqual([
        0,
        expect.objectContaining({ since: { size, extended: true } }),
      ]);
      const second = await cli(['export', '--out', at('copy'), '--json', ...pinned], 'auditor');
      const { filesFetched } = JSON.parse(second.out) as { filesFetched: number };
      expect([second.code, filesFetched < 10]).toEqual([0, true]);
      expect((await spawnCli(['fsck', at('copy'), ...pinned])).code).toBe(0);
    });

    it('says what a role may not do, with exit 1 and what to do next', async () => {
      const refused = await cli(['events', 'search', '--type', 'prediction'], 'admin');
      expect([refused.code, refused.out, refused.err]).toEqual([
        1,
        '',
        expect.stringMatching(/forbidden[\s\S]*Use a key/),
      ]);
    });

    it('lists, revokes and rotates keys', async () => {
      const listed = await cli(['keys', 'list', '--json'], 'admin');
      const { keys } = JSON.parse(listed.out) as { keys: { id: string; role: string; expiresAt: string | null }[] };
      const auditor = keys.find((key) => key.role === 'auditor');
      expect(auditor?.expiresAt).not.toBeNull();
      expect(listed.out).not.toContain(service.adminKey);
      const rotated = await cli(['keys', 'rotate-kek', '--json'], 'admin');
      expect([rotated.code, (JSON.parse(rotated.out) as { rewrapped: number }).rewrapped > 4_000]).toEqual([0, true]);
      expect((await cli(['events', 'search', '--limit', '1'], 'auditor')).code).toBe(0);
      expect((await cli(['keys', 'revoke', auditor!.id], 'admin')).code).toBe(0);
      const revoked = await cli(['events', 'search', '--limit', '1'], 'auditor');
      expect([revoked.code, revoked.err]).toEqual([1, expect.stringContaining('unauthenticated')]);
    });
  },
);
