/** `deploy`: the plan and its cost are shown, someone says yes to it, and only then is anything made. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import { createClients } from '../aws/clients.ts';
import { loadSettings } from '../config/load.ts';
import { plural } from '../report/plural.ts';
import { plainText } from '../report/plain-text.ts';
import { LIST_PRICES } from '../prices/list-prices.ts';
import { renderStackCost, stackCostDocument } from '../report/stack-cost.ts';
import type { StackCost } from '../report/stack-cost.ts';
import { countsOf, effectiveChanges, renderStackChanges } from '../report/stack-changes.ts';
import type { StackChange } from '../report/stack-changes.ts';
import { BLUEPRINTS } from '../stack/blueprints.ts';
import { parseAssumptions } from '../stack/cost-assumptions.ts';
import { estimateCost } from '../stack/cost.ts';
import { planStack, requireEnvironment } from '../stack/plan-stack.ts';
import type { PlannedStack } from '../stack/plan-stack.ts';
import { describeSchedule } from '../stack/schedule-expression.ts';
import type { StackSpec } from '../stack/spec.ts';
import { EXIT, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { OUTPUTS_FILE, prepareOutputsFile, writeOutputsFile } from './outputs-file.ts';
import { CONFIRMATION_DAYS, pendingEmails } from './pending-emails.ts';
import { openPlace, stackRegion } from './place.ts';
import { existingRecorder } from './recorder.ts';
import type { ExistingRecorder } from './recorder.ts';
import type { Runner, RunnerRequest } from './runner.ts';

export interface DeployFlags {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  readonly backend?: string | undefined;
  readonly preview: boolean;
  readonly yes: boolean;
  readonly refresh: boolean;
  readonly assume?: readonly string[] | undefined;
  readonly 'outputs-file'?: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What the process has that a test gives otherwise. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly now: Date;
  readonly canAsk: boolean;
  readonly ask: (question: string) => Promise<string>;
  /** Writes what people are to know, on stderr. */
  readonly tell: (text: string) => void;
  /** Writes results, on stdout. */
  readonly print: (text: string) => Promise<void>;
  readonly chalk: ChalkInstance;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  readonly openRunner: (request: RunnerRequest) => Promise<Runner>;
}

/** A stack that is planned, and what reaches its account. */
interface Prepared extends PlannedStack {
  readonly notes: readonly string[];
  readonly cost: StackCost;
  readonly backend?: string | undefined;
  readonly secretsProvider?: string | undefined;
  readonly clients: ReturnType<typeof createClients>;
}

/**
 * @returns 0 where the stack is as the settings say, or the person said no
 * @throws UserError for what the person can mend; `NO_CONFIRMATION` without a terminal and without --yes
 */
export async function deploy(flags: DeployFlags, surroundings: Surroundings): Promise<ExitCode> {
  const { tell, print, chalk, canAsk, signal, onProgress, openRunner } = surroundings;
  if (!flags.preview && !flags.yes && !canAsk) throw noConfirmation('deploy', 'Pass --preview to see the plan alone');
  const environment = requireEnvironment(flags.environment);
  const file = flags['outputs-file'] ?? OUTPUTS_FILE;
  const prepared = await prepareStack(environment, flags, surroundings);
  const { spec, warnings, notes, cost, clients, backend, secretsProvider } = prepared;
  try {
    if (!flags.quiet) for (const note of [...notes, ...warnings]) tell(sentence(note));
    if (!flags.preview) await prepareOutputsFile(file);
    const runner = await openRunner({
      environment,
      place: spec.place,
      spec,
      backend,
      secretsProvider,
      signal,
      onProgress,
    });
    if (flags.refresh) await runner.refresh();
    const planned = await runner.preview();
    const changes = effectiveChanges(planned);
    const shown = flags.preview && !flags.json ? print : async (text: string) => tell(text);
    if (!flags.json && !(flags.quiet && flags.yes)) {
      const shownCost = renderStackCost(cost, chalk);
      await shown([...renderStackChanges(planned, targetOf(spec), chalk), '\n', shownCost].join(''));
    }
    if (flags.preview) {
      if (flags.json) await print(documentText(spec, { applied: false, changes, outputs: {}, warnings, cost }));
      return EXIT.ok;
    }
    if (changes.length > 0 && !flags.yes && !(await agreed(changes, surroundings))) {
      tell('Nothing was changed.\n');
      return EXIT.ok;
    }
    // Without a change it is run all the same: the outputs may be of an older version.
    const applied = await runner.up();
    const outputs = await runner.outputs();
    await writeOutputsFile(file, outputs);
    const pending = await pendingEmails(topicsWithEmail(spec), clients, signal);
    const done = effectiveChanges(applied);
    if (flags.json) {
      await print(
        documentText(spec, { applied: true, changes: done, outputs, warnings, cost, pending: pending ?? [] }),
      );
      return EXIT.ok;
    }
    await print(outputsText(outputs));
    if (!flags.quiet) tell(afterwords(spec, { done, pending, file, now: surroundings.now, chalk }));
    return EXIT.ok;
  } finally {
    clients.destroy();
  }
}

