import { present } from '../../aws/errors.ts';
import type { Fact } from '../../engine/model.ts';
import { CALLS } from '../calls.ts';
import type { LogGroupSeen } from '../checks/log-group.ts';
import { read } from '../reading.ts';
import type { Reading } from '../reading.ts';

export async function readLogGroup(name: string, reading: Reading): Promise<Fact<LogGroupSeen | null>> {
  const { paginateDescribeLogGroups } = await import('@aws-sdk/client-cloudwatch-logs');
  return read(reading, CALLS.logGroups, async ({ abortSignal }) => {
    const client = await reading.clients.logs();
    // There is no call for one: names that go on after this one come too.
    const about = { logGroupNamePrefix: name, limit: 50 };
    for await (const page of paginateDescribeLogGroups({ client }, about, { abortSignal })) {
      const own = present(page.logGroups, 'logGroups').find(({ logGroupName }) => logGroupName === name);
      if (own !== undefined) return { retentionDays: own.retentionInDays ?? null };
    }
    return null;
  });
}
