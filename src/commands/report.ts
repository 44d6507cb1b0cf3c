import { addAbortSignal } from 'node:stream';

import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { interruptSignal } from '../cli/interrupt.ts';
import { ensureWritable } from '../result-files.ts';
import type { HealthFlags } from '../cli/health.ts';
import { parseReportOutputs, writeReport } from '../cli/report-output.ts';
import type { ReportTarget } from '../cli/report-output.ts';
import { colourFor } from '../cli/terminal.ts';
import { REPORT_FORMATS } from '../report/report-formats.ts';
import { TREND_STEPS } from '../report/trend-report.ts';
import { REPORT_KINDS } from '../reporting/period.ts';
import { EXIT, UserError } from '../user-error.ts';

export default class Report extends BaseCommand {
  static override summary = 'Report on scans of the past, or on the stack that makes them.';
  static override description =
    'Reads the scans that the stack of an environment has stored, or saved ones, and says what they come to: the score and how it moved, what is new, worse, resolved and still open, how long that took, and what nobody could read. The same scans give the same report, byte for byte, as the one that the deployed function stores.';
  static override examples = [
    { description: 'Report on yesterday:', command: '<%= config.bin %> report -e dev' },
    {
      description: 'Give management its page, as Markdown:',
      command: '<%= config.bin %> report -e prod --kind executive -f markdown=summary.md',
    },
    {
      description: 'Show the trend of a year, from a copy of the bucket:',
      command: '<%= config.bin %> report --kind trend --from-files results/ --from 2026-01-01 --to 2026-12-31',
    },
    {
      description: 'Look whether the stack itself is sound; exit with 1 where it is not:',
      command: '<%= config.bin %> report -e prod --kind health',
    },
    {
      description: 'Report on saved scans, without AWS:',
      command: '<%= config.bin %> report --kind weekly --from-files monday.json tuesday.json',
    },
  ];
  static override flags = {
    environment: Flags.string({
      char: 'e',
      summary: 'Name of the environment, the suffix of its stack: dev when not set; of saved scans, the one to pick.',
      env: 'ENVIRONMENT_SUFFIX',
      helpValue: 'NAME',
    }),
    config: Flags.string({
      summary: 'Settings to use; without it compliancectl.yaml is looked for, from here up to the repository.',
      helpValue: 'FILE',
    }),
    region: Flags.string({ char: 'r', summary: 'Region that the stack lies in.', helpValue: 'REGION' }),
    kind: Flags.option({ options: [...REPORT_KINDS, 'health'] as const })({
      summary:
        'What to report: aggregate is the latest result of everything, from the history table; health is about the stack itself.',
      default: 'daily',
    }),
    'from-files': Flags.string({
      summary: 'Report on saved scans: files, folders, a copy of the bucket, or - for standard input.',
      helpValue: 'PATH',
      multiple: true,
    }),
    from: Flags.string({
      summary: 'First day or moment; else as many days as the kind has, a trend thirty, or all that was saved.',
      helpValue: 'TIME',
    }),
    to: Flags.string({
      summary: 'Last day, or the moment after the last; else yesterday, today for a trend, or the last saved scan.',
      helpValue: 'TIME',
    }),
    timezone: Flags.string({
      summary: 'Whose midnight days begin at, as an IANA name such as Europe/Berlin.',
      default: 'UTC',
      helpValue: 'ZONE',
    }),
    step: Flags.option({ options: TREND_STEPS })({
      summary: 'What a point of a trend is: a day, by its last scan, or a scan; a day when not set.',
    }),
    format: Flags.string({
      char: 'f',
      summary: 'How to show it, as FORMAT or FORMAT=FILE; may be given several times.',
      description: `The formats are ${REPORT_FORMATS.join(', ')}. Without it: a table at a terminal, JSON in a pipe.`,
      helpValue: 'FORMAT',
      multiple: true,
      multipleNonGreedy: true,
    }),
    limit: Flags.integer({
      summary: 'Rows that a list in the table and in Markdown has at most.',
      default: 50,
      min: 0,
      helpValue: 'N',
    }),
    'allow-incomplete': Flags.boolean({ summary: 'Exit with 0, not 4, where something could not be read.' }),
    'print-iam-policy': Flags.boolean({
      summary: 'Print the least IAM policy that --kind health needs, and make no call.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Report);
    const terminal = process.stdout.isTTY;
    const targets = parseReportOutputs(flags.format ?? [], { json: flags.json, terminal });
    if (flags.kind === 'health') {
      await this.reportHealth(flags, targets);
      return;
    }
    if (flags['print-iam-policy']) throw policyOfHealth();
    for (const { file } of targets) if (file !== undefined) await ensureWritable(file);
    const { makeReport } = await import('../reporting/make-report.ts');
    const signal = interruptSignal();
    const { kind } = flags;
    const { report, notes, exitCode } = await makeReport(
      { ...flags, kind },
      {
        env: process.env,
        directory: process.cwd(),
        now: new Date(),
        ...(reads(flags['from-files']) && { stdin: addAbortSignal(signal, process.stdin) }),
        signal,
      },
    );
    const { rules } = await import('../engine/rules/index.ts');
    await writeReport(report, targets, {
      rules,
      chalk: colourFor('stdout', process.env),
      limit: flags.limit,
      toolVersion: this.config.version,
    });
    for (const note of notes) this.note(note, flags);
    process.exitCode = exitCode;
  }

  /** Of the stack, not of its scans. */
  private async reportHealth(
    flags: HealthFlags & { readonly 'allow-incomplete': boolean },
    targets: readonly ReportTarget[],
  ) {
    const [{ health }, { healthRequest, healthSurroundings }] = await Promise.all([
      import('../health/health.ts'),
      import('../cli/health.ts'),
    ]);
    const code = await health(healthRequest(flags, targets), healthSurroundings());
    process.exitCode = flags['allow-incomplete'] && code === EXIT.incomplete ? EXIT.ok : code;
  }
}

/** The others read what was stored, and docs/reports.md says what that takes. */
function policyOfHealth(): UserError {
  return new UserError('--print-iam-policy is there for --kind health.', {
    code: 'CONTRADICTION',
    suggestions: ['Pass --kind health with it', 'docs/reports.md names what the other kinds must be allowed'],
  });
}

/** A terminal is no source: whoever sits there would wait for nothing. */
function reads(paths: readonly string[] = []): boolean {
  return paths.includes('-') && !process.stdin.isTTY;
}
