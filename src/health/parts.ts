/** Every part of a stack, with how it is read and what judges it. */
import type { ConfigurationRecorder } from '@aws-sdk/client-config-service';

import { known } from '../engine/model.ts';
import type { Fact } from '../engine/model.ts';
import type { PartKind, PartStatus } from '../report/health.ts';
import type { StackSpec } from '../stack/spec.ts';
import { checkAlarm } from './checks/alarm.ts';
import type { AlarmSeen } from './checks/alarm.ts';
import { checkBucket } from './checks/bucket.ts';
import { checkAggregator, checkConfigRule, checkDeliveryChannel, checkRecorder } from './checks/config.ts';
import { checkDashboard } from './checks/dashboard.ts';
import { checkFunction } from './checks/function.ts';
import { checkKey } from './checks/key.ts';
import type { KeySeen } from './checks/key.ts';
import { checkLogGroup } from './checks/log-group.ts';
import { checkQueueMapping } from './checks/queue-mapping.ts';
import { checkQueue } from './checks/queue.ts';
import { checkRole } from './checks/role.ts';
import { checkRule } from './checks/rule.ts';
import { checkTable } from './checks/table.ts';
import { checkTopic } from './checks/topic.ts';
import { finding } from './finding.ts';
import type { CheckId, Checking, Finding } from './finding.ts';
import type { MetricValues } from './metrics.ts';
import { readAggregator, readConfigRule, readDeliveryChannel, readRecorder } from './readers/config.ts';
import { readDashboard } from './readers/cloudwatch.ts';
import { readFunction, readQueueMapping } from './readers/functions.ts';
import { readLogGroup } from './readers/logs.ts';
import { readQueue, readRule, readTopic } from './readers/messaging.ts';
import { readBucket, readRole, readTable } from './readers/storage.ts';
import type { Reading } from './reading.ts';
import { queuesOf, rolesOf } from './stack-parts.ts';

/** One part, read and judged. */
export interface Judged {
  readonly kind: PartKind;
  readonly name: string;
  readonly status: PartStatus;
  readonly findings: readonly Finding[];
}

/** What was read before the parts, since several go by it. */
export interface Foreknown {
  readonly metrics: MetricValues;
  readonly alarms: Fact<ReadonlyMap<string, AlarmSeen>>;
  readonly key: Fact<KeySeen | null>;
  readonly recorder: Fact<ConfigurationRecorder | null>;
}

/** One part to be looked at. */
export type Look = () => Promise<Judged>;

/** In the order in which a person reads a stack. */
export function looksAt(spec: StackSpec, foreknown: Foreknown, reading: Reading, checking: Checking): Look[] {
  const { metrics, alarms } = foreknown;
  const look = looker(checking);
  return [
    ...spec.functions.map((one) =>
      look('function', one.name, 'function-missing', {
        read: () => readFunction(one, { stack: spec, metrics }, reading),
        check: (seen) => checkFunction(one, seen, checking),
      }),
    ),
    ...spec.functions.map(({ logGroup }) =>
      look('log-group', logGroup.name, 'log-group-missing', {
        read: () => readLogGroup(logGroup.name, reading),
        check: (seen) => checkLogGroup(logGroup, seen, checking),
      }),
    ),
    ...rolesOf(spec).map((role) =>
      look('role', role.name, 'role-missing', {
        read: () => readRole(role, reading),
        check: (seen) => checkRole(role, seen, checking),
      }),
    ),
    ...[...spec.schedules, ...spec.events].map((rule) =>
      look('rule', rule.name, 'rule-missing', {
        read: () => readRule(rule.name, metrics, reading),
        check: (seen) => checkRule(rule, seen, checking),
      }),
    ),
    ...queuesOf(spec).map(({ spec: queue, use }) =>
      look('queue', queue.name, 'queue-missing', {
        read: () => readQueue(queue.name, metrics, reading),
        check: (seen) => checkQueue(queue, use, seen, checking),
      }),
    ),
    ...spec.events.flatMap(({ target: { functionName }, queue }) =>
      queue === undefined
        ? []
        : [
            look('queue-mapping', queue.name, 'queue-mapping-missing', {
              read: () => readQueueMapping({ functionName, queueArn: queue.arn }, reading),
              check: (seen) =>
                checkQueueMapping({ functionName, queueName: queue.name, batchSize: queue.batchSize }, seen, checking),
            }),
          ],
    ),
    ...spec.topics.map((topic) =>
      look('topic', topic.name, 'topic-missing', {
        read: () => readTopic(topic.arn, reading),
        check: (seen) => checkTopic(topic, seen, checking),
      }),
    ),
    ...spec.buckets.map((bucket) =>
      look('bucket', bucket.name, 'bucket-missing', {
        read: () => readBucket(bucket, reading),
        check: (seen) => checkBucket(bucket, seen, checking),
      }),
    ),
    ...present(spec.table).map((table) =>
      look('table', table.name, 'table-missing', {
        read: () => readTable(table.name, reading),
        check: (seen) => checkTable(table, seen, checking),
      }),
    ),
    ...present(spec.key).map((key) =>
      look('key', key.alias, 'key-missing', {
        read: async () => foreknown.key,
        check: (seen) => checkKey(key, seen, checking),
      }),
    ),
    ...spec.alarms.map((alarm) =>
      look('alarm', alarm.name, 'alarm-missing', {
        read: async () => (alarms.known ? known(alarms.value.get(alarm.name) ?? null) : alarms),
        check: (seen) => checkAlarm(alarm, seen, checking),
      }),
    ),
    ...present(spec.dashboard).map((dashboard) =>
      look('dashboard', dashboard.name, 'dashboard-missing', {
        read: () => readDashboard(dashboard.name, reading),
        check: (seen) => checkDashboard(dashboard, seen, checking),
      }),
    ),
    ...looksAtConfig(spec, foreknown, reading, checking),
  ];
}

