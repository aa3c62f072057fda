import { describe, expect, test } from 'vitest';
import { CompactRange } from '../../../ledger/merkle/compact-range.ts';
import { TreeEdge } from '../../../ledger/merkle/edge.ts';
import { emptyRoot, hashLeaf, hashNode } from '../../../ledger/merkle/hash.ts';
import { encodeHex } from '../../../ledger/canonical/base64.ts';
import { noblePrimitives } from '../../../ledger/verify/noble-primitives.ts';
import { nodePrimitives } from '../../../ledger/verify/node-primitives.ts';

/** The tree of eight inputs that Certificate Transparency's implementations test against, and its roots at sizes 0 to 8. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe.each([
  ['OpenSSL', nodePrimitives.sha256],
  ['noble', noblePrimitives.sha256],
])('RFC 6962 vectors with %s', (_, sha256) => {
  test('the roots of sizes 0 to 8', () => {
    const edge = TreeEdge.empty(sha256);
    const range = new CompactRange(sha256);
    const roots = [[edge.root(), range.root()].map(encodeHex)];
    for (const input of INPUTS) {
      const leaf = hashLeaf(sha256, Buffer.from(input, 'hex'));
      edge.append(leaf);
      range.append(leaf);
      roots.push([edge.root(), range.root()].map(encodeHex));
    }
    expect(roots).toEqual(ROOTS.map((root) => [root, root]));
    expect(encodeHex(emptyRoot(sha256))).toBe(ROOTS[0]);
  });

  test('leaves and nodes have different prefixes', () => {
    expect(encodeHex(hashLeaf(sha256, Buffer.from('L123456')))).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    );
    expect(encodeHex(hashNode(sha256, Buffer.from('N123'.padEnd(32)), Buffer.from('N456'.padEnd(32))))).toBe(
      encodeHex(sha256(Buffer.from(`\u0001${'N123'.padEnd(32)}${'N456'.padEnd(32)}`))),
    );
  });

  test('a leaf of any length, beyond the shared buffer too', () => {
    for (const length of [0, 2046, 2047, 2048, 65_535]) {
      const entry = Buffer.alloc(length, 0xab);
      expect(encodeHex(hashLeaf(sha256, entry))).toBe(encodeHex(sha256(Buffer.concat([Buffer.of(0), entry]))));
    }
  });
});
