/** The scanner: a scan of the estate, on schedule, on demand or of one shard, and everything that is told of it. */
import * as z from 'zod';

import { openAccounts } from '../aws/accounts.ts';
import type { Account, AccountRole, ClosedAccount } from '../aws/accounts.ts';
import { REPORTED_STATUSES } from '../engine/evaluate.ts';
import type { Status } from '../engine/evaluation.ts';
import { factsNeeded } from '../engine/needs.ts';
import type { ChosenRule } from '../engine/rule.ts';
import { openLive } from '../inventory/live.ts';
import type { ScanPlan } from '../scan/plan.ts';
import { runScan } from '../scan/run.ts';
import type { ScanOutcome } from '../scan/run.ts';
import { UserError } from '../user-error.ts';
import { PUBLISHING_TIME, withDeadline } from './deadline.ts';
import { DeliveryError } from './deliveries.ts';
import { bridgeEvent, eventId, eventTime, parseEvent } from './event.ts';
import type { Invocation } from './invocation.ts';
import { ANSWER, publishScan, remember } from './publish-scan.ts';
import type { Memory } from './publish-scan.ts';
import { scanAnswer } from './scan-answer.ts';
import type { ScanAnswer } from './scan-answer.ts';

const shardSchema = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, { error: 'is not an account id of 12 digits' })
    .optional(),
  region: z.string().min(1).optional(),
  rules: z.array(z.string()).min(1).optional(),
});

/** A part of the estate that is scanned by itself. */
export type Shard = z.output<typeof shardSchema>;

/** On demand: what is not given is the invocation's own. */
const requestSchema = z.strictObject({
  scan_id: eventId.optional(),
  time: eventTime.optional(),
  shard: shardSchema.optional(),
});

export interface ScanRequest {
  /** The event's id: the same event twice is one scan. */
  readonly scanId: string;
  /** As of when resources are judged, and what the scan is filed under. */
  readonly now: Date;
  readonly shard?: Shard;
}

/** AWS answered no listing at all: the scan says so, and the function fails, so that its alarm does too. */
class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/**
 * Scans, delivers, and gives the summary with where the document lies. Where an earlier invocation for the same event has
 * done all that, its answer is given again. Reading stops 45 s before Lambda would stop it: then `complete` is false, and
 * what was not read by then is a gap.
 *
 * @throws UserError for an event that is none, or a shard that the configuration knows nothing of
 * @throws DeliveryError where a sink failed, after the others were served
 * @throws UnreadableError where nothing was readable, after that was told
 */
export async function runScanner(event: unknown, invocation: Invocation): Promise<ScanAnswer> {
  const request = requestFrom(event, invocation);
  const plan = planFor(request, invocation);
  const { log } = invocation;
  const memory = await remember(request, invocation);
  const before = await memory.receipts.read(ANSWER, scanAnswer);
  if (before !== undefined) {
    log.info('Scan was delivered before', { scan_id: request.scanId });
    return before;
  }
  try {
    const answer = await scanAndPublish(request, plan, invocation, memory);
    await memory.receipts.write(ANSWER, answer);
    return answer;
  } catch (error) {
    await memory.release();
    throw error;
  }
}

async function scanAndPublish(
  request: ScanRequest,
  plan: FunctionPlan,
  invocation: Invocation,
  memory: Memory,
): Promise<ScanAnswer> {
  const { scanId: scan_id, shard } = request;
  invocation.log.info('Scan started', { scan_id, shard });
  const outcome = await scan(plan, request, invocation);
  const { complete, summary, gaps } = outcome.head;
  invocation.log.info('Scan finished', { scan_id, complete, summary, gaps });
  // The dashboard's worst rules are read from these lines: a metric for every rule would cost by the rule.
  for (const [rule_id, { compliant, non_compliant, unknown }] of Object.entries(outcome.head.by_rule)) {
    invocation.log.info('Rule evaluated', { scan_id, rule_id, compliant, non_compliant, unknown });
  }
  const answer = await publishScan(outcome, request, invocation, memory);
  if (answer.deliveries.some(({ status }) => status === 'failed')) throw new DeliveryError(answer.deliveries);
  if (outcome.readable || gaps.length === 0 || !complete) return answer;
  throw new UnreadableError(`Nothing could be read: every call for a list of resources failed. ${gaps[0]?.message}`);
}

