/** The Config processor: what AWS Config says of a resource, by any of its rules, made an evaluation like our own. */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';

import { fingerprint } from '../engine/evaluation.ts';
import type { Evaluation, Status } from '../engine/evaluation.ts';
import type { AnyRule, ChosenRule } from '../engine/rule.ts';
import { recordedItem } from '../inventory/config-history.ts';
import { identityOf, isRecordedType } from '../inventory/config-item.ts';
import { WAIVED_UNTIL } from '../publish/config-evaluations.ts';
import type { Publication } from './config-evaluator.ts';
import { parseBody, parseEvent } from './event.ts';
import { chosenRule, ruleIdOf } from './config-rule-choice.ts';
import type { Invocation } from './invocation.ts';

/** Where compliance changes go. */
export interface ComplianceSinks {
  /**
   * Stores one evaluation, and alerts of it where it is a failure that is news. Events come late, twice and out of order,
   * and the time is theirs:
   *
   * - `stored` where nothing is stored of this rule and resource yet, or what is stored has another status and is of a
   *   moment before `evaluatedAt`; or this very event has stored it, in an invocation that failed later.
   * - `stale` where what is stored says the same, or is of the same moment or a later one: nothing is changed, nobody is told.
   *
   * Comparing and storing must be one step: two events of one resource may be processed at once.
   */
  publish(evaluations: readonly [Evaluation], publication: ChangePublication): Promise<'stored' | 'stale'>;
}

export interface ChangePublication extends Publication {
  /** What the event itself says became of a failure: `new` fails now and did not, `resolved` failed and does not now. */
  readonly transition: Transition;
}

export type Transition = 'new' | 'resolved' | 'none';

/** What the function answers to an event that came without a queue. */
export interface ProcessorAnswer {
  readonly outcome: 'stored' | 'stale';
}

const result = z.object({
  complianceType: z.enum(['COMPLIANT', 'NON_COMPLIANT', 'NOT_APPLICABLE', 'INSUFFICIENT_DATA']),
  resultRecordedTime: z.iso.datetime(),
  annotation: z.string().nullish(),
});

/** https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html */
const complianceChange = z.object({
  id: z.string().min(1),
  'detail-type': z.literal('Config Rules Compliance Change'),
  detail: z.object({
    awsAccountId: z.string().min(1),
    awsRegion: z.string().min(1),
    configRuleName: z.string().min(1),
    resourceType: z.string().min(1),
    resourceId: z.string().min(1),
    newEvaluationResult: result,
    // Absent where it is the first.
    oldEvaluationResult: result.pick({ complianceType: true }).nullish(),
  }),
});
type ComplianceChange = z.output<typeof complianceChange>;
type Detail = ComplianceChange['detail'];
type Compliance = z.output<typeof result>['complianceType'];

const queued = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

const STATUS: Readonly<Record<Compliance, Status>> = {
  COMPLIANT: 'PASS',
  NON_COMPLIANT: 'FAIL',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
  // The rule was deleted or cannot judge: neither a pass nor a failure.
  INSUFFICIENT_DATA: 'UNKNOWN',
};

/** Ends a sentence that begins with the rule and the resource, where Config gives no annotation. */
const IN_WORDS: Readonly<Record<Compliance, string>> = {
  COMPLIANT: 'is compliant',
  NON_COMPLIANT: 'is not compliant',
  NOT_APPLICABLE: 'is not judged',
  INSUFFICIENT_DATA: 'cannot be judged for want of data',
};

/**
 * Takes one event, or a batch of them from a queue: of a batch, those that failed are answered, to be delivered again.
 *
 * @throws UserError `BAD_EVENT` for a single event that is no compliance change; what the sinks and AWS throw
 */
export async function processComplianceChanges(
  event: unknown,
  invocation: Invocation,
  sinks: ComplianceSinks,
): Promise<ProcessorAnswer | PartialItemFailureResponse> {
  if (!queued.safeParse(event).success) return { outcome: await processOne(event, invocation, sinks) };
  const handle = async ({ body, messageId }: SQSRecord) => {
    try {
      await processOne(parseBody(body), invocation, sinks);
    } catch (error) {
      invocation.log.error('A message could not be processed', { messageId, error });
      throw error;
    }
  };
  return processPartialResponse(event as { Records: SQSRecord[] }, handle, new BatchProcessor(EventType.SQS), {
    // One after another: of two events of one resource the later one mostly comes second.
    processInParallel: false,
    throwOnFullBatchFailure: false,
  });
}

