/** The functions of a stack: what each is told, what its role allows, and what starts it. */
import type { Configuration, Settings } from '../config/schema.ts';
import { functionConfiguration } from '../functions/configuration.ts';
import type { FunctionConfiguration } from '../functions/configuration.ts';
import {
  evaluatorCalls,
  ON_BEHALF,
  ON_BEHALF_WITH_DESTINATION,
  ON_BEHALF_WITH_KEY,
  ON_BEHALF_WITH_QUEUE,
  processorCalls,
  remediatorCalls,
  reporterCalls,
  scannerCalls,
  tagCheckerCalls,
} from '../functions/permissions.ts';
import type { Call } from '../aws/call.ts';
import { UserError } from '../user-error.ts';
import type { Blueprint } from './blueprints.ts';
import { bucketFor, deadLetterQueue } from './parts.ts';
import type { Names } from './names.ts';
import { callStatements, onBehalf, secretStatements } from './role-policy.ts';
import { FUNCTION_IDS, KEY_ARN } from './spec.ts';
import type { EventsSpec, FunctionId, FunctionSpec, InvokerSpec, ScheduleSpec, StackSpec } from './spec.ts';
import type { FunctionSettings, StackSettings } from './settings.ts';

export interface FunctionPlan {
  readonly names: Names;
  readonly blueprint: Blueprint;
  readonly configuration: Configuration;
  readonly settings: Settings;
  readonly stack: StackSettings;
  readonly topics: StackSpec['topics'];
  readonly buckets: StackSpec['buckets'];
  readonly table?: StackSpec['table'];
  readonly schedules: readonly ScheduleSpec[];
  readonly events: readonly EventsSpec[];
}

/** The functions that the preset has, in the order of `FUNCTION_IDS`. */
export function functionSpecs(plan: FunctionPlan): FunctionSpec[] {
  return FUNCTION_IDS.flatMap((id) => {
    const part = plan.blueprint.functions[id];
    return part === undefined ? [] : [functionSpec(id, part, plan)];
  });
}

/** The alias that a function's own schedule invokes, where its successes start another function: AWS Config's calls must not. */
export function scheduleAlias(names: Names): string {
  return names.named('schedule');
}

const DESCRIPTIONS: Readonly<Record<FunctionId, string>> = {
  scanner: 'Scans the estate and tells what it finds.',
  'tag-checker': 'Checks the tags of an EC2 instance whenever its state changes.',
  reporter: 'Makes reports of what was stored.',
  'config-evaluator': 'Answers the custom rules of AWS Config, and scans on schedule.',
  'config-processor': 'Takes in the compliance changes that AWS Config tells.',
  remediator: 'Mends what the settings allow, and records every change.',
};

/** As in `src/functions/permissions.ts`, by function. */
const CALLS: Readonly<Record<FunctionId, (configuration: FunctionConfiguration) => Call[]>> = {
  scanner: scannerCalls,
  'tag-checker': tagCheckerCalls,
  reporter: reporterCalls,
  'config-evaluator': evaluatorCalls,
  'config-processor': processorCalls,
  remediator: remediatorCalls,
};

/** Seconds and megabytes where the settings say nothing. */
const DEFAULT_TIMEOUT = 300;
const DEFAULT_MEMORY = 256;
const DEFAULT_LOG_RETENTION = 30;

function functionSpec(id: FunctionId, part: string, plan: FunctionPlan): FunctionSpec {
  const { names, blueprint, configuration, stack, schedules, events } = plan;
  const size: Partial<NonNullable<FunctionSettings['remediator']>> = stack.functions?.[id] ?? {};
  const name = names.named(part);
  const arn = names.arn('lambda', `function:${name}`);
  const environment = environmentOf(id, plan);
  const config = configOf(id, plan);
  const started = [...schedules, ...events].filter(({ target }) => target.functionName === name);
  const deadLetters = deadLetterQueue(names.named(`${part}-dlq`), names, { rules: started.map((rule) => rule.arn) });
  const logGroup = `/aws/lambda/${name}`;
  const goesOn = id === blueprint.scans && blueprint.reportsAfterScans ? blueprint.functions.reporter : undefined;
  const onSuccess = goesOn === undefined ? undefined : names.arn('lambda', `function:${names.named(goesOn)}`);
  const role = {
    functionArns: onSuccess === undefined ? [] : [onSuccess],
    queueArns: events.flatMap(({ target, queue }) =>
      target.functionName === name && queue !== undefined ? [queue.arn] : [],
    ),
    deadLetterArn: deadLetters.arn,
    logGroup,
  };
  return {
    id,
    name,
    arn,
    description: DESCRIPTIONS[id],
    runtime: configuration.runtime ?? 'nodejs24.x',
    architecture: configuration.architecture ?? 'arm64',
    timeoutSeconds: size.timeout ?? DEFAULT_TIMEOUT,
    memoryMegabytes: size.memory ?? DEFAULT_MEMORY,
    ...(size.reservedConcurrency !== undefined && { reservedConcurrency: size.reservedConcurrency }),
    environment,
    config,
    role: {
      name: names.named(`${part}-role`),
      arn: names.globalArn('iam', `role/${names.named(`${part}-role`)}`),
      description: `What ${name} may do.`,
      service: 'lambda.amazonaws.com',
      managedPolicies: [],
      policyName: names.named(`${part}-policy`),
      policy: rolePolicy(id, { ...plan, ...role, config, environment }),
    },
    logGroup: { name: logGroup, retentionDays: size.logRetention ?? stack.logRetention ?? DEFAULT_LOG_RETENTION },
    deadLetters,
    invokers: invokersOf(id, name, plan, onSuccess === undefined ? undefined : scheduleAlias(names)),
    ...(onSuccess !== undefined && {
      onSuccess: { alias: scheduleAlias(names), aliasArn: `${arn}:${scheduleAlias(names)}`, functionArn: onSuccess },
    }),
  };
}