function requestFrom(event: unknown, { requestId, startedAt }: Invocation): ScanRequest {
  const scheduled = bridgeEvent.safeParse(event).data;
  if (scheduled !== undefined) return { scanId: scheduled.id, now: new Date(scheduled.time) };
  const { scan_id: scanId, time, shard } = parseEvent(event, requestSchema, 'a schedule’s, nor a request for a scan');
  return {
    scanId: scanId ?? requestId,
    now: time === undefined ? startedAt : new Date(time),
    ...(shard !== undefined && { shard }),
  };
}

interface FunctionPlan extends ScanPlan {
  readonly source: Extract<ScanPlan['source'], { kind: 'live' }>;
}

function planFor({ scanId, now, shard }: ScanRequest, { configuration, region, account }: Invocation): FunctionPlan {
  const { environment, waivers, threshold, allowIncomplete, results, history } = configuration;
  const rules = rulesOf(shard, configuration.rules);
  const regions = shard?.region === undefined ? (configuration.regions ?? [region]) : [shard.region];
  const stores = results.bucket !== undefined || history !== undefined;
  return {
    source: {
      kind: 'live',
      regions: [...new Set(regions)],
      homeRegion: region,
      roles: rolesOf(shard, configuration.accounts ?? [], account.accountId),
    },
    rules,
    waivers,
    tags: [],
    facts: factsNeeded(rules, waivers, []),
    environment,
    scanId,
    now,
    reported: stores ? EVERY_STATUS : REPORTED_STATUSES,
    limits: { threshold, allowIncomplete },
    notes: [],
  };
}

/** What is stored is stored whole. */
const EVERY_STATUS: ReadonlySet<Status> = new Set<Status>([...REPORTED_STATUSES, 'PASS', 'NOT_APPLICABLE']);

function rulesOf(shard: Shard | undefined, rules: readonly ChosenRule[]): readonly ChosenRule[] {
  const foreign = shard?.rules?.find((id) => !rules.some(({ rule }) => rule.id === id));
  if (foreign !== undefined)
    throw new UserError(`The shard names the rule ${foreign}, which does not run here.`, { code: 'BAD_EVENT' });
  const chosen = rules.filter(({ rule }) => shard?.rules?.includes(rule.id) ?? true);
  if (chosen.length > 0) return chosen;
  throw new UserError('The settings leave no rule to run.', {
    code: 'NO_RULES',
    suggestions: ['Select rules in the settings, and deploy again'],
  });
}

/** The accounts to enter; none where the function's own is meant. */
function rolesOf(shard: Shard | undefined, roles: readonly AccountRole[], own: string): readonly AccountRole[] {
  if (shard?.account === undefined) return roles;
  const role = roles.find(({ id }) => id === shard.account);
  if (role !== undefined) return [role];
  if (shard.account === own) return [];
  throw new UserError(`The shard names account ${shard.account}, for which no role is configured.`, {
    code: 'BAD_EVENT',
  });
}

function scan(plan: FunctionPlan, { now }: ScanRequest, invocation: Invocation): Promise<ScanOutcome> {
  const { env, remaining } = invocation;
  return withDeadline(remaining() - PUBLISHING_TIME, async (signal) => {
    const accounts = await accountsOf(plan, invocation, signal);
    const inventory = await openLive({ ...plan.source, accounts, facts: plan.facts, env, signal });
    const outcome = await runScan(inventory, { ...plan, now });
    return { ...outcome, head: { ...outcome.head, source: 'lambda' } };
  });
}

async function accountsOf(
  { source: { roles, homeRegion } }: FunctionPlan,
  { account, env }: Invocation,
  signal: AbortSignal,
): Promise<readonly (Account | ClosedAccount)[]> {
  return roles.length === 0 ? [account] : openAccounts(roles, { region: homeRegion, env, signal });
}
