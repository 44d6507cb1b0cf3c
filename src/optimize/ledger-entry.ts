/** What becomes of an entry, without keeping it anywhere: made, joined with a plan, step by step, closed, written and read. */
import * as z from 'zod';

import { EXIT, UserError } from '../user-error.ts';
import { LEDGER_SCHEMA, ledgerEntry } from './ledger.ts';
import type { LedgerEntry, LedgerScope, LedgerStep, LedgerStepStatus } from './ledger.ts';
import { higherOf, lowerOf } from './step.ts';
import type { Numbers, Step, StepTarget } from './step.ts';

/** A step that is to be made, with the numbers that its resource has this moment. */
export interface SeenStep {
  readonly step: Step;
  readonly live: Numbers;
}

/** Which step of an entry. */
export type StepKey = Pick<LedgerStep, 'step' | 'resource_arn'>;

/** An open entry without a step. */
export function newEntry(id: string, { environment, accountId, region }: LedgerScope, at: Date): LedgerEntry {
  return {
    schema: LEDGER_SCHEMA,
    id,
    environment,
    account_id: accountId,
    region,
    status: 'open',
    opened_at: at.toISOString(),
    steps: [],
    snapshots: [],
    runs: [],
  };
}

/**
 * The id of an entry that a run opens: the run's own, with the day in front.
 *
 * @param runId the caller's own, unique
 */
export function entryIdOf(runId: string, at: Date): string {
  return isEntryId(runId) ? runId : `${at.toISOString().slice(0, 10)}.${runId.replaceAll(/[^A-Za-z0-9-]/g, '-')}`;
}

/** Whether this can be the id of an entry: it becomes part of a path. */
export function isEntryId(id: string): boolean {
  return /^\d{4}-\d{2}-\d{2}\.[A-Za-z0-9-]+$/.test(id);
}

/** The entry with what is to be done. What it holds of a resource already stays the original, unless that is higher now. */
export function withPlanned(entry: LedgerEntry, seen: readonly SeenStep[], at: Date): LedgerEntry {
  return seen.reduce((merged, one) => withSeen(merged, one, at), entry);
}

export function withRun(
  entry: LedgerEntry,
  { runId, actor }: { readonly runId: string; readonly actor: string },
  kind: 'apply' | 'restore',
  at: Date,
): LedgerEntry {
  return { ...entry, runs: [...entry.runs, { run_id: runId, at: at.toISOString(), actor, kind }] };
}

export interface StepNews {
  readonly status?: LedgerStepStatus;
  /** What it was before, where that is more than was known. */
  readonly before?: Numbers;
  readonly requestIds?: readonly string[];
  readonly message?: string;
}

/** The entry with what became of one step. A message tells of the last thing alone. */
export function withNews(entry: LedgerEntry, key: StepKey, news: StepNews, at: Date): LedgerEntry {
  const steps = entry.steps.map((step) => {
    if (!isStep(step, key)) return step;
    const { message: _, ...rest } = step;
    return {
      ...rest,
      before: higherOf(step.before, news.before ?? {}),
      status: news.status ?? step.status,
      at: at.toISOString(),
      request_ids: [...step.request_ids, ...(news.requestIds ?? [])],
      ...(news.message !== undefined && { message: news.message }),
    };
  });
  return { ...entry, steps };
}

function stepOf(entry: LedgerEntry, key: StepKey): LedgerStep | undefined {
  return entry.steps.find((step) => isStep(step, key));
}

/** Nothing is left to be put back. */
export function isPutBack({ steps }: LedgerEntry): boolean {
  return steps.every(({ status }) => status === 'restored' || status === 'gone');
}

export function closed(entry: LedgerEntry, at: Date): LedgerEntry {
  return { ...entry, status: 'closed', closed_at: at.toISOString() };
}

export function keyOf({ id, target }: Step): StepKey {
  return { step: id, resource_arn: target.arn };
}

/** The step that a ledger holds, as a plan names it. */
export function plannedStep(
  { step, kind, resource_type, resource_id, resource_name: name, resource_arn, before, target }: LedgerStep,
  { account_id: accountId, region }: LedgerEntry,
): Step {
  const resource: StepTarget = {
    kind,
    type: resource_type,
    id: resource_id,
    ...(name !== undefined && { name }),
    arn: resource_arn,
    accountId,
    region,
  };
  return { id: step, target: resource, from: before, to: target };
}

