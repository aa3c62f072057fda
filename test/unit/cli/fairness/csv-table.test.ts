import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCell, readCsv } from '../../../../cli/fairness/csv-table.ts';
import { CommandFailure } from '../../../../cli/failure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vericlin-csv-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly places: readonly string[];
}

async function read(content: string | Uint8Array, delimiter = ','): Promise<Table> {
  const file = join(folder, 'table.csv');
  await writeFile(file, content);
  let header: readonly string[] = [];
  const rows: string[][] = [];
  const places: string[] = [];
  await readCsv(
    file,
    { delimiter, advance: () => undefined },
    {
      header: (names) => (header = names),
      row: (bytes, cells, { row, line }) => {
        rows.push(Array.from({ length: cells.count }, (_, i) => decodeCell(bytes, cells, i)));
        places.push(`${row}@${line}`);
      },
    },
  );
  return { header, rows, places };
}

async function fault(content: string | Uint8Array): Promise<string> {
  try {
    await read(content);
  } catch (thrown) {
    if (thrown instanceof CommandFailure) return `${thrown.exitCode} ${thrown.code ?? ''} ${thrown.message}`;
    throw thrown;
  }
  throw new Error('it was read');
}

describe('CSV by RFC 4180', () => {
  it('reads quotes, doubled quotes, delimiters and newlines in quotes, CRLF and LF, with and without a last newline', async () => {
    const table = await read('a,b\r\n1,"x, ""y""\nz"\n"",\r\n\n"3",4');
    expect(table).toEqual({
      header: ['a', 'b'],
      rows: [
        ['1', 'x, "y"\nz'],
        ['', ''],
        ['3', '4'],
      ],
      places: ['1@2', '2@4', '3@6'],
    });
  });

  it('passes over a byte order mark and takes other delimiters', async () => {
    expect(await read('\uFEFFa;b\n1,5;2\n', ';')).toMatchObject({ header: ['a', 'b'], rows: [['1,5', '2']] });
    expect(await read('a\tb\n1\t2', '\t')).toMatchObject({ rows: [['1', '2']] });
  });

  it('reads a quoted empty cell as a row, and an empty line as none', async () => {
    expect((await read('a\n""\n\n"x"\n')).rows).toEqual([[''], ['x']]);
  });

  it.each([
    ['a quote inside a cell', 'a,b\n1,x"y"\n', '2 row_malformed row 1 (line 2): a quote stands inside'],
    ['text after a quote', 'a,b\n1,2\n"x"y,2\n', '2 row_malformed row 2 (line 3): text follows the closing quote'],
    ['a NUL after a quote', 'a,b\n1,"x"\u0000\n', '2 row_malformed row 1 (line 2): text follows the closing quote'],
    ['an open quote', 'a,b\n1,"2\n3,4\n', '2 row_malformed row 1 (line 2): a quote is never closed'],
    ['a lone carriage return', 'a,b\n1,2\r3,4\n', '2 row_malformed row 1 (line 2): a carriage return'],
    ['too few cells', 'a,b\n1,"\n"\n1\n', '2 row_malformed row 2 (line 4): it has 1 cells, the header 2'],
    ['too many cells', 'a,b\n1,2,3\n', '2 row_malformed row 1 (line 2): it has 3 cells, the header 2'],
    ['a column twice', 'a,a\n1,2\n', '2 row_malformed the header names a column twice'],
    ['no header', '\n\n', 'has no header row'],
    ['nothing at all', '', 'has no header row'],
    ['a fault in the header', 'a,"b\n1,2\n', '2 row_malformed the header (line 1): a quote is never closed'],
  ])('refuses %s by place', async (_, content, message) => {
    expect(await fault(content)).toContain(message);
  });

  it('refuses UTF-16 by its mark and UTF-8 that is none', async () => {
    expect(await fault(Buffer.from('\uFEFFa,b\n', 'utf16le'))).toContain('is written in UTF-16');
    expect(await fault(Buffer.from([0x61, 0xff, 0x0a]))).toContain('the name of column 1 is no UTF-8');
  });

  it('does not take a file into memory for a quote that is left open', async () => {
    const open = `a,b\n1,"${'x'.repeat(5 << 20)}`;
    expect(await fault(open)).toContain(
      'row 1 (line 2): it is longer than 1048576 bytes; a quote may have been left open',
    );
    expect(await fault(`a,b\n1,${'x'.repeat(5 << 20)}\n`)).toContain('longer than 1048576 bytes');
  });

  it('reads across the borders of what is read at once', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},"q""${i}\r\n${'é'.repeat(i % 40)}"`);
    const table = await read(`n,t\r\n${rows.join('\r\n')}`);
    expect(table.rows).toHaveLength(60_000);
    expect(table.rows.every(([n, t], i) => n === String(i) && t === `q"${i}\r\n${'é'.repeat(i % 40)}`)).toBe(true);
  });

  it('agrees with csv-parse on any text without a lone carriage return: the same cells, or both refuse', async () => {
    // Without NUL: csv-parse lets it stand between a closing quote and the delimiter.
    const piece = fc.constantFrom('a', 'é', '1', ',', '"', '""', '\n', '\r\n', ' ', '\u{1F600}', 'x,y', '"q"');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 24 }), async (pieces) => {
        const text = `h,i\n${pieces.join('')}`;
        expect(await rowsOrRefusal(() => read(text).then(({ rows }) => rows))).toEqual(
          await rowsOrRefusal(() =>
            Promise.resolve(
              parse(text, {
                from: 2,
                skip_empty_lines: true,
                record_delimiter: ['\r\n', '\n'],
              }),
            ),
          ),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

async function rowsOrRefusal(work: () => Promise<readonly (readonly string[])[]>): Promise<unknown> {
  try {
    return await work();
  } catch {
    return 'refused';
  }
}
