/** HAPI's FHIR R4 validator as one child process. Works offline once its jars are in the cache. @module */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cacheFolder, findMissingCommand, type Outside } from '../../harness/outside-tools.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export interface ValidationMessage {
  readonly severity: 'INFORMATION' | 'WARNING' | 'ERROR' | 'FATAL';
  readonly location: string;
  readonly text: string;
}

export interface FhirValidator {
  readonly validate: (resource: object) => Promise<readonly ValidationMessage[]>;
  readonly stop: () => void;
}

/** Fetches HAPI 8.8.1 with Maven once per machine; answers the folder of its jars. */
export function findHapi(): Outside<string> {
  const missing = findMissingCommand(['java', 'mvn']);
  if (missing !== undefined) return { kind: 'missing', reason: `no ${missing} on this machine` };
  const cache = cacheFolder('hapi-fhir-8.8.1');
  const jars = join(cache, 'lib');
  if (existsSync(jars)) return { kind: 'ready', value: jars };
  const partial = mkdtempSync(join(cache, 'partial-'));
  const options = [`-DoutputDirectory=${partial}`, '-DincludeScope=runtime'];
  const fetched = spawnSync(
    'mvn',
    ['-B', '-q', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies', ...options],
    {
      timeout: 300_000,
    },
  );
  if (fetched.status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    return { kind: 'missing', reason: `Maven could not fetch HAPI (exit ${fetched.status})` };
  }
  renameSync(partial, jars);
  return { kind: 'ready', value: jars };
}

/** Starts the validator. */
export function startFhirValidator(jars: string): FhirValidator {
  const child = spawn(
    'java',
    ['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), join(HERE, 'Validate.java')],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let queue: Promise<unknown> = Promise.resolve();
  const answers = readAnswers(child);
  const validate = async (resource: object): Promise<readonly ValidationMessage[]> => {
    child.stdin.write(`${JSON.stringify(resource)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error('the validator ended');
    return answer.value;
  };
  return {
    validate: (resource) => {
      const turn = queue.then(() => validate(resource));
      queue = turn.catch(() => undefined);
      return turn;
    },
    stop: () => child.kill('SIGTERM'),
  };
}

async function* readAnswers(child: ChildProcessWithoutNullStreams): AsyncGenerator<ValidationMessage[], void> {
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  let messages: ValidationMessage[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === '') {
      yield messages;
      messages = [];
      continue;
    }
    const [severity = '', location = '', text = ''] = line.split('\t');
    messages.push({ severity: severity as ValidationMessage['severity'], location, text });
  }
  if (stderr !== '') throw new Error(stderr);
}
