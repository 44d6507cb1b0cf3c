import { EC2Client, GetManagedPrefixListEntriesCommand } from '@aws-sdk/client-ec2';
import { GetBucketEncryptionCommand, GetBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { known, notCollected } from '../../src/engine/model.ts';
import type { Resource, ResourceType } from '../../src/engine/model.ts';
import { readMissingFacts } from '../../src/inventory/missing-facts.ts';
import { serviceError } from '../support/aws-errors.ts';
import { onlyClients } from '../support/clients.ts';
import { bucket, instance, permission, prefixList, securityGroup, tags } from '../support/resources.ts';

describe('reading live what a resource came without', () => {
  const s3 = new S3Client({ region: 'eu-west-1' });
  const ec2 = new EC2Client({ region: 'eu-west-1' });
  const [awsS3, awsEc2] = [mockClient(s3), mockClient(ec2)];
  beforeEach(() => {
    awsS3.reset();
    awsEc2.reset();
  });

  const complete = (resource: Resource, facts: { readonly [Type in ResourceType]?: readonly string[] }) =>
    readMissingFacts(resource, {
      clients: onlyClients({ s3, ec2 }),
      scope: { accountId: '111122223333', partition: 'aws', region: 'eu-west-1' },
      facts: new Map(Object.entries(facts).map(([type, names]) => [type as ResourceType, new Set(names)])),
      signal: new AbortController().signal,
    });

  const encryption = {
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }],
    },
  };

  it('reads the encryption of a bucket, and nothing that no rule needs', async () => {
    awsS3.on(GetBucketEncryptionCommand, { Bucket: 'reports' }).resolves(encryption);

    expect(
      await complete(bucket({ encryption: notCollected, tags: notCollected }), { 'AWS::S3::Bucket': ['encryption'] }),
    ).to.deep.equal({ resources: [bucket({ tags: notCollected })], gaps: [] });
    expect(awsS3.calls()).to.have.length(1);
  });

  it('keeps what the resource came with', async () => {
    awsS3.on(GetBucketEncryptionCommand).resolves(encryption);
    awsS3.on(GetBucketTaggingCommand).resolves({ TagSet: [{ Key: 'Owner', Value: 'ada' }] });
    const facts = { 'AWS::S3::Bucket': ['encryption', 'tags'] };
    const ownKey = known({ algorithm: 'aws:kms', kmsKeyId: null });

    expect(await complete(bucket({ encryption: ownKey, tags: notCollected }), facts)).to.deep.equal({
      resources: [bucket({ encryption: ownKey, tags: tags({ Owner: 'ada' }) })],
      gaps: [],
    });
    expect(await complete(bucket({ encryption: notCollected }), facts)).to.deep.equal({
      resources: [bucket()],
      gaps: [],
    });
  });

  it('leaves a bucket as it came where it is gone by now', async () => {
    awsS3.on(GetBucketEncryptionCommand).rejects(serviceError('NoSuchBucket', 404, 'Gone'));
    const before = bucket({ encryption: notCollected });
    expect(await complete(before, { 'AWS::S3::Bucket': ['encryption'] })).to.deep.equal({
      resources: [before],
      gaps: [],
    });
  });

  it('leaves a gap where it is denied', async () => {
    awsS3.on(GetBucketEncryptionCommand).rejects(serviceError('AccessDenied', 403, 'No'));

    expect(await complete(bucket({ encryption: notCollected }), { 'AWS::S3::Bucket': ['encryption'] })).to.deep.equal({
      resources: [
        bucket({ encryption: { known: false, reason: 'denied', permission: 's3:GetEncryptionConfiguration' } }),
      ],
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: 's3:GetBucketEncryption',
          permission: 's3:GetEncryptionConfiguration',
          reason: 'denied',
          message: 's3:GetEncryptionConfiguration was denied: No.',
          calls: 1,
        },
      ],
    });
  });

  it('reads the prefix lists of a security group, each once, and puts them before it', async () => {
    awsEc2.on(GetManagedPrefixListEntriesCommand).resolves({ Entries: [{ Cidr: '10.0.0.0/8' }] });
    const group = securityGroup({
      ingress: [permission({ prefixListIds: ['pl-1'] }), permission({ prefixListIds: ['pl-1'] })],
    });

    expect(await complete(group, { 'AWS::EC2::SecurityGroup': [], 'AWS::EC2::PrefixList': ['entries'] })).to.deep.equal(
      {
        resources: [prefixList({ tags: notCollected, entries: known(['10.0.0.0/8']) }), group],
        gaps: [],
      },
    );
    expect(awsEc2.calls()).to.have.length(1);
  });

  it('has nothing to read of anything else', async () => {
    const before = instance({ tags: notCollected });
    expect(await complete(before, { 'AWS::EC2::Instance': ['tags'] })).to.deep.equal({ resources: [before], gaps: [] });
  });
});
