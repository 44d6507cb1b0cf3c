/** What a scan is going to do, decided before it starts: from flags, the environment and the configuration. */
import type { AccountRole } from '../aws/accounts.ts';
import { loadConfiguration } from '../config/load.ts';
import type { Configuration } from '../config/schema.ts';
import { REPORTED_STATUSES } from '../engine/evaluate.ts';
import type { Baseline } from '../engine/baseline.ts';
import { factsNeeded } from '../engine/needs.ts';
import type { ChosenRule } from '../engine/rule.ts';
import type { Status } from '../engine/evaluation.ts';
import type { ResourceType } from '../engine/model.ts';
import { atLeast } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { Waiver } from '../engine/waivers.ts';
import { readBaseline } from '../history/scan-file.ts';
import type { RemediationSettings } from '../remediate/settings.ts';
import { UserError } from '../user-error.ts';
import type { Limits } from './outcome.ts';
import { ambientRegion, DEFAULT_REGION, parseRegions } from './regions.ts';

/** The flags of `scan`, as the command parses them. */
export interface ScanFlags {
  readonly environment: string;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly 'all-regions': boolean;
  readonly 'role-arn'?: readonly string[] | undefined;
  readonly rule?: readonly string[] | undefined;
  readonly severity?: Severity | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly snapshot?: string | undefined;
  readonly 'save-snapshot'?: string | undefined;
  readonly at?: string | undefined;
  readonly threshold?: number | undefined;
  readonly 'fail-on'?: Severity | 'new' | undefined;
  readonly baseline?: string | undefined;
  readonly 'allow-incomplete': boolean;
  readonly include?: readonly ('pass' | 'not-applicable')[] | undefined;
}

/** What the process knows beside its flags. */
export interface Ambient {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  /** When the command was started. */
  readonly now: Date;
  /** An id for this scan. */
  readonly scanId: string;
}

export interface LiveScope {
  readonly kind: 'live';
  readonly regions: readonly string[] | 'all';
  /** Where questions are asked that belong to no region. */
  readonly homeRegion: string;
  /** Accounts to enter; with none, the credentials' own is read. */
  readonly roles: readonly AccountRole[];
}

export interface ScanPlan {
  readonly source: { readonly kind: 'snapshot'; readonly file: string } | LiveScope;
  readonly rules: readonly ChosenRule[];
  readonly waivers: readonly Waiver[];
  /** Only resources that carry all of these are judged. */
  readonly tags: readonly string[];
  /** The facts that all this goes by: nothing else is read. */
  readonly facts: ReadonlyMap<ResourceType, ReadonlySet<string>>;
  readonly environment: string;
  readonly scanId: string;
  /** When the command was started. */
  readonly now: Date;
  /** As of when to judge, where it was said. */
  readonly at?: Date;
  readonly reported: ReadonlySet<Status>;
  readonly limits: Limits;
  /** The earlier scan to compare with. */
  readonly baseline?: Baseline;
  readonly saveSnapshot?: string;
  /** Which failures may be mended, where the settings say so. */
  readonly remediation?: RemediationSettings;
  /** What the person should know before it starts. */
  readonly notes: readonly string[];
}

/** @throws UserError where the flags, the environment or the configuration cannot be followed */
export async function planScan(flags: ScanFlags, ambient: Ambient): Promise<ScanPlan> {
  refuseContradictions(flags);
  const configuration = loadConfiguration({
    ...ambient,
    file: flags.config,
    environment: flags.environment,
    select: flags.rule,
  });
  const { waivers } = configuration;
  const { severity: least, tag: tags = [] } = flags;
  const rules = configuration.rules.filter(({ rule, severity }) => {
    return least === undefined || atLeast(severity ?? rule.worstSeverity ?? rule.severity, least);
  });
  if (rules.length === 0) throw noRules();
  const notes: string[] = [];
  const at = parseTime(flags.at, ambient.now);
  const saveSnapshot = flags['save-snapshot'];
  return {
    source:
      flags.snapshot === undefined
        ? await liveScope(flags, configuration, ambient.env, notes)
        : { kind: 'snapshot', file: flags.snapshot },
    rules,
    waivers,
    tags,
    facts: factsNeeded(rules, waivers, tags),
    environment: flags.environment,
    scanId: ambient.scanId,
    now: ambient.now,
    ...(at !== undefined && { at }),
    reported: reportedStatuses(flags.include ?? []),
    limits: limitsOf(flags, configuration),
    ...(flags.baseline !== undefined && { baseline: readBaseline(flags.baseline) }),
    ...(saveSnapshot !== undefined && { saveSnapshot }),
    ...(configuration.remediation !== undefined && { remediation: configuration.remediation }),
    notes,
  };
}

