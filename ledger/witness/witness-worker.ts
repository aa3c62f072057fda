/** One witness of the loop: what it holds, what it should hold, and the one request under way. @module */
import type { PolicyWitness } from '../checkpoint/policy.ts';
import { submitToWitness, type WitnessAnswer } from './witness-client.ts';
import type { WitnessLimits, WitnessLoopDeps, WitnessStatus } from './witness-deps.ts';

/** A witness that can be asked. */
export type Reachable = Required<Pick<PolicyWitness, 'name' | 'key' | 'url'>>;

/** A published checkpoint. */
export interface Target {
  readonly size: number;
  readonly note: string;
}

export interface WorkerContext {
  readonly deps: WitnessLoopDeps;
  readonly limits: WitnessLimits;
  readonly stopping: AbortSignal;
  /** Called after each attempt. */
  readonly attempted: () => void;
}

/** One witness: what it holds, what it should hold, and the one request under way. */
export class WitnessWorker {
  readonly #witness: Reachable;
  readonly #context: WorkerContext;
  /** What it cosigned last; `undefined` until the store was asked. */
  #cosignedSize: number | undefined;
  /** The size to prove from: what it cosigned, or what it said it holds. */
  #heldSize = 0;
  #target: Target | undefined;
  #failures = 0;
  #reason: string | undefined;
  #isRunning = false;
  #running: Promise<void> | undefined;

  constructor(witness: Reachable, context: WorkerContext) {
    this.#witness = witness;
    this.#context = context;
  }

  /** What is to be cosigned from now on. A request under way for an earlier checkpoint goes on. */
  aim(target: Target): void {
    this.#target = target;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** Others wait for it: it is at work on its target, and did not fail. */
  holdsRound(): boolean {
    return this.#isRunning && this.#failures === 0;
  }

  status(): WitnessStatus {
    const size = this.#cosignedSize ?? 0;
    const isCurrent = this.#target === undefined || size >= this.#target.size;
    const state = this.#failures > 0 ? 'failing' : isCurrent ? 'ok' : 'behind';
    return { name: this.#witness.name, size, state, reason: this.#reason };
  }

  isRunning(): boolean {
    return this.#isRunning;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let target = this.#wanted(); target !== undefined; target = this.#wanted()) {
      const isDone = await this.#attempt(target);
      if (!isDone) {
        this.#context.attempted();
        await this.#context.deps.sleep(this.#backoffMs(), this.#context.stopping);
      }
    }
    // In the same step as the last look at the target: an aim that comes later finds the worker at rest.
    this.#isRunning = false;
    this.#context.attempted();
  }

  /** The target, if the witness has not cosigned it. */
  #wanted(): Target | undefined {
    if (this.#context.stopping.aborted || this.#target === undefined) return undefined;
    return this.#target.size > (this.#cosignedSize ?? 0) ? this.#target : undefined;
  }

  async #attempt(target: Target): Promise<boolean> {
    try {
      await this.#load();
      if (target.size <= (this.#cosignedSize ?? 0)) return this.#succeeded();
      const answer = await this.#submit(target);
      if (answer.kind === 'cosigned') {
        const { line, cosignedAt } = answer;
        await this.#context.deps.store.saveCosignature({
          witness: this.#witness.name,
          size: target.size,
          line,
          cosignedAt,
        });
        this.#cosignedSize = target.size;
        this.#heldSize = target.size;
      } else if (answer.size !== undefined && answer.size <= target.size) {
        this.#heldSize = answer.size;
      }
      this.#context.deps.onAttempt?.(this.#witness.name, answer);
      return answer.kind === 'cosigned' ? this.#succeeded() : this.#failed(answer.reason);
    } catch (error) {
      // Our own side: no proof or no store. What the witness holds by now, its next 409 will say.
      this.#context.deps.onAttempt?.(this.#witness.name, { kind: 'error', error });
      return this.#failed('log_unavailable');
    }
  }

  /** Once: what it cosigned before this process started. */
  async #load(): Promise<void> {
    if (this.#cosignedSize !== undefined) return;
    const states = await this.#context.deps.store.states();
    this.#cosignedSize = states.find(({ witness }) => witness === this.#witness.name)?.size ?? 0;
    this.#heldSize = this.#cosignedSize;
  }

  async #submit(target: Target): Promise<WitnessAnswer> {
    const { fetch, primitives, prove } = this.#context.deps;
    return await submitToWitness({
      fetch,
      primitives,
      url: this.#witness.url,
      key: this.#witness.key,
      note: target.note,
      size: target.size,
      oldSize: Math.min(this.#heldSize, target.size),
      prove: (oldSize) => prove(oldSize, target.size),
      timeoutMs: this.#context.limits.timeoutMs,
      signal: this.#context.stopping,
    });
  }

  #succeeded(): true {
    this.#failures = 0;
    this.#reason = undefined;
    return true;
  }

  #failed(reason: string): false {
    this.#failures += 1;
    this.#reason = reason;
    return false;
  }

  /** Full jitter between half and the whole of the doubled wait. */
  #backoffMs(): number {
    const { firstBackoffMs, maxBackoffMs } = this.#context.limits;
    const ceilingMs = Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(this.#failures - 1, 30));
    return ceilingMs / 2 + (this.#context.deps.random() * ceilingMs) / 2;
  }
}
