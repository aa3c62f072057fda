/** A reproducible tar.gz: the same files give the same bytes, so that every organisation gets the same package id. @module */
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** Files of a flat archive, by name (at most 100 bytes of ASCII), in the order of their names. */
export function tarGz(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const blocks = Object.keys(files)
    .sort()
    .flatMap((name) => {
      const content = Buffer.from(files[name] ?? '');
      return [header(name, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
    });
  // gzip with no name and no time, RFC 1952 §2.3.1: Node.js writes neither.
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]));
}

/** POSIX.1-1988 ustar: mode 0644, owner 0, time 0. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'ascii');
  block.write('0000644\0', 100, 'ascii');
  block.write('0000000\0', 108, 'ascii');
  block.write('0000000\0', 116, 'ascii');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  block.write('00000000000\0', 136, 'ascii');
  block.write('        ', 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
