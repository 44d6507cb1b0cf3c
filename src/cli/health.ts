/** `report --kind health`: what of the flags of `report` it goes by, and where its document goes. */
import { UserError } from '../user-error.ts';
import type { HealthFormat, HealthRequest, HealthSurroundings } from '../health/health.ts';
import { interruptSignal } from './interrupt.ts';
import { writeStdout } from './output.ts';
import type { ReportTarget } from './report-output.ts';
import { colourFor } from './terminal.ts';

export interface HealthFlags {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly step?: string | undefined;
  readonly 'from-files'?: readonly string[] | undefined;
  readonly 'print-iam-policy': boolean;
  readonly quiet: boolean;
}

/** Flags about time and stored scans: health is about this moment, and asks AWS itself. */
const OF_SCANS = ['from-files', 'from', 'to', 'step'] as const;

/**
 * What is asked of health. `-f json=FILE` names the document's file, `-f markdown=FILE` one that the report is added to.
 *
 * @throws UserError `CONTRADICTION` for flags about scans, `BAD_FORMAT` for formats that it is not shown in
 */
export function healthRequest(flags: HealthFlags, targets: readonly ReportTarget[]): HealthRequest {
  const of = OF_SCANS.find((name) => flags[name] !== undefined);
  if (of !== undefined) {
    throw new UserError(`--kind health is about the stack as it is now, and --${of} is about scans.`, {
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
    });
  }
  const shown = targets.find(({ file }) => file === undefined)?.format ?? 'table';
  const fileOf = (format: HealthFormat) =>
    targets.find((target) => target.format === format && target.file !== undefined)?.file;
  const other = targets.find(
    ({ format, file }) => !(isHealthFormat(format) && (file === undefined || format !== 'table')),
  );
  if (!isHealthFormat(shown) || other !== undefined) {
    throw new UserError('Health is shown as table, json or markdown, and written as json=FILE or markdown=FILE.', {
      code: 'BAD_FORMAT',
      suggestions: ['Leave the other formats out'],
    });
  }
  const { environment, config, region, quiet } = flags;
  return {
    environment,
    config,
    region,
    quiet,
    format: shown,
    file: fileOf('json'),
    summaryFile: fileOf('markdown'),
    printIamPolicy: flags['print-iam-policy'],
  };
}

function isHealthFormat(format: string): format is HealthFormat {
  return format === 'table' || format === 'json' || format === 'markdown';
}

export function healthSurroundings(): HealthSurroundings {
  return {
    env: process.env,
    directory: process.cwd(),
    now: new Date(),
    tell: (text) => void process.stderr.write(text),
    print: async (text) => writeStdout([text]),
    chalk: colourFor('stdout', process.env),
    signal: interruptSignal(),
  };
}
