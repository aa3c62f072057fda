/** Which gateway is asked, and what happens when it does not answer. @module */
import { ChainError } from '../chain.ts';
import type { GatewayConnection } from './connection.ts';
import { joinErrors } from './errors.ts';

/** Asks one gateway. @throws ChainError */
export type Ask<T> = (connection: GatewayConnection) => Promise<T>;

/** Gateways in the order of the profile, beginning with the last one that worked. */
export class GatewayTurn {
  readonly #connections: readonly GatewayConnection[];
  #current = 0;

  /** @param connections at least one */
  constructor(connections: readonly GatewayConnection[]) {
    this.#connections = connections;
  }

  #at(offset: number): GatewayConnection {
    const index = (this.#current + offset) % this.#connections.length;
    return this.#connections[index] as GatewayConnection;
  }

  #settleOn(connection: GatewayConnection): void {
    this.#current = this.#connections.indexOf(connection);
  }

  /**
   * For reads: asks one gateway after the other until one answers.
   * @throws ChainError of the most telling failure
   */
  async read<T>(ask: Ask<T>): Promise<T> {
    const inTurn = this.#connections.map((_, offset) => this.#at(offset));
    const failures: ChainError[] = [];
    for (const connection of inTurn) {
      try {
        const answer = await ask(connection);
        this.#settleOn(connection);
        return answer;
      } catch (error) {
        if (!(error instanceof ChainError)) throw error;
        failures.push(error);
      }
    }
    throw joinErrors(failures);
  }

  /**
   * For writes: asks one gateway, once. Whether a write that failed was committed is not known, so only its caller can
   * decide to send it again. If something did not answer, the next call begins with another gateway.
   *
   * @throws ChainError
   */
  async write<T>(ask: Ask<T>): Promise<T> {
    const connection = this.#at(0);
    try {
      return await ask(connection);
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      if (error.reason === 'unreachable' && this.#at(0) === connection) this.#settleOn(this.#at(1));
      throw joinErrors([error]);
    }
  }

  /** Every gateway at once; those that fail are left out. */
  async every<T>(ask: Ask<T>): Promise<readonly T[]> {
    const answers = await Promise.allSettled(this.#connections.map(ask));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }
}
