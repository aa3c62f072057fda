/** The result of a verification: what was checked, against which key, and what was not. @module */
import type { EventType } from '../types.ts';

/** The checks, in the order in which they are made. */
export const CHECK_NAMES = [
  'format',
  'entry',
  'checkpoint',
  'cosignatures',
  'inclusion',
  'opening',
  'schema',
  'erasure',
  'anchor',
  'endorsements',
  'ordering',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface Check {
  readonly name: CheckName;
  readonly status: 'passed' | 'failed' | 'not_checked';
  /** One or two sentences for a reader who knows no cryptography. Holds no content of the event. */
  readonly detail: string;
}

/**
 * - `valid`: everything holds, under a key that the verifier pinned.
 * - `invalid`: at least one check failed.
 * - `unusable`: the input is not a file of this format; nothing can be said about it.
 * - `valid_erased`: valid, and the log records that the content was lawfully erased.
 * - `valid_unpinned`: everything in the file fits together, but nobody vouched for the key that signed it. The weakest
 *   outcome that is not a failure, so it wins over `valid_erased`.
 */
export type Outcome = 'valid' | 'invalid' | 'unusable' | 'valid_erased' | 'valid_unpinned';

/** Exit codes of `vericlin verify` (DESIGN.md §5). */
export const OUTCOME_EXIT_CODES = {
  valid: 0,
  invalid: 1,
  unusable: 2,
  valid_erased: 3,
  valid_unpinned: 4,
} as const satisfies Record<Outcome, number>;

/** Somebody whose signature on Fabric evidence verified. */
export interface FabricSigner {
  readonly mspId: string;
  /** Subject of the organisation's CA. */
  readonly ca: string;
  readonly role: string;
  /** Subject of the certificate. */
  readonly subject: string;
}

/** What Fabric evidence states. */
export interface AnchorFacts {
  readonly channel: string;
  readonly chaincode: string;
  /** The log's name on the chain. */
  readonly log: string;
  /** Entries that the chain covers. */
  readonly size: number;
  /** Lower-case hex. */
  readonly root: string;
  /** Number of the block that committed it, and the transaction's position in it. */
  readonly block: number;
  readonly transaction: number;
  /** RFC 3339: when the chain was asked, by the clock of whoever asked. */
  readonly readAt: string;
  /** Peers whose signature verified. */
  readonly endorsers: readonly FabricSigner[];
  /** The policy that they satisfy. */
  readonly policy?: string;
  /** Orderers whose signature on the block verified; only where the file carries the block. */
  readonly orderers?: readonly FabricSigner[];
}

/** What the file says of itself. Only as good as the checks: of an invalid file nothing here is proven. */
export interface Facts {
  readonly id?: string;
  readonly type?: EventType;
  readonly index?: number;
  /** Entries in the log at the checkpoint. */
  readonly size?: number;
  readonly origin?: string;
  /** Hex key ID of the key that the checkpoint was verified with. */
  readonly keyId?: string;
  readonly isKeyPinned?: boolean;
  /** The server's time, committed to. Only with an opening that fits. */
  readonly recordedAt?: string;
  /** Lower-case hex. */
  readonly leafHash?: string;
  /** Witnesses whose cosignature verified, with their time in Unix seconds. */
  readonly cosignedBy?: readonly { readonly name: string; readonly time: number }[];
  /** The `key_shredded` event that records the erasure. */
  readonly erasedBy?: { readonly id: string; readonly index: number };
  /** Only where CA certificates were given to check it. */
  readonly anchored?: AnchorFacts;
}

export interface Verification {
  readonly outcome: Outcome;
  readonly exitCode: (typeof OUTCOME_EXIT_CODES)[Outcome];
  readonly checks: readonly Check[];
  readonly facts: Facts;
}

/** Collects checks and facts while a file is gone through. */
export class Findings {
  readonly #checks: Check[] = [];
  #facts: Facts = {};

  add(check: Check): void {
    this.#checks.push(check);
  }

  passed(name: CheckName, detail: string): void {
    this.#checks.push({ name, status: 'passed', detail });
  }

  failed(name: CheckName, detail: string): void {
    this.#checks.push({ name, status: 'failed', detail });
  }

  notChecked(name: CheckName, detail: string): void {
    this.#checks.push({ name, status: 'not_checked', detail });
  }

  learn(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  unusable(detail: string): Verification {
    this.failed('format', detail);
    return this.#conclude('unusable');
  }

  conclude(): Verification {
    if (this.#checks.some(({ status }) => status === 'failed')) return this.#conclude('invalid');
    if (this.#facts.isKeyPinned !== true) return this.#conclude('valid_unpinned');
    return this.#conclude(this.#facts.erasedBy === undefined ? 'valid' : 'valid_erased');
  }

  #conclude(outcome: Outcome): Verification {
    return { outcome, exitCode: OUTCOME_EXIT_CODES[outcome], checks: this.#checks, facts: this.#facts };
  }
}
