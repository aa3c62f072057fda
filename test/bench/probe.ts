import { load, makeKey, startService } from './service-process.ts';
const s = await startService();
const key = await makeKey(s, 'integrator');
const base = { host: s.host, port: s.port, key };
async function run(name: string, n: number, job: Parameters<typeof load>[0]) {
  const before = s.cpuSeconds();
  const b = await load(job);
  const after = s.cpuSeconds();
  console.log(
    name,
    Math.round(n / b.seconds),
    '/s',
    'p50',
    b.p50Ms.toFixed(1),
    'p95',
    b.p95Ms.toFixed(1),
    'service us/ev',
    (((after.service - before.service) / n) * 1e6).toFixed(1),
    'pg us/ev',
    (((after.postgres - before.postgres) / n) * 1e6).toFixed(1),
    JSON.stringify(b.statuses),
    s.residentMiB().toFixed(0),
  );
}
for (let round = 0; round < 3; round += 1)
  await run('batch', 100000, {
    ...base,
    kind: 'batch',
    seed: 10 + round,
    connections: 8,
    batches: 200,
    eventsPerBatch: 500,
  });
for (let round = 0; round < 2; round += 1)
  await run('single', 10000, { ...base, kind: 'single', seed: 20 + round, connections: 64, events: 10000 });
await run('idle', 500, { ...base, kind: 'single', seed: 30, connections: 1, events: 500 });
await s.stop();
