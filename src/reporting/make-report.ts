/** What the `report` command does: decided from its flags, then made of the scans that there are. */
import { loadConfiguration } from '../config/load.ts';
import { stackRegion } from '../deployment/place.ts';
import { ChangedError, DeniedError, periodReport, reportOn, trendOn } from '../history/reports.ts';
import { documentsIn } from '../history/stored-scans.ts';
import { dayOf } from '../report/calendar.ts';
import { minute } from '../report/period-page.ts';
import { plural } from '../report/plural.ts';
import type { Report } from '../report/report-formats.ts';
import type { TrendPeriod, TrendStep } from '../report/trend-report.ts';
import { requireEnvironment } from '../stack/plan-stack.ts';
import { EXIT, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { withHistory } from './deployed-history.ts';
import type { DeployedScans } from './deployed-history.ts';
import { asOf, dayBefore, readRange, reportPeriod, trendPeriod } from './period.ts';
import type { Moments, Range, ReportKind } from './period.ts';
import { openSavedScans } from './saved-scans.ts';
import type { SavedScans } from './saved-scans.ts';

/** The flags of `report`, as the command parses them. */
export interface ReportFlags {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly kind: ReportKind;
  readonly 'from-files'?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timezone: string;
  readonly step?: TrendStep | undefined;
  readonly 'allow-incomplete': boolean;
}

export interface ReportSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** When the command was started. */
  readonly now: Date;
  /** Missing where it is a terminal. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Ends the reading. */
  readonly signal: AbortSignal;
}

export interface MadeReport {
  readonly report: Report;
  /** What the person should know beside it. */
  readonly notes: readonly string[];
  readonly exitCode: ExitCode;
}

/**
 * Makes the report that the flags ask for.
 *
 * @throws UserError for what the person can mend; `INTERRUPTED` where it was ended
 */
export async function makeReport(flags: ReportFlags, surroundings: ReportSurroundings): Promise<MadeReport> {
  refuseContradictions(flags);
  const range = readRange(flags);
  const { report, notes } =
    flags['from-files'] === undefined
      ? await fromStack(flags, range, surroundings)
      : await fromFiles(flags['from-files'], flags, range, surroundings);
  const skipped = report.kind === 'aggregate' ? report.head.skipped.count : report.skipped.length;
  const left =
    skipped === 0
      ? []
      : [
          `${plural(skipped, 'stored scan or result', 'stored scans or results')} could not be read: the report names them.`,
        ];
  const exitCode = skipped > 0 && !flags['allow-incomplete'] ? EXIT.incomplete : EXIT.ok;
  return { report, notes: [...notes, ...left], exitCode };
}

function refuseContradictions(flags: ReportFlags): void {
  const { kind, step, from } = flags;
  const saved = flags['from-files'] !== undefined;
  const contradiction = [
    saved && flags.region !== undefined && 'Saved scans lie in no region: --region is for the scans of a stack.',
    step !== undefined && kind !== 'trend' && '--step is for reports of the kind trend.',
    kind === 'aggregate' &&
      from !== undefined &&
      'A report of the kind aggregate is as of one moment, and has no --from.',
  ].find((message) => message !== false);
  if (contradiction === undefined) return;
  throw new UserError(contradiction, { code: 'CONTRADICTION', suggestions: ['Leave one of the two out'] });
}

interface Made {
  readonly report: Report;
  readonly notes: readonly string[];
}

