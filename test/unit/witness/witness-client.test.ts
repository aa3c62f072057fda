import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { cosign } from '../../../ledger/checkpoint/cosignature.ts';
import { appendSignatures, formatSignatureLine, parseNote } from '../../../ledger/checkpoint/note.ts';
import { parseAddCheckpoint, parseCosignatureLines } from '../../../ledger/checkpoint/witness-request.ts';
import { submitToWitness, type WitnessAnswer } from '../../../ledger/witness/witness-client.ts';
import { readBody, startServer, type TestServer } from '../../harness/http-server.ts';
import { newMemoryLog, newWitnessSigner, primitives } from '../../harness/memory-log.ts';

const log = newMemoryLog();
const signer = newWitnessSigner();
const TIME = 1_800_000_000;

interface Asked {
  readonly oldSize: number;
  readonly proofHashes: number;
  readonly checkpoint: string;
  readonly path: string;
}

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Runs one submission of size 10 against a witness that answers as told; says what was asked. */
async function submit(
  answer: (response: ServerResponse, asked: Asked, call: number) => void,
  options: { oldSize?: number; size?: number; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<{ answer: WitnessAnswer; asked: Asked[] }> {
  const { oldSize = 0, size = 10, timeoutMs = 5_000, signal } = options;
  const asked: Asked[] = [];
  server = await startServer((request, response) => {
    void readBody(request).then((body) => {
      const parsed = parseAddCheckpoint(body);
      asked.push({
        oldSize: parsed.oldSize,
        proofHashes: parsed.proof.length,
        checkpoint: parsed.checkpoint,
        path: request.url ?? '',
      });
      answer(response, asked.at(-1)!, asked.length);
    });
  });
  const note = log.note(size);
  const outcome = await submitToWitness({
    fetch,
    primitives,
    url: `${server.url}/prefix/`,
    key: signer.key,
    note,
    size,
    oldSize,
    prove: (from) => log.prove(from, size),
    timeoutMs,
    ...(signal && { signal }),
  });
  return { answer: outcome, asked };
}

function cosignatureLine(checkpoint: string, time = TIME, by = signer): string {
  return formatSignatureLine(cosign(parseNote(checkpoint).text, time, by));
}

function conflict(response: ServerResponse, size: number | string): void {
  response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${size}\n`);
}

describe('a witness that cosigns', () => {
  it('gets the published note unchanged, and its line goes onto it', async () => {
    const { answer, asked } = await submit((response, { checkpoint }) => response.end(cosignatureLine(checkpoint)));
    expect(asked).toEqual([{ oldSize: 0, proofHashes: 0, checkpoint: log.note(10), path: '/prefix/add-checkpoint' }]);
    expect(answer).toEqual({
      kind: 'cosigned',
      line: cosignatureLine(log.note(10)),
      cosignedAt: '2027-01-15T08:00:00.000Z',
    });
    const line = (answer as { line: string }).line;
    expect(appendSignatures(log.note(10), parseCosignatureLines(line))).toBe(log.note(10) + line);
  });

  it('may send lines of keys that are not known', async () => {
    const other = newWitnessSigner('other.example/w2');
    const { answer } = await submit((response, { checkpoint }) =>
      response.end(cosignatureLine(checkpoint, TIME, other) + cosignatureLine(checkpoint)),
    );
    expect(answer).toMatchObject({ kind: 'cosigned', line: cosignatureLine(log.note(10)) });
  });

  it('needs a proof from a size in between only', async () => {
    const from7 = await submit((response, { checkpoint }) => response.end(cosignatureLine(checkpoint)), { oldSize: 7 });
    expect(from7.asked[0]).toMatchObject({ oldSize: 7, proofHashes: (await log.prove(7, 10)).length });
    await server?.close();
    const again = await submit((response, { checkpoint }) => response.end(cosignatureLine(checkpoint)), {
      oldSize: 10,
    });
    expect(again.asked[0]).toMatchObject({ oldSize: 10, proofHashes: 0 });
  });
});

describe('a witness that is at another size (409)', () => {
  it('is proven to from the size it names', async () => {
    const { answer, asked } = await submit((response, { checkpoint }, call) => {
      if (call === 1) conflict(response, 4);
      else response.end(cosignatureLine(checkpoint));
    });
    expect(asked.map(({ oldSize }) => oldSize)).toEqual([0, 4]);
    expect(asked[1]!.proofHashes).toBe((await log.prove(4, 10)).length);
    expect(answer.kind).toBe('cosigned');
  });

  it('is asked twice at most, and the size it named last is kept', async () => {
    const { answer, asked } = await submit((response, _asked, call) => {
      conflict(response, 3 + call);
    });
    expect(asked).toHaveLength(2);
    expect(answer).toEqual({ kind: 'failed', reason: 'conflict', status: 409, size: 5 });
  });

  it('is ahead of a checkpoint from a restored backup', async () => {
    const { answer, asked } = await submit((response) => {
      conflict(response, 11);
    });
    expect(asked).toHaveLength(1);
    expect(answer).toEqual({ kind: 'refused', reason: 'witness_ahead', status: 409, size: 11 });
  });

  it('holds another root for this size', async () => {
    const { answer } = await submit(
      (response) => {
        conflict(response, 10);
      },
      { oldSize: 10 },
    );
    expect(answer).toEqual({ kind: 'refused', reason: 'forked', status: 409 });
    await server?.close();
    const later = await submit((response, _asked, call) => {
      if (call === 1) conflict(response, 10);
      else response.writeHead(409).end();
    });
    expect(later.answer).toEqual({ kind: 'refused', reason: 'forked', status: 409 });
  });

  it.each(['', 'x', '-1', '04', '1e3', '99999999999999999999', '4\n4'])(
    'and names no size (%j): not followed',
    async (size) => {
      const { answer, asked } = await submit((response) => {
        conflict(response, size);
      });
      expect(asked).toHaveLength(1);
      expect(answer).toEqual({ kind: 'failed', reason: 'bad_answer', status: 409 });
    },
  );

  it('and names the size that was sent, or no type: not followed', async () => {
    const same = await submit(
      (response) => {
        conflict(response, 4);
      },
      { oldSize: 4 },
    );
    expect(same.answer).toEqual({ kind: 'failed', reason: 'bad_answer', status: 409 });
    await server?.close();
    const untyped = await submit((response) => response.writeHead(409, { 'content-type': 'text/plain' }).end('4\n'));
    expect(untyped.answer).toEqual({ kind: 'failed', reason: 'bad_answer', status: 409 });
  });
});

describe('a witness that refuses', () => {
  it.each([
    [400, 'bad_request'],
    [403, 'signature_refused'],
    [404, 'unknown_log'],
    [422, 'proof_refused'],
  ] as const)('%i is %s', async (status, reason) => {
    const { answer } = await submit((response) => response.writeHead(status).end('no'));
    expect(answer).toEqual({ kind: 'refused', reason, status });
  });

  it.each([500, 503, 429, 204, 201])('%i is an error that may pass', async (status) => {
    const { answer } = await submit((response) => response.writeHead(status).end());
    expect(answer).toEqual({ kind: 'failed', reason: 'http_error', status });
  });
});

describe('a hostile or broken witness', () => {
  const bad = { kind: 'failed', reason: 'bad_cosignature', status: 200 };

  it('cosigns another checkpoint', async () => {
    const { answer } = await submit((response) => response.end(cosignatureLine(log.note(9))));
    expect(answer).toEqual(bad);
  });

  it('cosigns with another key under its name', async () => {
    const impostor = newWitnessSigner();
    const { answer } = await submit((response, { checkpoint }) =>
      response.end(cosignatureLine(checkpoint, TIME, impostor)),
    );
    expect(answer).toEqual(bad);
  });

  it('puts another time on a good signature', async () => {
    const { answer } = await submit((response, { checkpoint }) => {
      const { signature, ...line } = cosign(parseNote(checkpoint).text, TIME, signer);
      const altered = signature.slice();
      altered[7] = altered[7]! ^ 1;
      response.end(formatSignatureLine({ ...line, signature: altered }));
    });
    expect(answer).toEqual(bad);
  });

  it.each([0, 2 ** 52])('dates its cosignature %i', async (time) => {
    const { answer } = await submit((response, { checkpoint }) => response.end(cosignatureLine(checkpoint, time)));
    expect(answer).toEqual(bad);
  });

  it('sends a good line and a bad one of the same key', async () => {
    const { answer } = await submit((response, { checkpoint }) =>
      response.end(cosignatureLine(checkpoint) + cosignatureLine(log.note(9))),
    );
    expect(answer).toEqual(bad);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html>hello</html>\n'],
    ['a line without its end', '— witness.example/w1 AAAA'],
    ['an empty line', '\n'],
    ['control characters', '— witness.example/w1 \u0000\n'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x0a])],
  ])('answers %s', async (_what, body) => {
    const { answer } = await submit((response) => response.end(body));
    expect(answer.kind).toBe('failed');
    expect(answer).toMatchObject({ status: 200 });
  });

  it('answers without end', async () => {
    const { answer } = await submit((response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write('— witness.example/w1 AAAAAAAA\n'.repeat(100)));
      };
      response.on('drain', pump);
      pump();
    });
    expect(answer).toEqual({ kind: 'failed', reason: 'bad_answer', status: 200 });
  });

  it('sends a redirect: not followed', async () => {
    const { answer, asked } = await submit((response) => response.writeHead(307, { location: '/elsewhere' }).end());
    expect(asked).toHaveLength(1);
    expect(answer).toEqual({ kind: 'failed', reason: 'unreachable' });
  });

  it('never answers', async () => {
    const { answer } = await submit(() => undefined, { timeoutMs: 50 });
    expect(answer).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  it('stops in the middle of its answer', async () => {
    const { answer } = await submit((response) => response.write('— witness'), { timeoutMs: 50 });
    expect(answer).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  it('is not there', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    const outcome = await submitToWitness({
      fetch,
      primitives,
      url: gone.url,
      key: signer.key,
      note: log.note(1),
      size: 1,
      oldSize: 0,
      prove: () => log.prove(1, 1),
      timeoutMs: 5_000,
    });
    expect(outcome).toEqual({ kind: 'failed', reason: 'unreachable' });
  });
});

it('breaks off when the log stops', async () => {
  const stopping = new AbortController();
  const { answer } = await submit(
    (response) => {
      stopping.abort();
      void once(response, 'close');
    },
    { signal: stopping.signal },
  );
  expect(answer).toEqual({ kind: 'failed', reason: 'unreachable' });
});
