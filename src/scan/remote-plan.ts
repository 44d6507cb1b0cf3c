/** What a scan by a deployed function is going to do: which stack is asked, and what is made of its answer. */
import { loadConfiguration } from '../config/load.ts';
import { stackRegion } from '../deployment/place.ts';
import type { Baseline } from '../engine/baseline.ts';
import type { Status } from '../engine/evaluation.ts';
import type { ChosenRule } from '../engine/rule.ts';
import { readBaseline } from '../history/scan-file.ts';
import { requireEnvironment } from '../stack/plan-stack.ts';
import { UserError } from '../user-error.ts';
import type { Limits } from './outcome.ts';
import { limitsOf, refuseNewWithoutBaseline, reportedStatuses } from './plan.ts';
import type { Ambient, ScanFlags } from './plan.ts';

export interface RemoteFlags extends ScanFlags {
  readonly local: boolean;
  readonly async: boolean;
  readonly fix: boolean;
  readonly undo?: string | undefined;
  readonly yes: boolean;
  readonly explain: boolean;
  readonly 'print-iam-policy': boolean;
  readonly format?: readonly string[] | undefined;
}

export interface RemotePlan {
  readonly environment: string;
  /** Where the stack lies. */
  readonly region: string;
  readonly scanId: string;
  /** When the command was started. */
  readonly now: Date;
  readonly reported: ReadonlySet<Status>;
  readonly limits: Limits;
  /** The earlier scan to compare with. */
  readonly baseline?: Baseline;
  /** The rules of the settings here, for what they say of themselves: which ones run, the deployed settings say. */
  readonly rules: readonly ChosenRule[];
  /** What the person should know before it starts. */
  readonly notes: readonly string[];
}

/** @throws UserError where the flags, the environment or the configuration cannot be followed */
export async function planRemoteScan(flags: RemoteFlags, ambient: Ambient): Promise<RemotePlan> {
  if (flags.async) refuseWaiting(flags);
  refuseLocal(flags);
  refuseNewWithoutBaseline(flags);
  const environment = requireEnvironment(flags.environment);
  const configuration = loadConfiguration({ ...ambient, file: flags.config, environment });
  const { region, note } = await stackRegion(flags.region, configuration, ambient.env);
  return {
    environment,
    region,
    scanId: ambient.scanId,
    now: ambient.now,
    reported: reportedStatuses(flags.include ?? []),
    limits: limitsOf(flags, configuration),
    ...(flags.baseline !== undefined && { baseline: readBaseline(flags.baseline) }),
    rules: configuration.rules,
    notes: note === undefined ? [] : [note],
  };
}

/** What says nothing to a function that was deployed with its own settings. */
const LOCAL_FLAGS = [
  'snapshot',
  'save-snapshot',
  'role-arn',
  'all-regions',
  'rule',
  'severity',
  'tag',
  'at',
  'fix',
  'undo',
  'yes',
  'explain',
  'print-iam-policy',
] as const;

function refuseLocal(flags: RemoteFlags): void {
  const local = LOCAL_FLAGS.find((name) => isGiven(flags[name]));
  if (local === undefined) return;
  throw new UserError(`--${local} is for a scan that runs here: add --local.`, {
    code: 'NEEDS_LOCAL',
    suggestions: ['Without --local the deployed function scans, by the settings it was deployed with'],
  });
}

/** What takes a result, which `--async` does not wait for. */
const WAITING_FLAGS = ['threshold', 'fail-on', 'baseline', 'allow-incomplete', 'include', 'format'] as const;

function refuseWaiting(flags: RemoteFlags): void {
  if (flags.local) {
    throw new UserError('--async asks the deployed function for a scan, and --local runs it here.', {
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
    });
  }
  const waiting = WAITING_FLAGS.find((name) => isGiven(flags[name]));
  if (waiting === undefined) return;
  throw new UserError(`--${waiting} is about the result of a scan, and --async does not wait for it.`, {
    code: 'CONTRADICTION',
    suggestions: ['Leave one of the two out'],
  });
}

function isGiven(flag: unknown): boolean {
  return flag !== undefined && flag !== false;
}
