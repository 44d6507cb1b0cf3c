/** A report written wherever it is to go. */
import { loadReportRenderer, REPORT_FORMATS } from '../report/report-formats.ts';
import type { Report, ReportContext, ReportFormat } from '../report/report-formats.ts';
import { writeFileAtomically } from '../result-files.ts';
import { writeStdout } from './output.ts';
import { filesFirst, parseOutputs } from './outputs.ts';
import type { OutputTarget } from './outputs.ts';

export type ReportTarget = OutputTarget<ReportFormat>;

/**
 * The targets of `--format` and `--json`. Where nothing was asked for: a table at a terminal, the document in a pipe.
 *
 * @throws UserError `BAD_FORMAT` for a format that does not exist, or two for one place
 */
export function parseReportOutputs(
  formats: readonly string[],
  { json, terminal }: { readonly json: boolean; readonly terminal: boolean },
): ReportTarget[] {
  const asked = formats.length > 0 || terminal || json ? formats : ['json'];
  return parseOutputs(asked, json, REPORT_FORMATS);
}

/**
 * Renders a report to every target.
 *
 * @throws UserError `CANNOT_WRITE` where a file cannot be written
 */
export async function writeReport(
  report: Report,
  targets: readonly ReportTarget[],
  context: ReportContext,
): Promise<void> {
  for (const { format, file } of filesFirst(targets)) {
    const pieces = (await loadReportRenderer(format))(report, context);
    await (file === undefined ? writeStdout(pieces) : writeFileAtomically(file, pieces));
  }
}
