import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * The id of an imported event: a UUIDv8 (RFC 9562 §5.8) from SHA-256(file digest ‖ line ‖ event name), line as 8 bytes
 * big-endian. The same file gives the same ids, so importing it again repeats and adds nothing.
 *
 * @param fileDigest SHA-256 of the whole file, 32 bytes
 * @param line line of the file on which the row ends, from 1
 */
export function deriveEventId(fileDigest: Uint8Array, line: number, eventName: string): string {
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(line));
  const bytes = createHash('sha256').update(fileDigest).update(position).update(eventName, 'utf8').digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** SHA-256 of a file, read once in constant memory. */
export async function digestFile(file: string, onBytes: (count: number) => void): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes(chunk.length);
  }
  return hash.digest();
}
