import type { VerifierKey } from '../../ledger/checkpoint/key.ts';
import type { LogSource } from '../log/log-source.ts';
import type { AuditedPeer } from './peer-blocks.ts';

/** What the blocks are compared with. */
export interface ComparedLog {
  readonly source: LogSource;
  /** As the user named it. */
  readonly name: string;
  readonly isExport: boolean;
}

/** Everything that one audit works on. */
export interface Audit {
  readonly peer: AuditedPeer;
  readonly key: VerifierKey;
  readonly isPinned: boolean;
  readonly log: ComparedLog | undefined;
  readonly statePath: string | undefined;
  readonly asJson: boolean;
}
