/** The arguments of a call, checked. Everything here is attacker-controlled: whoever may reach a peer chose it. @module */
import { CHAIN_LOG_NAME } from '../checkpoint/chain-log-name.ts';
import { HASH_SIZE } from '../merkle/hash.ts';
import { Refusal } from './refusal.ts';

/** Leaf hashes in one call, at most: half a megabyte, below every message limit of Fabric on the way. */
export const MAX_LEAVES = 16_384;

const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

/** One character a byte: no byte sequence is refused here or read as another, and none beyond ASCII passes a check below. */
function textOf(argument: Uint8Array): string {
  return String.fromCharCode(...argument);
}

/** Arguments longer than any valid one are not turned into text. */
function shortText(argument: Uint8Array | undefined): string | undefined {
  return argument === undefined || argument.length > 64 ? undefined : textOf(argument);
}

function decimal(argument: Uint8Array | undefined): number | undefined {
  const text = shortText(argument);
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** @throws Refusal `BAD_ARGUMENTS` */
export function requireCount(parameters: readonly Uint8Array[], count: number): void {
  if (parameters.length !== count) throw new Refusal('BAD_ARGUMENTS');
}

/** Name of the function; a text that names none for an argument that cannot be one. */
export function readFunction(argument: Uint8Array | undefined): string {
  return shortText(argument) ?? '';
}

/** @throws Refusal `BAD_LOG` */
export function readLog(argument: Uint8Array | undefined): string {
  const log = shortText(argument);
  if (log === undefined || !CHAIN_LOG_NAME.test(log)) throw new Refusal('BAD_LOG');
  return log;
}

/** Canonical decimal. @throws Refusal `BAD_START` */
export function readStart(argument: Uint8Array | undefined): number {
  const start = decimal(argument);
  if (start === undefined) throw new Refusal('BAD_START');
  return start;
}

/** Canonical decimal, or `undefined` for the empty argument. @throws Refusal `BAD_SIZE` */
export function readOptionalSize(argument: Uint8Array | undefined): number | undefined {
  if (argument?.length === 0) return undefined;
  const size = decimal(argument);
  if (size === undefined) throw new Refusal('BAD_SIZE');
  return size;
}

/** @throws Refusal `BAD_LEAVES length N`, `TOO_MANY_LEAVES N` */
export function readLeaves(argument: Uint8Array | undefined): Uint8Array {
  const leaves = argument ?? new Uint8Array(0);
  if (leaves.length === 0 || leaves.length % HASH_SIZE !== 0) throw new Refusal(`BAD_LEAVES length ${leaves.length}`);
  const count = leaves.length / HASH_SIZE;
  if (count > MAX_LEAVES) throw new Refusal(`TOO_MANY_LEAVES ${count}`);
  return leaves;
}
