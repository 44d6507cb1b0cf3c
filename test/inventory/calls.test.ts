import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { factsNeeded } from '../../src/engine/needs.ts';
import { rules } from '../../src/engine/rules/index.ts';
import { callsNeeded, permissionsOf } from '../../src/inventory/calls.ts';
import type { CallScope } from '../../src/inventory/calls.ts';
import { collectors } from '../../src/inventory/collectors/index.ts';
import { collectFrom } from '../support/collect.ts';
import { chosen } from '../support/plans.ts';

const OWN_ACCOUNT: CallScope = { allRegions: false, throughRoles: false };

/** The least that every operation answers with one resource, so that all there is to ask of it is asked. */
const ANSWERS: Readonly<Record<string, object>> = {
  DescribeInstances: {
    Reservations: [{ Instances: [{ InstanceId: 'i-1', InstanceType: 't3.micro', State: { Name: 'running' } }] }],
  },
  DescribeVolumes: { Volumes: [{ VolumeId: 'vol-1', State: 'available', Encrypted: true }] },
  DescribeSecurityGroups: {
    SecurityGroups: [
      {
        GroupId: 'sg-1',
        GroupName: 'web',
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [], Ipv6Ranges: [], PrefixListIds: [{ PrefixListId: 'pl-1' }] }],
      },
    ],
  },
  GetManagedPrefixListEntries: { Entries: [{ Cidr: '10.0.0.0/8' }] },
  DescribeDBInstances: {
    DBInstances: [
      {
        DBInstanceIdentifier: 'orders',
        DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
        DBInstanceStatus: 'available',
        Engine: 'postgres',
        EngineVersion: '17.2',
        BackupRetentionPeriod: 7,
      },
    ],
  },
  DescribeDBClusters: {
    DBClusters: [
      {
        DBClusterIdentifier: 'ledger',
        DBClusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:ledger',
        Status: 'available',
        Engine: 'aurora-postgresql',
        BackupRetentionPeriod: 7,
      },
    ],
  },
  ListBuckets: { Buckets: [{ Name: 'reports', BucketRegion: 'eu-west-1' }] },
  GetBucketTagging: { TagSet: [] },
  GetBucketEncryption: {
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  },
};

describe('the calls of a collector', () => {
  const clients = {
    ec2: new EC2Client({ region: 'eu-west-1' }),
    rds: new RDSClient({ region: 'eu-west-1' }),
    s3: new S3Client({ region: 'eu-west-1' }),
  };
  const stubs = [mockClient(clients.ec2), mockClient(clients.rds), mockClient(clients.s3)];
  let sent: Set<string>;
  beforeEach(() => {
    sent = new Set();
    for (const stub of stubs) {
      stub.send.callsFake(async (command: object) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        sent.add(operation);
        const answer = ANSWERS[operation];
        if (answer === undefined) throw new Error(`Nothing answers ${operation}: add it to ANSWERS.`);
        // Which operation it answers the type cannot know.
        return answer as never;
      });
    }
  });

  for (const collector of collectors) {
    const { resourceType, list, types } = collector;
    const sources = Object.values(types).flatMap((facts) => Object.values(facts));
    const declared = [list, ...sources.filter((source) => typeof source !== 'string')];

    it(`are those that it declares, no more and no fewer (${resourceType})`, async () => {
      const { pages, gaps, error } = await collectFrom(collector, clients);

      expect({ error, gaps }).to.deep.equal({ error: undefined, gaps: [] });
      expect(pages.flat().map(({ type }) => type)).to.have.members(Object.keys(types));
      expect([...sent].toSorted()).to.deep.equal(declared.map(({ operation }) => operation).toSorted());
    });

    it(`are the listing alone, where no fact is wanted (${resourceType})`, async () => {
      const { error } = await collectFrom(collector, clients, { facts: { [resourceType]: [] } });

      expect(error).to.equal(undefined);
      expect([...sent]).to.deep.equal([list.operation]);
    });
  }
});

describe('the calls of a scan', () => {
  const told = (scope: CallScope, facts = factsNeeded(chosen(...rules))) =>
    callsNeeded(facts, scope).map(({ api, action, times }) => [api, action, times]);
  const identity = ['sts:GetCallerIdentity', 'sts:GetCallerIdentity', 'once an account'];
  const listing = (api: string, action = api) => [api, action, 'a page at a time in every region'];

  it('are those that the facts of all rules take, in their order', () => {
    expect(told(OWN_ACCOUNT)).to.deep.equal([
      identity,
      listing('ec2:DescribeSecurityGroups'),
      ['ec2:GetManagedPrefixListEntries', 'ec2:GetManagedPrefixListEntries', 'once for every AWS::EC2::PrefixList'],
      listing('ec2:DescribeInstances'),
      listing('ec2:DescribeVolumes'),
      listing('rds:DescribeDBClusters'),
      listing('rds:DescribeDBInstances'),
      listing('s3:ListBuckets', 's3:ListAllMyBuckets'),
      ['s3:GetBucketEncryption', 's3:GetEncryptionConfiguration', 'once for every AWS::S3::Bucket'],
    ]);
  });

  it('enter accounts first and ask for regions before anything is listed', () => {
    const facts = new Map([['AWS::EC2::Instance' as const, new Set(['tags'])]]);
    expect(told({ allRegions: true, throughRoles: true }, facts)).to.deep.equal([
      ['sts:AssumeRole', 'sts:AssumeRole', 'once an account'],
      identity,
      ['ec2:DescribeRegions', 'ec2:DescribeRegions', 'once an account'],
      listing('ec2:DescribeInstances'),
    ]);
  });

  it('leave out the facts of a type that nobody wants', () => {
    const facts = new Map([['AWS::S3::Bucket' as const, new Set(['tags'])]]);
    expect(told(OWN_ACCOUNT, facts)).to.deep.equal([
      identity,
      listing('s3:ListBuckets', 's3:ListAllMyBuckets'),
      ['s3:GetBucketTagging', 's3:GetBucketTagging', 'once for every AWS::S3::Bucket'],
    ]);
  });

  it('are who is asking alone, where nothing is wanted', () => {
    expect(told(OWN_ACCOUNT, new Map())).to.deep.equal([identity]);
  });
});

describe('the permissions of a rule', () => {
  it('are the actions behind its facts, sorted', () => {
    expect(Object.fromEntries(rules.map((rule) => [rule.id, permissionsOf(rule)]))).to.deep.equal({
      'ebs-volumes-encrypted': ['ec2:DescribeVolumes'],
      'ec2-approved-instance-type': ['ec2:DescribeInstances'],
      'ec2-no-public-ip': ['ec2:DescribeInstances'],
      'ec2-required-tags': ['ec2:DescribeInstances'],
      'ec2-security-group-restricted': ['ec2:DescribeSecurityGroups', 'ec2:GetManagedPrefixListEntries'],
      'rds-backup-retention': ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'],
      's3-bucket-encrypted': ['s3:GetEncryptionConfiguration', 's3:ListAllMyBuckets'],
    });
  });
});