export function entryText(entry: LedgerEntry): string {
  return `${JSON.stringify(entry, null, 2)}\n`;
}

/**
 * @param where the file or object, for people
 * @throws UserError `LEDGER_DAMAGED` where it is no entry, or one of a later schema; `LEDGER_OTHER` where it is of another scope
 */
export function parseEntry(text: string, { environment, accountId, region }: LedgerScope, where: string): LedgerEntry {
  const parsed = ledgerEntry.safeParse(jsonOf(text, where));
  if (!parsed.success) throw damaged(where, schemaOf(jsonOf(text, where)), z.prettifyError(parsed.error));
  const entry = parsed.data;
  const differing = [
    [`account ${entry.account_id}`, entry.account_id === accountId, accountId],
    [`region ${entry.region}`, entry.region === region, region],
    [`environment ${entry.environment}`, entry.environment === environment, environment],
  ] as const;
  const other = differing.find(([, same]) => !same);
  if (other === undefined) return entry;
  throw new UserError(`${where} is of ${other[0]}, not ${other[2]}.`, {
    code: 'LEDGER_OTHER',
    exitCode: EXIT.failed,
    suggestions: ['Nothing was changed; put the file back where it was, or name another place with --ledger'],
  });
}

function withSeen(entry: LedgerEntry, { step, live }: SeenStep, at: Date): LedgerEntry {
  const key = keyOf(step);
  const names = Object.keys(step.to);
  const seen = higherOf(only(step.from, names), only(live, names));
  const known = stepOf(entry, key);
  // What was put back, or was gone and is there again, has nothing to remember but what it is now.
  const done = known?.status === 'restored' || known?.status === 'gone';
  const fresh: LedgerStep = {
    ...key,
    kind: step.target.kind,
    resource_type: step.target.type,
    resource_id: step.target.id,
    ...(step.target.name !== undefined && { resource_name: step.target.name }),
    before: seen,
    target: step.to,
    status: 'planned',
    at: at.toISOString(),
    request_ids: known?.request_ids ?? [],
  };
  if (known === undefined) return { ...entry, steps: [...entry.steps, fresh] };
  const merged: LedgerStep = done
    ? fresh
    : { ...known, before: higherOf(known.before, seen), target: lowerOf(known.target, step.to) };
  return { ...entry, steps: entry.steps.map((one) => (one === known ? merged : one)) };
}

/** The numbers of these names, as far as there are any. */
export function only(numbers: Numbers, names: readonly string[]): Numbers {
  return Object.fromEntries(Object.entries(numbers).filter(([name]) => names.includes(name)));
}

/** `minCapacity 2, maxCapacity 4`; `running` and `stopped` of what is one or the other. */
export function numbersText(numbers: Numbers): string {
  return Object.entries(numbers)
    .map(([name, value]) => (name === 'running' ? (value === 0 ? 'stopped' : 'running') : `${name} ${value}`))
    .join(', ');
}

function isStep(step: LedgerStep, { step: id, resource_arn: arn }: StepKey): boolean {
  return step.step === id && step.resource_arn === arn;
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw damaged(where, undefined, (error as SyntaxError).message);
  }
}

function schemaOf(json: unknown): string | undefined {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  return typeof schema === 'string' ? schema : undefined;
}

function damaged(where: string, schema: string | undefined, detail: string): UserError {
  const newer = schema !== undefined && /^compliancectl\.ledger\/\d+$/.test(schema) && schema !== LEDGER_SCHEMA;
  return new UserError(
    newer
      ? `${where} was written by another version of compliancectl: its schema is ${schema}, and this one knows ${LEDGER_SCHEMA}.`
      : `${where} is not an entry of the ledger: ${detail}`,
    {
      code: 'LEDGER_DAMAGED',
      exitCode: EXIT.failed,
      suggestions: newer
        ? ['Nothing was changed; use the version that wrote it, or a later one']
        : [
            'Nothing was changed: it may hold the only copy of what values were before, so it is never overwritten',
            'Mend it by hand, or put back an earlier version of it',
          ],
    },
  );
}
