import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { audit } from '../../fairness/audit/audit.ts';
import { digestColumns } from '../../fairness/digest.ts';
import { encodeHex } from '../../ledger/canonical/base64.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { systemCode, unusable } from '../failure.ts';
import type { FairnessOptions } from '../options.ts';
import { jsonLine, type Terminal } from '../terminal.ts';
import { auditOptions } from './audit-options.ts';
import type { Audited } from './audited.ts';
import { inCliWords } from './ledger-fault.ts';
import { readRows } from './read-columns.ts';
import { auditPlot } from './report/audit-plot.ts';
import { auditText } from './report/audit-text.ts';
import { boundIn } from './report/bounds.ts';
import { suppressedView } from './report/view.ts';
import { inputFault } from './row-fault.ts';
import { textStyle } from './text-style.ts';

/**
 * `vericlin fairness`: exit 0 whatever was found.
 * @throws CommandFailure
 */
export async function runFairness(
  file: string | undefined,
  options: FairnessOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.listMetrics === true) return await listMetrics(options, terminal);
  if (options.demo !== undefined) return await demonstrate(options.demo, options, terminal);
  if (file === undefined) {
    throw inputFault('missing_member', 'no file is given', 'vericlin fairness --help has examples.');
  }
  const audited = await measure(file, options, terminal);
  if (options.plot !== undefined) await writePlot(options.plot, audited);
  show(audited, options, terminal);
  return EXIT.ok;
}

async function measure(file: string, options: FairnessOptions, terminal: Terminal): Promise<Audited> {
  const asked = auditOptions(options);
  if (options.post === true) {
    const { postAudit } = await import('./post-audit.ts');
    return await postAudit(file, { options, asked }, terminal);
  }
  const { columns } = await readRows(
    file,
    { row: options, options: asked },
    { terminal, isSilent: options.json === true },
  );
  const result = inCliWords(() => audit(columns, asked));
  const digest = `sha256:${encodeHex(digestColumns(columns, createHash('sha256')))}`;
  return { result, forOthers: suppressedView(result), heading: { source: basename(file), options: asked, digest } };
}

function show({ result, heading, recorded }: Audited, options: FairnessOptions, terminal: Terminal): void {
  if (options.json === true) {
    terminal.out(
      jsonLine({
        ...result,
        options: heading.options,
        datasetDigest: heading.digest,
        ...(recorded && { event: recorded }),
      }),
    );
    return;
  }
  const boundOf = boundIn(heading.options);
  terminal.out(auditText(result, heading, { style: textStyle(terminal), boundOf }));
  if (recorded === undefined) return;
  const { id, index } = recorded;
  terminal.err(
    `Recorded as event ${id}, index ${index}. Its bundle, by a key that may see content: vericlin events proof ${id} --opening --out audit.json\n`,
  );
}

async function writePlot(path: string, { forOthers, heading }: Audited): Promise<void> {
  try {
    await writeFile(path, auditPlot(forOthers, heading, boundIn(heading.options)));
  } catch (cause) {
    throw unusable(`cannot write ${path} (${systemCode(cause) ?? 'unwritable'})`, undefined, cause);
  }
}

async function listMetrics(options: FairnessOptions, terminal: Terminal): Promise<ExitCode> {
  const { metricsText, metricsList } = await import('./list-metrics.ts');
  terminal.out(options.json === true ? jsonLine({ metrics: metricsList() }) : metricsText());
  return EXIT.ok;
}

async function demonstrate(name: string, options: FairnessOptions, terminal: Terminal): Promise<ExitCode> {
  const { demoText, demoResult, DEMOS } = await import('./demo.ts');
  if (!DEMOS.includes(name)) {
    throw inputFault('invalid_value', 'there is no such demonstration', `There is: ${DEMOS.join(', ')}.`);
  }
  terminal.out(options.json === true ? jsonLine(demoResult()) : demoText(textStyle(terminal)));
  return EXIT.ok;
}
