/** The log that is filled step by step to its largest size. @module */
import { BenchLog } from './bench-log.ts';
import { RssSampler } from './rss-sampler.ts';

/** Events of one fill load: its requests are made in memory before they are sent. */
const FILL_STEP = 50_000;

export class GrowingLog {
  readonly log: BenchLog;
  /** The service's memory since its start. */
  readonly memory: RssSampler;
  /** Events appended only to fill, and the seconds it took (without making the requests). */
  filled = { events: 0, seconds: 0 };
  readonly #tell: (message: string) => void;

  private constructor(log: BenchLog, tell: (message: string) => void) {
    this.log = log;
    this.#tell = tell;
    this.memory = new RssSampler(() => log.service.residentMb());
  }

  static async open(owner: { readonly workDir: string; tell(message: string): void }): Promise<GrowingLog> {
    const log = await BenchLog.open(owner.workDir);
    return new GrowingLog(log, (message) => {
      owner.tell(message);
    });
  }

  /** Appends by batches until `size` events are acknowledged. */
  async fillTo(size: number): Promise<void> {
    while (this.log.acknowledged < size) {
      const events = Math.min(FILL_STEP, size - this.log.acknowledged);
      const { seconds } = await this.log.appendBatches(events);
      this.filled = { events: this.filled.events + events, seconds: this.filled.seconds + seconds };
      const rate = Math.round(events / seconds);
      this.#tell(`filled to ${this.log.acknowledged} events, ${rate}/s, RSS ${Math.round(this.memory.now())} MB`);
    }
  }

  async close(): Promise<void> {
    this.memory.stop();
    await this.log.close();
  }
}
