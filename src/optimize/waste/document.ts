/** The document of what costs money for nothing. Pure. */
import type { WasteDocument, WasteRow } from '../../report/waste-document.ts';
import { documentSaving, inCents } from '../document.ts';
import { HOURS_PER_MONTH } from '../saving.ts';
import { WASTES } from './model.ts';
import type { KeptVolumes, WasteFinding, WasteGap } from './model.ts';

export interface WasteParts {
  /** When it was read. */
  readonly at: Date;
  readonly accountId: string;
  readonly region: string;
  readonly findings: readonly WasteFinding[];
  readonly kept: KeptVolumes;
  readonly gaps: readonly WasteGap[];
}

export function wasteDocument({ at, accountId, region, findings, kept, gaps }: WasteParts): WasteDocument {
  const rows = findings
    .map((finding) => ({ row: rowOf(finding), bytes: finding.storedBytes ?? 0 }))
    .toSorted(byMoney)
    .map(({ row }) => row);
  return {
    schema: 'compliancectl.waste/1',
    at: at.toISOString(),
    account_id: accountId,
    region,
    rows,
    kinds: WASTES.map((what) => {
      const own = rows.filter((row) => row.what === what);
      return { what, rows: own.length, ...sumOf(own) };
    }),
    total: { ...sumOf(rows), hours: HOURS_PER_MONTH },
    gp2_kept: {
      volumes: kept.ids.length,
      monthly_usd: inCents(kept.amount),
      volume_ids: kept.ids.toSorted(),
    },
    gaps: gaps.map(({ kind, operation, permission = null, reason, message }) => ({
      kind,
      api: operation,
      permission,
      reason,
      message,
    })),
    incomplete: gaps.length > 0,
  };
}

function rowOf({ what, type, id, name, arn, since, saving, ...said }: WasteFinding): WasteRow {
  const { details, advice, commands, cautions } = said;
  return {
    what,
    resource_type: type,
    resource_id: id,
    resource_name: name,
    resource_arn: arn,
    details,
    since: since?.toISOString() ?? null,
    advice,
    commands,
    cautions,
    saving: documentSaving(saving),
  };
}

interface SizedRow {
  readonly row: WasteRow;
  readonly bytes: number;
}

/**
 * Then by kind and by what is stored: a young log group saves nothing as yet, however large it is. At last by id, so that the same
 * estate gives the same document.
 */
function byMoney({ row: a, bytes: ofA }: SizedRow, { row: b, bytes: ofB }: SizedRow): number {
  return moneyOf(b) - moneyOf(a) || WASTES.indexOf(a.what) - WASTES.indexOf(b.what) || ofB - ofA || compared(a, b);
}

function moneyOf({ saving }: WasteRow): number {
  return saving.monthly_usd ?? -1;
}

function compared({ resource_arn: a }: WasteRow, { resource_arn: b }: WasteRow): number {
  return a < b ? -1 : Number(a > b);
}

/** Of the amounts that are shown, so that whoever adds them up comes to the same. */
function sumOf(rows: readonly WasteRow[]): { readonly monthly_usd: number; readonly unknown: number } {
  const amounts = rows.flatMap(({ saving }) => (saving.monthly_usd === null ? [] : [saving.monthly_usd]));
  return {
    monthly_usd: inCents(amounts.reduce((sum, amount) => sum + amount, 0)),
    unknown: rows.length - amounts.length,
  };
}
