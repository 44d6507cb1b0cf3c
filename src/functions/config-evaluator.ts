/** The Config evaluator: one function behind every custom rule of AWS Config, and behind the schedule that starts them. */
import { Evaluator, evaluationOf } from '../engine/evaluate.ts';
import { compareEvaluations } from '../engine/evaluation.ts';
import type { Evaluation, Gap, Status } from '../engine/evaluation.ts';
import type { Resource } from '../engine/model.ts';
import { factsNeeded } from '../engine/needs.ts';
import { judgedTypes } from '../engine/rule.ts';
import type { ChosenRule } from '../engine/rule.ts';
import { notApplicable, undecided } from '../engine/verdict.ts';
import type { NotApplicable, UnknownVerdict } from '../engine/verdict.ts';
import { WaiverBook } from '../engine/waivers.ts';
import { recordedItem } from '../inventory/config-history.ts';
import { identityOf, isRecordedType, itemFromHistory, readConfigItem } from '../inventory/config-item.ts';
import type { ConfigItem, ConfigItemHead, RecordedIdentity } from '../inventory/config-item.ts';
import { openLive } from '../inventory/live.ts';
import { readMissingFacts } from '../inventory/missing-facts.ts';
import { putEvaluations, TEST_TOKEN, WAIVED_UNTIL } from '../publish/config-evaluations.ts';
import type { ConfigVerdict } from '../publish/config-evaluations.ts';
import { plural } from '../report/plural.ts';
import { UserError } from '../user-error.ts';
import { readEvaluatorEvent } from './config-evaluator-event.ts';
import type { ConfigRuleEvent, InvokingEvent, ScheduleEvent } from './config-evaluator-event.ts';
import { ruleForConfigRule } from './config-rule-choice.ts';
import { PUBLISHING_TIME, withDeadline } from './deadline.ts';
import type { Invocation } from './invocation.ts';
import type { ScanAnswer } from './scan-answer.ts';
import { runScanner } from './scanner.ts';

/** Where evaluations go beside AWS Config. */
export interface Sinks {
  /**
   * Stores every evaluation, and alerts of those that fail. Called once an invocation, and again with the same `scanId`
   * where Lambda invokes the function again: a repetition must change nothing.
   */
  publish(evaluations: readonly Evaluation[], publication: Publication): Promise<void>;
}

export interface Publication {
  /** The same when an event is delivered again. */
  readonly scanId: string;
  /** Of which moment the evaluations are: an older one must not replace a newer. */
  readonly evaluatedAt: Date;
}

/** What the function answers: counts, for its log and for who started it. */
export interface EvaluatorAnswer {
  readonly scan_id: string;
  readonly evaluated_at: string;
  readonly rules: readonly string[];
  readonly compliant: number;
  readonly non_compliant: number;
  readonly not_applicable: number;
  readonly waived: number;
  /** No verdict was put for these: what could not be read is neither compliant nor not. */
  readonly unknown: number;
  /** Verdicts put to AWS Config. */
  readonly put: number;
  readonly gaps: number;
  /** False where the time ran out before all was read. */
  readonly complete: boolean;
}

/** What a run found out, whatever started it. */
interface Findings {
  readonly judged: readonly Judged[];
  readonly gaps: readonly Gap[];
  readonly complete: boolean;
}

interface Judged {
  readonly evaluation: Evaluation;
  /** How Config knows the resource; `undefined` where that was not read. */
  readonly configId: string | undefined;
}

/** Findings, with what is to be put of them. */
interface Answered extends Findings {
  readonly verdicts: readonly ConfigVerdict[];
}

/** The time that verdicts are of, and the rules they are by. */
interface Basis {
  readonly rules: readonly ChosenRule[];
  readonly at: Date;
}

const ACCOUNT_TYPE = 'AWS::::Account';

/** How many resources without a verdict a log line names. */
const NAMED = 20;

const COMPLIANCE: Readonly<Record<Exclude<Status, 'UNKNOWN'>, ConfigVerdict['compliance']>> = {
  PASS: 'COMPLIANT',
  FAIL: 'NON_COMPLIANT',
  NOT_APPLICABLE: 'NOT_APPLICABLE',
  WAIVED: 'NOT_APPLICABLE',
};