/** What is good enough: by flag, else by the configuration. */
export function limitsOf(
  flags: Pick<ScanFlags, 'threshold' | 'fail-on' | 'allow-incomplete'>,
  configuration: Configuration,
): Limits {
  const failOn = flags['fail-on'] ?? configuration.failOn;
  return {
    threshold: flags.threshold ?? configuration.threshold,
    ...(failOn !== undefined && { failOn }),
    allowIncomplete: flags['allow-incomplete'] || configuration.allowIncomplete,
  };
}

/** A scan without rules would find nothing, and look well. */
function noRules(): UserError {
  return new UserError('The settings and flags leave no rule to run.', {
    code: 'NO_RULES',
    suggestions: ['Ask for a lower --severity, or select rules in the settings', 'List them all: compliancectl rules'],
  });
}

/** @throws UserError `NO_BASELINE` for `--fail-on new` without one */
export function refuseNewWithoutBaseline(flags: Pick<ScanFlags, 'fail-on' | 'baseline'>): void {
  if (flags['fail-on'] === 'new' && flags.baseline === undefined) {
    throw new UserError('--fail-on new has nothing to compare with.', {
      code: 'NO_BASELINE',
      suggestions: ['Name an earlier scan with --baseline FILE'],
    });
  }
}

function refuseContradictions(flags: ScanFlags): void {
  refuseNewWithoutBaseline(flags);
  if (flags.snapshot === undefined) return;
  const live = LIVE_FLAGS.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (live === undefined) return;
  throw new UserError(`--${live} is about reading AWS, and --snapshot reads a saved estate.`, {
    code: 'CONTRADICTION',
    suggestions: ['Leave one of the two out'],
  });
}

/** What says nothing to a snapshot: its accounts and regions are what they are. */
const LIVE_FLAGS = ['region', 'all-regions', 'role-arn', 'save-snapshot'] as const;

/** Regions: the flag, then the AWS environment or profile, then the configuration and its preset, then us-east-1. */
async function liveScope(
  flags: ScanFlags,
  configuration: Configuration,
  env: NodeJS.ProcessEnv,
  notes: string[],
): Promise<LiveScope> {
  const ambient = await ambientRegion(env);
  const asked = flags.region ?? ambient;
  const regions = asked === undefined ? (configuration.regions ?? [DEFAULT_REGION]) : parseRegions(asked);
  if (asked === undefined && configuration.regions === undefined && !flags['all-regions']) {
    notes.push(`No region was given: reading ${DEFAULT_REGION}.`);
  }
  return {
    kind: 'live',
    regions: flags['all-regions'] ? 'all' : [...new Set(regions)],
    homeRegion: ambient ?? regions[0] ?? DEFAULT_REGION,
    roles: flags['role-arn']?.map(parseRole) ?? configuration.accounts ?? [],
  };
}

/** The statuses that are shown: what is amiss, and what `--include` adds. */
export function reportedStatuses(include: readonly ('pass' | 'not-applicable')[]): ReadonlySet<Status> {
  const reported = new Set(REPORTED_STATUSES);
  if (include.includes('pass')) reported.add('PASS');
  if (include.includes('not-applicable')) reported.add('NOT_APPLICABLE');
  return reported;
}

function parseRole(roleArn: string): AccountRole {
  if (/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(roleArn)) return { roleArn };
  throw new UserError('--role-arn is not the ARN of a role.', {
    code: 'BAD_ROLE',
    suggestions: ['Give it as --role-arn arn:aws:iam::123456789012:role/compliance'],
  });
}

function parseTime(text: string | undefined, now: Date): Date | undefined {
  if (text === undefined) return undefined;
  const time = text === 'now' ? now : new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new UserError('--at is neither "now" nor a time.', {
    code: 'BAD_TIME',
    suggestions: ['Give a time as --at 2026-11-21T06:00:00Z'],
  });
}