async function processOne(event: unknown, invocation: Invocation, sinks: ComplianceSinks): Promise<'stored' | 'stale'> {
  const { id, detail } = parseEvent(event, complianceChange, 'a change of compliance that AWS Config tells');
  const evaluation = await evaluationOf(detail, invocation);
  const outcome = await sinks.publish([evaluation], {
    scanId: id,
    evaluatedAt: new Date(detail.newEvaluationResult.resultRecordedTime),
    transition: transitionOf(evaluation.status, detail),
  });
  const { rule_id: rule, resource_arn: resource, status } = evaluation;
  invocation.log.info('Compliance change', { rule, resource, status, outcome });
  return outcome;
}

async function evaluationOf(detail: Detail, invocation: Invocation): Promise<Evaluation> {
  const { awsAccountId, awsRegion, configRuleName, resourceType, newEvaluationResult } = detail;
  const { configuration } = invocation;
  const ruleId = ruleIdOf(configRuleName, configuration);
  const ours = ruleId === undefined ? undefined : chosenRule(ruleId, configuration.rules);
  const { id, arn } = await identify(detail, invocation);
  const status = statusOf(newEvaluationResult, ours);
  const rule_id = ours?.rule.id ?? configRuleName;
  return {
    fingerprint: fingerprint(rule_id, awsAccountId, awsRegion, arn),
    rule_id,
    severity: ours?.severity ?? ours?.rule.severity ?? configuration.configRules.severity,
    category: ours?.rule.category ?? 'configuration',
    resource_type: resourceType,
    resource_id: id,
    resource_arn: arn,
    account_id: awsAccountId,
    region: awsRegion,
    status,
    message: messageOf(status, detail, ours?.rule),
    ...(status === 'FAIL' && ours !== undefined && { remediation: ours.rule.remedy }),
    ...(status === 'FAIL' && { change: wasFailing(detail) ? ('unchanged' as const) : ('new' as const) }),
  };
}

/** Our evaluator puts what is waived as not applicable, and says so: a waived failure is stored as one. */
function statusOf({ complianceType, annotation }: z.output<typeof result>, ours: ChosenRule | undefined): Status {
  const status = STATUS[complianceType];
  const waived = ours !== undefined && status === 'NOT_APPLICABLE' && annotation?.startsWith(WAIVED_UNTIL) === true;
  return waived ? 'WAIVED' : status;
}

function messageOf(
  status: Status,
  { configRuleName, resourceType, resourceId, newEvaluationResult: { annotation, complianceType } }: Detail,
  ours: AnyRule | undefined,
): string {
  // As the engine has it, so that one verdict reads the same whichever way it came.
  if (status === 'PASS' && ours !== undefined) return `${ours.title}.`;
  return annotation || `${resourceType} ${resourceId} ${IN_WORDS[complianceType]}, says the rule ${configRuleName}.`;
}

function wasFailing({ oldEvaluationResult }: Detail): boolean {
  return oldEvaluationResult?.complianceType === 'NON_COMPLIANT';
}

/** What can no longer be judged is not known to be mended. */
function transitionOf(status: Status, detail: Detail): Transition {
  const failing = wasFailing(detail);
  if (status === 'FAIL') return failing ? 'none' : 'new';
  return failing && status !== 'UNKNOWN' ? 'resolved' : 'none';
}

interface Identity {
  readonly id: string;
  readonly arn: string;
}

/** The event has no ARN. Most of those we judge can be told from the id; of the rest Config is asked. */
async function identify(detail: Detail, invocation: Invocation): Promise<Identity> {
  const { awsAccountId, awsRegion, resourceType: type, resourceId } = detail;
  const { partition } = invocation.account;
  if (type === 'AWS::::Account') return { id: resourceId, arn: `arn:${partition}:iam::${resourceId}:root` };
  if (isRecordedType(type) && !type.startsWith('AWS::RDS::')) {
    return identityOf(type, { resourceId, awsAccountId, awsRegion }, partition);
  }
  return (await recordedIdentity(detail, invocation)) ?? { id: resourceId, arn: `${type}/${resourceId}` };
}

/** `undefined` where Config has no ARN for it, or the resource is of another account or region, which is not asked. */
async function recordedIdentity(
  { awsAccountId, awsRegion, resourceType, resourceId, newEvaluationResult }: Detail,
  { account, region, clients, signal }: Invocation,
): Promise<Identity | undefined> {
  if (awsAccountId !== account.accountId || awsRegion !== region) return undefined;
  const before = new Date(newEvaluationResult.resultRecordedTime);
  const item = await recordedItem(await clients.config(), { resourceType, resourceId }, { before, signal });
  return item?.arn === undefined ? undefined : { id: item.resourceName || resourceId, arn: item.arn };
}
