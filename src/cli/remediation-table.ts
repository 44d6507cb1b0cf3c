/** What is going to be changed, and what became of it, for people at a terminal: within 80 columns. */
import type { ChalkInstance } from 'chalk';

import type { AuditRecord } from '../remediate/audit.ts';
import type { Change, RemediationPlan, Skipped } from '../remediate/change.ts';
import type { ChangeResult } from '../remediate/run.ts';
import { stateText } from '../remediate/state.ts';
import type { State } from '../remediate/state.ts';
import type { UndoResult } from '../remediate/undo.ts';
import { plural } from '../report/plural.ts';
import { fitted, plainTable, textOf } from '../report/table.ts';

/** Findings that are left alone are shown so many: the rest is in the scan. */
const SKIPPED_SHOWN = 20;

const WIDTHS = [26, 54];
const [NARROW = 0, WIDE = 0] = WIDTHS;

export function planText({ changes, skipped }: RemediationPlan, chalk: ChalkInstance): string {
  return [
    changes.length === 0 ? 'Nothing is going to be changed.\n' : changeTable(changes, chalk),
    skipped.length === 0 ? '' : skippedTable(skipped, chalk),
  ].join('\n');
}

function changeTable(changes: readonly Change[], chalk: ChalkInstance): string {
  const table = plainTable(['RESOURCE', 'CHANGE'], WIDTHS, chalk);
  for (const { resource, action, before, after, permissions, reversible, cautions } of changes) {
    const notes = reversible ? cautions : [...cautions, 'Undoing it does not bring back everything.'];
    table.push([
      placeCell(resource, chalk),
      [
        chalk.bold(action),
        ...moveLines(before, after),
        chalk.dim(`needs ${permissions.join(', ')}`),
        ...notes.map((note) => chalk.yellow(fitted(note, WIDE))),
      ].join('\n'),
    ]);
  }
  return `${textOf(table)}\n`;
}

function skippedTable(skipped: readonly Skipped[], chalk: ChalkInstance): string {
  const table = plainTable(['LEFT ALONE', 'WHY'], WIDTHS, chalk);
  for (const { rule, resource, message, change } of skipped.slice(0, SKIPPED_SHOWN)) {
    const would = change === undefined ? [] : moveLines(change.before, change.after).map((line) => chalk.dim(line));
    table.push([placeCell(resource, chalk), [chalk.dim(rule), fitted(message, WIDE), ...would].join('\n')]);
  }
  const more = skipped.length - SKIPPED_SHOWN;
  return `${textOf(table)}\n${more > 0 ? `\n${plural(more, 'more finding')} left alone.\n` : ''}`;
}

export function undoText(records: readonly AuditRecord[], chalk: ChalkInstance): string {
  const table = plainTable(['RESOURCE', 'UNDO'], WIDTHS, chalk);
  for (const { resource_id: id, account_id: accountId, region, id: auditId, before, after } of records) {
    table.push([
      placeCell({ id, accountId, region }, chalk),
      [chalk.dim(fitted(auditId, WIDE)), ...moveLines(after, before)].join('\n'),
    ]);
  }
  return `${textOf(table)}\n`;
}

type Place = Pick<Change['resource'], 'id' | 'accountId' | 'region'>;

function placeCell({ id, accountId, region }: Place, chalk: ChalkInstance): string {
  const where = [accountId, region].map((name) => fitted(name, NARROW)).join('\n');
  return `${fitted(id, NARROW)}\n${chalk.dim(where)}`;
}

function moveLines(from: State, to: State): string[] {
  return [fitted(stateText(from), WIDE), fitted(`-> ${stateText(to)}`, WIDE)];
}

export function resultLine({ change, outcome, message, auditId }: ChangeResult): string {
  const audit = auditId === undefined ? '' : ` (${auditId})`;
  return `${outcome}  ${change.resource.id}: ${message}${audit}`;
}

export function undoLine({ record, outcome, message, auditId }: UndoResult): string {
  return `${outcome}  ${record.resource_id}: ${message} (${auditId})`;
}
