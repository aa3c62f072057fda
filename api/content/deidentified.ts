/**
 * The de-identified view of an event as it leaves the service: what the schema of the type marks, and of fairness audits no
 * small cells either. Of those the schema cannot tell: whether a number gives one away depends on the figures beside it
 * (`docs/adr/0020-small-cells-and-proxies.md`).
 *
 * @module
 */
import type { Finding } from '../../fairness/audit-types.ts';
import { suppressed, suppressedFindings, suppressedSize } from '../../fairness/suppress.ts';
import type { Figure } from '../../fairness/types.ts';
import { deidentify, versionOf, type DeidentifiedEvent } from '../../ledger/event/index.ts';
import type { StoredEvent } from '../../ledger/ports.ts';
import type { JsonObject, JsonValue, RecordedEnvelope } from '../../ledger/types.ts';
import { schemaOf } from './event-schema.ts';

/** Members of a `bias_metric` that count the persons it is about. */
const COUNTS = ['rows', 'n', 'groupN', 'referenceN'];
/** What is left of a `bias_metric` about fewer persons: that there was one, and how it was made. */
const OF_FEW = ['metric', 'attribute', 'profile', 'software', 'softwareVersion', 'codeVersion', 'options'];

function isFew(count: JsonValue | undefined): boolean {
  return typeof count === 'number' && suppressedSize(count) === null;
}

/** Audits of ours say which figures are small. Of somebody else's, what counts too few is, whatever it says. */
function marked(figure: Figure): Figure {
  return isFew(figure.n) ? { ...figure, small: true } : figure;
}

/**
 * The payload of a `bias_metric` without small cells. Names and texts are left as they are.
 *
 * @param payload valid by version 1 or 2 of its schema: `figures` of version 1 are free content, which nobody is shown
 */
export function withoutSmallCells(payload: JsonObject, version: number): JsonObject {
  if (COUNTS.some((name) => isFew(payload[name]))) {
    const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => OF_FEW.includes(name)));
    return payload['metric'] === undefined ? kept : { ...kept, status: 'insufficient' };
  }
  const { figures = [], findings = [], ...others } = payload;
  if (version === 1) return others;
  // Valid by the schema: figures and findings have the members that are looked at.
  const all = (figures as unknown as readonly Figure[]).map(marked);
  const found = findings as unknown as readonly Finding[];
  return {
    ...others,
    ...(payload['figures'] === undefined ? {} : { figures: suppressed(all) as unknown as JsonValue }),
    ...(payload['findings'] === undefined ? {} : { findings: suppressedFindings(found, all) as unknown as JsonValue }),
  };
}

/** What of an event readers may see who may not see PHI. Every view of that kind is made here. */
export function deidentified(
  event: Pick<StoredEvent, 'type' | 'entry' | 'pseudonym'>,
  envelope: RecordedEnvelope,
): DeidentifiedEvent {
  const schema = schemaOf(event);
  if (event.type !== 'bias_metric') return deidentify(envelope, event.pseudonym, schema);
  const payload = withoutSmallCells(envelope.payload, versionOf(schema));
  return deidentify({ ...envelope, payload }, event.pseudonym, schema);
}
