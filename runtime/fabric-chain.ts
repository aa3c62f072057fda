/** Opens the chain that a profile names. @module */
import { createHash } from 'node:crypto';
import type { Chain } from '../ledger/anchor/chain.ts';
import type { FabricProfile } from '../ledger/anchor/fabric/profile.ts';
import { chainLogName } from '../ledger/checkpoint/chain-log-name.ts';
import { LedgerError } from '../ledger/errors.ts';
import { readFabricProfile } from './fabric-profile.ts';

/** A log's chain, and the profile it was opened with. */
export interface FabricChain {
  readonly chain: Chain;
  readonly profile: FabricProfile;
}

/**
 * Reads a profile and opens its chain.
 *
 * @param profilePath YAML or JSON file
 * @throws LedgerError `config_invalid`, as {@link connectFabricChain}, and for a profile that cannot be used
 */
export async function openFabricChain(
  profilePath: string,
  vkey: string,
  options: { readonly gateway?: string } = {},
): Promise<FabricChain> {
  const profile = readFabricProfile(profilePath);
  return { chain: await connectFabricChain(profile, vkey, options), profile };
}

/**
 * Nothing is connected yet. The gateway's libraries are loaded here and not before: without a profile they cost neither
 * time nor memory.
 *
 * @param vkey C2SP verifier key of the log, which gives its name on the chain
 * @param options.gateway MSP id of the one organisation whose gateways are used; all of the profile unless it is given
 * @throws LedgerError `config_invalid` for a gateway that the profile lacks, or a token that cannot be opened
 */
export async function connectFabricChain(
  whole: FabricProfile,
  vkey: string,
  options: { readonly gateway?: string } = {},
): Promise<Chain> {
  const profile = onlyGateway(whole, options.gateway);
  const log = chainLogName((data) => createHash('sha256').update(data).digest(), vkey);
  const { createGatewayChain } = await import('../ledger/anchor/fabric/gateway-chain.ts');
  try {
    return createGatewayChain(profile, log);
  } catch (error) {
    // Without the cause: the token's library was given the PIN.
    const problem = error instanceof Error ? error.message : 'unknown error';
    throw new LedgerError(
      'config_invalid',
      `Fabric profile ${profile.path}, identity: the identity cannot be opened (${problem}). Check the members of pkcs11 and the token.`,
    );
  }
}

/** For who wants to know what this organisation's peers say, and no other's. */
function onlyGateway(profile: FabricProfile, mspId: string | undefined): FabricProfile {
  if (mspId === undefined) return profile;
  const gateways = profile.gateways.filter((gateway) => gateway.mspId === mspId);
  if (gateways.length > 0) return { ...profile, gateways };
  const known = profile.gateways.map((gateway) => gateway.mspId).join(', ');
  throw new LedgerError('config_invalid', `Fabric profile ${profile.path}: no gateway of ${mspId}, only of ${known}.`);
}
