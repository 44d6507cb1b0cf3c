/** `optimize --restore`: what the ledger holds is shown, someone says yes to it, and every value is brought back. */
import { plural } from '../report/plural.ts';
import { EXIT, UserError } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { optimizeDocument } from './document.ts';
import { enterAccount } from './enter.ts';
import type { Entered } from './enter.ts';
import type { LedgerEntry, LedgerStore, StoredEntry } from './ledger.ts';
import type { OptimizeRequest, Surroundings } from './request.ts';
import { restoreRows } from './restore-rows.ts';
import { restoreEntry } from './restore.ts';
import { runContext, withLedger } from './run-context.ts';
import type { RunOutcome } from './run.ts';

/**
 * @returns 0 where all of it is back, or there was nothing to put back; 4 where something could not be
 * @throws UserError for what the person can mend: `NO_ENTRY`, `LEDGER_*`
 */
export async function putBack(request: OptimizeRequest, here: Surroundings): Promise<ExitCode> {
  const { tell, show, tableOf, clock, stop, onProgress } = here;
  if (request.note !== undefined && !request.quiet) tell(`${request.note}\n`);
  onProgress('Asking AWS who this is');
  const entered = await enterAccount(request, here);
  try {
    const ledger = await entered.openLedger();
    const stored = await ledger.readOpen();
    const at = clock();
    const documentOf = (entry: LedgerEntry | undefined, outcome?: RunOutcome) =>
      optimizeDocument({
        at,
        mode: 'restore',
        choice: null,
        scope: entered,
        ledger: { place: ledger.place, entryId: entry?.id ?? null },
        rows: entry === undefined ? [] : restoreRows(entry),
        savings: new Map(),
        results: outcome?.results ?? [],
        nearMisses: [],
        gaps: [],
      });
    if (stored === undefined || (request.entryId !== undefined && stored.entry.id !== request.entryId)) {
      await refuseUnknown(request.entryId, ledger);
      if (!request.quiet) tell(nothingText(request.entryId, entered, ledger));
      await show(documentOf(undefined));
      return EXIT.ok;
    }
    const planned = documentOf(stored.entry);
    if (request.dryRun) {
      await show(planned);
      return EXIT.ok;
    }
    if (!request.yes) {
      tell(tableOf(planned));
      if (!(await agreed(stored, entered, here))) {
        tell('Nothing was changed.\n');
        return EXIT.ok;
      }
    }
    const outcome = await restoreEntry(stored, runContext({ request, entered, ledger }, here));
    const document = withLedger(documentOf(stored.entry, outcome), outcome, here);
    await show(document);
    if (stop.aborted) return EXIT.interrupted;
    return document.incomplete ? EXIT.incomplete : EXIT.ok;
  } finally {
    entered.close();
  }
}

/** @throws UserError `NO_ENTRY` where an entry was named that there is not */
async function refuseUnknown(id: string | undefined, ledger: LedgerStore): Promise<void> {
  if (id === undefined || (await ledger.read(id)) !== undefined) return;
  throw new UserError(
    { typed: id, say: (typed) => `There is no entry ${typed} in ${ledger.place}.` },
    { code: 'NO_ENTRY', suggestions: ['Leave --entry out to put back the open one'] },
  );
}

function nothingText(
  id: string | undefined,
  { environment, accountId, region }: Entered,
  { place }: LedgerStore,
): string {
  return id === undefined
    ? `There is nothing to put back: ${place} has no open entry for ${environment} in account ${accountId}, ${region}.\n`
    : `Entry ${id} was put back before: nothing was changed.\n`;
}

async function agreed(
  { entry }: StoredEntry,
  { environment, accountId, region }: Entered,
  { ask }: Surroundings,
): Promise<boolean> {
  const what = plural(entry.steps.length, 'change');
  const question = `\nType ${environment} to put back ${what} in account ${accountId}, ${region}: `;
  return (await ask(question)).trim() === environment;
}
