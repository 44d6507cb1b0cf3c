/** A preset and a configuration, made into one stack with everything decided. Pure: it asks AWS for nothing. */
import type { Configuration, Settings } from '../config/schema.ts';
import { UserError } from '../user-error.ts';
import { alarms } from './alarms.ts';
import { BLUEPRINTS } from './blueprints.ts';
import type { Blueprint } from './blueprints.ts';
import { configParts } from './config-parts.ts';
import { dashboard } from './dashboard.ts';
import { functionSpecs } from './functions.ts';
import { namesOf } from './names.ts';
import type { Names } from './names.ts';
import { outputsOf } from './outputs.ts';
import { bucket, topic } from './parts.ts';
import { refuseForbidden } from './refusals.ts';
import { keyPolicy } from './resource-policies.ts';
import { runtimeWarning } from './runtimes.ts';
import type { StackSettings } from './settings.ts';
import type { BucketSpec, Place, QueueSpec, StackSpec, TopicSpec } from './spec.ts';
import { events, schedules } from './triggers.ts';

export interface StackRequest {
  /** The suffix; see `requireEnvironment`. */
  readonly environment: string;
  readonly place: Place;
  readonly configuration: Configuration;
  /** What the configuration was decided from. */
  readonly settings: Settings;
  /** For what depends on dates: runtimes go out of support. */
  readonly now: Date;
  /** The recorder that the account has in this region, where it has one: an account has one. */
  readonly recorder?: string;
}

export interface PlannedStack {
  readonly spec: StackSpec;
  /** What the person should know before anything is made. */
  readonly warnings: readonly string[];
}

/**
 * @throws UserError `STACK_SETTING` where a setting asks for what AWS or the preset's requirements forbid,
 *   `ENVIRONMENT_TOO_LARGE`, `ROLE_POLICY_TOO_LONG`
 */
export function planStack(request: StackRequest): PlannedStack {
  const { environment, place, configuration } = request;
  const blueprint = BLUEPRINTS[configuration.preset];
  refuseForbidden(configuration, blueprint);
  const names = namesOf(environment, place);
  const own = blueprint.buckets.delivery === undefined ? undefined : names.named('config-recorder');
  const adopted = request.recorder === own ? undefined : request.recorder;
  const spec = assemble(request, { names, blueprint, ...(adopted !== undefined && { adopted }) });
  return { spec: { ...spec, outputs: outputsOf(blueprint, spec) }, warnings: warningsFor(request, spec) };
}

interface Known {
  readonly names: Names;
  readonly blueprint: Blueprint;
  readonly adopted?: string;
}

function assemble(request: StackRequest, { names, blueprint, adopted }: Known): Omit<StackSpec, 'outputs'> {
  const { environment, place, configuration, settings } = request;
  const stack: StackSettings = configuration.stack ?? {};
  const encryption = stack.encryption ?? 'AES256';
  const emails = [...new Set([configuration.alertEmail ?? []].flat())];
  const topics: [TopicSpec, ...TopicSpec[]] = [
    topic('compliance-alerts', names, { emails, encryption, title: 'Compliance alerts' }),
    ...(blueprint.criticalTopic
      ? [topic('compliance-critical', names, { emails, encryption, title: 'Critical compliance alerts' })]
      : []),
  ];
  const buckets = bucketsOf(configuration, stack, { names, blueprint, ...(adopted !== undefined && { adopted }) });
  const tableName = names.named('compliance-history');
  const table = blueprint.table ? { name: tableName, arn: names.arn('dynamodb', `table/${tableName}`) } : undefined;
  const plan = { names, blueprint, configuration, settings, stack, topics, buckets };
  const starts = { schedules: schedules(plan), events: events(plan) };
  const functions = functionSpecs({ ...plan, ...starts, ...(table !== undefined && { table }) });
  const config = configParts({ ...plan, ...(adopted !== undefined && { adopted }) });
  const deadLetters: QueueSpec[] = [
    ...functions.map((one) => one.deadLetters),
    ...topics.flatMap((one) => (one.deadLetters === undefined ? [] : [one.deadLetters])),
  ];
  const { scans } = blueprint;
  const scanner = functions.find(({ id }) => id === scans);
  const schedule = scans && stack.functions?.[scans]?.schedule;
  return {
    environment,
    preset: configuration.preset,
    place,
    tags: { Environment: environment, ...blueprint.tags, ...configuration.tags },
    ...(encryption === 'customer-key' && {
      key: {
        alias: `alias/${names.named('compliance')}`,
        description: `Encrypts what the compliance stack ${environment} stores and tells.`,
        deletionDays: 7,
        policy: keyPolicy(names),
      },
    }),
    topics,
    buckets,
    ...(table !== undefined && { table }),
    functions,
    ...starts,
    ...(config !== undefined && { config }),
    alarms: alarms({
      names,
      wanted: stack.alarms ?? {},
      threshold: configuration.threshold,
      ...(schedule !== undefined && { schedule }),
      functions,
      deadLetters,
      topicArn: topics[0].arn,
    }),
    ...(stack.dashboard === true &&
      blueprint.dashboard !== undefined && {
        dashboard: dashboard({
          part: blueprint.dashboard,
          names,
          sets: stack.metrics?.sets ?? [],
          threshold: configuration.threshold,
          ...(scanner !== undefined && schedule !== undefined && { scans: { spec: scanner, schedule } }),
          functions,
          deadLetters,
        }),
      }),
  };
}

