/** The history table read back, whole. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

import type { Call } from '../aws/call.ts';
import { present } from '../aws/errors.ts';
import { CATEGORIES, SEVERITIES } from '../engine/verdict.ts';
import type { SkippedItem, StoredEvaluation } from '../report/evaluation-report.ts';

export const SCAN_HISTORY: Call = {
  operation: 'Scan',
  action: 'dynamodb:Scan',
  resource: 'arn:{partition}:dynamodb:{region}:{account}:table/compliance-history-*',
};

/** As `publish/history.ts` writes it, be it an item of the history or a current state. */
const itemSchema = z.object({
  resource_id: z.string(),
  evaluation_timestamp: z.string(),
  rule_id: z.string(),
  scan_id: z.string(),
  // Times are compared as text: it must be that one form of them.
  evaluated_at: z.iso.datetime({ precision: 3 }),
  status: z.enum(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED']),
  compliance_type: z.string(),
  severity: z.enum(SEVERITIES),
  category: z.enum(CATEGORIES),
  resource_type: z.string(),
  resource_name: z.string(),
  account_id: z.string(),
  region: z.string(),
  message: z.string(),
  facts: z.array(z.object({ key: z.string(), message: z.string() })).default([]),
  fingerprint: z.string(),
});

/** An item, or the name of one that is no result of ours. */
export type HistoryItem = { readonly evaluation: StoredEvaluation } | { readonly skipped: SkippedItem };

/**
 * Every item of the table, current states among them: they are results too, and the same ones. A page is held, of at most
 * a megabyte.
 *
 * @throws what the calls throw
 */
export async function* historyItems(
  dynamodb: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): AsyncGenerator<HistoryItem> {
  const { paginateScan } = await import('@aws-sdk/client-dynamodb');
  const { unmarshall } = await import('@aws-sdk/util-dynamodb');
  // What an evaluator stored a moment ago must be there.
  const pages = paginateScan({ client: dynamodb }, { TableName: table, ConsistentRead: true }, { abortSignal: signal });
  for await (const { Items } of pages) {
    for (const item of present(Items, 'Items')) yield readItem(item, unmarshall(item, { wrapNumbers: true }));
  }
}

function readItem(item: Record<string, AttributeValue>, value: object): HistoryItem {
  const { data, error } = itemSchema.safeParse(value);
  if (data !== undefined) return { evaluation: evaluationFrom(data) };
  const name = `${item['resource_id']?.S ?? '?'} ${item['evaluation_timestamp']?.S ?? '?'}`;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  return { skipped: { name, message: `${path.join('.')}: ${message}` } };
}

function evaluationFrom(item: z.output<typeof itemSchema>): StoredEvaluation {
  return {
    fingerprint: item.fingerprint,
    rule_id: item.rule_id,
    severity: item.severity,
    category: item.category,
    resource_type: item.resource_type,
    resource_id: item.resource_name,
    resource_arn: item.resource_id,
    account_id: item.account_id,
    region: item.region,
    status: item.status,
    compliance_type: item.compliance_type,
    message: item.message,
    ...(item.facts.length > 0 && { facts: item.facts }),
    evaluated_at: item.evaluated_at,
    scan_id: item.scan_id,
  };
}
