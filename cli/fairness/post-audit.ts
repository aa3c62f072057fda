import { createHash, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import type { ResolvedOptions } from '../../fairness/audit/options.ts';
import type { AuditResult } from '../../fairness/audit-types.ts';
import { digestColumns } from '../../fairness/digest.ts';
import { PROFILES, REASONS } from '../../fairness/types.ts';
import { encodeHex } from '../../ledger/canonical/base64.ts';
import type { FairnessOptions } from '../options.ts';
import { readAnswer } from '../service/answer.ts';
import { connect } from '../service/connection.ts';
import type { Terminal } from '../terminal.ts';
import { unresolvedOptions } from './audit-options.ts';
import { readRows } from './read-columns.ts';
import { suppressedView } from './report/view.ts';
import type { Audited } from './audited.ts';

const nullableText = z
  .string()
  .nullish()
  .transform((text) => text ?? null);
const nullableNumber = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

const figureSchema = z.looseObject({
  name: z.string(),
  attribute: nullableText,
  group: nullableText,
  reference: nullableText,
  value: nullableNumber,
  status: z.enum(['ok', 'undefined', 'insufficient']),
  reason: z
    .enum(REASONS)
    .nullish()
    .transform((reason) => reason ?? null),
  n: nullableNumber,
  ci: z
    .object({ low: nullableNumber, high: nullableNumber, level: z.number(), method: z.string() })
    .nullish()
    .transform((ci) => ci ?? null),
});

const findingSchema = z.object({
  figure: z.int(),
  name: z.string(),
  attribute: nullableText,
  group: nullableText,
  reference: nullableText,
  bound: z.number(),
  strength: z.enum(['shown', 'possible']),
  words: z.string(),
});

const answerSchema = z.looseObject({
  auditId: z.string(),
  profile: z.enum(PROFILES),
  n: nullableNumber,
  metrics: z.array(figureSchema),
  findings: z.array(findingSchema),
  notes: z.array(z.string()).default([]),
  event: z.looseObject({ id: z.string(), index: z.int() }),
});

/** Lets the service measure the rows of a file and record the audit. @throws CommandFailure */
export async function postAudit(
  file: string,
  { options, asked }: { readonly options: FairnessOptions; readonly asked: ResolvedOptions },
  terminal: Terminal,
): Promise<Audited> {
  const connection = await connect(options, terminal);
  const { columns, rows } = await readRows(
    file,
    { row: options, options: asked },
    { terminal, isSilent: options.json === true, keepRows: true },
  );
  // With an id the same request makes one event, however often it is sent.
  const body = JSON.stringify({ id: randomUUID(), ...rows, ...unresolvedOptions(options) });
  const answer = await connection.json({ method: 'POST', path: '/v1/fairness/audits', body });
  const { event, ...result } = readAnswer(answerSchema, answer, connection.url);
  const digest = `sha256:${encodeHex(digestColumns(columns, createHash('sha256')))}`;
  // A figure has members of its own beside those that were checked.
  const shown = result as unknown as AuditResult;
  return {
    result: shown,
    forOthers: suppressedView(shown),
    heading: { source: basename(file), options: asked, digest },
    recorded: { ...event, auditId: result.auditId },
  };
}