function looksAtConfig(
  { config }: StackSpec,
  foreknown: Foreknown,
  reading: Reading,
  checking: Checking,
): readonly Look[] {
  if (config === undefined) return [];
  const look = looker(checking);
  const { recorder: own, adopted, rules, aggregator } = config;
  const recorder = own ?? (adopted === undefined ? undefined : { name: adopted });
  return [
    ...present(recorder).map((one) =>
      look('config-recorder', one.name, 'recorder-missing', {
        read: () => readRecorder(one.name, foreknown.recorder, reading),
        check: (seen) => checkRecorder(one, seen, checking),
      }),
    ),
    ...present(own).map((one) =>
      look('config-delivery-channel', one.channel, 'delivery-channel-missing', {
        read: () => readDeliveryChannel(one.channel, reading),
        check: (seen) => checkDeliveryChannel(one, seen, checking),
      }),
    ),
    ...rules.map((rule) =>
      look('config-rule', rule.name, 'config-rule-missing', {
        read: () => readConfigRule(rule.name, reading),
        check: (seen) => checkConfigRule(rule, seen, checking),
      }),
    ),
    ...present(aggregator).map((one) =>
      look('config-aggregator', one.name, 'aggregator-missing', {
        read: () => readAggregator(one.name, reading),
        check: (seen) => checkAggregator(one, seen, checking),
      }),
    ),
  ];
}

function present<Part>(part: Part | undefined): Part[] {
  return part === undefined ? [] : [part];
}

interface Looking<Seen> {
  readonly read: () => Promise<Fact<Seen | null>>;
  readonly check: (seen: Seen) => readonly Finding[];
}

/** What a part is called in a sentence. */
const NOUNS: Readonly<Record<PartKind, string>> = {
  function: 'function',
  'log-group': 'log group',
  role: 'role',
  rule: 'EventBridge rule',
  queue: 'queue',
  'queue-mapping': 'mapping that takes messages from the queue',
  topic: 'topic',
  bucket: 'bucket',
  table: 'table',
  key: 'key',
  alarm: 'alarm',
  dashboard: 'dashboard',
  'config-recorder': 'AWS Config recorder',
  'config-delivery-channel': 'AWS Config delivery channel',
  'config-rule': 'AWS Config rule',
  'config-aggregator': 'AWS Config aggregator',
};

function looker({ redeploy }: Checking) {
  return <Seen extends object>(kind: PartKind, name: string, missing: CheckId, looking: Looking<Seen>): Look =>
    async () => {
      const seen = await looking.read();
      if (!seen.known) return { kind, name, status: 'unknown', findings: [] };
      if (seen.value === null) {
        const gone = finding(missing, `The ${NOUNS[kind]} ${name} is missing.`, redeploy);
        return { kind, name, status: 'missing', findings: [gone] };
      }
      const findings = looking.check(seen.value);
      const rest: PartStatus = hasUnread(seen.value) ? 'unknown' : 'healthy';
      return { kind, name, status: findings.length > 0 ? 'issues' : rest, findings };
    };
}

/** Whether one of a part's facts was not read: then nobody knows whether it is healthy. */
function hasUnread(seen: object): boolean {
  return Object.values(seen).some(
    (value: unknown) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      (('known' in value && value.known === false) || hasUnread(value)),
  );
}
