/** How the chaincode is started: what the environment has to say, and what is refused. */
import { describe, expect, test } from 'vitest';
import { readServiceOptions } from '../../../ledger/chaincode/service-options.ts';

const read = (environment: Record<string, string>) => readServiceOptions(environment, (path) => Buffer.from(path));
const base = { CHAINCODE_SERVER_ADDRESS: 'cc.example:7075', CORE_CHAINCODE_ID: 'merkle-anchor_1:ab' };
const tls = { CHAINCODE_TLS_KEY_FILE: 'key', CHAINCODE_TLS_CERT_FILE: 'cert' };

describe('service options', () => {
  test('no address: the peer starts the process', () => {
    expect(read({})).toBeUndefined();
    expect(read({ ...tls, CORE_CHAINCODE_ID: 'x', CHAINCODE_SERVER_ADDRESS: '' })).toBeUndefined();
  });

  test('TLS, and mutual TLS where a CA of clients is given', () => {
    const address = 'cc.example:7075';
    const chaincodeId = 'merkle-anchor_1:ab';
    const own = { key: Buffer.from('key'), certificate: Buffer.from('cert') };
    expect(read({ ...base, ...tls })).toEqual({ address, chaincodeId, tls: own });
    const mutual = { ...base, ...tls, CHAINCODE_TLS_CLIENT_CACERT_FILE: 'ca' };
    expect(read(mutual)).toEqual({ address, chaincodeId, tls: { ...own, clientCa: Buffer.from('ca') } });
  });

  test.each(['127.0.0.1:7075', '127.8.9.10:1', 'localhost:7075', '[::1]:7075'])('without TLS on %s', (address) => {
    expect(read({ ...base, CHAINCODE_SERVER_ADDRESS: address })).toEqual({
      address,
      chaincodeId: base.CORE_CHAINCODE_ID,
    });
  });

  test.each(['0.0.0.0:7075', '[::]:7075', 'cc.example:7075', '127.0.0.1.example.com:7075', 'localhost.example:7075'])(
    'never without TLS on %s',
    (address) => {
      expect(() => read({ ...base, CHAINCODE_SERVER_ADDRESS: address })).toThrow(/only a loopback address/);
    },
  );

  test.each([
    { CHAINCODE_TLS_KEY_FILE: 'key' },
    { CHAINCODE_TLS_CERT_FILE: 'cert' },
    { CHAINCODE_TLS_CLIENT_CACERT_FILE: 'ca' },
    { CHAINCODE_TLS_KEY_FILE: 'key', CHAINCODE_TLS_CLIENT_CACERT_FILE: 'ca' },
  ])('half of TLS is refused, not run without: %o', (given) => {
    const address = '127.0.0.1:7075';
    expect(() => read({ ...base, CHAINCODE_SERVER_ADDRESS: address, ...given })).toThrow(/TLS needs both/);
  });

  test('a service has to know its package id', () => {
    expect(() => read({ ...tls, CHAINCODE_SERVER_ADDRESS: base.CHAINCODE_SERVER_ADDRESS })).toThrow(
      /CORE_CHAINCODE_ID/,
    );
  });
});
