/** What starts the functions: schedules, and events as they happen. */
import type { Blueprint } from './blueprints.ts';
import { bucketFor } from './parts.ts';
import { queuePolicy } from './resource-policies.ts';
import { scheduleAlias } from './functions.ts';
import type { Names } from './names.ts';
import type { StackSettings } from './settings.ts';
import type { EventsSpec, QueueSpec, RetrySpec, ScheduleSpec, StackSpec, TargetSpec } from './spec.ts';

export interface TriggerPlan {
  readonly names: Names;
  readonly blueprint: Blueprint;
  readonly stack: StackSettings;
  readonly buckets: StackSpec['buckets'];
}

/** A scan that is an hour late is overtaken by the next one. */
const SCHEDULED: RetrySpec = { attempts: 10, maximumAgeSeconds: 3600 };

/** What happened must not be lost: as long and as often as EventBridge tries at all. */
const HAPPENED: RetrySpec = { attempts: 185, maximumAgeSeconds: 86_400 };

export function schedules(plan: TriggerPlan): ScheduleSpec[] {
  const { stack, blueprint } = plan;
  const { scanner, 'config-evaluator': evaluator, reporter } = stack.functions ?? {};
  const scan = blueprint.scans === 'scanner' ? scanner?.schedule : evaluator?.schedule;
  const scans = blueprint.scans && blueprint.functions[blueprint.scans];
  const reports = blueprint.functions.reporter;
  return [
    ...(scans === undefined || scan === undefined ? [] : [schedule(scans, scan, 'scan', plan)]),
    ...REPORTS.flatMap((kind) => {
      const expression = reporter?.schedules?.[kind];
      return reports === undefined || expression === undefined ? [] : [schedule(reports, expression, kind, plan)];
    }),
  ];
}

/** In the order of their usual times. */
const REPORTS = ['daily', 'aggregate', 'weekly', 'executive'] as const;

const PURPOSES = {
  scan: 'Starts a scan.',
  daily: 'Asks for the report on the day before.',
  aggregate: 'Asks for the report on every latest result.',
  weekly: 'Asks for the report on the week before.',
  executive: 'Asks for the executive summary.',
};

function schedule(
  part: string,
  expression: string,
  kind: keyof typeof PURPOSES,
  { names, blueprint }: TriggerPlan,
): ScheduleSpec {
  // What a plain schedule's event means, each function knows; of further kinds it must be told.
  const plain = kind === 'scan' || kind === 'daily';
  const name = names.named(plain ? `${part}-schedule` : `${part}-${kind}-schedule`);
  const aliased = kind === 'scan' && blueprint.reportsAfterScans;
  return {
    name,
    arn: names.arn('events', `rule/${name}`),
    description: PURPOSES[kind],
    expression,
    target: {
      ...target(part, names, SCHEDULED, aliased ? scheduleAlias(names) : undefined),
      ...(!plain && {
        input: {
          paths: { id: '$.id', time: '$.time' },
          template: `{"kind": "${kind}", "time": <time>, "id": <id>}`,
        },
      }),
    },
  };
}

export function events(plan: TriggerPlan): EventsSpec[] {
  const { blueprint, names, stack, buckets } = plan;
  const { 'tag-checker': checker, 'config-processor': processor, remediator } = blueprint.functions;
  const reports = bucketFor('reports', buckets);
  return [
    ...(checker === undefined
      ? []
      : [
          queued('ec2-state-change', checker, plan, {
            description: 'EC2 instances that change their state.',
            pattern: { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] },
            timeout: stack.functions?.['tag-checker']?.timeout,
            batchSize: stack.functions?.['tag-checker']?.batchSize,
          }),
        ]),
    ...(processor === undefined
      ? []
      : [
          queued('config-compliance-change', processor, plan, {
            description: 'Resources whose compliance with one of the stack’s Config rules changes.',
            pattern: {
              source: ['aws.config'],
              'detail-type': ['Config Rules Compliance Change'],
              detail: { configRuleName: Object.keys(blueprint.configRules).map(names.named) },
            },
            timeout: stack.functions?.['config-processor']?.timeout,
          }),
        ]),
    ...(remediator === undefined || reports === undefined ? [] : [storedScans(remediator, reports.name, names)]),
  ];
}

/** Messages that a batch takes, and how often one is received before it counts as lost: S3's. */
const BATCH = 10;
const RECEIVES = 5;
/** Four days: SQS's own default. */
const QUEUE_SECONDS = 345_600;
const DEFAULT_TIMEOUT = 300;

interface QueuedPlan {
  readonly description: string;
  readonly pattern: object;
  readonly timeout?: number | undefined;
  readonly batchSize?: number | undefined;
}

function queued(part: string, functionPart: string, { names }: TriggerPlan, plan: QueuedPlan): EventsSpec {
  const name = names.named(part);
  const arn = names.arn('events', `rule/${name}`);
  const queueName = names.named(`${functionPart}-queue`);
  const queueArn = names.arn('sqs', queueName);
  const own = target(functionPart, names, HAPPENED);
  const queue: QueueSpec = {
    name: queueName,
    arn: queueArn,
    retentionSeconds: QUEUE_SECONDS,
    // Six times the function's, as AWS advises: docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilitySeconds: 6 * (plan.timeout ?? DEFAULT_TIMEOUT),
    policy: queuePolicy(queueArn, [{ service: 'events.amazonaws.com', sourceArns: [arn] }]),
    redrive: { arn: own.deadLetterArn, receives: RECEIVES },
  };
  return {
    name,
    arn,
    description: plan.description,
    pattern: plan.pattern,
    target: { ...own, arn: queueArn },
    queue: { ...queue, batchSize: plan.batchSize ?? BATCH },
  };
}

/** S3 tells EventBridge of each stored scan: what it found is mended without anyone's hand. */
function storedScans(functionPart: string, bucketName: string, names: Names): EventsSpec {
  const name = names.named('scan-stored');
  return {
    name,
    arn: names.arn('events', `rule/${name}`),
    description: 'Scan documents that were stored.',
    pattern: {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [bucketName] }, object: { key: [{ prefix: 'scans/v1/' }] } },
    },
    target: {
      ...target(functionPart, names, SCHEDULED),
      input: {
        paths: { bucket: '$.detail.bucket.name', key: '$.detail.object.key' },
        template: '{"scan": {"bucket": <bucket>, "key": <key>}}',
      },
    },
  };
}

function target(part: string, names: Names, retry: RetrySpec, alias?: string): TargetSpec {
  const functionName = names.named(part);
  const arn = names.arn('lambda', `function:${functionName}`);
  return {
    functionName,
    arn: alias === undefined ? arn : `${arn}:${alias}`,
    deadLetterArn: names.arn('sqs', names.named(`${part}-dlq`)),
    retry,
  };
}
