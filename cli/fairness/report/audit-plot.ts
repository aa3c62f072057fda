import type { AuditView } from './view.ts';
import { placer, type AuditHeading } from './audit-text.ts';
import { percentText, rowsText } from './figure-text.ts';
import { type BoundOf, forestOf } from './forest.ts';
import { forestSvg } from './forest-svg.ts';
import { notComputed } from './reason-words.ts';
import { sectionsOf } from './sections.ts';

/** Findings beyond this many are counted; the picture has to fit a page. */
const MOST_FINDINGS = 8;

/** The comparisons of an audit as a picture: SVG, the same bytes for the same audit. */
export function auditPlot(result: AuditView, { source, options, digest }: AuditHeading, boundOf: BoundOf): string {
  const place = placer(result);
  const { n, profile, metrics, findings } = result;
  const sections = sectionsOf(result).filter(({ attribute }) => attribute !== null);
  const title = `Fairness audit of ${source}`;
  const subtitle = `${rowsText(n)}, profile ${profile}, favourable ${options.favorable.join(' or ')}, ${percentText(options.level)} intervals`;
  const missing = metrics.filter(({ status }) => status !== 'ok').length;
  const words = findings.map((finding) => finding.words);
  const more = words.length > MOST_FINDINGS ? [`And ${words.length - MOST_FINDINGS} more findings.`] : [];
  const without =
    missing === 0
      ? []
      : [
          `${missing} figures have no value: ${notComputed(metrics)
            .map(({ why }) => why)
            .join('; ')}.`,
        ];
  const hides = metrics.some(({ reason }) => reason === 'suppressed');
  const none = words.length > 0 ? [] : [`No figure${hides ? ' that may be shown' : ''} is beyond its bound.`];
  return forestSvg({
    title,
    subtitle,
    description: [`${subtitle}.`, ...none, ...words, ...without].join(' '),
    parts: sections.map(({ attribute, reference, plotted }) => ({
      heading: `${attribute ?? ''}${reference === null ? '' : `, compared with ${reference}`}`,
      panels: forestOf(place(plotted), boundOf),
    })),
    // Whoever knows most of the rows could try out what the few that are hidden are.
    notes: [...none, ...words.slice(0, MOST_FINDINGS), ...more, ...without, ...(hides ? [] : [`Rows ${digest}`])],
  });
}
