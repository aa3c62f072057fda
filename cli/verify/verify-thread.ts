import { parentPort, workerData } from 'node:worker_threads';
import { createFileVerifier, type VerifySettings } from './evidence-file.ts';
import { verdictOf } from './verify-pool.ts';

const verify = await createFileVerifier(workerData as VerifySettings);

parentPort?.on('message', (paths: readonly string[]) => {
  parentPort?.postMessage(paths.map((path) => verdictOf(verify(path))));
});
