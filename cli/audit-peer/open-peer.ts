import { LedgerError } from '../../ledger/errors.ts';
import { nodePrimitives } from '../../ledger/verify/node-primitives.ts';
import { connectFabricChain } from '../../runtime/fabric-chain.ts';
import { readFabricProfile } from '../../runtime/fabric-profile.ts';
import { unusable } from '../failure.ts';
import type { AuditPeerOptions } from '../options.ts';
import { newEndorserCheck } from './check-endorsers.ts';
import type { AuditedPeer } from './peer-blocks.ts';

/**
 * Opens the peer of one organisation, by default that of the profile's first gateway. No other is asked, not even where it
 * does not answer.
 *
 * @throws CommandFailure exit 2 for a profile or policy that cannot be used
 */
export async function openPeer(
  options: Pick<AuditPeerOptions, 'profile' | 'gateway' | 'policy'>,
  vkey: string,
): Promise<{ readonly peer: AuditedPeer; readonly close: () => void }> {
  try {
    const profile = readFabricProfile(options.profile);
    const endorsers = newEndorserCheck(nodePrimitives, profile.organizations, options.policy);
    const mspId = options.gateway ?? profile.gateways[0]?.mspId ?? '';
    const chain = await connectFabricChain(profile, vkey, { gateway: mspId });
    return { peer: { mspId, blocks: chain, endorsers }, close: chain.close };
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown;
    throw unusable(thrown.message, undefined, thrown);
  }
}
