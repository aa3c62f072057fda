/** Looks for a marked text in bytes, in every form that it could stand in. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Mark {
  readonly text: string;
  /** Names of the forms in which it stands there. */
  readonly formsIn: (bytes: Uint8Array | string) => readonly string[];
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Base64 of the text at each of the three positions it can have in a longer one, without the characters it shares. */
function base64Forms(bytes: Buffer): Buffer[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const shared = before === 0 ? 0 : before + 1;
    const last = (before + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    return Buffer.from(encoded.slice(shared, last));
  });
}

/** @param text letters and digits, long enough to occur nowhere by chance */
export function newMark(text: string): Mark {
  const forms: [string, Buffer][] = [];
  for (const [name, bytes] of [
    ['utf8', Buffer.from(text)],
    ['lower case', Buffer.from(text.toLowerCase())],
    ['upper case', Buffer.from(text.toUpperCase())],
    ['utf16le', Buffer.from(text, 'utf16le')],
    ['utf16be', utf16be(text)],
    ['reversed', Buffer.from(text).reverse()],
  ] as const) {
    forms.push([name, bytes], [`hex of ${name}`, Buffer.from(bytes.toString('hex'))]);
    forms.push([`HEX of ${name}`, Buffer.from(bytes.toString('hex').toUpperCase())]);
    for (const encoded of base64Forms(bytes)) {
      forms.push([`base64 of ${name}`, encoded]);
      const url = encoded.toString().replaceAll('+', '-').replaceAll('/', '_');
      if (url !== encoded.toString()) forms.push([`base64url of ${name}`, Buffer.from(url)]);
    }
  }
  return {
    text,
    formsIn: (content) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
      return [...new Set(forms.filter(([, form]) => bytes.includes(form)).map(([name]) => name))];
    },
  };
}

/** Every file below a folder; those that vanish meanwhile are left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => {
      try {
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** Files that hold the mark, as `path: forms`, their names included. */
export function findInFiles(mark: Mark, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    let forms: readonly string[];
    try {
      forms = [...mark.formsIn(path), ...mark.formsIn(readFileSync(path))];
    } catch {
      forms = [];
    }
    return forms.length === 0 ? [] : [`${path}: ${forms.join(', ')}`];
  });
}
