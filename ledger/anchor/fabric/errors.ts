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
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  unauthenticated: 16,
} as const;

/** Texts of peers, most telling first. A text that fits none says that the organisation did not endorse. */
const TEXTS: readonly (readonly [RegExp, AnchorReason])[] = [
  [/\bNOT_OWNER\b/, 'not_owner'],
  [/\b(WRONG_START|NO_CHECKPOINT|TOO_MANY_LEAVES|BAD_[A-Z]+|UNKNOWN_FUNCTION)\b/, 'not_endorsed'],
  [/access denied|status=FORBIDDEN|permission denied|invalid identity|identity expired/i, 'not_permitted'],
  [/(channel|chaincode|cc definition|lscc).*(not found|does not exist|successfully defined)/i, 'not_permitted'],
  [/no peers available to evaluate|get config for channel|missing OrdererConfig/i, 'not_permitted'],
  [/chaincode stream terminated|could not launch chaincode|error sending|timeout expired/i, 'unreachable'],
  [/unavailable|connection|transport|deadline|context canceled|EOF|no orderer|number of orderers/i, 'unreachable'],
  [/no combination of peers|unavailability of peers|concurrency limit/i, 'unreachable'],
];

/** Where organisations say different things, the first of these counts: what a person has to act on first. */
const PRECEDENCE: readonly AnchorReason[] = ['not_owner', 'not_permitted', 'unreachable', 'not_endorsed'];

const HINTS: Readonly<Partial<Record<AnchorReason, string>>> = {
  unreachable: 'It works again by itself once peers, chaincode processes and orderers answer.',
  not_permitted: 'Check channel, chaincode and identity of the profile, and that the peers have joined and approved.',
  not_owner: 'Only the organisation that opened the log on the chain may append to it: use an identity of that one.',
  certificate_expired: 'Renew it, put it in its place in the profile, and restart.',
};

/** Node's words for a TLS certificate that it does not take. */
const TLS_REFUSED = /unable to verify|unable to get|self[- ]signed|ALTNAME|certificate/i;

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

/** Whether a call ended because its time was up. */
export function isDeadline(error: unknown): boolean {
  return isFailure(error) && error.code === CODE.deadlineExceeded;
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

/** Codes that the gateway itself gives, with a text to read. */
const SPOKEN = new Set<number>([CODE.unknown, CODE.failedPrecondition, CODE.aborted]);

function reasonOfStatus({ code, message }: CallFailure): AnchorReason {
  return OF_CODE.get(code) ?? reasonOfText(message) ?? (SPOKEN.has(code) ? 'not_endorsed' : 'unreachable');
}

/** Nothing but a status: of the gateway itself, or of the connection to it. */
function fromStatus(failure: CallFailure, { step, gateway }: CallContext): Finding {
  const { code, message } = failure;
  const missing = fromMissingPeers(message, gateway);
  if (missing !== undefined) return missing;
  if (code === CODE.deadlineExceeded || code === CODE.cancelled) {
    // Only a read is the business of one peer alone: past it, anybody on the way may be the one that hangs.
    return { reason: 'unreachable', organizations: step === 'evaluate' ? [gateway] : [] };
  }
  const reason = reasonOfStatus(failure);
  // That no orderer answers is the gateway's word about others.
  const isAboutOthers = reason === 'unreachable' && (SPOKEN.has(code) || message.includes('orderer'));
  return { reason, organizations: isAboutOthers ? [] : [gateway] };
}

/** Without what gRPC puts around it; a chaincode that does not start is told of with its 64-digit id, several times. */
function tidy(text: string): string {
  const bare = text
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/\.? ?Resolution note: *$/, '')
    .replace(/[0-9a-f]{64}/g, '…');
  return bare.length > MAX_TEXT ? `${bare.slice(0, MAX_TEXT)}…` : bare;
}

const MAX_TEXT = 300;

function said({ message, details }: CallFailure): string {
  if (details.length === 0) return tidy(message);
  return details.map(({ mspId, address, message: text }) => `${mspId} (${address}): ${tidy(text)}`).join('; ');
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
  return new ChainError(reason, `${through}: ${why}.`, { cause: error, organizations: finding.organizations });
}

/**
 * One error of all failures of a call, each of another gateway, with what a person can do.
 *
 * @param failures at least one
 */
export function joinErrors(failures: readonly ChainError[]): ChainError {
  // One that answers, and refuses, tells more than one that cannot be reached.
  const telling = failures.find(({ reason }) => reason !== 'unreachable') ?? failures[0];
  const reason = telling?.reason ?? 'unreachable';
  const texts = [...new Set(failures.map(({ message }) => message))];
  const hints = [
    HINTS[reason],
    texts.some((text) => TLS_REFUSED.test(text)) && reason === 'unreachable'
      ? 'If a TLS certificate is not taken, check tlsCa and serverName of the gateway in the profile.'
      : undefined,
  ];
  const organizations = failures.filter((one) => one.reason === reason).flatMap((one) => one.organizations);
  return new ChainError(reason, [...texts, ...hints].filter((text) => text !== undefined).join(' '), {
    cause: telling?.cause ?? telling,
    organizations: [...new Set(organizations)].sort(),
  });
}
