import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  entriesPath,
  hashesAtTileLevel,
  nodePlace,
  parseTilePath,
  partialTiles,
  tilePath,
  tileWidth,
} from '../../../ledger/merkle/tile-layout.ts';

describe('paths of C2SP tlog-tiles', () => {
  test.each<[number, number, number, string]>([
    [0, 0, 256, 'tile/0/000'],
    [0, 5, 256, 'tile/0/005'],
    [1, 999, 256, 'tile/1/999'],
    [0, 1000, 256, 'tile/0/x001/000'],
    [0, 1_234_067, 256, 'tile/0/x001/x234/067'],
    [2, 1_234_067, 255, 'tile/2/x001/x234/067.p/255'],
    [63, 0, 1, 'tile/63/000.p/1'],
  ])('level %i tile %i width %i is %s', (level, n, width, path) => {
    expect(tilePath(level, n, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: 'tile', level, n, width });
    const entries = path.replace(/tile\/[0-9]+/, 'tile/entries');
    expect(entriesPath(n, width)).toBe(entries);
    expect(parseTilePath(entries)).toEqual({ kind: 'entries', n, width });
  });

  test('round trip', () => {
    const n = fc.oneof(fc.nat(5000), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.nat(63), n, fc.integer({ min: 1, max: 256 }), (level, number, width) => {
        expect(parseTilePath(tilePath(level, number, width))).toEqual({ kind: 'tile', level, n: number, width });
      }),
    );
  });

  test.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/5',
    'tile/0/05',
    'tile/0/0005',
    'tile/00/005',
    'tile/64/005',
    'tile/-1/005',
    'tile/a/005',
    'tile/0/x000/005',
    'tile/0/x001',
    'tile/0/x001/x002',
    'tile/0/001/002',
    'tile/0/x1/002',
    '/tile/0/005',
    'tile/0/005/',
    'tile/0/005.p/0',
    'tile/0/005.p/256',
    'tile/0/005.p/01',
    'tile/0/005.p/',
    'tile/0/005.p',
    'tile/0/005.p/1/',
    'tile/0/005.p/1000',
    'tile/0/%30%30%35',
    'tile/0/../0/005',
    'tile/0/X001/005',
    'tile/8/0/005',
    'tile/entries/5',
    'tile/data/005',
    'tile/0/005\n',
    'tile/0/٠٠٥',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
  ])('%j is refused', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});

describe('widths', () => {
  test('the example of 70,000 entries', () => {
    expect(partialTiles(70_000)).toEqual([
      { level: 0, n: 273, width: 112 },
      { level: 1, n: 1, width: 17 },
      { level: 2, n: 0, width: 1 },
    ]);
    expect(tileWidth(0, 272, 70_000)).toBe(256);
    expect(tileWidth(0, 273, 70_000)).toBe(112);
    expect(tileWidth(0, 274, 70_000)).toBe(0);
    expect(tileWidth(3, 0, 70_000)).toBe(0);
  });

  test('the example of 256 entries: one full tile, and its root above', () => {
    expect(partialTiles(256)).toEqual([{ level: 1, n: 0, width: 1 }]);
    expect(tileWidth(0, 0, 256)).toBe(256);
  });

  test('no entries, no tiles', () => {
    expect(partialTiles(0)).toEqual([]);
    expect(tileWidth(0, 0, 0)).toBe(0);
  });

  test('widths are floor(size / 256^level) mod 256, beyond 32 bits too', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(7), (size, level) => {
        const count = Number(BigInt(size) / 256n ** BigInt(level));
        expect(hashesAtTileLevel(level, size)).toBe(count);
        expect(tileWidth(level, Math.floor(count / 256), size)).toBe(count % 256);
        expect(partialTiles(size).find((tile) => tile.level === level)?.width ?? 0).toBe(count % 256);
      }),
    );
  });
});

describe('places of nodes', () => {
  test('a tile holds the eight levels from its own hashes up', () => {
    expect(nodePlace({ level: 0, index: 256 })).toEqual({ level: 0, n: 1, sublevel: 0, index: 0 });
    expect(nodePlace({ level: 3, index: 33 })).toEqual({ level: 0, n: 1, sublevel: 3, index: 1 });
    expect(nodePlace({ level: 7, index: 5 })).toEqual({ level: 0, n: 2, sublevel: 7, index: 1 });
    expect(nodePlace({ level: 8, index: 5 })).toEqual({ level: 1, n: 0, sublevel: 0, index: 5 });
    expect(nodePlace({ level: 17, index: 2 ** 34 })).toEqual({ level: 2, n: 2 ** 27, sublevel: 1, index: 0 });
  });
});
