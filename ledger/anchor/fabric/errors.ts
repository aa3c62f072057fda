/**
 * What a failed call says, in the words of `ledger/anchor/status.ts`. The gateway's own message is general; what each
 * peer and the chaincode said stands in `details[].message`.
 *
 * @module
 */
import { ChainError } from '../chain.ts';
import type { AnchorReason } from '../status.ts';
import { outsideValidity, sayWhyInvalid } from './certificates.ts';
import type { ProfileCertificate } from './profile.ts';

/** A step of a call. */
export type Step = 'evaluate' | 'endorse' | 'submit' | 'commit';

/** Where and when a call failed. */
export interface CallContext {
  readonly step: Step;
  /** MSP id of the gateway that was asked. */
  readonly gateway: string;
  /** Certificates of ours that this call depends on. */
  readonly certificates: readonly ProfileCertificate[];
  readonly now: Date;
}

/** What one peer or orderer said (gateway.ErrorDetail). */
interface Detail {
  readonly mspId: string;
  readonly address: string;
  readonly message: string;
}

/** GatewayError and its kinds, by shape: the library that defines them is loaded only where a profile is set. */
interface CallFailure {
  /** gRPC status code. */
  readonly code: number;
  readonly message: string;
  readonly details: readonly Detail[];
}

interface Finding {
  readonly reason: AnchorReason;
  readonly organizations: readonly string[];
}

/** gRPC status codes that are told apart (https://grpc.io/docs/guides/status-codes/). */
const CODE = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  unauthenticated: 16,
  unknown: 2,
} as const;

/** Texts of peers, most telling first. A text that fits none says that the organisation did not endorse. */
const TEXTS: readonly (readonly [RegExp, AnchorReason])[] = [
  [/\bNOT_OWNER\b/, 'not_owner'],
  [/\b(WRONG_START|NO_CHECKPOINT|TOO_MANY_LEAVES|BAD_[A-Z]+|UNKNOWN_FUNCTION)\b/, 'not_endorsed'],
  [/access denied|status=FORBIDDEN|permission|creator|identity|expired|x509/i, 'not_permitted'],
  [/(channel|chaincode|cc definition|lscc).*(not found|does not exist|successfully defined)/i, 'not_permitted'],
  [/no peers available to evaluate|missing OrdererConfig|Unsupported or unknown/i, 'not_permitted'],
  [/chaincode stream terminated|could not launch chaincode|error sending|timeout expired/i, 'unreachable'],
  [/unavailable|connection|transport|deadline|context canceled|EOF|no orderer|number of orderers/i, 'unreachable'],
  [/no combination of peers|unavailability of peers|concurrency limit/i, 'unreachable'],
];

/** Where organisations say different things, the first of these counts: what a person has to act on first. */
const PRECEDENCE: readonly AnchorReason[] = ['not_owner', 'not_permitted', 'unreachable', 'not_endorsed'];

const HINTS: Readonly<Partial<Record<AnchorReason, string>>> = {
  unreachable: 'Anchoring goes on by itself once peers, chaincode processes and orderer answer.',
  not_permitted: 'Check channel, chaincode and identity of the profile, and that the peers have joined and approved.',
  not_owner: "Anchor with an identity of the organisation that opened the log on the chain, as the profile's identity.",
  certificate_expired: 'Renew it, put its path in the profile and restart.',
};

const OF_CODE = new Map<number, AnchorReason>([
  [CODE.invalidArgument, 'not_permitted'],
  [CODE.notFound, 'not_permitted'],
  [CODE.permissionDenied, 'not_permitted'],
  [CODE.unimplemented, 'not_permitted'],
  [CODE.unauthenticated, 'not_permitted'],
]);

function isFailure(error: unknown): error is CallFailure {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'number';
}

function reasonOfText(text: string): AnchorReason | undefined {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}

function fromDetails(details: readonly Detail[]): Finding {
  const found = details.map(({ mspId, message }) => ({ mspId, reason: reasonOfText(message) ?? 'not_endorsed' }));
  const reason = PRECEDENCE.find((one) => found.some((detail) => detail.reason === one)) ?? 'not_endorsed';
  const organizations = found.filter((detail) => detail.reason === reason).map(({ mspId }) => mspId);
  return { reason, organizations: [...new Set(organizations)].sort() };
}

