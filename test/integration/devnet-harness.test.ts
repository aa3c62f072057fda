/** The harness itself: a shared network is one network, and its processes can be killed and started again. */
import { describe, expect, it } from 'vitest';
import { devnetSkipNote, devnetUnavailable, sharedDevnet } from '../harness/devnet.ts';

describe.skipIf(devnetUnavailable() !== undefined)(`devnet for tests${devnetSkipNote()}`, () => {
  it('is one network for all who ask', async () => {
    const first = await sharedDevnet();
    const second = await sharedDevnet();
    expect(second.roles.map(second.pidOf)).toEqual(first.roles.map(first.pidOf));
    expect(first.roles).toEqual(['orderer1', 'peer1', 'peer2', 'chaincode1', 'chaincode2']);
    expect(first.organizations.map(({ mspId }) => mspId)).toEqual(['Org1MSP', 'Org2MSP']);
  });

  it('kills a process and starts it again', async () => {
    const devnet = await sharedDevnet();
    const before = devnet.pidOf('peer2');
    await devnet.kill('peer2');
    expect(devnet.pidOf('peer2')).toBeUndefined();
    await devnet.start('peer2');
    expect(devnet.pidOf('peer2')).not.toBe(before);
    await devnet.up();
    expect(devnet.roles.map(devnet.pidOf).every((pid) => pid !== undefined)).toBe(true);
  });
});
