import type { ReplayOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import type { RecordedEvent } from './read-record.ts';

/** What computing a recorded result again showed. */
export interface ReplayReport {
  readonly isSame: boolean;
  /** Stable word for `--json`. */
  readonly outcome: string;
  /** Sentences for people, the most important one first. */
  readonly words: readonly string[];
  /** Further members for `--json`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Computes one type of event again. @throws CommandFailure */
export type Replayer = (record: RecordedEvent, options: ReplayOptions, terminal: Terminal) => Promise<ReplayReport>;
