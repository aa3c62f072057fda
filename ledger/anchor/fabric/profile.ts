/** What the gateway adapter knows of the network: a Fabric profile, read and checked by `runtime/fabric-profile.ts`. @module */
import type { KeyObject } from 'node:crypto';
import type { AnchorCertificate } from '../status.ts';

/** A certificate that the profile names. */
export interface ProfileCertificate extends AnchorCertificate {
  /** RFC 3339 UTC. */
  readonly notBefore: string;
}

/** A private key in a PKCS#11 token; never read unless the profile asks for one. */
export interface TokenKey {
  readonly kind: 'pkcs11';
  /** Absolute path of the token's PKCS#11 library. */
  readonly library: string;
  /** Label of the token. */
  readonly label: string;
  /** Absolute path of the file that holds the user PIN, read when the token is opened and not kept. */
  readonly pinFile: string;
  /** Lower-case hex CKA_ID of the key. */
  readonly keyId: string;
}

/** A private key from a PEM file. */
export interface FileKey {
  readonly kind: 'file';
  readonly key: KeyObject;
}

/** Who appends: a client identity of one organisation. */
export interface FabricIdentity {
  readonly mspId: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: FileKey | TokenKey;
}

/** An organisation that has to endorse. */
export interface FabricOrganization {
  readonly mspId: string;
  /** PEM, one CA certificate or several. */
  readonly ca: string;
}

/** A peer with the Fabric gateway, of one organisation. */
export interface FabricGateway {
  readonly mspId: string;
  /** `host:port`. */
  readonly endpoint: string;
  /** PEM of the CA of the peer's TLS certificate. */
  readonly tlsCa: string;
  /** Name expected in the peer's TLS certificate; `undefined`: the host of `endpoint`. */
  readonly serverName: string | undefined;
  /** For mTLS; `undefined`: the peer asks for no client certificate. */
  readonly client: { readonly certificate: string; readonly key: KeyObject } | undefined;
}

/** Deadlines in milliseconds. */
export interface FabricTimeouts {
  readonly endorseMs: number;
  readonly submitMs: number;
  readonly commitMs: number;
  readonly evaluateMs: number;
}

/** A profile, parsed and frozen. Holds no secret as text. */
export interface FabricProfile {
  /** Absolute path of the file. */
  readonly path: string;
  readonly channel: string;
  readonly chaincode: string;
  readonly identity: FabricIdentity;
  /** All of them endorse every append and every signed read. */
  readonly organizations: readonly FabricOrganization[];
  /** In the order in which they are tried. */
  readonly gateways: readonly FabricGateway[];
  /** PEM; for checking block evidence. */
  readonly ordererCa: string | undefined;
  readonly timeouts: FabricTimeouts;
  /** How long entries gather for a batch while nobody waits, in milliseconds. */
  readonly batchDelayMs: number;
  /** Every certificate that the profile names; their expiry is watched. */
  readonly certificates: readonly ProfileCertificate[];
  /** What is allowed and still deserves a line in the log. */
  readonly warnings: readonly string[];
}