function bucketsOf(
  { naming }: Configuration,
  stack: StackSettings,
  { names, blueprint, adopted }: Known,
): BucketSpec[] {
  return (
    (Object.entries(blueprint.buckets) as [BucketSpec['purpose'], string][])
      // The recorder that is there delivers where it always did.
      .filter(([purpose]) => purpose !== 'delivery' || adopted === undefined)
      .map(([purpose, part]) =>
        bucket(
          {
            purpose,
            part,
            encryption: stack.encryption ?? 'AES256',
            exact: naming?.exactBucketNames ?? false,
            keep: stack.buckets ?? {},
            holdsScans: purpose === blueprint.stores && blueprint.scans !== undefined,
            notifies: purpose === 'reports' && blueprint.functions.remediator !== undefined,
          },
          names,
        ),
      )
  );
}

function warningsFor({ configuration, now }: StackRequest, { config }: Omit<StackSpec, 'outputs'>): string[] {
  const runtime = runtimeWarning(configuration.runtime ?? 'nodejs24.x', now);
  const { regions = [] } = configuration;
  const doubled = regions.find((region, index) => regions.indexOf(region) !== index);
  return [
    ...(configuration.alertEmail === undefined
      ? ['No alertEmail is configured: alerts reach the topic, and nobody by email.']
      : []),
    ...(runtime === undefined ? [] : [runtime]),
    ...(doubled === undefined ? [] : [`regions names ${doubled} more than once: it counts once.`]),
    ...(config?.adopted === undefined
      ? []
      : [
          `The account’s AWS Config recorder ${config.adopted} is used as it is: what it does not record, the Config rules do not see.`,
        ]),
  ];
}

const ENVIRONMENT_NAME = /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/;

/**
 * The suffix that every name of the stack carries.
 *
 * @throws UserError `NO_ENVIRONMENT`, `BAD_ENVIRONMENT_NAME`
 */
export function requireEnvironment(name: string | undefined): string {
  if (name === undefined || name === '') {
    throw new UserError('No environment was named.', {
      code: 'NO_ENVIRONMENT',
      suggestions: ['Name one with -e dev', 'Set ENVIRONMENT_SUFFIX'],
    });
  }
  if (ENVIRONMENT_NAME.test(name)) return name;
  throw new UserError(
    {
      typed: name.slice(0, 80),
      say: (typed) =>
        `${JSON.stringify(typed)} cannot be an environment: use up to 20 lower-case letters, digits and hyphens, the first a letter, the last no hyphen.`,
    },
    { code: 'BAD_ENVIRONMENT_NAME', suggestions: ['Choose a name such as dev, staging or pr-1234'] },
  );
}
