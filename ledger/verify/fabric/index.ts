/**
 * Offline verification of Fabric evidence: give what {@link createFabricTrust} makes to a verifier. Apart from `verify`
 * itself, so that verifying files without evidence loads nothing of X.509.
 *
 * @module
 */
export type { CaSettings } from './authorities.ts';
export { parsePolicy } from './policy.ts';
export { createFabricTrust, DEFAULT_CHAINCODE, DEFAULT_CHANNEL } from './trust.ts';
export type { FabricTrust, FabricTrustSettings } from './trust.ts';
