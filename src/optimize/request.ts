/** What was asked of `optimize`: flags, settings and surroundings made into one request, contradictions refused before AWS is asked. */
import { loadSettings } from '../config/load.ts';
import type { PriceMode } from '../prices/prices.ts';
import type { OptimizeDocument } from '../report/optimize-document.ts';
import { ambientRegion, DEFAULT_REGION, parseRegion } from '../scan/regions.ts';
import { requireEnvironment } from '../stack/plan-stack.ts';
import { UserError } from '../user-error.ts';
import type { OptionalKind } from './model.ts';
import { bucketOf, requireLedger } from './open-ledger.ts';
import { refuseEnvironment } from './production.ts';
import type { OptimizeSettings } from './settings.ts';

export interface OptimizeFlags {
  readonly environment: string;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly name?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly stack?: readonly string[] | undefined;
  /** `none` alone, or some of the others. */
  readonly include?: readonly (OptionalKind | 'none')[] | undefined;
  readonly 'keep-backups': boolean;
  readonly 'snapshot-first': boolean;
  readonly 'plan-out'?: string | undefined;
  readonly plan?: string | undefined;
  readonly ledger?: string | undefined;
  readonly restore: boolean;
  readonly entry?: string | undefined;
  readonly timeout: number;
  readonly wait: boolean;
  readonly prices: PriceMode;
  readonly 'show-math': boolean;
  readonly 'print-iam-policy': boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What the process has that a test gives otherwise. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly clock: () => Date;
  /** Waits so many milliseconds, or until `signal` says so. */
  readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly host: string;
  readonly pid: number;
  /** Names this run: unique. */
  readonly runId: string;
  readonly canAsk: boolean;
  readonly ask: (question: string) => Promise<string>;
  /** Writes what people are to know, on stderr. */
  readonly tell: (text: string) => void;
  /** Shows a document as it was asked for: on stdout, to files. */
  readonly show: (document: OptimizeDocument) => Promise<void>;
  /** Writes a file, whole or not at all. */
  readonly save: (file: string, text: string) => Promise<void>;
  /** The table of a document, for the person who is to agree to it. */
  readonly tableOf: (document: OptimizeDocument) => string;
  /** Ctrl-C: no change is begun any more, and none is waited for. */
  readonly stop: AbortSignal;
  readonly onProgress: (line: string) => void;
}

export interface OptimizeRequest {
  readonly environment: string;
  readonly region: string;
  /** Said where nobody chose the region. */
  readonly note?: string;
  readonly settings: OptimizeSettings;
  /** What a plan is made for: which resources, and whether backups are kept. */
  readonly choice: OptimizeDocument['choice'];
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly snapshotFirst: boolean;
  readonly planFile?: string;
  readonly planOut?: string;
  /** A folder, or `s3://bucket/prefix`; the user's own folder where there is none. */
  readonly ledger?: string;
  readonly entryId?: string;
  readonly timeoutSeconds: number;
  /** Seconds between two looks at AWS. */
  readonly pollSeconds: number;
  readonly wait: boolean;
  readonly prices: PriceMode;
}

/** What `--waste` is to report on. */
export interface WasteRequest {
  readonly region: string;
  /** Said where nobody chose the region. */
  readonly note?: string;
  readonly quiet: boolean;
  readonly prices: PriceMode;
}

/** What `--timeout` is where it is not given. */
const TIMEOUT_MINUTES = 30;

/** Seconds between two looks at a change that is under way, where COMPLIANCECTL_POLL_SECONDS does not say. */
const POLL_SECONDS = 15;

/**
 * @throws UserError for what cannot be carried out: `CONTRADICTION`, `PRODUCTION`, `NO_CONFIRMATION`, `NO_LEDGER`, `BAD_LEDGER`, `BAD_TAG`, `BAD_REGION`,
 *   `SEVERAL_REGIONS`, `BAD_ENVIRONMENT_NAME`, `BAD_POLL`, `CONFIG_*`
 */
export async function requestOf(flags: OptimizeFlags, surroundings: Surroundings): Promise<OptimizeRequest> {
  const { env, directory, canAsk, clock } = surroundings;
  refuseContradictions(flags);
  const environment = requireEnvironment(flags.environment);
  const { configuration } = loadSettings({ file: flags.config, environment, env, directory, now: clock() });
  const settings = configuration.optimize;
  const printsPolicy = flags['print-iam-policy'];
  // Putting back is refused to nobody: it brings back what was there.
  if (!printsPolicy && !flags.restore) refuseEnvironment(environment, settings);
  const ledger = flags.ledger ?? settings.ledger;
  // Said before anything is asked of AWS.
  if (ledger !== undefined) bucketOf(ledger);
  if (!flags['dry-run'] && !printsPolicy) {
    if (!flags.yes && !canAsk) throw noConfirmation();
    requireLedger(ledger, env);
  }
  const { region, note } = await regionOf(flags.region, configuration.regions, env);
  const { plan, 'plan-out': planOut, entry } = flags;
  return {
    environment,
    region,
    ...(note !== undefined && { note }),
    settings,
    choice: choiceOf(flags, settings),
    dryRun: flags['dry-run'],
    yes: flags.yes,
    quiet: flags.quiet,
    snapshotFirst: flags['snapshot-first'],
    ...(plan !== undefined && { planFile: plan }),
    ...(planOut !== undefined && { planOut }),
    ...(ledger !== undefined && { ledger }),
    ...(entry !== undefined && { entryId: entry }),
    timeoutSeconds: flags.timeout * 60,
    pollSeconds: pollSeconds(env),
    wait: flags.wait,
    prices: flags.prices,
  };
}

