/** `optimize`: what can be lowered and what that saves is shown, someone says yes to it, and only then is anything changed. */
import { readFile } from 'node:fs/promises';

import { mapConcurrently } from '../aws/concurrency.ts';
import { priceCacheFolder } from '../prices/price-cache.ts';
import { openPrices } from '../prices/prices.ts';
import type { OptimizeDocument } from '../report/optimize-document.ts';
import { savingsJson } from '../report/savings.ts';
import { EXIT, systemReason, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { accountAlias } from './account.ts';
import { applySteps } from './apply.ts';
import { differencesFrom, parsePlan, refuseOtherPlan } from './compare-plan.ts';
import { discover } from './discover.ts';
import type { Discovery } from './discover.ts';
import { optimizeDocument } from './document.ts';
import { enterAccount } from './enter.ts';
import type { Entered } from './enter.ts';
import { planRows } from './plan-rows.ts';
import type { PlanRow } from './plan.ts';
import { productionSigns } from './production.ts';
import type { OptimizeRequest, Surroundings } from './request.ts';
import type { Saving } from './saving.ts';
import { savingOf } from './savings/index.ts';
import { selectionOf } from './selection.ts';
import { runContext, withLedger } from './run-context.ts';
import type { RunOutcome } from './run.ts';

/** A plan with all that it was made from. */
interface Drawn extends Pick<Discovery, 'gaps' | 'nearMisses'> {
  readonly at: Date;
  readonly rows: readonly PlanRow[];
  /** By ARN, of what is changed. */
  readonly savings: ReadonlyMap<string, Saving>;
}

/**
 * @returns 0 where everything is as small as it is to be, or the person said no; 4 where something could not be read or changed; 3
 *   where nothing could be read
 * @throws UserError for what the person can mend: `PRODUCTION` whatever was agreed to, `PLAN_*`, `LEDGER_*`
 */
export async function scaleDown(asked: OptimizeRequest, here: Surroundings): Promise<ExitCode> {
  const { tell, show, save, tableOf, stop, onProgress } = here;
  const planned = asked.planFile === undefined ? undefined : await readPlan(asked.planFile);
  const request = planned === undefined ? asked : { ...asked, choice: planned.choice };
  if (request.note !== undefined && !request.quiet) tell(`${request.note}\n`);
  onProgress('Asking AWS who this is');
  const entered = await enterAccount(request, here);
  try {
    const drawn = await drawPlan(request, entered, here);
    if (stop.aborted) throw interrupted();
    const documentOf = (done?: { readonly outcome: RunOutcome; readonly place: string }) =>
      optimizeDocument({
        ...drawn,
        mode: done === undefined ? 'plan' : 'apply',
        scope: entered,
        choice: request.choice,
        ledger: done === undefined ? null : { place: done.place, entryId: done.outcome.entryId },
        results: done?.outcome.results ?? [],
      });
    const plan = documentOf();
    if (planned !== undefined) refuseStale(planned, drawn.rows, entered, asked.planFile ?? '');
    if (request.planOut !== undefined) await save(request.planOut, savingsJson(plan));
    const groups = drawn.rows.filter(({ state }) => state === 'change').map(({ steps }) => steps);
    if (request.dryRun || groups.length === 0) {
      await show(plan);
      return exitCodeOf(plan);
    }
    if (!request.yes) {
      tell(tableOf(plan));
      if (!(await agreed(entered, here))) {
        tell('Nothing was changed.\n');
        return EXIT.ok;
      }
    }
    const ledger = await entered.openLedger();
    const context = runContext({ request, entered, ledger }, here);
    const outcome = await applySteps(groups, context);
    const document = withLedger(documentOf({ outcome, place: ledger.place }), outcome, here);
    await show(document);
    return stop.aborted ? EXIT.interrupted : exitCodeOf(document);
  } finally {
    entered.close();
  }
}

async function drawPlan(
  { environment, settings, choice, prices: mode }: OptimizeRequest,
  { reading, accountId, partition, region }: Entered,
  { env, clock, stop: signal, onProgress }: Surroundings,
): Promise<Drawn> {
  const { names, tags, stacks, keep_backups: keepBackups, include } = choice ?? NO_CHOICE;
  const selection = selectionOf({
    environment,
    names: names ?? undefined,
    tags: tags ?? undefined,
    stacks: stacks ?? undefined,
    exclude: settings.select.exclude,
  });
  const now = clock();
  onProgress('Looking for what can be scaled down');
  const [discovery, alias] = await Promise.all([
    discover(selection, { clients: reading, accountId, partition, region, include, signal, now, onProgress }),
    accountAlias(reading, signal),
  ]);
  const { found, gaps, nearMisses } = discovery;
  const signs = productionSigns({ environment, account: { id: accountId, alias }, found, settings });
  if (signs.length > 0) throw production(signs);
  const rows = planRows(found, settings, { keepBackups, include, gaps, now });
  onProgress('Asking for prices');
  const prices = openPrices({ mode, clients: reading, cacheFolder: priceCacheFolder(env), now, signal });
  const byArn = new Map(found.map((resource) => [resource.arn, resource]));
  const changed = rows.filter(({ state }) => state === 'change');
  const savings = await mapConcurrently(changed, PRICED_AT_ONCE, async (row): Promise<[string, Saving][]> => {
    const resource = byArn.get(row.target?.arn ?? '');
    return resource === undefined ? [] : [[resource.arn, await savingOf(row, resource, prices)]];
  });
  return { at: now, rows, savings: new Map(savings.flat()), gaps, nearMisses };
}

/** Rows whose prices are asked for side by side. */
const PRICED_AT_ONCE = 8;

const NO_CHOICE = { names: null, tags: null, stacks: null, keep_backups: false, include: [] };

/** Whatever was said yes to. */
function production(signs: readonly string[]): UserError {
  return new UserError(`This looks like production, and nothing was changed. ${signs.join(' ')}`, {
    code: 'PRODUCTION',
    suggestions: [
      'Name another environment with -e',
      'List what is no part of it under optimize.select.exclude in compliancectl.yaml',
    ],
  });
}

async function readPlan(file: string): Promise<OptimizeDocument> {
  try {
    return parsePlan(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(
      { typed: file, say: (typed) => `The plan ${typed} could not be read: ${systemReason(error)}.` },
      { code: 'PLAN_UNREADABLE', suggestions: ['Check the path of --plan'], cause: error },
    );
  }
}

/** @throws UserError `PLAN_OTHER`, `PLAN_STALE` */
function refuseStale(planned: OptimizeDocument, rows: readonly PlanRow[], scope: Entered, file: string): void {
  refuseOtherPlan(planned, scope, file);
  const differences = differencesFrom(planned, rows);
  if (differences.length === 0) return;
  throw new UserError(
    {
      typed: file,
      say: (typed) => `AWS is not as the plan ${typed} says, and nothing was changed. ${differences.join(' ')}`,
    },
    {
      code: 'PLAN_STALE',
      suggestions: ['Make a new plan with --dry-run --plan-out FILE, and look at it'],
    },
  );
}

async function agreed({ environment, accountId, region }: Entered, { ask }: Surroundings): Promise<boolean> {
  const question = `\nType ${environment} to scale it down in account ${accountId}, ${region}: `;
  return (await ask(question)).trim() === environment;
}

/** Nothing read at all is another thing than something that could not be read. */
function exitCodeOf({ rows, incomplete }: OptimizeDocument): ExitCode {
  if (rows.length === 0) return EXIT.failed;
  return incomplete ? EXIT.incomplete : EXIT.ok;
}

function interrupted(): UserError {
  return new UserError('Interrupted before anything was changed.', {
    code: 'INTERRUPTED',
    exitCode: EXIT.interrupted,
  });
}