const EVERY_STATUS: ReadonlySet<Status> = new Set(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED']);

/**
 * Evaluates what an event asks for: one resource that changed, everything a Config rule judges, or, on the schedule,
 * everything that all rules judge. Verdicts go to AWS Config where a Config rule asked, and evaluations to the sinks; what a
 * schedule starts is a scan, with all the sinks of one.
 *
 * @throws UserError `BAD_EVENT`, `CONFIG_RULE`, `CONFIG_ACCOUNT`, `UNKNOWN_RULE`; Error where nothing could be read, or AWS
 *   did not take the answer
 */
export async function evaluateConfigRules(
  event: unknown,
  invocation: Invocation,
  sinks: Sinks,
): Promise<EvaluatorAnswer | ScanAnswer> {
  const asked = readEvaluatorEvent(event);
  return asked.kind === 'schedule'
    ? onSchedule(asked.event, invocation)
    : forConfigRule(asked.event, invocation, sinks);
}

/**
 * Nobody waits for verdicts here: the schedule starts the evaluations without AWS Config. That is a scan, and is told of
 * as one; with the rules that are named, it is a shard of one.
 */
function onSchedule({ id, time, rules }: ScheduleEvent, invocation: Invocation): Promise<ScanAnswer> {
  return runScanner({ scan_id: id, time, ...(rules !== undefined && { shard: { rules } }) }, invocation);
}

async function forConfigRule(event: ConfigRuleEvent, invocation: Invocation, sinks: Sinks): Promise<EvaluatorAnswer> {
  const { account, clients, configuration, requestId, signal } = invocation;
  const { resultToken } = event;
  if (event.accountId !== account.accountId) throw foreignAccount(event.accountId, account.accountId);
  const rule = ruleForConfigRule(event, configuration);
  const basis = { rules: [rule], at: timeOf(event.invokingEvent) };
  const answered = await judgeFor(event, rule, basis, invocation);
  const publication = { scanId: requestId, evaluatedAt: basis.at };

  // One must not keep the other from being tried.
  await bothOf([
    putEvaluations(await clients.config(), answered.verdicts, { resultToken, orderingTimestamp: basis.at, signal }),
    // A trial run is to leave nothing behind.
    resultToken === TEST_TOKEN ? Promise.resolve() : publishAll(answered, publication, sinks),
  ]);
  return answer(answered, basis.rules, publication, invocation);
}

function timeOf(invoking: InvokingEvent): Date {
  switch (invoking.messageType) {
    case 'ConfigurationItemChangeNotification':
      return new Date(invoking.configurationItem.configurationItemCaptureTime);
    case 'OversizedConfigurationItemChangeNotification':
      return new Date(invoking.configurationItemSummary.configurationItemCaptureTime);
    case 'ScheduledNotification':
      return new Date(invoking.notificationCreationTime);
  }
}

async function judgeFor(
  { invokingEvent, eventLeftScope }: ConfigRuleEvent,
  rule: ChosenRule,
  basis: Basis,
  invocation: Invocation,
): Promise<Answered> {
  switch (invokingEvent.messageType) {
    case 'ScheduledNotification':
      return periodically(basis, invocation);
    case 'ConfigurationItemChangeNotification': {
      const { configurationItem: item } = invokingEvent;
      return judgeChange(item, async () => item, { rule, basis, eventLeftScope }, invocation);
    }
    case 'OversizedConfigurationItemChangeNotification': {
      const { configurationItemSummary: summary } = invokingEvent;
      return judgeChange(summary, () => fetchItem(summary, invocation), { rule, basis, eventLeftScope }, invocation);
    }
  }
}

interface Change {
  readonly rule: ChosenRule;
  readonly basis: Basis;
  readonly eventLeftScope: boolean;
}

/** @param itemOf gives the item itself, which a resource that is gone does not need */
async function judgeChange(
  head: ConfigItemHead,
  itemOf: () => Promise<ConfigItem>,
  change: Change,
  invocation: Invocation,
): Promise<Answered> {
  const { resourceType: type, resourceId: configId } = head;
  const { rule, severity } = change.rule;
  if (!isRecordedType(type) || !judgedTypes(rule).includes(type)) {
    const annotation = `${rule.id} does not judge ${type}.`;
    return {
      ...nothing,
      verdicts: [{ resourceType: type, resourceId: configId, compliance: 'NOT_APPLICABLE', annotation }],
    };
  }
  const identity = identityOf(type, head, invocation.account.partition);
  const settled = (verdict: NotApplicable | UnknownVerdict): Answered => {
    const evaluation = evaluationOf(identity, rule, verdict, {
      status: verdict.status,
      severity: severity ?? rule.severity,
    });
    return withVerdicts({ judged: [{ evaluation, configId }], gaps: [], complete: true });
  };

  const gone = goneBecause(head, change.eventLeftScope);
  if (gone !== undefined) return settled(notApplicable(gone));
  const reading = readConfigItem(type, await itemOf(), invocation.account.partition);
  if (reading.kind === 'foreign') return settled(notApplicable(reading.why));
  if (reading.kind === 'unreadable') return settled(undecided(reading.why));
  const { evaluation, gaps } = await judgeOne(reading.resource, change.basis, identity, invocation);
  return withVerdicts({ judged: [{ evaluation, configId }], gaps, complete: true });
}

const nothing: Findings = { judged: [], gaps: [], complete: true };

/** https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules-delete.html */
const GONE = new Set(['ResourceDeleted', 'ResourceDeletedNotRecorded', 'ResourceNotRecorded']);

function goneBecause({ resourceId, configurationItemStatus: status }: ConfigItemHead, leftScope: boolean) {
  if (GONE.has(status)) return `AWS Config says of ${resourceId}: ${status}.`;
  return leftScope ? `${resourceId} has left the scope of the Config rule.` : undefined;
}

async function fetchItem(head: ConfigItemHead, { clients, signal }: Invocation): Promise<ConfigItem> {
  const before = new Date(head.configurationItemCaptureTime);
  const item = await recordedItem(await clients.config(), head, { before, signal });
  if (item !== undefined) return itemFromHistory(item);
  throw new Error(`AWS Config has no record of ${head.resourceId} at or before ${before.toISOString()}.`);
}

/** By what the item says; where that decides nothing, by what the item lacks as well, read live. */
async function judgeOne(
  resource: Resource,
  { rules, at }: Basis,
  { accountId, region }: RecordedIdentity,
  { account, clients, configuration, signal }: Invocation,
): Promise<{ readonly evaluation: Evaluation; readonly gaps: readonly Gap[] }> {
  const { waivers } = configuration;
  const judge = (resources: readonly Resource[]) => {
    const evaluator = new Evaluator(rules, { reported: EVERY_STATUS, waivers: new WaiverBook(waivers, at) });
    // What it points at comes first, and is judged by no rule for its type.
    return resources.flatMap((each) => evaluator.evaluate(each)).at(-1) as Evaluation;
  };
  const recorded = judge([resource]);
  if (recorded.status !== 'UNKNOWN') return { evaluation: recorded, gaps: [] };
  const scope = { accountId, partition: account.partition, region };
  const facts = factsNeeded(rules, waivers);
  const { resources, gaps } = await readMissingFacts(resource, { clients, scope, facts, signal });
  return { evaluation: judge(resources), gaps };
}

/** Everything that the rule judges in this account and region, as a scan reads it. */
async function periodically(basis: Basis, invocation: Invocation): Promise<Answered> {
  const findings = await scanLive(basis, invocation);
  const { accountId } = invocation.account;
  if (invocation.configuration.configRules.periodic === 'account') {
    const verdict = accountVerdict(findings, accountId);
    return { ...findings, verdicts: verdict === undefined ? [] : [verdict] };
  }
  if (findings.judged.length === 0 && findings.gaps.length === 0) {
    // A run that answers nothing looks to Config as if it had failed; AWS's own kit for rules answers this too:
    // https://github.com/awslabs/aws-config-rdk
    return { ...findings, verdicts: [nothingToJudge(accountId, '')] };
  }
  return withVerdicts(findings);
}

function scanLive(basis: Basis, invocation: Invocation): Promise<Findings> {
  return withDeadline(invocation.remaining() - PUBLISHING_TIME, (signal) => scanUntil(signal, basis, invocation));
}

async function scanUntil(signal: AbortSignal, { rules, at }: Basis, invocation: Invocation): Promise<Findings> {
  const { account, region, configuration, env } = invocation;
  const { waivers } = configuration;
  const facts = factsNeeded(rules, waivers);
  const inventory = await openLive({ accounts: [account], regions: [region], homeRegion: region, facts, env, signal });
  const evaluator = new Evaluator(rules, { reported: EVERY_STATUS, waivers: new WaiverBook(waivers, at) });
  const judged: Judged[] = [];
  for await (const page of inventory.pages()) {
    for (const resource of page) {
      const configId = configIdOf(resource);
      judged.push(...evaluator.evaluate(resource).map((evaluation) => ({ evaluation, configId })));
    }
  }
  const { gaps, listings, complete } = inventory.coverage();
  const [first] = gaps;
  if (listings === 0 && first !== undefined) throw new Error(`Nothing could be read: ${first.message}`);
  return { judged, gaps, complete };
}

/** Config knows a database by the id that stays when it is renamed, and all else as we do. */
function configIdOf(resource: Resource): string | undefined {
  return resource.type === 'AWS::RDS::DBInstance' || resource.type === 'AWS::RDS::DBCluster'
    ? resource.resourceId
    : resource.id;
}

function withVerdicts(findings: Findings): Answered {
  return { ...findings, verdicts: findings.judged.flatMap((each) => verdictOf(each) ?? []) };
}

/** What Config is told; nothing where there is no verdict, for none may be invented, or no id to put it under. */
function verdictOf({ evaluation, configId }: Judged): ConfigVerdict | undefined {
  const { resource_type: resourceType, status, message, waiver } = evaluation;
  if (status === 'UNKNOWN' || configId === undefined) return undefined;
  return {
    resourceType,
    resourceId: configId,
    compliance: COMPLIANCE[status],
    annotation: waiver === undefined ? message : `${WAIVED_UNTIL}${waiver.expires}: ${waiver.reason}`,
  };
}

/** One verdict for all; none where nothing fails but something was not seen. */
function accountVerdict({ judged, gaps }: Findings, accountId: string): ConfigVerdict | undefined {
  const evaluations = judged.map(({ evaluation }) => evaluation);
  const count = (wanted: Status) => evaluations.filter(({ status }) => status === wanted).length;
  const about = { resourceType: ACCOUNT_TYPE, resourceId: accountId };
  const [passing, failing, waived] = [count('PASS'), count('FAIL'), count('WAIVED')];
  const alsoWaived = waived === 0 ? '' : ` ${plural(waived, 'is', 'are')} waived.`;
  const [first] = evaluations.filter(({ status }) => status === 'FAIL').toSorted(compareEvaluations);
  if (first !== undefined) {
    const annotation = `${failing} of ${plural(passing + failing, 'resource')} failed, ${first.resource_id} first: ${first.message}${alsoWaived}`;
    return { ...about, compliance: 'NON_COMPLIANT', annotation };
  }
  if (gaps.length > 0 || count('UNKNOWN') > 0) return undefined;
  if (passing === 0) return nothingToJudge(accountId, alsoWaived);
  return { ...about, compliance: 'COMPLIANT', annotation: `${plural(passing, 'resource')} passed.${alsoWaived}` };
}

function nothingToJudge(accountId: string, more: string): ConfigVerdict {
  const annotation = `There is nothing to judge.${more}`;
  return { resourceType: ACCOUNT_TYPE, resourceId: accountId, compliance: 'NOT_APPLICABLE', annotation };
}

async function publishAll({ judged }: Findings, publication: Publication, sinks: Sinks): Promise<void> {
  const evaluations = judged.map(({ evaluation }) => evaluation).toSorted(compareEvaluations);
  if (evaluations.length > 0) await sinks.publish(evaluations, publication);
}

/** @throws what one of the two threw, or both together, when both have ended */
async function bothOf(work: readonly [Promise<void>, Promise<void>]): Promise<void> {
  const outcomes = await Promise.allSettled(work);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(String).join(' '));
  if (reasons.length === 1) throw reasons[0];
}