/**
 * The report of waste is about a whole account and region: nothing that chooses, changes or puts back has a meaning there. The environment
 * only tells which settings hold.
 *
 * @throws UserError `CONTRADICTION`, `BAD_REGION`, `SEVERAL_REGIONS`, `BAD_ENVIRONMENT_NAME`, `CONFIG_*`
 */
export async function wasteRequestOf(flags: OptimizeFlags, surroundings: Surroundings): Promise<WasteRequest> {
  const { env, directory, clock } = surroundings;
  refuseBesideWaste(flags);
  const environment = requireEnvironment(flags.environment);
  const { configuration } = loadSettings({ file: flags.config, environment, env, directory, now: clock() });
  const { region, note } = await regionOf(flags.region, configuration.regions, env);
  return { region, ...(note !== undefined && { note }), quiet: flags.quiet, prices: flags.prices };
}

const BESIDE_WASTE = [
  'yes',
  'name',
  'tag',
  'stack',
  'include',
  'keep-backups',
  'snapshot-first',
  'plan-out',
  'plan',
  'ledger',
  'restore',
  'entry',
] as const;

function refuseBesideWaste(flags: OptimizeFlags): void {
  const other =
    BESIDE_WASTE.find((name) => flags[name] !== undefined && flags[name] !== false) ??
    (flags.wait ? undefined : 'no-wait') ??
    (flags.timeout === TIMEOUT_MINUTES ? undefined : 'timeout');
  if (other === undefined) return;
  throw new UserError(
    `--waste and --${other} do not go together: it reports on all of an account and region, and changes nothing.`,
    {
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
    },
  );
}

/** What a restore goes by is in the ledger, what a plan was made for is in the plan, and a policy is printed for everything. */
function refuseContradictions(flags: OptimizeFlags): void {
  const given = (names: readonly (keyof OptimizeFlags)[]) =>
    names.filter((name) => flags[name] !== undefined && flags[name] !== false);
  const choosing = ['name', 'tag', 'stack', 'include', 'keep-backups'] as const;
  const contradictions = [
    { flag: 'restore', others: [...choosing, 'snapshot-first', 'plan', 'plan-out'] },
    { flag: 'plan', others: [...choosing, 'plan-out'] },
    { flag: 'print-iam-policy', others: ['dry-run', 'yes', 'plan', 'plan-out', 'restore'] },
  ] as const;
  for (const { flag, others } of contradictions) {
    const [other] = given([flag]).length === 0 ? [] : given(others);
    if (other === undefined) continue;
    throw new UserError(`--${flag} and --${other} do not go together.`, {
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
    });
  }
  if (flags.include !== undefined && flags.include.length > 1 && flags.include.includes('none')) {
    throw new UserError('--include none and other kinds do not go together.', {
      code: 'CONTRADICTION',
      suggestions: ['Leave one of the two out'],
    });
  }
  if (flags.entry !== undefined && !flags.restore) {
    throw new UserError('--entry names what is put back, and without --restore nothing is.', {
      code: 'CONTRADICTION',
      suggestions: ['Pass --restore with it'],
    });
  }
}

/** What the flags say in place of the settings: each kind of criterion as a whole. */
function choiceOf(flags: OptimizeFlags, { select, include = [] }: OptimizeSettings): OptimizeDocument['choice'] {
  const tags = flags.tag === undefined ? select.tags : Object.fromEntries(flags.tag.map(parseTag));
  const byFlag = [flags.name, flags.tag, flags.stack].some((given) => given !== undefined);
  const chosen = byFlag
    ? { names: flags.name, tags: flags.tag && tags, stacks: flags.stack }
    : { names: select.names, tags, stacks: select.stacks };
  return {
    names: chosen.names ?? null,
    tags: chosen.tags ?? null,
    stacks: chosen.stacks ?? null,
    keep_backups: flags['keep-backups'],
    include: flags.include?.filter((kind) => kind !== 'none') ?? include,
  };
}

function parseTag(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UserError(
    { typed: text, say: (typed) => `--tag ${typed} is no tag: it needs a key and a value.` },
    { code: 'BAD_TAG', suggestions: ['Give it as --tag Environment=dev'] },
  );
}

/** The flag, then the AWS environment or profile, then the configuration where it names one region, then us-east-1. */
async function regionOf(
  flag: string | undefined,
  configured: readonly string[] | undefined,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly region: string; readonly note?: string }> {
  if (flag !== undefined) {
    const region = parseRegion(flag, {
      message: 'optimize looks at one region at a time, and --region names several.',
      suggestions: ['Name one with --region, and run it once for each'],
    });
    return { region };
  }
  const given = (await ambientRegion(env)) ?? (configured?.length === 1 ? configured[0] : undefined);
  return given === undefined
    ? { region: DEFAULT_REGION, note: `No region was given: ${DEFAULT_REGION} is looked at.` }
    : { region: given };
}

function pollSeconds(env: NodeJS.ProcessEnv): number {
  const text = env['COMPLIANCECTL_POLL_SECONDS'];
  if (text === undefined || text === '') return POLL_SECONDS;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 300) return seconds;
  throw new UserError('COMPLIANCECTL_POLL_SECONDS is no number of seconds above 0 and up to 300.', {
    code: 'BAD_POLL',
    suggestions: [`Leave it out for ${POLL_SECONDS} seconds`],
  });
}

function noConfirmation(): UserError {
  return new UserError('optimize asks before it changes anything, and there is no terminal to ask at.', {
    code: 'NO_CONFIRMATION',
    suggestions: ['Pass --yes to go ahead unasked', 'Pass --dry-run to see the plan alone'],
  });
}