interface RolePlan extends FunctionPlan {
  readonly functionArns: readonly string[];
  readonly queueArns: readonly string[];
  readonly deadLetterArn: string;
  readonly logGroup: string;
  readonly config: object;
  readonly environment: Readonly<Record<string, string>>;
}

/** Characters of all inline policies of a role together (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const POLICY_LIMIT = 10_240;

function rolePolicy(id: FunctionId, plan: RolePlan): FunctionSpec['role']['policy'] {
  const { names, configuration, stack } = plan;
  // What the function itself will read from its configuration decides: one reader, no second opinion.
  const own = functionConfiguration(JSON.stringify(plan.config), plan.environment);
  const regions = [...new Set(configuration.regions ?? [names.place.region])];
  const namespaces = id === 'tag-checker' ? ['TagCompliance'] : ['InfrastructureCompliance'];
  const scope = { names, regions, namespaces, configuration: own };
  const policy = [
    ...callStatements(CALLS[id](own), scope),
    ...secretStatements(scope),
    onBehalf(
      'OwnLog',
      ON_BEHALF.filter(({ action }) => action.startsWith('logs:')),
      names.arn('logs', `log-group:${plan.logGroup}:*`),
    ),
    onBehalf(
      'DeadLetters',
      ON_BEHALF.filter(({ action }) => action.startsWith('sqs:')),
      plan.deadLetterArn,
    ),
    ...plan.queueArns.map((arn) => onBehalf('Queue', ON_BEHALF_WITH_QUEUE, arn)),
    ...plan.functionArns.map((arn) => onBehalf('OnSuccess', ON_BEHALF_WITH_DESTINATION, arn)),
    ...(stack.encryption === 'customer-key' ? [onBehalf('Key', ON_BEHALF_WITH_KEY, KEY_ARN)] : []),
  ];
  const length = JSON.stringify(policy.map((statement) => ({ ...statement, reason: undefined }))).length;
  if (length <= POLICY_LIMIT) return policy;
  throw new UserError(
    `The role of ${id} would need a policy of ${length} characters; IAM allows ${POLICY_LIMIT} in a role.`,
    { code: 'ROLE_POLICY_TOO_LONG', suggestions: ['Name fewer accounts, regions or webhooks in one environment'] },
  );
}

/** Lambda's limit for all variables together (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const ENVIRONMENT_LIMIT = 4096;

function environmentOf(id: FunctionId, plan: FunctionPlan): Record<string, string> {
  const { configuration, stack, blueprint, buckets, topics } = plan;
  const judges = id === 'scanner' || id === 'config-evaluator' || id === 'tag-checker';
  const tells = judges || id === 'config-processor' || (id === 'reporter' && (stack.notify ?? []).length > 0);
  const tagRule = configuration.rules.find(({ rule }) => rule.id === 'ec2-required-tags');
  const { tags, minimum } = (tagRule?.parameters ?? {}) as {
    readonly tags?: readonly string[];
    readonly minimum?: number;
  };
  const bucket = bucketFor(blueprint.stores, buckets)?.name;
  const stores = judges || (id === 'reporter' && !blueprint.reportsAfterScans);
  const variables = {
    ...(judges && { COMPLIANCE_THRESHOLD: String(configuration.threshold) }),
    ...(judges && tags !== undefined && { REQUIRED_TAGS: tags.join(',') }),
    ...(judges && minimum !== undefined && { MIN_REQUIRED_TAGS: String(minimum) }),
    ...(stores && bucket !== undefined && { BUCKET_NAME: bucket }),
    ...(tells && { SNS_TOPIC_ARN: topics[0]?.arn ?? '' }),
  };
  const bytes = Object.entries(variables).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  if (bytes <= ENVIRONMENT_LIMIT) return variables;
  throw new UserError(`The environment of ${id} would hold ${bytes} bytes; Lambda allows ${ENVIRONMENT_LIMIT}.`, {
    code: 'ENVIRONMENT_TOO_LARGE',
    suggestions: ['Require fewer tags, or tags with shorter keys: rules.ec2-required-tags.parameters.tags'],
  });
}

/** `config.json`. What a function does not use it is not told, so that its role need not allow it. */
function configOf(id: FunctionId, plan: FunctionPlan): object {
  const { names, blueprint, configuration, settings, stack, buckets, table, topics } = plan;
  const [alertsTopic, criticalTopic] = topics;
  const tells = id !== 'reporter' && id !== 'remediator';
  const scans = id === blueprint.scans;
  const changes = stack.alerts === 'changes';
  const bucket = bucketFor(blueprint.stores, buckets)?.name;
  const aggregates = blueprint.reportsAfterScans || stack.functions?.reporter?.schedules?.aggregate !== undefined;
  const wantsTable = id === 'tag-checker' ? changes : id === 'reporter' ? aggregates : id !== 'remediator';
  // What follows a scan reports on the history, and has no scan to read (S2-8).
  const readsHistoryAlone = id === 'reporter' && blueprint.reportsAfterScans;
  const hasRules = id === 'config-evaluator' || id === 'config-processor';
  const metrics = tells && id !== 'tag-checker' ? stack.metrics : undefined;
  return {
    schema: 'compliancectl.function/1',
    environment: names.environment,
    settings: settingsFor(id, configuration, settings),
    results: {
      ...(bucket !== undefined && !readsHistoryAlone && { bucket }),
      ...(scans && { records: stack.scanRecords ?? false }),
    },
    ...(wantsTable && table !== undefined && { history: { table: table.name, store: stack.history ?? 'changes' } }),
    ...(metrics !== undefined && { metrics: { sets: metrics.sets ?? [], literal: metrics.literal ?? false } }),
    alerts: {
      ...(tells || (id === 'reporter' && (stack.notify ?? []).length > 0) ? { topicArn: alertsTopic?.arn } : {}),
      ...(tells && criticalTopic !== undefined && { criticalTopicArn: criticalTopic.arn }),
      ...(tells && { mode: stack.alerts ?? 'every' }),
    },
    ...(id === 'tag-checker' && {
      tagChecks: { prefix: blueprint.tagCheckPrefix, metrics: stack.tagCheckMetrics ?? false },
    }),
    ...(hasRules && {
      configRules: {
        rules: Object.fromEntries(
          Object.entries(blueprint.configRules).map(([part, rule]) => [names.named(part), rule]),
        ),
        periodic: stack.configRules?.answers ?? 'resources',
      },
    }),
    ...(id === 'reporter' && { reports: { ...(bucket !== undefined && { bucket }), notify: stack.notify ?? [] } }),
    ...(id === 'remediator' &&
      configuration.remediation !== undefined && {
        remediation: { ...configuration.remediation, auditBucket: bucketFor('audit', buckets)?.name },
      }),
  };
}

