/** A plan that was saved, against what would be planned now: it is applied where the two are the same, and not otherwise. Pure. */
import * as z from 'zod';

import type { OptimizeDocument, OptimizeRow } from '../report/optimize-document.ts';
import { UserError } from '../user-error.ts';
import type { LedgerScope } from './ledger.ts';
import { OPTIONAL_KINDS } from './model.ts';
import type { PlanRow } from './plan.ts';
import { nameOf } from './step.ts';
import type { Numbers } from './step.ts';

const SCHEMA = 'compliancectl.optimize/1';
const SCHEMA_FAMILY = /^compliancectl\.optimize\/\d+$/;

const numbers = z.record(z.string(), z.number());

const saving = z.object({
  monthly_usd: z.number().nullable(),
  formula: z.string().nullable(),
  reason: z.string().nullable(),
  permission: z.string().nullable(),
  assumptions: z.array(z.string()),
  measured: z.object({ monthly_usd: z.number(), formula: z.string() }).nullable(),
  prices: z.array(
    z.object({
      usd: z.number(),
      unit: z.string(),
      usage_type: z.string(),
      region: z.string(),
      source: z.string(),
      origin: z.string(),
      date: z.string(),
    }),
  ),
});

const change = z.object({
  step: z.string(),
  from: numbers,
  to: numbers,
  outcome: z.enum(['verified', 'applied', 'already', 'restored', 'gone', 'failed', 'not-attempted']).nullable(),
  message: z.string().nullable(),
});

const row = z.object({
  kind: z.string(),
  resource_type: z.string(),
  resource_id: z.string().nullable(),
  // Plans of earlier versions have none.
  resource_name: z.string().nullable().default(null),
  resource_arn: z.string().nullable(),
  state: z.enum(['change', 'already', 'skipped', 'blocked', 'missing']),
  reason: z.string().nullable(),
  changes: z.array(change),
  cautions: z.array(z.string()),
  lost: z.array(z.string()),
  saving: saving.nullable(),
});

/** The document of `optimize`, as `--json` prints it and `--plan-out` writes it. */
export const optimizeDocumentSchema = z.object({
  schema: z.literal(SCHEMA),
  at: z.iso.datetime(),
  mode: z.enum(['plan', 'apply', 'restore']),
  environment: z.string(),
  account_id: z.string(),
  region: z.string(),
  choice: z
    .object({
      names: z.array(z.string()).nullable(),
      tags: z.record(z.string(), z.string()).nullable(),
      stacks: z.array(z.string()).nullable(),
      keep_backups: z.boolean(),
      include: z.array(z.enum(OPTIONAL_KINDS)).default([]),
    })
    .nullable(),
  ledger: z.object({ place: z.string(), entry_id: z.string().nullable() }).nullable(),
  rows: z.array(row),
  total: z.object({ monthly_usd: z.number(), unknown: z.number(), hours: z.number() }),
  near_misses: z.array(z.object({ kind: z.string(), resource_id: z.string(), why: z.string() })),
  gaps: z.array(
    z.object({
      kind: z.string(),
      api: z.string(),
      permission: z.string().nullable(),
      reason: z.string(),
      message: z.string(),
    }),
  ),
  incomplete: z.boolean(),
});

const WRITE = 'Write one with: compliancectl optimize --dry-run --plan-out FILE';
const PLAN_AGAIN = 'Plan again with: compliancectl optimize --dry-run --plan-out FILE';

/**
 * @param text of a file that `--plan-out` wrote
 * @param file what people know it by
 * @throws UserError `PLAN_FOREIGN`, `PLAN_VERSION`, or `PLAN_RESTORE` where it shows what was put back
 */
export function parsePlan(text: string, file: string): OptimizeDocument {
  const value = parseJson(text, file);
  const { data, error } = optimizeDocumentSchema.safeParse(value);
  if (data === undefined) throw foreign(value, file, error);
  if (data.mode !== 'restore') return data;
  throw refused(file, (name) => `${name} shows what was put back: it is no plan.`, 'PLAN_RESTORE', WRITE);
}

/**
 * @param file what people know the plan by
 * @throws UserError `PLAN_OTHER` where a plan was made for another account, region or environment
 */
