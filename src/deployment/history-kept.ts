/** What a stack has stored: what is lost for good when it is destroyed. */
import type { Clients } from '../aws/clients.ts';
import { awsErrorNamed, failureOf } from '../aws/errors.ts';

export interface StoredHistory {
  readonly kind: 'bucket' | 'table';
  readonly name: string;
  /** Objects with all their versions, or items; `undefined` where AWS does not say. */
  readonly count?: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** Objects that one listing of S3 gives. */
const PAGE = 1000;

/**
 * What lies in these buckets and this table: one call each, so that a bucket of a million objects is not counted to its
 * end. What is not there any more is left out.
 */
export async function storedHistory(
  { buckets, table }: { readonly buckets: readonly string[]; readonly table?: string | undefined },
  clients: Pick<Clients, 's3' | 'dynamodb'>,
  signal: AbortSignal,
): Promise<StoredHistory[]> {
  const found = await Promise.all([
    ...buckets.map((name) =>
      unlessGone(() => bucketHistory(name, clients, signal), { kind: 'bucket', name, more: false }),
    ),
    ...(table === undefined
      ? []
      : [unlessGone(() => tableHistory(table, clients, signal), { kind: 'table', name: table, more: false })]),
  ]);
  return found.filter((one) => one !== undefined);
}

async function bucketHistory(name: string, clients: Pick<Clients, 's3'>, signal: AbortSignal): Promise<StoredHistory> {
  const { ListObjectVersionsCommand } = await import('@aws-sdk/client-s3');
  const s3 = await clients.s3();
  const request = new ListObjectVersionsCommand({ Bucket: name, MaxKeys: PAGE });
  const { Versions = [], DeleteMarkers = [], IsTruncated = false } = await s3.send(request, { abortSignal: signal });
  return { kind: 'bucket', name, count: Versions.length + DeleteMarkers.length, more: IsTruncated };
}

/** DynamoDB counts items every six hours: the figure is an estimate. */
async function tableHistory(
  name: string,
  clients: Pick<Clients, 'dynamodb'>,
  signal: AbortSignal,
): Promise<StoredHistory> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
  const dynamodb = await clients.dynamodb();
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }), { abortSignal: signal });
  const count = Table?.ItemCount;
  return { kind: 'table', name, ...(count !== undefined && { count }), more: false };
}

/** What AWS does not let us look at is named all the same: it is deleted too. */
async function unlessGone(
  look: () => Promise<StoredHistory>,
  unseen: StoredHistory,
): Promise<StoredHistory | undefined> {
  try {
    return await look();
  } catch (error) {
    if (awsErrorNamed(error, 'NoSuchBucket', 'ResourceNotFoundException')) return undefined;
    if (failureOf(error) === undefined) throw error;
    return unseen;
  }
}
