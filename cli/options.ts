import type { ConnectionOptions } from './service/connection.ts';

/** The options of every command, as commander hands them over. Values from the command line are text still. */

export interface VerifyOptions {
  readonly key: readonly string[];
  readonly ca: readonly string[];
  readonly ordererCa?: readonly string[];
  readonly crl?: readonly string[];
  readonly policy?: string;
  readonly channel?: string;
  readonly chaincode?: string;
  readonly entry?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export interface ImportOptions extends ConnectionOptions {
  readonly map?: string;
  readonly rejects?: string;
  readonly state?: string;
  readonly resume: boolean;
  readonly dryRun?: boolean;
  readonly show?: string;
  readonly json?: boolean;
}

export interface ExportOptions extends ConnectionOptions {
  readonly out: string;
  readonly key?: string;
  readonly json?: boolean;
}

export interface FsckOptions {
  readonly key?: string;
  readonly since?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

export interface AuditPeerOptions {
  readonly profile: string;
  readonly gateway?: string;
  readonly policy?: string;
  readonly key?: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly log?: string;
  readonly state?: string;
  readonly json?: boolean;
}

export interface KeyOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export interface CreateKeyOptions extends KeyOptions {
  readonly role: string;
  readonly name: string;
  readonly expiresIn?: string;
  readonly actor?: string;
  readonly grant: readonly string[];
  readonly out?: string;
}

export interface EventOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export interface ProofOptions extends EventOptions {
  readonly out?: string;
  readonly opening?: boolean;
  readonly tlogProof?: boolean;
}

export interface SearchOptions extends EventOptions {
  readonly type: readonly string[];
  readonly model?: string;
  readonly ref?: string;
  readonly fromIndex?: string;
  readonly toIndex?: string;
  readonly order?: string;
  readonly limit: string;
  readonly query?: string;
}

export interface DevnetOptions {
  readonly dir: string;
  readonly json?: boolean;
}

export interface DevnetUpOptions extends DevnetOptions {
  readonly orgs?: string;
  readonly orderers?: string;
  readonly channel?: string;
  readonly chaincode?: string;
}

/** Which columns of a file of rows are read, and how: the same for `fairness` and `replay`. */
export interface RowOptions {
  readonly label?: string;
  readonly prediction?: string;
  readonly score?: string;
  readonly weight?: string;
  readonly attribute?: readonly string[];
  readonly feature?: readonly string[];
  readonly delimiter: string;
}

export interface FairnessOptions extends ConnectionOptions, RowOptions {
  readonly favorable?: readonly string[];
  readonly missing?: readonly string[];
  readonly reference?: readonly string[];
  readonly referenceRule?: string;
  readonly profile?: string;
  readonly intersections?: string;
  readonly minimumCell?: string;
  readonly metric?: readonly string[];
  readonly threshold?: readonly string[];
  readonly bins?: readonly string[];
  readonly bound?: readonly string[];
  readonly control?: readonly string[];
  readonly level?: string;
  readonly rateInterval?: string;
  readonly ratioInterval?: string;
  readonly adjustment?: string;
  readonly resamples?: string;
  readonly seed?: string;
  readonly plot?: string;
  readonly post?: boolean;
  readonly listMetrics?: boolean;
  readonly demo?: string;
  readonly json?: boolean;
}

export interface ReplayOptions extends ConnectionOptions, RowOptions {
  readonly input?: string;
  readonly key: readonly string[];
  readonly json?: boolean;
}
