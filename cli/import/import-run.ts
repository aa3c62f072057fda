import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { Progress } from '../progress.ts';
import type { Connection } from '../service/connection.ts';
import { inBatches, type Batch, type PreparedRow } from './batches.ts';
import { saveState, type ImportCounts, type ImportState } from './import-state.ts';
import { preparedRows, type RowsOf } from './prepare-rows.ts';
import type { RejectFile } from './reject-file.ts';
import { sendBatch, type BatchResult } from './send-batch.ts';

/** What is imported, once it is known that it can be. */
export interface ImportJob extends RowsOf {
  readonly sizeBytes: number;
  readonly statePath: string;
  readonly rejectsPath: string;
}

/** Bytes are shown in kB. */
export const KILO = 1_000;
const IN_FLIGHT = 2;
/** So many conflicts before anything was added mean that the same file was imported with another mapping. */
const CONFLICTS_TO_STOP = 50;
const SAVE_EVERY_MS = 500;

/** One run over the rows: batches go out two at a time and are settled in the order of the file. */
export class ImportRun {
  readonly #job: ImportJob;
  readonly #connection: Connection;
  readonly #rejects: RejectFile;
  #state: ImportState;
  #conflicts = 0;
  #savedAt = 0;
  #isComplete = false;

  constructor(job: ImportJob, connection: Connection, rejects: RejectFile, state: ImportState) {
    this.#job = job;
    this.#connection = connection;
    this.#rejects = rejects;
    this.#state = state;
  }

  get counts(): ImportCounts {
    return this.#state.counts;
  }

  async all(progress: Progress): Promise<void> {
    const inFlight: { readonly batch: Batch; readonly result: Promise<BatchResult> }[] = [];
    let shownBytes = 0;
    const settleOldest = async (): Promise<void> => {
      const oldest = inFlight.shift();
      if (oldest === undefined) return;
      await this.#settle(oldest.batch, await oldest.result);
      progress.advance((oldest.batch.bytes - shownBytes) / KILO);
      shownBytes = oldest.batch.bytes;
    };
    try {
      for await (const batch of inBatches(this.#rowsToGo())) {
        if (inFlight.length >= IN_FLIGHT) await settleOldest();
        const earlier = Promise.allSettled(inFlight.map((one) => one.result));
        const result = sendBatch(this.#connection, batch, earlier);
        // Awaited when its turn comes; until then a failure must not count as unhandled.
        result.catch(() => undefined);
        inFlight.push({ batch, result });
      }
      while (inFlight.length > 0) await settleOldest();
      this.#isComplete = true;
    } finally {
      await Promise.allSettled(inFlight.map((one) => one.result));
    }
  }

  async *#rowsToGo(): AsyncGenerator<PreparedRow> {
    const { line } = this.#state;
    for await (const row of preparedRows(this.#job)) if (row.line > line) yield row;
  }

  /** The rejects become durable before the line counts as done: a crash in between repeats, and loses nothing. */
  async #settle(batch: Batch, result: BatchResult): Promise<void> {
    await this.#rejects.append(result.rejects);
    const { counts } = this.#state;
    this.#state = {
      ...this.#state,
      line: batch.line,
      rejectsBytes: this.#rejects.bytes,
      counts: {
        rows: counts.rows + batch.rows,
        added: counts.added + result.added,
        repeated: counts.repeated + result.repeated,
        rejected: counts.rejected + result.rejects.length,
      },
      ...(result.probe === undefined ? {} : { probe: result.probe }),
    };
    this.#stopOnConflicts(result);
    if (Date.now() - this.#savedAt > SAVE_EVERY_MS) await this.keepState();
  }

  #stopOnConflicts(result: BatchResult): void {
    this.#conflicts += result.rejects.filter((reject) => reject.code === 'id_conflict').length;
    const { added, repeated } = this.#state.counts;
    if (this.#conflicts < CONFLICTS_TO_STOP || added + repeated > 0) return;
    // Not to be resumed: there is nothing of this import to go on from.
    this.#state = { ...this.#state, line: 0 };
    throw new CommandFailure(EXIT.failed, 'every event so far is in the log already with other content (id_conflict)', {
      code: 'id_conflict',
      next: 'The same file was imported with another mapping before. Ids follow from the file: what is recorded stays.',
    });
  }

  /** Writes the state, unless the import is complete. */
  async keepState(): Promise<void> {
    this.#savedAt = Date.now();
    if (!this.#isComplete && this.#state.line > 0) await saveState(this.#job.statePath, this.#state);
  }
}
