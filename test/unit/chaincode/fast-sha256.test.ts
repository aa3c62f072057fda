/** The chaincode's hash on Nodes with and without `crypto.hash`: the same digests as OpenSSL's. */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('node:crypto');
  vi.resetModules();
});

test.each(['with crypto.hash', 'without crypto.hash'])('%s', async (kind) => {
  if (kind === 'without crypto.hash') {
    vi.doMock('node:crypto', async (original) => ({ ...(await original<object>()), hash: undefined }));
  }
  const { fastSha256 } = await import('../../../ledger/chaincode/fast-sha256.ts');
  for (let length = 0; length < 200; length += 1) {
    const data = randomBytes(length);
    const digest = fastSha256(data);
    expect(Buffer.from(digest).equals(createHash('sha256').update(data).digest())).toBe(true);
    expect(digest).toHaveLength(32);
  }
});
