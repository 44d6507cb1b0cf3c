import type { LogGroup as ListedGroup } from '@aws-sdk/client-cloudwatch-logs';

import { present } from '../../aws/errors.ts';
import { DESCRIBE_LOG_GROUPS } from './calls.ts';
import type { LogGroup } from './model.ts';
import { readAll } from './reading.ts';
import type { Reading, ReadingContext } from './reading.ts';

/** As many as DescribeLogGroups gives at once. */
const PAGE_SIZE = 50;

/** Log groups whose events never expire. */
export async function readLogGroups(context: ReadingContext): Promise<Reading<LogGroup>> {
  return readAll(
    {
      kind: 'log-groups',
      call: DESCRIBE_LOG_GROUPS,
      things: 'log groups',
      pages: () => pagesOf(context),
      take: (group) => (keepsForEver(group) ? fromGroup(group, context) : undefined),
    },
    context,
  );
}

async function* pagesOf({ clients, signal }: ReadingContext): AsyncGenerator<readonly ListedGroup[]> {
  const { paginateDescribeLogGroups } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = await clients.logs();
  const pages = paginateDescribeLogGroups({ client, pageSize: PAGE_SIZE }, {}, { abortSignal: signal });
  for await (const page of pages) yield present(page.logGroups, 'logGroups');
}

/** Groups of the class DELIVERY keep events for a day, whatever else they say (CreateLogGroup's reference). */
function keepsForEver({ retentionInDays, logGroupClass }: ListedGroup): boolean {
  return retentionInDays === undefined && logGroupClass !== 'DELIVERY';
}

function fromGroup(group: ListedGroup, { accountId, partition, region }: ReadingContext): LogGroup {
  const name = present(group.logGroupName, 'logGroupName');
  return {
    name,
    arn: `arn:${partition}:logs:${region}:${accountId}:log-group:${name}`,
    region,
    createdAt: new Date(present(group.creationTime, 'creationTime')),
    storedBytes: present(group.storedBytes, 'storedBytes'),
    logClass: group.logGroupClass ?? 'STANDARD',
    accountPolicy: group.retentionPolicyName || null,
  };
}
