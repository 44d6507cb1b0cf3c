/** CloudWatch Logs: log groups. */
import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroupArgs } from '@pulumi/aws/cloudwatch/index.js';

import type { Aws } from './aws.ts';
import { defineResource } from './resource-type.ts';

const logGroup = defineResource<LogGroupArgs>({
  type: 'aws:cloudwatch/logGroup:LogGroup',
  label: 'CloudWatch Logs Log Group',
  properties: {
    name: { named: true, replaces: true },
    retentionInDays: { default: 0 },
    skipDestroy: { default: false },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, { name = '', retentionInDays = 0, tags }, created) {
    await aws.logs.send(new CreateLogGroupCommand({ logGroupName: name, tags: { ...tags } }));
    created(name);
    await putRetention(aws, name, retentionInDays);
    return name;
  },
  async read({ logs, region, accountId }, id) {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
    const found = logGroups.find(({ logGroupName }) => logGroupName === id);
    if (found === undefined) return undefined;
    const arn = `arn:aws:logs:${region}:${accountId}:log-group:${id}`;
    const { tags = {} } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }));
    return { arn, name: id, retentionInDays: found.retentionInDays ?? 0, logGroupClass: found.logGroupClass, tags };
  },
  async update(aws, id, { retentionInDays = 0 }, changed) {
    if (changed.has('retentionInDays')) await putRetention(aws, id, retentionInDays);
  },
  async retag({ logs, region, accountId }, id, { set, removed }) {
    const resourceArn = `arn:aws:logs:${region}:${accountId}:log-group:${id}`;
    if (Object.keys(set).length > 0) await logs.send(new TagResourceCommand({ resourceArn, tags: { ...set } }));
    if (removed.length > 0) await logs.send(new UntagResourceCommand({ resourceArn, tagKeys: [...removed] }));
  },
  async delete({ logs }, id, { skipDestroy }) {
    if (skipDestroy !== true) await logs.send(new DeleteLogGroupCommand({ logGroupName: id }));
  },
});

/** 0 is forever. */
async function putRetention({ logs }: Aws, logGroupName: string, retentionInDays: number): Promise<void> {
  if (retentionInDays === 0) await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  else await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
}

export const LOGS_TYPES = [logGroup];
