/** `scan --fix` and `scan --undo`: the plan is shown, someone says yes to it, and only then is anything changed. */
import type { ChalkInstance } from 'chalk';

import { auditInBucket } from '../remediate/audit-bucket.ts';
import { auditFolder, auditInFolder } from '../remediate/audit-folder.ts';
import { isAuditId, runIdOf } from '../remediate/audit.ts';
import type { AuditStore } from '../remediate/audit.ts';
import type { RemediationPlan, SkipReason } from '../remediate/change.ts';
import { undoDocument } from '../remediate/document.ts';
import { planRemediation } from '../remediate/observe.ts';
import { openReach } from '../remediate/reach.ts';
import type { OpenedReach } from '../remediate/reach.ts';
import { makeChanges } from '../remediate/run.ts';
import type { ChangeResult, RunContext } from '../remediate/run.ts';
import { undoRecords } from '../remediate/undo.ts';
import type { RemediationSettings } from '../remediate/settings.ts';
import { plainText } from '../report/plain-text.ts';
import { plural } from '../report/plural.ts';
import type { LiveScope, ScanPlan } from '../scan/plan.ts';
import type { ScanOutcome } from '../scan/run.ts';
import { EXIT, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { planText, resultLine, undoLine, undoText } from './remediation-table.ts';

export interface RemediationFlags {
  readonly fix: boolean;
  readonly undo?: string | undefined;
  readonly yes: boolean;
  readonly snapshot?: string | undefined;
  readonly explain: boolean;
  readonly 'print-iam-policy': boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What the process has that a test gives otherwise. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Someone is at the terminal, who can be asked. */
  readonly canAsk: boolean;
  readonly ask: (question: string) => Promise<string>;
  /** Writes what people are to know, on stderr. */
  readonly tell: (text: string) => void;
  /** Writes results, on stdout. */
  readonly print: (text: string) => Promise<void>;
  readonly chalk: ChalkInstance;
  readonly clock: () => Date;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Ctrl-C: what is under way is brought to its end, and nothing more is begun. */
  readonly stop: AbortSignal;
}

/**
 * Refuses what cannot be carried out, before AWS is asked anything.
 *
 * @throws UserError `CONTRADICTION`, `NO_REMEDIATION` or `NO_CONFIRMATION`
 */
export function refuseFlags(flags: RemediationFlags, plan: ScanPlan, canAsk: boolean): void {
  const { fix, undo, yes, snapshot } = flags;
  const flag = fix ? '--fix' : '--undo';
  if (!fix && undo === undefined) {
    if (yes) throw contradiction('--yes has nothing to say yes to.', 'Pass it with --fix or --undo');
    return;
  }
  if (snapshot !== undefined) {
    throw contradiction(`${flag} changes AWS, and --snapshot reads a saved estate.`, 'Leave one of the two out');
  }
  if (undo !== undefined && !isAuditId(undo)) {
    throw new UserError('--undo names neither a run nor an audit record.', {
      code: 'BAD_AUDIT',
      suggestions: ['Give an id that --fix showed: its runs begin with the day, as in 2026-11-21.…'],
    });
  }
  const told = flags.explain ? '--explain' : '--print-iam-policy';
  if (flags.explain || flags['print-iam-policy']) {
    throw contradiction(`${flag} changes AWS, and ${told} makes no call at all.`, 'Leave one of the two out');
  }
  if (fix && plan.remediation === undefined) {
    throw new UserError('The settings have no section remediation, and what it does not name is never changed.', {
      code: 'NO_REMEDIATION',
      suggestions: [
        'Add it to compliancectl.yaml: compliancectl init writes an example',
        'docs/remediation.md has the rest',
      ],
    });
  }
  const changes =
    undo !== undefined || Object.values(plan.remediation?.rules ?? {}).some((rule) => rule?.mode === 'apply');
  if (changes && !yes && !canAsk) {
    throw new UserError(`${flag} asks before it changes anything, and there is no terminal to ask at.`, {
      code: 'NO_CONFIRMATION',
      suggestions: ['Pass --yes to change it unasked', ...(fix ? ['Set mode: dry-run to see the plan alone'] : [])],
    });
  }
}

function contradiction(message: string, suggestion: string): UserError {
  return new UserError(message, { code: 'CONTRADICTION', suggestions: [suggestion] });
}

/**
 * Mends what a scan found, as far as the settings allow and the person agrees.
 *
 * @returns 0 where all is done that was to be done, 4 where something was not
 */
export async function fix(
  { head, evaluations }: ScanOutcome,
  plan: ScanPlan,
  flags: RemediationFlags,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { clock, tell, chalk, stop } = surroundings;
  const reach = await reachOf(plan, surroundings);
  try {
    const settings = { ...plan, asOf: clock() };
    const remediation = await planRemediation(evaluations, settings, { open: reach.open, signal: stop });
    const { changes } = remediation;
    const asks = changes.length > 0 && !flags.yes;
    if (asks || !flags.quiet) tell(planText(remediation, chalk));
    if (asks && !(await agreed(`make ${plural(changes.length, 'change')}`, surroundings))) {
      tell('Nothing was changed.\n');
      return EXIT.ok;
    }
    const context = contextOf(
      runIdOf(clock(), head.scan_id),
      plan,
      reach,
      surroundings,
      await storeOf(plan, reach, surroundings),
    );
    const results = await makeChanges(changes, context);
    for (const result of results) {
      if (!flags.quiet || result.outcome === 'failed') tell(plainText(`${resultLine(result)}\n`));
    }
    if (results.length > 0 && !flags.quiet) tell(recordsLine(context));
    return exitCodeOf(remediation, results, stop);
  } finally {
    reach.close();
  }
}

/** Reasons that leave undone what the settings ask for. */
const UNDONE: ReadonlySet<SkipReason> = new Set(['unreadable', 'needs-parameter', 'by-hand', 'irreversible', 'limit']);

function exitCodeOf({ skipped }: RemediationPlan, results: readonly ChangeResult[], stop: AbortSignal): ExitCode {
  if (stop.aborted) return EXIT.interrupted;
  const done = results.every(({ outcome }) => outcome === 'verified' || outcome === 'already');
  return done && !skipped.some(({ why }) => UNDONE.has(why)) ? EXIT.ok : EXIT.incomplete;
}

function recordsLine({ identity, store }: RunContext): string {
  return `Records are in ${store.place}; compliancectl scan --local --undo ${identity.runId} brings everything back.\n`;
}

/**
 * Undoes a record or a run.
 *
 * @throws UserError `NO_AUDIT` where there is none of that id
 */
export async function undo(
  id: string,
  plan: ScanPlan,
  flags: RemediationFlags,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { clock, tell, print, chalk, stop } = surroundings;
  const reach = await reachOf(plan, surroundings);
  try {
    const store = await storeOf(plan, reach, surroundings);
    const stored = await store.find(id);
    if (stored.length === 0) throw noAudit(id, store);
    const asks = !flags.yes;
    const records = stored.map(({ record }) => record);
    if (asks || !flags.quiet) tell(undoText(records, chalk));
    if (asks && !(await agreed(`undo ${plural(records.length, 'change')}`, surroundings))) {
      tell('Nothing was changed.\n');
      return EXIT.ok;
    }
    const context = contextOf(runIdOf(clock(), plan.scanId), plan, reach, surroundings, store);
    const results = await undoRecords(stored, context);
    const lines = results.map((result) => plainText(`${undoLine(result)}\n`));
    await print(flags.json ? `${JSON.stringify(undoDocument(results), undefined, 2)}\n` : lines.join(''));
    if (stop.aborted) return EXIT.interrupted;
    const done = results.every(({ outcome }) => ['undone', 'not-applied', 'already'].includes(outcome));
    return done ? EXIT.ok : EXIT.incomplete;
  } finally {
    reach.close();
  }
}

function noAudit(id: string, { place }: AuditStore): UserError {
  return new UserError(
    { typed: id, say: (typed) => `There is no audit record or run ${typed} in ${place}.` },
    { code: 'NO_AUDIT', suggestions: ['Give the id that --fix has told, of a run or of one of its records'] },
  );
}

async function agreed(what: string, { ask }: Surroundings): Promise<boolean> {
  return (await ask(`\nType yes to ${what}: `)).trim() === 'yes';
}

async function reachOf({ source }: ScanPlan, { env }: Surroundings): Promise<OpenedReach> {
  // A change that is under way is not torn: Ctrl-C keeps the next one from being begun.
  const { signal } = new AbortController();
  return openReach({ ...(source as LiveScope), env, signal });
}

async function storeOf(
  { remediation }: { readonly remediation?: RemediationSettings },
  { own }: OpenedReach,
  { env }: Surroundings,
): Promise<AuditStore> {
  const bucket = remediation?.auditBucket;
  if (bucket === undefined) return auditInFolder(auditFolder(env));
  return auditInBucket(await own.s3(), bucket, new AbortController().signal);
}

function contextOf(
  runId: string,
  { environment }: ScanPlan,
  { open, actor }: OpenedReach,
  { stop, clock, pause }: Surroundings,
  store: AuditStore,
): RunContext {
  const { signal } = new AbortController();
  return { open, signal, stop, clock, pause, store, identity: { runId, environment, actor } };
}
