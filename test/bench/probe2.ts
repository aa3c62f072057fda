import { load, makeKey, startService } from './service-process.ts';
const s = await startService();
const key = await makeKey(s, 'integrator');
const base = { host: s.host, port: s.port, key };
if (process.argv[2] === 'batch')
  await load({ ...base, kind: 'batch', seed: 10, connections: 8, batches: 200, eventsPerBatch: 500 });
else await load({ ...base, kind: 'single', seed: 20, connections: 64, events: 15000 });
await s.stop();
