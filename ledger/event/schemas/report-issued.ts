import { defineEventSchema } from './define.ts';
import { artefactDigest, code, count, identifier, text, timeWindow } from './members.ts';

/** A report was made. */
export const REPORT_ISSUED = defineEventSchema('report_issued', {
  title: 'Report issued',
  description: 'A report was made. Its digest lets anyone check that a file at hand is that report.',
  properties: {
    report: identifier('Id of the report.'),
    reportType: code('Type of report.'),
    digest: artefactDigest('SHA-256 of the file.'),
    evidenceDigest: artefactDigest('SHA-256 of the evidence embedded in it.'),
    sizeBytes: count('Size of the file, bytes.'),
    period: timeWindow('Period that it covers.'),
    checkpointSize: count('Size of the log that it was made from.'),
    title: text('Title.', 512),
    by: identifier('Who asked for it.'),
  },
  required: ['reportType', 'digest'],
});
