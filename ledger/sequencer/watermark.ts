/**
 * The newest checkpoint, kept outside the database, so that a database restored from an older backup is noticed.
 *
 * Two slots are written in turn, in place: whatever moment a crash comes at, one of them is whole, and each proves
 * itself by its signature. It is written after the commit and before the answer leaves, so it is never ahead of the
 * database and at most one commit behind what was acknowledged. It is fsynced once a second: after a power loss it may
 * name an older checkpoint, which still detects every backup older than that.
 *
 * @module
 */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

const SLOT_BYTES = 8_192;
const SYNC_EVERY_MS = 1_000;

export interface Watermark {
  /** The notes found in the slots, unchecked: at most two. */
  readonly read: () => readonly string[];
  /** @param note a signed note of at most 8 KiB */
  readonly write: (note: string) => void;
  readonly close: () => void;
}

function readSlot(descriptor: number, slot: number): string {
  const bytes = Buffer.alloc(SLOT_BYTES);
  const length = readSync(descriptor, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES);
  const end = bytes.subarray(0, length).indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? length : end);
}

/** Opens or makes the file, mode 0600. */
export function openWatermark(path: string): Watermark {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r+');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    descriptor = openSync(path, 'wx+', 0o600);
  }
  let slot = 0;
  let dirty = false;
  const timer = setInterval(() => {
    if (dirty) fsyncSync(descriptor);
    dirty = false;
  }, SYNC_EVERY_MS);
  timer.unref();

  return {
    read: () => [readSlot(descriptor, 0), readSlot(descriptor, 1)].filter((note) => note !== ''),
    write: (note) => {
      const bytes = Buffer.from(`${note}\0`, 'utf8');
      if (bytes.length > SLOT_BYTES) throw new RangeError('the checkpoint does not fit its slot');
      writeSync(descriptor, bytes, 0, bytes.length, slot * SLOT_BYTES);
      slot = 1 - slot;
      dirty = true;
    },
    close: () => {
      clearInterval(timer);
      fsyncSync(descriptor);
      closeSync(descriptor);
    },
  };
}