/** Everything that is decided before Pulumi is asked for anything. */
async function prepareStack(environment: string, flags: DeployFlags, surroundings: Surroundings): Promise<Prepared> {
  const { env, directory, now, signal } = surroundings;
  const { configuration, settings } = loadSettings({ file: flags.config, environment, env, directory, now });
  const assumed = parseAssumptions(flags.assume ?? []);
  const { region, note } = await stackRegion(flags.region, configuration, env);
  const { place, account } = await openPlace(region, { env, signal });
  const clients = createClients({ region, credentials: account.credentials, env, signal });
  try {
    const usesConfig = Object.keys(BLUEPRINTS[configuration.preset].configRules).length > 0;
    const recorder = usesConfig ? await existingRecorder(clients, signal) : undefined;
    const planned = planStack({
      environment,
      place,
      configuration,
      settings,
      now,
      ...(recorder !== undefined && { recorder: recorder.name }),
    });
    return {
      ...planned,
      cost: estimateCost(planned.spec, LIST_PRICES, assumed),
      notes: [...(note === undefined ? [] : [note]), ...recorderNotes(recorder, planned.spec)],
      backend: flags.backend ?? nonEmpty(env['PULUMI_BACKEND_URL']) ?? configuration.backend,
      secretsProvider: configuration.secretsProvider,
      clients,
    };
  } catch (error) {
    clients.destroy();
    throw error;
  }
}

function recorderNotes(recorder: ExistingRecorder | undefined, { config }: StackSpec): string[] {
  if (recorder === undefined || config?.adopted === undefined || recorder.unrecorded.length === 0) return [];
  return [`The recorder ${recorder.name} does not record ${recorder.unrecorded.join(', ')}.`];
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function targetOf({ environment, preset, place }: StackSpec) {
  return { environment, preset, accountId: place.accountId, region: place.region };
}

async function agreed(changes: readonly StackChange[], { ask, chalk }: Surroundings): Promise<boolean> {
  return (await ask(`\nType yes to go ahead (${countsOf(changes, chalk)}): `)).trim() === 'yes';
}

export function noConfirmation(command: string, other: string): UserError {
  return new UserError(`${command} asks before it changes anything, and there is no terminal to ask at.`, {
    code: 'NO_CONFIRMATION',
    suggestions: ['Pass --yes to go ahead unasked', other],
  });
}

function topicsWithEmail({ topics }: StackSpec): string[] {
  return topics.filter(({ subscriptions }) => subscriptions.length > 0).map(({ arn }) => arn);
}

function outputsText(outputs: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(outputs).map((name) => name.length));
  return plainText(
    Object.entries(outputs)
      .map(([name, value]) => `${name.padEnd(width)}  ${value}\n`)
      .join(''),
  );
}

interface Deployed {
  readonly done: readonly StackChange[];
  readonly pending: readonly string[] | undefined;
  readonly file: string;
  readonly now: Date;
  readonly chalk: ChalkInstance;
}

function afterwords(spec: StackSpec, { done, pending, file, now, chalk }: Deployed): string {
  const fresh = done.some(({ operation, type }) => operation === 'create' && type.endsWith(':TopicSubscription'));
  const until = new Date(now.getTime() + CONFIRMATION_DAYS * 86_400_000).toISOString().slice(0, 16);
  const waiting = pending ?? [];
  const link = fresh
    ? `AWS has sent each a link, good until ${until}Z.`
    : `The link that AWS sent holds ${CONFIRMATION_DAYS} days: where it is over, delete the subscription and deploy with --refresh.`;
  const scanner = BLUEPRINTS[spec.preset].scans;
  const scans = spec.schedules.find(
    ({ target }) => target.functionName === spec.functions.find(({ id }) => id === scanner)?.name,
  );
  return [
    `\n${done.length === 0 ? 'The stack was as it should be.' : `Done: ${countsOf(done, chalk, true)}.`}`,
    ` The outputs are in ${file} too.\n`,
    ...(waiting.length === 0
      ? []
      : [
          sentence(
            `${plural(waiting.length, 'address', 'addresses')} must confirm before alerts arrive: ${waiting.join(', ')}. ${link}`,
          ),
        ]),
    ...(pending === undefined
      ? [sentence('AWS did not say which email addresses have confirmed: allow sns:ListSubscriptionsByTopic.')]
      : []),
    ...(scans === undefined
      ? []
      : [`It scans ${describeSchedule(scans.expression)}. Scan now: compliancectl scan -e ${spec.environment}\n`]),
  ].join('');
}

/** One document: what `--json` prints. */
function documentText(
  spec: StackSpec,
  result: {
    readonly applied: boolean;
    readonly changes: readonly StackChange[];
    readonly outputs: Readonly<Record<string, string>>;
    readonly warnings: readonly string[];
    readonly cost: StackCost;
    readonly pending?: readonly string[];
  },
): string {
  const { environment, preset, place } = spec;
  const document = {
    schema: 'compliancectl.deploy/1',
    environment,
    preset,
    account_id: place.accountId,
    region: place.region,
    applied: result.applied,
    changes: result.changes,
    outputs: result.outputs,
    monthly_cost: stackCostDocument(result.cost),
    ...(result.pending !== undefined && { pending_emails: result.pending }),
    warnings: result.warnings,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function sentence(text: string): string {
  return `${wrapAnsi(plainText(text), 80)}\n`;
}
