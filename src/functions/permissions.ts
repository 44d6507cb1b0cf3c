/**
 * What each function's role must allow, from the same declarations that its calls are made by; and what AWS does in the
 * function's name, which no call of ours shows.
 */
import type { Call } from '../aws/call.ts';
import { factsNeeded } from '../engine/needs.ts';
import { SCAN_HISTORY } from '../history/history-table.ts';
import { callsNeeded } from '../inventory/calls.ts';
import { ec2Instances } from '../inventory/collectors/ec2-instances.ts';
import { GET_RESOURCE_CONFIG_HISTORY } from '../inventory/config-history.ts';
import { PUT_EVALUATIONS } from '../publish/config-evaluations.ts';
import { STORE_CHANGES, STORE_EVERY } from '../publish/history.ts';
import { PUT_METRIC_DATA } from '../publish/metrics.ts';
import { GET_OBJECT, LIST_OBJECTS, PUT_OBJECT } from '../aws/s3-objects.ts';
import { PUBLISH } from '../publish/topic.ts';
import { GET_PARAMETER, GET_SECRET_VALUE } from '../publish/webhooks/secrets.ts';
import { remediationCalls } from '../remediate/calls.ts';
import type { FunctionConfiguration } from './configuration.ts';
import { GET_SCAN } from './remediator.ts';

/** An action that Lambda, or a service behind a sink, makes with the function's role. */
export interface ActionOnBehalf {
  readonly action: string;
  readonly reason: string;
}

/** Every function writes its log, and loses no event that it could not process. */
export const ON_BEHALF: readonly ActionOnBehalf[] = [
  { action: 'logs:CreateLogStream', reason: 'Lambda opens a log stream for each container.' },
  { action: 'logs:PutLogEvents', reason: 'Lambda writes what the function logs.' },
  { action: 'sqs:SendMessage', reason: 'Lambda puts an event that failed for good into the dead-letter queue.' },
];

/** Where events come through a queue. */
export const ON_BEHALF_WITH_QUEUE: readonly ActionOnBehalf[] = [
  { action: 'sqs:ReceiveMessage', reason: 'Lambda reads the queue for the function.' },
  { action: 'sqs:DeleteMessage', reason: 'Lambda takes from the queue what the function has acknowledged.' },
  { action: 'sqs:GetQueueAttributes', reason: 'Lambda asks how long a message stays hidden, and how many wait.' },
];

/** Where its successes are handed on to another function. */
export const ON_BEHALF_WITH_DESTINATION: readonly ActionOnBehalf[] = [
  { action: 'lambda:InvokeFunction', reason: 'Lambda hands the result to the destination.' },
];

/** Where a bucket, a topic or a parameter is encrypted with a key of the customer's. */
export const ON_BEHALF_WITH_KEY: readonly ActionOnBehalf[] = [
  { action: 'kms:GenerateDataKey', reason: 'S3 and SNS encrypt what is put with a data key.' },
  { action: 'kms:Decrypt', reason: 'S3 decrypts what is read; SNS and multipart writes check their data key.' },
];

/** Every call that the scanner can make under this configuration. */
export function scannerCalls(configuration: FunctionConfiguration): Call[] {
  const { rules, waivers, accounts } = configuration;
  return [...readingCalls({ rules, waivers }, accounts !== undefined), ...deliveryCalls(configuration)];
}

/** Every call that the tag checker can make under this configuration. */
export function tagCheckerCalls(configuration: FunctionConfiguration): Call[] {
  const { results, history, alerts, tagChecks, webhooks } = configuration;
  return [
    ec2Instances.list,
    ...(results.bucket === undefined ? [] : [PUT_OBJECT]),
    ...(alerts.mode === 'changes' && history?.store === 'changes' ? STORE_CHANGES : []),
    ...(tagChecks.metrics ? [PUT_METRIC_DATA] : []),
    ...(alerts.topicArn === undefined ? [] : [PUBLISH]),
    ...webhookCalls(webhooks),
  ];
}

