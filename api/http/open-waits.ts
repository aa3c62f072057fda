/**
 * Answers that wait for something outside. A wait ends early when its client is gone, since nobody would read the answer,
 * and when the service stops, so that a stop does not last as long as the longest wait.
 *
 * @module
 */
import type { Socket } from 'node:net';

/** One wait. */
export interface OpenWait {
  /** Aborted when the wait is to end early. */
  readonly signal: AbortSignal;
  /** Call it when the wait is over, however it ended. */
  readonly end: () => void;
}

/** The waits of one server. */
export class OpenWaits {
  // One listener a connection: pipelined requests share it.
  readonly #bySocket = new Map<Socket, Set<AbortController>>();
  #isStopped = false;

  /** @param socket the client's connection */
  begin(socket: Socket): OpenWait {
    const controller = new AbortController();
    if (this.#isStopped || socket.destroyed) controller.abort();
    const { signal } = controller;
    const group = this.#groupOf(socket);
    group.add(controller);
    return {
      signal,
      end: () => {
        group.delete(controller);
      },
    };
  }

  /** Ends every wait, and each that begins from now on. */
  stop(): void {
    this.#isStopped = true;
    for (const group of this.#bySocket.values()) abortAll(group);
  }

  #groupOf(socket: Socket): Set<AbortController> {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const group = new Set<AbortController>();
    if (socket.destroyed) return group;
    this.#bySocket.set(socket, group);
    socket.once('close', () => {
      this.#bySocket.delete(socket);
      abortAll(group);
    });
    return group;
  }
}

function abortAll(group: ReadonlySet<AbortController>): void {
  for (const controller of group) controller.abort();
}
