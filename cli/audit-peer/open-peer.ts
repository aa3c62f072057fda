import { LedgerError } from '../../ledger/errors.ts';
import { openFabricChain } from '../../runtime/fabric-chain.ts';
import { readFabricProfile } from '../../runtime/fabric-profile.ts';
import { unusable } from '../failure.ts';
import type { AuditedPeer } from './peer-blocks.ts';

/**
 * Opens the peer of one organisation. No other is asked, not even where it does not answer.
 *
 * @param mspId by default that of the profile's first gateway
 * @throws CommandFailure exit 2 for a profile that cannot be used
 */
export async function openPeer(
  profilePath: string,
  vkey: string,
  mspId: string | undefined,
): Promise<{ readonly peer: AuditedPeer; readonly close: () => void }> {
  try {
    const gateway = mspId ?? readFabricProfile(profilePath).gateways[0]?.mspId ?? '';
    const { chain, profile } = await openFabricChain(profilePath, vkey, { gateway });
    return { peer: { mspId: gateway, blocks: chain, organizations: profile.organizations }, close: chain.close };
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown;
    throw unusable(thrown.message, undefined, thrown);
  }
}
