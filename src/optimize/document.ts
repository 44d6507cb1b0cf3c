/** The document of a plan, of a run that applied it, or of one that put everything back. Pure. */
import type { OptimizeChange, OptimizeDocument, OptimizeRow, OptimizeSaving } from '../report/optimize-document.ts';
import type { LedgerScope } from './ledger.ts';
import { KINDS } from './model.ts';
import type { Kind } from './model.ts';
import type { DiscoveryGap, NearMiss, PlanRow } from './plan.ts';
import { HOURS_PER_MONTH } from './saving.ts';
import type { Saving } from './saving.ts';
import type { Step } from './step.ts';

/** What became of a step. */
export interface StepReport {
  readonly step: Step;
  readonly outcome: NonNullable<OptimizeChange['outcome']>;
  /** Sentences; empty where there is nothing to say. */
  readonly message: string;
}

export interface DocumentParts {
  /** When the run began. */
  readonly at: Date;
  readonly mode: OptimizeDocument['mode'];
  readonly scope: LedgerScope;
  /** What the plan is made for; none in a restore. */
  readonly choice: OptimizeDocument['choice'];
  readonly ledger: { readonly place: string; readonly entryId: string | null } | null;
  /** None where everything was put back: its rows are made of the results. */
  readonly rows: readonly PlanRow[];
  /** By ARN, of rows that are changed. */
  readonly savings: ReadonlyMap<string, Saving>;
  /** None in a plan. One of a resource that has no row gets one. */
  readonly results: readonly StepReport[];
  readonly nearMisses: readonly NearMiss[];
  readonly gaps: readonly DiscoveryGap[];
}

export function optimizeDocument(parts: DocumentParts): OptimizeDocument {
  const { at, mode, scope, choice, ledger, nearMisses, gaps } = parts;
  const rows = [...parts.rows, ...rowsOfTheRest(parts)].map((row) => documentRow(row, parts)).toSorted(byPlace);
  return {
    schema: 'compliancectl.optimize/1',
    at: at.toISOString(),
    mode,
    environment: scope.environment,
    account_id: scope.accountId,
    region: scope.region,
    choice,
    ledger: ledger && { place: ledger.place, entry_id: ledger.entryId },
    rows,
    total: totalOf(rows),
    near_misses: nearMisses.map(({ kind, id, why }) => ({ kind, resource_id: id, why })),
    gaps: gaps.map(({ kind, operation, permission = null, reason, message }) => ({
      kind,
      api: operation,
      permission,
      reason,
      message,
    })),
    incomplete: gaps.length > 0 || isUnfinished(mode, rows),
  };
}

/** Resources that a run has changed and nobody finds any more, or that it puts back. */
function rowsOfTheRest({ rows, results }: DocumentParts): PlanRow[] {
  const known = new Set(rows.map(({ target }) => target?.arn));
  const rest = results.filter(({ step }) => !known.has(step.target.arn));
  const targets = new Map(rest.map(({ step: { target } }) => [target.arn, target]));
  return [...targets.values()].map((target) => ({
    kind: target.kind,
    target,
    state: 'change',
    steps: [],
    cautions: [],
    lost: [],
  }));
}

function documentRow(row: PlanRow, { savings, results }: DocumentParts): OptimizeRow {
  const { kind, target, state, reason = null, steps, cautions, lost } = row;
  const own = results.filter(({ step }) => step.target.arn === target?.arn);
  // An earlier run may have left steps that the plan of today has no need of.
  const others = own.filter(({ step }) => !steps.some(({ id }) => id === step.id));
  const saving = target && savings.get(target.arn);
  return {
    kind,
    resource_type: target?.type ?? TYPES[kind],
    resource_id: target?.id ?? null,
    resource_name: target?.name ?? null,
    resource_arn: target?.arn ?? null,
    state,
    reason,
    changes: [
      ...steps.map((step) =>
        change(
          step,
          own.find((result) => result.step.id === step.id),
        ),
      ),
      ...others.map((result) => change(result.step, result)),
    ],
    cautions,
    lost,
    saving: state === 'change' && saving !== undefined ? documentSaving(saving) : null,
  };
}

const TYPES: Readonly<Record<Kind, string>> = {
  aurora: 'AWS::RDS::DBCluster',
  elasticache: 'AWS::ElastiCache::ReplicationGroup',
  ecs: 'AWS::ECS::Service',
  rds: 'AWS::RDS::DBInstance',
  ec2: 'AWS::EC2::Instance',
  asg: 'AWS::AutoScaling::AutoScalingGroup',
};

function change(planned: Step, result: StepReport | undefined): OptimizeChange {
  if (result === undefined) {
    return { step: planned.id, from: planned.from, to: planned.to, outcome: null, message: null };
  }
  const { step, outcome, message } = result;
  return { step: step.id, from: step.from, to: step.to, outcome, message: message === '' ? null : message };
}

/** A saving as documents have it. */
export function documentSaving(saving: Saving): OptimizeSaving {
  if (!saving.known) {
    const { reason, permission = null } = saving;
    return { monthly_usd: null, formula: null, reason, permission, assumptions: [], measured: null, prices: [] };
  }
  const { amount, formula, assumptions, measured, prices } = saving;
  return {
    monthly_usd: inCents(amount),
    formula,
    reason: null,
    permission: null,
    assumptions,
    measured: measured === undefined ? null : { monthly_usd: inCents(measured.amount), formula: measured.formula },
    prices: prices.map(({ amount: usd, unit, usageType, region, source, origin, date }) => ({
      usd,
      unit,
      usage_type: usageType,
      region,
      source,
      origin,
      date,
    })),
  };
}

/** Of the amounts that are shown, so that whoever adds them up comes to the same; what was not done saves nothing. */
function totalOf(rows: readonly OptimizeRow[]): OptimizeDocument['total'] {
  const savings = rows.flatMap(({ saving, changes }) => (saving !== null && changes.every(isSaved) ? [saving] : []));
  const amounts = savings.flatMap(({ monthly_usd: amount }) => (amount === null ? [] : [amount]));
  return {
    monthly_usd: inCents(amounts.reduce((sum, amount) => sum + amount, 0)),
    unknown: savings.length - amounts.length,
    hours: HOURS_PER_MONTH,
  };
}

function isSaved({ outcome }: OptimizeChange): boolean {
  return outcome === null || outcome === 'verified' || outcome === 'applied' || outcome === 'already';
}

/** Dollars, rounded to cents. */
export function inCents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

function isUnfinished(mode: OptimizeDocument['mode'], rows: readonly OptimizeRow[]): boolean {
  if (mode === 'plan') return false;
  const changes = rows.flatMap((row) => row.changes);
  return (
    rows.some(({ state }) => state === 'blocked') ||
    changes.some(({ outcome }) => outcome === null || outcome === 'failed' || outcome === 'not-attempted')
  );
}

/** As a plan has them: by kind, then by id. */
function byPlace(a: OptimizeRow, b: OptimizeRow): number {
  const [one, other] = [placeOf(a), placeOf(b)];
  return one < other ? -1 : Number(one > other);
}

function placeOf({ kind, resource_id: id, resource_arn: arn }: OptimizeRow): string {
  return [KINDS.indexOf(kind as Kind), id, arn].join('\n');
}
