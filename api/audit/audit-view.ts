/**
 * An audit as its caller sees it: as recorded, or without small cells.
 *
 * @module
 */
import type { Finding } from '../../fairness/audit-types.ts';
import { suppressed, suppressedFindings, suppressedSize, type ShownFigure } from '../../fairness/suppress.ts';
import type { Figure } from '../../fairness/types.ts';
import { GROUP_PATTERN } from '../../ledger/event/schemas/members.ts';
import type { JsonObject, JsonValue } from '../../ledger/types.ts';
import type { Schema } from '../handler.ts';

/** The answer without what is about the event. */
export type AuditView = Omit<Schema<'FairnessAudit'>, 'auditId' | 'event'>;

/** A record of ours: members are what `fairness/record.ts` wrote. */
interface RecordedAudit {
  readonly profile: string;
  readonly rows: number;
  readonly figures: readonly Figure[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly joined?: Schema<'JoinedCounts'>;
  readonly section1557?: JsonObject;
}

const asRecorded = (record: JsonObject): RecordedAudit => record as unknown as RecordedAudit;

/** As recorded: for whoever sent the rows, or may see identified content. */
export function wholeView(record: JsonObject): AuditView {
  const { profile, rows, figures, findings, notes, joined, section1557 } = asRecorded(record);
  return {
    profile,
    n: rows,
    joined: joined ?? null,
    metrics: figures as AuditView['metrics'],
    findings: findings as AuditView['findings'],
    notes: [...notes],
    ...(section1557 === undefined ? {} : { section1557 }),
  };
}

const GROUP = new RegExp(GROUP_PATTERN, 'u');
/** In the place of a name that could be a date, a record number or the like. */
const WITHHELD = '(name withheld)';

function isNamed(name: string | null | undefined): boolean {
  return name === null || name === undefined || GROUP.test(name);
}

function shownName(name: string | null): string | null {
  return isNamed(name) ? name : WITHHELD;
}

function shownFigure(figure: ShownFigure): ShownFigure {
  const { worstPair, ...rest } = figure;
  return {
    ...rest,
    group: shownName(figure.group),
    reference: shownName(figure.reference),
    ...(worstPair?.every(isNamed) === true ? { worstPair } : {}),
  };
}

function shownFinding(finding: Finding, { worstPair }: Pick<ShownFigure, 'worstPair'>): Finding {
  const { group, reference, words } = finding;
  const areNamed = [group, reference, ...(worstPair ?? [])].every(isNamed);
  return {
    ...finding,
    group: shownName(group),
    reference: shownName(reference),
    words: areNamed ? words : 'The words hold the name of a group that is not shown.',
  };
}

/** Without the counts of a small group, which could be told from those of its inputs. */
function shownSection1557({ rule, grounds, unmapped, inputs, associations }: JsonObject): JsonObject {
  const only = (list: JsonValue | undefined, names: readonly string[]): JsonValue[] =>
    (Array.isArray(list) ? list : []).map((one) =>
      Object.fromEntries(names.map((name) => [name, (one as JsonObject)[name] ?? null])),
    );
  return {
    rule: rule ?? null,
    grounds: only(grounds, ['ground', 'inputs', 'attributes', 'proxies']),
    unmapped: unmapped ?? [],
    inputs: only(inputs, ['name', 'kind', 'grounds']),
    associations: only(associations, ['input', 'attribute', 'strength', 'isSameGround', 'isProxy']),
  };
}

/** Without small cells: for callers that see de-identified content only. */
export function suppressedAudit(record: JsonObject): AuditView {
  const { profile, rows, figures, findings, notes, joined, section1557 } = asRecorded(record);
  const n = suppressedSize(rows);
  const metrics = suppressed(figures);
  return {
    profile,
    n,
    joined: n === null ? null : (joined ?? null),
    metrics: metrics.map(shownFigure) as AuditView['metrics'],
    findings: suppressedFindings(findings, figures).map((finding) =>
      shownFinding(finding, metrics[finding.figure] ?? {}),
    ),
    notes: [...notes],
    ...(section1557 === undefined || n === null ? {} : { section1557: shownSection1557(section1557) }),
  };
}
