import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { systemCode } from '../failure.ts';

const countsSchema = z.strictObject({
  rows: z.int().min(0),
  /** Events that are new in the log. */
  added: z.int().min(0),
  /** Events that the log held already, with the same content. */
  repeated: z.int().min(0),
  /** Events or whole rows that were rejected. */
  rejected: z.int().min(0),
});
export type ImportCounts = z.output<typeof countsSchema>;

const stateSchema = z.strictObject({
  format: z.literal('vericlin-import-state/1'),
  /** Hex SHA-256 of the file: another file starts anew. */
  file: z.string(),
  /** Hex SHA-256 of the mapping, or empty. */
  mapping: z.string(),
  url: z.string(),
  /** Every row up to this line is in the log or in the rejects file. */
  line: z.int().min(0),
  /** Id of an event in the log: if the service does not have it, it is another log. */
  probe: z.string().optional(),
  /** Length of the rejects file at `line`; what is behind belongs to rows that come again. */
  rejectsBytes: z.int().min(0),
  counts: countsSchema,
});

/** How far an interrupted import came. It exists only while an import is unfinished. */
export type ImportState = z.output<typeof stateSchema>;

/** The state of this very import, or `undefined` to start anew: none, damaged, or of another file, mapping or service. */
export async function loadState(
  path: string,
  same: Pick<ImportState, 'file' | 'mapping' | 'url'>,
): Promise<ImportState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const state = parseState(text);
  const isSame = state?.file === same.file && state.mapping === same.mapping && state.url === same.url;
  return isSame ? state : undefined;
}

function parseState(text: string): ImportState | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Replaces the state file in one step: a crash leaves the old or the new one, never half of one. */
export async function saveState(path: string, state: ImportState): Promise<void> {
  const draft = `${path}.tmp`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
}

/** The import is complete. */
export async function removeState(path: string): Promise<void> {
  await rm(path, { force: true });
}