/** Logs what a person should know of, and counts the rest. */
function answer(
  { judged, gaps, complete, verdicts }: Answered,
  rules: readonly ChosenRule[],
  { scanId, evaluatedAt }: Publication,
  { log }: Invocation,
): EvaluatorAnswer {
  const count = (wanted: Status) => judged.filter(({ evaluation }) => evaluation.status === wanted).length;
  for (const gap of gaps) log.warn('Could not be read', { ...gap });
  const undecidedOnes = judged.filter(({ evaluation }) => evaluation.status === 'UNKNOWN');
  const [first] = undecidedOnes;
  if (first !== undefined) {
    const resources = undecidedOnes.slice(0, NAMED).map(({ evaluation }) => evaluation.resource_id);
    log.warn('No verdict', { count: undecidedOnes.length, resources, first: first.evaluation.message });
  }
  const nameless = judged
    .filter(({ configId }) => configId === undefined)
    .map(({ evaluation }) => evaluation.resource_id);
  if (nameless.length > 0) log.warn('AWS did not tell how Config knows these', { resources: nameless.slice(0, NAMED) });
  const summary: EvaluatorAnswer = {
    scan_id: scanId,
    evaluated_at: evaluatedAt.toISOString(),
    rules: rules.map(({ rule }) => rule.id),
    compliant: count('PASS'),
    non_compliant: count('FAIL'),
    not_applicable: count('NOT_APPLICABLE'),
    waived: count('WAIVED'),
    unknown: undecidedOnes.length,
    put: verdicts.length,
    gaps: gaps.length,
    complete,
  };
  log.info('Evaluated', { ...summary });
  return summary;
}

function foreignAccount(asked: string, own: string): UserError {
  return new UserError(`The Config rule is of account ${asked}, and this function judges account ${own} alone.`, {
    code: 'CONFIG_ACCOUNT',
    suggestions: ['Deploy the stack in that account too'],
  });
}