/**
 * The gateway knows no peer of some organisation that has the chaincode. If its own organisation is among them, although
 * the gateway itself answers, then the channel or the chaincode is what is missing.
 */
function fromMissingPeers(message: string, gateway: string): Finding | undefined {
  const list = /failed to find any endorsing peers for org\(s\): (.+)$/.exec(message)?.[1];
  if (list === undefined) return undefined;
  const organizations = list.split(',').map((name) => name.trim());
  return organizations.includes(gateway)
    ? { reason: 'not_permitted', organizations }
    : { reason: 'unreachable', organizations: organizations.sort() };
}

/** Nothing but a status: of the gateway itself, or of the connection to it. */
function fromStatus(failure: CallFailure, { step, gateway }: CallContext): Finding {
  const missing = fromMissingPeers(failure.message, gateway);
  if (missing !== undefined) return missing;
  if (failure.code === CODE.deadlineExceeded) {
    // Only a read is the business of one peer alone: past it, anybody on the way may be the one that hangs.
    return { reason: 'unreachable', organizations: step === 'evaluate' ? [gateway] : [] };
  }
  const known = OF_CODE.get(failure.code);
  if (known !== undefined) return { reason: known, organizations: [gateway] };
  if (SPOKEN.has(failure.code)) {
    const reason = reasonOfText(failure.message) ?? 'not_endorsed';
    return { reason, organizations: reason === 'unreachable' ? [] : [gateway] };
  }
  // UNAVAILABLE and whatever else a broken connection gives; "no orderers" is the gateway's word about others.
  return { reason: 'unreachable', organizations: /orderer/.test(failure.message) ? [] : [gateway] };
}

/** Codes that the gateway itself gives, with a text to read. */
const SPOKEN = new Set<number>([CODE.unknown, CODE.aborted, CODE.failedPrecondition]);

function said({ message, details }: CallFailure): string {
  if (details.length === 0) return message;
  return details.map(({ mspId, address, message: text }) => `${mspId} (${address}): ${text}`).join('; ');
}

/** A peer that refuses an expired identity says no more than "access denied", and a TLS handshake even less. */
function certificateBehind({ reason }: Finding, { certificates, now }: CallContext): string | undefined {
  if (reason !== 'not_permitted' && reason !== 'unreachable') return undefined;
  const invalid = outsideValidity(certificates, now)[0];
  return invalid === undefined ? undefined : sayWhyInvalid(invalid, now);
}

const DOING: Readonly<Record<Step, string>> = {
  evaluate: 'Reading from the chain',
  endorse: 'Endorsement',
  submit: 'Handing the transaction to the orderer',
  commit: 'Waiting for the commit',
};

/**
 * The ChainError of whatever a call threw. A {@link ChainError} passes through.
 *
 * @returns never a reason of the state `disagrees`: only the log can tell that
 */
export function toChainError(error: unknown, context: CallContext): ChainError {
  if (error instanceof ChainError) return error;
  const through = `${DOING[context.step]} through the gateway of ${context.gateway} failed`;
  if (!isFailure(error)) {
    const text = error instanceof Error ? error.message : 'unknown error';
    return new ChainError('unreachable', `${through}: ${text}.`, { cause: error, organizations: [context.gateway] });
  }
  const failure = {
    code: error.code,
    message: error.message,
    details: Array.isArray(error.details) ? error.details : [],
  };
  const finding = failure.details.length > 0 ? fromDetails(failure.details) : fromStatus(failure, context);
  const expired = certificateBehind(finding, context);
  const reason = expired === undefined ? finding.reason : 'certificate_expired';
  const why = expired === undefined ? said(failure) : `${expired} (${said(failure)})`;
  const hint = HINTS[reason];
  const message = `${through}: ${why}.${hint === undefined ? '' : ` ${hint}`}`;
  return new ChainError(reason, message, { cause: error, organizations: finding.organizations });
}
