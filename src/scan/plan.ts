/** What a scan is going to do, decided before it starts: from flags, the environment and the configuration. */
import type { ChosenRule } from '../engine/evaluate.ts';
import { REPORTED_STATUSES } from '../engine/evaluate.ts';
import type { Status } from '../engine/evaluation.ts';
import { rules } from '../engine/rules/index.ts';
import type { Severity } from '../engine/verdict.ts';
import { ambientRegion, DEFAULT_REGION, parseRegions } from './regions.ts';
import type { Limits } from './outcome.ts';

/** The flags of `scan`, as the command parses them. */
export interface ScanFlags {
  readonly environment: string;
  readonly region?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly 'save-snapshot'?: string | undefined;
  readonly threshold?: number | undefined;
  readonly 'fail-on'?: Severity | undefined;
  readonly 'allow-incomplete': boolean;
  readonly include?: readonly ('pass' | 'not-applicable')[] | undefined;
}

/** What the process knows beside its flags. */
export interface Ambient {
  readonly env: NodeJS.ProcessEnv;
  /** When the command was started. */
  readonly now: Date;
  /** An id for this scan. */
  readonly scanId: string;
}

export type ScanSource =
  | { readonly kind: 'snapshot'; readonly file: string }
  | { readonly kind: 'live'; readonly regions: readonly string[] | 'all'; readonly homeRegion: string };

export interface ScanPlan {
  readonly source: ScanSource;
  readonly rules: readonly ChosenRule[];
  readonly environment: string;
  readonly scanId: string;
  readonly now: Date;
  readonly reported: ReadonlySet<Status>;
  readonly limits: Limits;
  readonly saveSnapshot?: string;
  /** What the person should know before it starts. */
  readonly notes: readonly string[];
}

/** The score that is good enough where nothing says otherwise. */
const DEFAULT_THRESHOLD = 80;

/** @throws UserError where the flags or the environment cannot be followed */
export async function planScan(flags: ScanFlags, { env, now, scanId }: Ambient): Promise<ScanPlan> {
  const notes: string[] = [];
  const reported = new Set(REPORTED_STATUSES);
  if (flags.include?.includes('pass') === true) reported.add('PASS');
  if (flags.include?.includes('not-applicable') === true) reported.add('NOT_APPLICABLE');
  const failOn = flags['fail-on'];
  const saveSnapshot = flags['save-snapshot'];
  return {
    source:
      flags.snapshot === undefined ? await liveSource(flags, env, notes) : { kind: 'snapshot', file: flags.snapshot },
    rules: rules.map((rule) => ({ rule, parameters: rule.parameters.parse({}) })),
    environment: flags.environment,
    scanId,
    now,
    reported,
    limits: {
      threshold: flags.threshold ?? DEFAULT_THRESHOLD,
      ...(failOn !== undefined && { failOn }),
      allowIncomplete: flags['allow-incomplete'],
    },
    ...(saveSnapshot !== undefined && { saveSnapshot }),
    notes,
  };
}

async function liveSource({ region }: ScanFlags, env: NodeJS.ProcessEnv, notes: string[]): Promise<ScanSource> {
  const asked = region ?? (await ambientRegion(env));
  if (asked === undefined) notes.push(`No region was given: reading ${DEFAULT_REGION}.`);
  const regions = parseRegions(asked ?? DEFAULT_REGION);
  return { kind: 'live', regions, homeRegion: regions[0] ?? DEFAULT_REGION };
}