async function fromStack(flags: ReportFlags, range: Range, surroundings: ReportSurroundings): Promise<Made> {
  const { env, directory, now, signal } = surroundings;
  const environment = requireEnvironment(flags.environment ?? 'dev');
  const configuration = loadConfiguration({ env, directory, now, file: flags.config, environment });
  const { region, note } = await stackRegion(flags.region, configuration, env);
  const notes = note === undefined ? [] : [note];
  return withHistory({ environment, region, env, signal }, async (history) => {
    const { kind } = flags;
    if (kind === 'aggregate') {
      const report = await history.latestResults(asOf(range, now.getTime()));
      return { report, notes };
    }
    const scans = await history.scans();
    const { timeZone } = range;
    if (kind === 'trend') {
      const period = trendOf(trendPeriod(range, { lastDay: dayOf(now.getTime(), timeZone) }), range, flags.step);
      const report = await trendOn(documentsIn(scans.storage, period), period, environment);
      return { report, notes: [...notes, ...(await emptyNotes(report, scans))] };
    }
    const period = reportPeriod(kind, range, dayBefore(now.getTime(), timeZone));
    const report = await periodReport(scans.storage, period, environment);
    return { report, notes: [...notes, ...(await emptyNotes(report, scans))] };
  });
}

function trendOf({ from, to }: Moments, { timeZone }: Range, step: TrendStep = 'day'): TrendPeriod {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), timeZone, step };
}

/** Where to look instead, for a period without scans. */
async function emptyNotes(
  { scansAnalyzed }: { readonly scansAnalyzed: number },
  scans: DeployedScans,
): Promise<string[]> {
  if (scansAnalyzed > 0) return [];
  const latest = await scans.latest();
  const told = latest === undefined ? '' : ` The latest one is of ${minute(latest)}: --to ${latest.slice(0, 10)}`;
  return [`No scan lies in this period.${told}`];
}

async function fromFiles(
  paths: readonly string[],
  flags: ReportFlags,
  range: Range,
  { stdin, signal }: ReportSurroundings,
): Promise<Made> {
  const saved = forSaved(flags);
  const { environment } = saved;
  const asked = environment === undefined ? {} : { environment: requireEnvironment(environment) };
  let scans: SavedScans | undefined;
  try {
    scans = await openSavedScans({ paths, ...(stdin && { stdin }), ...asked, signal });
    const report = await reportFrom(scans, saved, range);
    const { first, last } = scans;
    const there = `those that there are go from ${minute(new Date(first).toISOString())} to ${minute(new Date(last).toISOString())}`;
    return { report, notes: report.scansAnalyzed > 0 ? [] : [`No scan lies in this period; ${there}.`] };
  } catch (error) {
    throw ended(error, signal);
  } finally {
    await scans?.dispose();
  }
}

async function reportFrom(scans: SavedScans, { kind, ...flags }: SavedFlags, range: Range) {
  const { timeZone } = range;
  const lastDay = dayOf(scans.last, timeZone);
  if (kind === 'trend') {
    const moments = trendPeriod(range, { firstDay: dayOf(scans.first, timeZone), lastDay });
    const period = trendOf(moments, range, flags.step);
    return trendOn(scans.source(period, period).documents, period, scans.environment);
  }
  const period = reportPeriod(kind, range, lastDay);
  return reportOn(scans.source({ from: period.before, to: period.to }, period), period, scans.environment);
}

type SavedFlags = ReportFlags & { readonly kind: Exclude<ReportKind, 'aggregate'> };

function forSaved(flags: ReportFlags): SavedFlags {
  const { kind } = flags;
  if (kind !== 'aggregate') return { ...flags, kind };
  throw new UserError('A report of the kind aggregate is made of the history table, not of saved scans.', {
    code: 'CONTRADICTION',
    suggestions: ['Leave one of the two out'],
  });
}

function ended(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new UserError('The report was ended before it was done.', {
      code: 'INTERRUPTED',
      exitCode: EXIT.interrupted,
      cause: error,
    });
  }
  if (!(error instanceof ChangedError || error instanceof DeniedError)) return error;
  const changed = error instanceof ChangedError;
  return new UserError(error.message, {
    code: changed ? 'HISTORY_CHANGED' : 'HISTORY_DENIED',
    suggestions: [changed ? 'Run the report again' : 'Give yourself leave to read it'],
    exitCode: EXIT.failed,
    cause: error,
  });
}
