/** The form of a Fabric profile, before its files are read. @module */
import { z } from 'zod';

/** Fabric's own rule for channel names (configtx). */
const channel = z.string().regex(/^[a-z][a-z0-9.-]{0,248}$/);
/** Fabric's own rule for chaincode names (lifecycle). */
const chaincode = z.string().regex(/^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$/);
const mspId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/);
const path = z.string().min(1);
const milliseconds = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

/** `host:port`, the host a name, an IPv4 address or a bracketed IPv6 address. */
function isEndpoint(value: string): boolean {
  const [, host, port] = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(value) ?? [];
  return host !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

const pkcs11 = z.strictObject({
  library: path,
  label: z.string().min(1),
  pinFile: path,
  keyId: z
    .string()
    .regex(/^([0-9a-f]{2}){1,64}$/)
    .optional(),
});

const identity = z.strictObject({
  mspId,
  certificate: path,
  key: path.optional(),
  pkcs11: pkcs11.optional(),
});

const gateway = z.strictObject({
  mspId,
  endpoint: z.string().refine(isEndpoint),
  tlsCa: path,
  serverName: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}$/)
    .optional(),
  clientCertificate: path.optional(),
  clientKey: path.optional(),
});

const timeout = milliseconds(100, 120_000).default(5000);

/** What a profile may hold. */
export const profileSchema = z.strictObject({
  channel: channel.default('vericlin'),
  chaincode: chaincode.default('merkle-anchor'),
  identity,
  organizations: z.array(z.strictObject({ mspId, ca: path })).min(1),
  gateways: z.array(gateway).min(1),
  ordererCa: path.optional(),
  timeouts: z
    .strictObject({ endorseMs: timeout, submitMs: timeout, commitMs: timeout, evaluateMs: timeout })
    .prefault({}),
  batchDelayMs: milliseconds(0, 60_000).default(500),
});
export type ProfileText = z.infer<typeof profileSchema>;

/** Per member name: what its value has to be. Names with the same meaning everywhere stand once. */
export const EXPECTED: Readonly<Record<string, string>> = {
  '': 'a YAML or JSON object',
  channel: 'the name of a channel: a small letter, then small letters, digits, dots and hyphens',
  chaincode: 'the name of a chaincode: letters and digits, joined by hyphens or underscores',
  identity: 'an object with mspId, certificate and key',
  organizations: 'a list of at least one object with mspId and ca',
  gateways: 'a list of at least one object with mspId, endpoint and tlsCa',
  mspId: 'an MSP id such as Org1MSP',
  certificate: 'the path of a PEM file',
  key: 'the path of a PEM file',
  ca: 'the path of a PEM file',
  tlsCa: 'the path of a PEM file',
  clientCertificate: 'the path of a PEM file',
  clientKey: 'the path of a PEM file',
  ordererCa: 'the path of a PEM file',
  endpoint: 'host:port without a scheme, such as peer0.org1.example.com:7051',
  serverName: 'the host name in the TLS certificate of the peer',
  pkcs11: 'an object with library, label and pinFile',
  library: 'the path of a PKCS#11 library',
  label: 'the label of the token',
  pinFile: 'the path of a file that holds the PIN',
  keyId: 'the CKA_ID of the key in lower-case hex',
  timeouts: 'an object with endorseMs, submitMs, commitMs and evaluateMs',
  endorseMs: 'milliseconds, 100 to 120000',
  submitMs: 'milliseconds, 100 to 120000',
  commitMs: 'milliseconds, 100 to 120000',
  evaluateMs: 'milliseconds, 100 to 120000',
  batchDelayMs: 'milliseconds, 0 to 60000',
};

/** Known members of the object that a member name leads to; list positions are left out of the path. */
export const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(profileSchema.shape),
  identity: Object.keys(identity.shape),
  pkcs11: Object.keys(pkcs11.shape),
  organizations: ['mspId', 'ca'],
  gateways: Object.keys(gateway.shape),
  timeouts: ['endorseMs', 'submitMs', 'commitMs', 'evaluateMs'],
};
