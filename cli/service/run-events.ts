import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { systemCode, unusable } from '../failure.ts';
import { wholeNumber } from '../whole-number.ts';
import type { EventOptions, ProofOptions, SearchOptions } from '../options.ts';
import { formatTable } from '../table.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { readAnswer } from './answer.ts';
import { connect, type Connection } from './connection.ts';
import { eventIdArgument } from './event-id-argument.ts';

/** `vericlin events get`: always JSON. */
export async function getEvent(id: string, options: EventOptions, terminal: Terminal): Promise<ExitCode> {
  const path = `/v1/events/${eventIdArgument(id)}`;
  const connection = await connect(options, terminal);
  terminal.out(jsonLine(await connection.json({ method: 'GET', path })));
  return EXIT.ok;
}

/** `vericlin events proof`: the file exactly as the service made it. */
export async function getProof(id: string, options: ProofOptions, terminal: Terminal): Promise<ExitCode> {
  const path = `/v1/events/${eventIdArgument(id)}/proof${options.opening === true ? '?opening=true' : ''}`;
  const accept = options.tlogProof === true ? 'text/plain' : 'application/json';
  const connection = await connect(options, terminal);
  const proof = await connection.send({ method: 'GET', path, accept });
  if (options.out === undefined) {
    terminal.out(proof.text());
    return EXIT.ok;
  }
  try {
    await writeFile(options.out, proof.bytes, { mode: options.opening === true ? 0o600 : 0o644 });
  } catch (cause) {
    throw unusable(`cannot write ${options.out} (${systemCode(cause) ?? 'unwritable'})`, undefined, cause);
  }
  if (options.json === true) terminal.out(jsonLine({ id, file: options.out, bytes: proof.bytes.length }));
  else terminal.err(`Wrote ${options.out}; check it with: vericlin verify ${options.out} --key <vkey>\n`);
  return EXIT.ok;
}

const pageSchema = z.object({
  events: z.array(z.looseObject({ id: z.string(), index: z.int(), type: z.string(), recordedAt: z.string() })),
  nextCursor: z.string().nullish(),
});
type FoundEvent = z.output<typeof pageSchema>['events'][number];

const LARGEST_PAGE = 1_000;

/** `vericlin events search`: a table, or with `--json` one event a line (NDJSON), streamed page by page. */
export async function searchEvents(options: SearchOptions, terminal: Terminal): Promise<ExitCode> {
  const conditions = await conditionsOf(options);
  const limit = wholeNumber(options.limit, '--limit');
  const connection = await connect(options, terminal);
  let found = 0;
  for await (const events of pages(connection, conditions, limit === 0 ? Number.POSITIVE_INFINITY : limit)) {
    terminal.out(
      options.json === true ? events.map((event) => `${JSON.stringify(event)}\n`).join('') : asTable(events),
    );
    found += events.length;
  }
  if (options.json !== true) terminal.err(`${found} events.\n`);
  return EXIT.ok;
}

function asTable(events: readonly FoundEvent[]): string {
  const rows = events.map((event) => [event.id, String(event.index), event.type, event.recordedAt]);
  return formatTable(['id', 'index', 'type', 'recorded at'], rows);
}

async function* pages(connection: Connection, conditions: object, limit: number): AsyncGenerator<FoundEvent[]> {
  let left = limit;
  let cursor: string | null | undefined;
  do {
    const body = JSON.stringify({
      ...conditions,
      limit: Math.min(left, LARGEST_PAGE),
      ...(cursor == null ? {} : { cursor }),
    });
    const answer = await connection.json({ method: 'POST', path: '/v1/events:search', body });
    const page = readAnswer(pageSchema, answer, connection.url);
    yield page.events;
    left -= page.events.length;
    cursor = page.nextCursor;
  } while (cursor != null && left > 0);
}

async function conditionsOf(options: SearchOptions): Promise<object> {
  const [name, version] = splitModel(options.model);
  return {
    ...(options.query === undefined ? {} : await readConditions(options.query)),
    ...(options.type.length === 0 ? {} : { types: options.type }),
    ...(name === undefined ? {} : { model: { name, ...(version === undefined ? {} : { version }) } }),
    ...(options.ref === undefined ? {} : { ref: eventIdArgument(options.ref) }),
    ...(options.fromIndex === undefined ? {} : { fromIndex: wholeNumber(options.fromIndex, '--from-index') }),
    ...(options.toIndex === undefined ? {} : { toIndex: wholeNumber(options.toIndex, '--to-index') }),
    ...(options.order === undefined ? {} : { order: options.order }),
  };
}

function splitModel(model: string | undefined): [string | undefined, string | undefined] {
  const at = model?.lastIndexOf('@') ?? -1;
  return at <= 0 ? [model, undefined] : [model?.slice(0, at), model?.slice(at + 1)];
}

async function readConditions(file: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw unusable(`cannot read ${file} (${systemCode(cause) ?? 'it is no JSON'})`, undefined, cause);
  }
  throw unusable(`${file} does not hold one JSON object`);
}