export function refuseOtherPlan(
  planned: OptimizeDocument,
  { accountId, region, environment }: LedgerScope,
  file: string,
): void {
  const other = [
    { what: 'account', planned: planned.account_id, here: accountId },
    { what: 'region', planned: planned.region, here: region },
    { what: 'environment', planned: planned.environment, here: environment },
  ].find((one) => one.planned !== one.here);
  if (other === undefined) return;
  throw refused(
    file,
    (name) => `${name} was made for the ${other.what} ${other.planned.slice(0, 60)}, and this is ${other.here}.`,
    'PLAN_OTHER',
    PLAN_AGAIN,
  );
}

/** What is not as the plan has it, each a sentence; none where applying it does what it says, and no more. */
export function differencesFrom(planned: OptimizeDocument, rows: readonly PlanRow[]): string[] {
  const before = new Map(planned.rows.flatMap((one) => (one.resource_arn === null ? [] : [[one.resource_arn, one]])));
  const now = new Map(rows.flatMap((one) => (one.target === undefined ? [] : [[one.target.arn, one]])));
  const changed = [...now].flatMap(([arn, one]) => rowDifferences(before.get(arn), one));
  const gone = [...before]
    .filter(([arn, { state }]) => state === 'change' && !now.has(arn))
    .map(
      ([arn, { resource_id: id, resource_name: name }]) =>
        `${name ?? id ?? arn} was to be changed, and is not found any more.`,
    );
  return [...changed, ...gone];
}

/** What would be changed neither then nor now is nobody's surprise. */
function rowDifferences(earlier: OptimizeRow | undefined, { target, state, reason, steps }: PlanRow): string[] {
  const name = target && nameOf(target);
  if (earlier?.state !== 'change') {
    if (state !== 'change') return [];
    return [
      earlier === undefined
        ? `${name} is not in the plan, and would be changed.`
        : `${name} was not to be changed, and would be now.`,
    ];
  }
  if (state !== 'change') return [`${name} was to be changed, and would not be now: ${reason}`];

  const would = new Map<string, Lowering>(steps.map((step) => [step.id, step]));
  const known = new Set(earlier.changes.map(({ step }) => step));
  return [
    ...earlier.changes.flatMap(({ step, ...lowering }) => {
      const own = would.get(step);
      if (own === undefined) return [`${name}: ${step} was planned, and has nothing to lower now.`];
      return numberDifferences(lowering, own).map((difference) => `${name}: ${difference}`);
    }),
    ...steps
      .filter(({ id }) => !known.has(id))
      .map(({ id }) => `${name}: ${id} is not in the plan, and would be made.`),
  ];
}

interface Lowering {
  readonly from: Numbers;
  readonly to: Numbers;
}

function numberDifferences(planned: Lowering, now: Lowering): string[] {
  const names = new Set([...Object.keys(planned.to), ...Object.keys(now.to)]);
  return [...names].flatMap((name) => {
    const [from, to] = [own(planned.from, name), own(planned.to, name)];
    const [fromNow, toNow] = [own(now.from, name), own(now.to, name)];
    if (toNow === undefined) return [`${name} was to be lowered, and would not be now.`];
    if (to === undefined || from === undefined) return [`${name} is not in the plan, and would be lowered.`];
    if (from !== fromNow) return [`${name} is ${fromNow} now, and was ${from} when the plan was made.`];
    if (to !== toNow) return [`${name} would be lowered to ${toNow}, and the plan says ${to}.`];
    return [];
  });
}

/** The file is a stranger's: `constructor` is a name like any other. */
function own(numbers: Numbers, name: string): number | undefined {
  return Object.hasOwn(numbers, name) ? numbers[name] : undefined;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(file, (name) => `${name} is not JSON, or was cut short.`, 'PLAN_FOREIGN', WRITE, error);
  }
}

function foreign(value: unknown, file: string, cause: unknown): UserError {
  const { data } = z.object({ schema: z.string().regex(SCHEMA_FAMILY) }).safeParse(value);
  if (data !== undefined && data.schema !== SCHEMA) {
    const version = data.schema.slice(0, 40);
    const say = (name: string) => `${name} is a plan of another version of compliancectl (${version}).`;
    return refused(file, say, 'PLAN_VERSION', PLAN_AGAIN);
  }
  return refused(file, (name) => `${name} is not a plan of compliancectl optimize.`, 'PLAN_FOREIGN', WRITE, cause);
}

function refused(file: string, say: (name: string) => string, code: string, hint: string, cause?: unknown): UserError {
  return new UserError({ typed: file, say }, { code, suggestions: [hint], ...(cause !== undefined && { cause }) });
}
