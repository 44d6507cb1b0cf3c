/** moto for the tests of one file, and things to put into it. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { _InstanceType } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { BucketLocationConstraint } from '@aws-sdk/client-s3';

import { withEmulator } from './emulator.ts';
import type { Emulator } from './emulator.ts';
import { startMoto } from './moto.ts';

/** The account that moto plays. */
export const ACCOUNT = '123456789012';

/** moto for the tests of the `describe` it is called in. */
export function withMoto(): () => Emulator {
  return withEmulator('moto', () => startMoto());
}

export interface GivenInstance {
  readonly tags?: Readonly<Record<string, string>>;
  readonly type?: _InstanceType;
  readonly terminated?: boolean;
}

const CREDENTIALS = { accessKeyId: 'testing', secretAccessKey: 'testing' };

/** Runs instances one by one, each a reservation of its own, and gives their ids in that order. */
export async function runInstances(
  endpoint: string,
  region: string,
  instances: readonly GivenInstance[],
  credentials = CREDENTIALS,
): Promise<string[]> {
  const ec2 = new EC2Client({ endpoint, region, credentials });
  const ids: string[] = [];
  try {
    for (const { tags = {}, type = 't3.micro', terminated = false } of instances) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const answer = await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          InstanceType: type,
          ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
        }),
      );
      const id = answer.Instances?.[0]?.InstanceId;
      if (id === undefined) throw new Error('The emulator ran no instance.');
      if (terminated) await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
      ids.push(id);
    }
  } finally {
    ec2.destroy();
  }
  return ids;
}

/** Makes a group that lets a prefix list of one block in, on SSH's port; gives the group's id. */
export async function createGroupNamingList(endpoint: string, region: string, Cidr: string): Promise<string> {
  const ec2 = new EC2Client({ endpoint, region, credentials: CREDENTIALS });
  try {
    const { PrefixList } = await ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'offices',
        MaxEntries: 1,
        AddressFamily: 'IPv4',
        Entries: [{ Cidr }],
      }),
    );
    const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'web' }));
    const listId = PrefixList?.PrefixListId;
    if (listId === undefined || GroupId === undefined) throw new Error('The emulator made no list or no group.');
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId: listId }] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    return GroupId;
  } finally {
    ec2.destroy();
  }
}

/** Makes a bucket and gives its name. */
export async function createBucket(
  endpoint: string,
  region: BucketLocationConstraint,
  Bucket: string,
): Promise<string> {
  const s3 = new S3Client({ endpoint, region, credentials: CREDENTIALS, forcePathStyle: true });
  try {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
    return Bucket;
  } finally {
    s3.destroy();
  }
}
