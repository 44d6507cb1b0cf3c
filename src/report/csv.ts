/** A row an evaluation, as RFC 4180 has it: CRLF at the end of a row, UTF-8 without a byte order mark. */
import { stringify } from 'csv-stringify/sync';

import type { Evaluation } from '../engine/evaluation.ts';

/** Rows are formatted in batches: the library sets itself up anew for each call. */
const BATCH = 500;

/** The columns in their order: a contract like the document's keys. New ones go to the end. */
const COLUMNS = {
  fingerprint: ({ fingerprint }) => fingerprint,
  rule_id: ({ rule_id: rule }) => rule,
  severity: ({ severity }) => severity,
  category: ({ category }) => category,
  resource_type: ({ resource_type: type }) => type,
  resource_id: ({ resource_id: id }) => id,
  resource_arn: ({ resource_arn: arn }) => arn,
  account_id: ({ account_id: account }) => account,
  region: ({ region }) => region,
  status: ({ status }) => status,
  change: ({ change }) => change,
  message: ({ message }) => message,
  facts: ({ facts }) => facts?.map(({ key }) => key).join(';'),
  remediation: ({ remediation }) => remediation,
  missing_permission: ({ missing_permission: permission }) => permission,
  waiver_owner: ({ waiver }) => waiver?.owner,
  waiver_reason: ({ waiver }) => waiver?.reason,
  waiver_expires: ({ waiver }) => waiver?.expires,
  waiver_ticket: ({ waiver }) => waiver?.ticket,
} as const satisfies Record<string, (evaluation: Evaluation) => string | undefined>;

export function* renderCsv({ evaluations }: { readonly evaluations: readonly Evaluation[] }): Generator<string> {
  yield csvRows([Object.keys(COLUMNS)]);
  const cells = Object.values(COLUMNS);
  for (let start = 0; start < evaluations.length; start += BATCH) {
    const batch = evaluations.slice(start, start + BATCH);
    yield csvRows(batch.map((evaluation) => cells.map((cell) => cell(evaluation))));
  }
}

/** Rows as every CSV of ours has them; a cell that a spreadsheet would take for a formula starts with an apostrophe. */
export function csvRows(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return stringify([...rows], {
    escape_formulas: true,
    record_delimiter: 'windows',
    // With a delimiter of one's own, the library else leaves a lone CR or LF in a cell without quotes.
    quote_record_delimiter: true,
    // A number below zero is no formula.
    cast: { string: guarded, number: (value) => ({ value: String(value), escape_formulas: false }) },
  });
}

/**
 * The library puts an apostrophe before a cell that starts like a formula. Some spreadsheets look past the white space
 * that a cell starts with, and the library does not: such a cell gets its apostrophe here.
 */
function guarded(text: string): string {
  return /^\s+[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
}
