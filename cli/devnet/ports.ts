/** Ports on loopback: chosen once for a network and kept, since they stand in its genesis block. @module */
import { randomInt } from 'node:crypto';
import { createServer, createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';

/** Where everything listens. */
export const LOOPBACK = '127.0.0.1';

/** Below the ports that systems give to outgoing connections (from 32768 on), so that they are still free at a restart. */
const LOWEST = 17_000;
const BLOCK = 64;
const BLOCKS = 240;
const ATTEMPTS = 60;
const POLL_MS = 10;

/**
 * The first of `count` free ports that follow each other. Drawn by chance: two networks that start at once, and one that is
 * down for the moment, are then unlikely to meet.
 *
 * @throws CommandFailure code `devnet_ports` where none were found
 */
export async function findFreePorts(count: number, random: (bound: number) => number = randomInt): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = LOWEST + random(BLOCKS) * BLOCK;
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new CommandFailure(EXIT.failed, `no ${count} free ports were found on ${LOOPBACK}`, { code: 'devnet_ports' });
}

/** Whether a port could be listened on at this moment. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Waits until a port can be listened on. A program that was killed counts as ended before the last of its threads has let go
 * of its ports. Answers whether it came to that.
 */
export async function waitUntilFree(port: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isFree(port))) {
    if (Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Waits until a port accepts connections. Answers `false` where `isAlive` says that it never will, or time is up. */
export async function waitForPort(port: number, isAlive: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await accepts(port))) {
    if (!isAlive() || Date.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: LOOPBACK });
    const answer = (value: boolean) => (): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });
}