/** Every call that the Config evaluator can make: its rules' reads, the item where an event is too large for it, its verdicts. */
export function evaluatorCalls(configuration: FunctionConfiguration): Call[] {
  // What a schedule starts is a scan.
  return [...scannerCalls(configuration), GET_RESOURCE_CONFIG_HISTORY, PUT_EVALUATIONS];
}

/** Every call that the Config processor can make; Config is asked for the ARN that its events lack. */
export function processorCalls(configuration: FunctionConfiguration): Call[] {
  return [GET_RESOURCE_CONFIG_HISTORY, ...tellingCalls(configuration)];
}

/** Every call that the remediator can make: a rule in dry-run is read, and never changed. */
export function remediatorCalls({ remediation }: FunctionConfiguration): Call[] {
  return remediation === undefined ? [GET_SCAN] : [GET_SCAN, ...remediationCalls(remediation)];
}

/** Every call that the reporter can make: it reads scans and the history, stores reports, and sends those it is told to. */
export function reporterCalls({ results, history, reports, alerts }: FunctionConfiguration): Call[] {
  const reading = results.bucket !== undefined;
  return [
    ...(reading ? [LIST_OBJECTS, GET_OBJECT] : []),
    PUT_OBJECT,
    ...(history === undefined ? [] : [SCAN_HISTORY]),
    ...(reading && reports.notify.length > 0 && alerts.topicArn !== undefined ? [PUBLISH] : []),
  ];
}

/** What storing, counting and telling of one evaluation takes. */
function tellingCalls({ results, history, metrics, alerts, webhooks }: FunctionConfiguration): Call[] {
  const counting = metrics === undefined ? [] : [PUT_METRIC_DATA];
  const alerting = [...(alerts.topicArn === undefined ? [] : [PUBLISH]), ...webhookCalls(webhooks)];
  const told = metrics !== undefined || alerts.topicArn !== undefined || webhooks !== undefined;
  const remembering = !told || results.bucket === undefined ? [] : [LIST_OBJECTS, PUT_OBJECT];
  return [...storingCalls(history), ...counting, ...alerting, ...remembering];
}

function storingCalls(history: FunctionConfiguration['history']): readonly Call[] {
  if (history === undefined) return [];
  return history.store === 'every' ? STORE_EVERY : STORE_CHANGES;
}

/** The calls that reading what these rules go by takes: in the own account nobody asks whose it is. */
function readingCalls(
  { rules, waivers }: Pick<FunctionConfiguration, 'rules' | 'waivers'>,
  throughRoles: boolean,
): Call[] {
  const calls = callsNeeded(factsNeeded(rules, waivers, []), { allRegions: false, throughRoles });
  return calls.filter(({ api }) => throughRoles || !api.startsWith('sts:'));
}

/** The calls of every sink of a scan that is configured. */
function deliveryCalls({ results, history, metrics, alerts, webhooks }: FunctionConfiguration): Call[] {
  return [
    ...(results.bucket === undefined ? [] : [LIST_OBJECTS, GET_OBJECT, PUT_OBJECT]),
    ...storingCalls(history),
    ...(metrics === undefined ? [] : [PUT_METRIC_DATA]),
    ...(alerts.topicArn === undefined ? [] : [PUBLISH]),
    ...webhookCalls(webhooks),
  ];
}

/** Where addresses and credentials are read from. */
function webhookCalls(webhooks: FunctionConfiguration['webhooks'] = []): Call[] {
  const sources = webhooks.flatMap(({ urlFrom, ...webhook }) => [
    urlFrom,
    'credentialsFrom' in webhook ? webhook.credentialsFrom : undefined,
  ]);
  return [
    ...(sources.some((source) => source !== undefined && 'ssm' in source) ? [GET_PARAMETER] : []),
    ...(sources.some((source) => source !== undefined && 'secret' in source) ? [GET_SECRET_VALUE] : []),
  ];
}