/** What judges: the rules that run here, by name, so that the function decides nothing anew. */
function settingsFor(id: FunctionId, { rules }: Configuration, settings: Settings): Settings {
  const {
    preset,
    threshold,
    regions,
    accounts,
    allowIncomplete,
    rules: byId,
    customRules,
    waivers,
    webhooks,
  } = settings;
  const tells = id !== 'reporter' && id !== 'remediator';
  return {
    ...(preset !== undefined && { preset }),
    ...(threshold !== undefined && { threshold }),
    ...(regions !== undefined && { regions: [...new Set(regions)] }),
    ...(accounts !== undefined && { accounts }),
    ...(allowIncomplete !== undefined && { allowIncomplete }),
    select: rules.map(({ rule }) => rule.id),
    ...(byId !== undefined && { rules: byId }),
    ...(customRules !== undefined && { customRules }),
    ...(waivers !== undefined && { waivers }),
    ...(tells && webhooks !== undefined && { webhooks }),
  };
}

function invokersOf(id: FunctionId, name: string, plan: FunctionPlan, alias: string | undefined): InvokerSpec[] {
  const { names, schedules, events, blueprint } = plan;
  const byRules = [...schedules, ...events.filter(({ queue }) => queue === undefined)]
    .filter(({ target }) => target.functionName === name)
    .map((rule): InvokerSpec => ({
      id: rule.name,
      service: 'events.amazonaws.com',
      sourceArn: rule.arn,
      ...(alias !== undefined && { qualifier: alias }),
    }));
  const answersConfig = id === 'config-evaluator' && Object.keys(blueprint.configRules).length > 0;
  const config: InvokerSpec = {
    id: 'config',
    service: 'config.amazonaws.com',
    sourceAccount: names.place.accountId,
  };
  return [...byRules, ...(answersConfig ? [config] : [])];
}
