import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { IpPermission } from '@aws-sdk/client-ec2';
import { GetBucketEncryptionCommand, GetBucketTaggingCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { Evaluator } from '../../src/engine/evaluate.ts';
import type { Evaluation, Status } from '../../src/engine/evaluation.ts';
import { notCollected } from '../../src/engine/model.ts';
import type { Resource } from '../../src/engine/model.ts';
import { rules } from '../../src/engine/rules/index.ts';
import { collectors } from '../../src/inventory/collectors/index.ts';
import { configItem, isRecordedType, itemFromHistory, readConfigItem } from '../../src/inventory/config-item.ts';
import type { ConfigItem, ItemReading } from '../../src/inventory/config-item.ts';
import { collectFrom } from '../support/collect.ts';
import {
  bucketItem,
  CAPTURED,
  dbClusterItem,
  dbInstanceItem,
  instanceItem,
  permissionItem,
  securityGroupItem,
  volumeItem,
} from '../support/config-items.ts';
import {
  bucket,
  dbCluster,
  dbInstance,
  instance,
  permission,
  securityGroup,
  tags,
  volume,
} from '../support/resources.ts';

/** As an event brings it: through JSON, and checked. */
function read(item: ConfigItem): ItemReading {
  const parsed = configItem.parse(JSON.parse(JSON.stringify(item)));
  if (!isRecordedType(parsed.resourceType)) throw new Error('The test is about types that Config records.');
  return readConfigItem(parsed.resourceType, parsed, 'aws');
}

const KMS_KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const address = (publicIp: string) => ({ publicIp, ipOwnerId: 'amazon', publicDnsName: '' });

describe('reading configuration items of AWS Config', () => {
  const readable: readonly (readonly [what: string, item: ConfigItem, resource: Resource])[] = [
    ['an instance', instanceItem(), instance()],
    [
      'an instance with addresses on two interfaces, and groups on each',
      instanceItem({
        state: { code: 80, name: 'stopped' },
        instanceType: 'm7g.large',
        publicIpAddress: '52.1.1.1',
        securityGroups: [{ groupName: 'web', groupId: 'sg-1' }],
        networkInterfaces: [
          {
            networkInterfaceId: 'eni-1',
            groups: [{ groupName: 'web', groupId: 'sg-1' }],
            association: address('52.1.1.1'),
            privateIpAddresses: [{ association: address('52.1.1.1') }, { association: address('52.1.1.2') }],
            ipv6Addresses: [{ ipv6Address: '2a05:d018::1' }],
          },
          {
            networkInterfaceId: 'eni-2',
            groups: [{ groupName: 'db', groupId: 'sg-2' }],
            privateIpAddresses: [{}],
            ipv6Addresses: [],
          },
        ],
      }),
      instance({
        state: 'stopped',
        instanceType: 'm7g.large',
        networkInterfaces: [
          { id: 'eni-1', publicIpv4: ['52.1.1.1', '52.1.1.2'], ipv6: ['2a05:d018::1'] },
          { id: 'eni-2', publicIpv4: [], ipv6: [] },
        ],
        securityGroupIds: ['sg-1', 'sg-2'],
      }),
    ],
    [
      'an instance whose address is on no interface',
      instanceItem({ publicIpAddress: '52.1.1.9', networkInterfaces: [] }),
      instance({ networkInterfaces: [{ id: '', publicIpv4: ['52.1.1.9'], ipv6: [] }] }),
    ],
    ['an instance without tags', instanceItem({}, { tags: {} }), instance({ tags: tags({}) })],
    ['a volume', volumeItem(), volume()],
    [
      'an unencrypted volume, with an attachment that is going and one of a service',
      volumeItem({
        state: 'in-use',
        encrypted: false,
        kmsKeyId: null,
        attachments: [
          { instanceId: 'i-0fedcba9876543210', state: 'detaching' },
          { instanceId: null, state: { value: 'attached' } },
          { instanceId: 'i-0aaaaaaaaaaaaaaaa', state: { value: 'busy' } },
        ],
      }),
      volume({ encrypted: false, kmsKeyId: null, attachedInstanceIds: ['i-0aaaaaaaaaaaaaaaa'] }),
    ],
    ['a security group', securityGroupItem(), securityGroup()],
    [
      'a security group that lets in addresses, prefix lists and all protocols',
      securityGroupItem([
        permissionItem({
          ipRanges: ['0.0.0.0/0'],
          ipv4Ranges: [{ cidrIp: '0.0.0.0/0', description: 'all' }],
          ipv6Ranges: [{ cidrIpv6: '::/0' }],
          prefixListIds: [{ prefixListId: 'pl-1', description: null }],
        }),
        permissionItem({ ipProtocol: '-1', fromPort: null, toPort: undefined }),
      ]),
      securityGroup({
        ingress: [
          permission({ ipv4: ['0.0.0.0/0'], ipv6: ['::/0'], prefixListIds: ['pl-1'] }),
          permission({ protocol: '-1', fromPort: null, toPort: null }),
        ],
      }),
    ],
    ['a bucket', bucketItem(), bucket()],
    [
      'a bucket under a key of its own, its encryption as text',
      bucketItem(
        {},
        {
          supplementaryConfiguration: {
            ServerSideEncryptionConfiguration: JSON.stringify({
              rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyID: KMS_KEY } }],
            }),
          },
        },
      ),
      bucket({ encryption: { known: true, value: { algorithm: 'aws:kms', kmsKeyId: KMS_KEY } } }),
    ],
    ['an instance of RDS', dbInstanceItem(), dbInstance({ resourceId: 'db-ORDERS' })],
    [
      'a member of a cluster, in the other spelling that Config has',
      dbInstanceItem(
        {},
        {
          tags: { Owner: 'ada' },
          configuration: {
            dbinstanceIdentifier: 'ledger-1',
            dbinstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:ledger-1',
            dbinstanceStatus: 'backing-up',
            engine: 'aurora-postgresql',
            engineVersion: '16.4',
            backupRetentionPeriod: 1,
            dbclusterIdentifier: 'ledger',
          },
        },
      ),
      dbInstance({
        id: 'ledger-1',
        tags: tags({ Owner: 'ada' }),
        status: 'backing-up',
        engine: 'aurora-postgresql',
        engineVersion: '16.4',
        backupRetentionPeriod: 1,
        dbClusterIdentifier: 'ledger',
        resourceId: 'db-ORDERS',
      }),
    ],
    [
      'a replica of an instance',
      dbInstanceItem({ readReplicaSourceDBInstanceIdentifier: 'main', backupRetentionPeriod: 0 }),
      dbInstance({ replicationSource: 'main', backupRetentionPeriod: 0, resourceId: 'db-ORDERS' }),
    ],
    [
      'a replica of a cluster',
      dbInstanceItem({ readReplicaSourceDBClusterIdentifier: 'main' }),
      dbInstance({ replicationSource: 'main', resourceId: 'db-ORDERS' }),
    ],
    ['a cluster', dbClusterItem(), dbCluster({ resourceId: 'cluster-LEDGER' })],
    [
      'a cluster that replicates another',
      dbClusterItem({ replicationSourceIdentifier: 'arn:aws:rds:us-east-1:111122223333:cluster:main' }),
      dbCluster({
        replicationSource: 'arn:aws:rds:us-east-1:111122223333:cluster:main',
        resourceId: 'cluster-LEDGER',
      }),
    ],
  ];
  for (const [what, item, resource] of readable) {
    it(`reads ${what}`, () => expect(read(item)).to.deep.equal({ kind: 'resource', resource }));
  }

  it('gives tags without a prototype, whatever they are called', () => {
    const item = instanceItem({}, { tags: JSON.parse('{"__proto__": "x"}') as object });
    const reading = read(item);
    expect(reading).to.deep.include({ kind: 'resource', resource: instance({ tags: tags({ ['__proto__']: 'x' }) }) });
  });

  for (const [what, item, resource] of [
    ['tags', instanceItem({}, { tags: null }), instance({ tags: notCollected })],
    ['tags that are text', instanceItem({}, { tags: { Owner: 7 } }), instance({ tags: notCollected })],
    ['the encryption', bucketItem({}, { supplementaryConfiguration: {} }), bucket({ encryption: notCollected })],
    ['anything more', bucketItem({}, { supplementaryConfiguration: null }), bucket({ encryption: notCollected })],
    ['an algorithm', bucketItem({ sseAlgorithm: '' }), bucket({ encryption: notCollected })],
    [
      'encryption that can be read',
      bucketItem({}, { supplementaryConfiguration: { ServerSideEncryptionConfiguration: '{"rules":' } }),
      bucket({ encryption: notCollected }),
    ],
  ] as const) {
    it(`says not collected where an item has not ${what}`, () =>
      expect(read(item)).to.deep.equal({ kind: 'resource', resource }));
  }

  for (const [what, item, why] of [
    [
      'its interfaces',
      instanceItem({ networkInterfaces: undefined }),
      "AWS Config's record of i-0123456789abcdef0 does not have configuration.networkInterfaces as AWS records it.",
    ],
    [
      'IPv6 addresses of an interface',
      instanceItem({ networkInterfaces: [{ networkInterfaceId: 'eni-1', groups: [], privateIpAddresses: [] }] }),
      "AWS Config's record of i-0123456789abcdef0 does not have configuration.networkInterfaces.0.ipv6Addresses as AWS records it.",
    ],
    [
      'whether it is encrypted',
      volumeItem({ encrypted: null }),
      "AWS Config's record of vol-1 does not have configuration.encrypted as AWS records it.",
    ],
    [
      'prefix lists of a permission',
      securityGroupItem([permissionItem({ prefixListIds: undefined })]),
      "AWS Config's record of sg-1 does not have configuration.ipPermissions.0.prefixListIds as AWS records it.",
    ],
    [
      'a retention period',
      dbClusterItem({ backupRetentionPeriod: undefined }),
      "AWS Config's record of cluster-LEDGER does not have configuration.backupretentionperiod as AWS records it.",
    ],
    [
      'a configuration',
      dbInstanceItem({}, { configuration: null }),
      "AWS Config's record of db-ORDERS does not have configuration as AWS records it.",
    ],
  ] as const) {
    it(`reads nothing where an item has not ${what}`, () =>
      expect(read(item)).to.deep.equal({ kind: 'unreadable', why }));
  }

  for (const [item, why] of [
    [dbInstanceItem({ engine: 'neptune' }), 'orders is a database of neptune, which is not judged as one of RDS.'],
    [dbClusterItem({ engine: 'docdb' }), 'ledger is a database of docdb, which is not judged as one of RDS.'],
  ] as const) {
    it(`tells what answers on the API of RDS and is not of RDS: ${why}`, () =>
      expect(read(item)).to.deep.equal({ kind: 'foreign', why }));
  }

  it('throws on what is a defect of ours', () => {
    const item = {
      ...instanceItem(),
      get configuration(): unknown {
        throw new TypeError('ours');
      },
    };
    expect(() => readConfigItem('AWS::EC2::Instance', item, 'aws')).to.throw(TypeError, 'ours');
  });

  it('reads an item of the history like one of an event', () => {
    const { configuration, supplementaryConfiguration, ...head } = bucketItem();
    const { awsAccountId: accountId, configurationItemCaptureTime, resourceName, configurationItemStatus } = head;
    const item = itemFromHistory({
      accountId,
      awsRegion: head.awsRegion,
      resourceType: 'AWS::S3::Bucket',
      resourceId: head.resourceId,
      resourceName: resourceName ?? '',
      configurationItemStatus: configurationItemStatus as 'OK',
      configurationItemCaptureTime: new Date(configurationItemCaptureTime),
      tags: {},
      configuration: JSON.stringify(configuration),
      supplementaryConfiguration: Object.fromEntries(
        Object.entries(supplementaryConfiguration as object).map(([name, part]) => [name, JSON.stringify(part)]),
      ),
    });
    expect(item.configurationItemCaptureTime).to.equal(CAPTURED);
    expect(readConfigItem('AWS::S3::Bucket', item, 'aws')).to.deep.equal({ kind: 'resource', resource: bucket() });
  });

  for (const [what, configuration] of [
    ['no configuration', undefined],
    ['one that is not JSON', '{'],
  ] as const) {
    it(`reads nothing of an item of the history with ${what}`, () => {
      const item = itemFromHistory({
        accountId: '111122223333',
        awsRegion: 'eu-west-1',
        resourceType: 'AWS::EC2::Volume',
        resourceId: 'vol-1',
        configurationItemStatus: 'OK',
        configurationItemCaptureTime: new Date(CAPTURED),
        ...(configuration !== undefined && { configuration }),
      });
      expect(readConfigItem('AWS::EC2::Volume', item, 'aws')).to.deep.equal({
        kind: 'unreadable',
        why: "AWS Config's record of vol-1 does not have configuration as AWS records it.",
      });
    });
  }

  it('refuses an item of the history without its head', () => {
    expect(() => itemFromHistory({ resourceType: 'AWS::EC2::Volume' })).to.throw('The answer has no resourceId');
  });
});

const EVERY: ReadonlySet<Status> = new Set(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED']);

/** By every rule, the parameters set that a rule cannot do without. */
function judge(resources: readonly Resource[]): Evaluation[] {
  const chosen = rules.map((rule) => ({
    rule,
    parameters: rule.parameters.parse(rule.id === 'ec2-approved-instance-type' ? { approved: ['t3.*'] } : {}),
  }));
  const evaluator = new Evaluator(chosen, { reported: EVERY });
  return resources.flatMap((resource) => evaluator.evaluate(resource));
}

/** Config's names are those of the API in camel case, but for the encryption of a bucket: from the one to the other. */
function asApiHasIt(value: unknown, names: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => asApiHasIt(each, names));
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [names(name), asApiHasIt(each, names)]));
}

const capital = (name: string) => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

describe('S2-1: a resource through AWS Config', () => {
  const inIreland = { region: 'eu-west-1' };
  const clients = { ec2: new EC2Client(inIreland), rds: new RDSClient(inIreland), s3: new S3Client(inIreland) };
  const [ec2, rds, s3] = [mockClient(clients.ec2), mockClient(clients.rds), mockClient(clients.s3)];
  beforeEach(() => {
    ec2.reset();
    rds.reset();
    s3.reset();
  });

  async function live(type: Resource['type']): Promise<readonly Resource[]> {
    const collector = collectors.find(({ resourceType }) => resourceType === type)!;
    return (await collectFrom(collector, clients)).pages.flat();
  }

  function recorded(item: ConfigItem): readonly Resource[] {
    const reading = read(item);
    if (reading.kind !== 'resource') throw new Error(reading.why);
    return [reading.resource];
  }

  const tagList = ({ tags: map }: ConfigItem) =>
    Object.entries(map as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));

  for (const item of [
    instanceItem(),
    instanceItem({ publicIpAddress: '52.1.1.9', instanceType: 'm5.large' }, { tags: { Owner: ' ' } }),
    instanceItem({ state: { code: 48, name: 'terminated' }, networkInterfaces: [], securityGroups: [] }),
  ]) {
    it(`is judged as live: instance ${JSON.stringify(item.tags)}`, async () => {
      const answer = { ...(asApiHasIt(item.configuration, capital) as object), Tags: tagList(item) };
      ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [answer] }] });
      expect(judge(recorded(item))).to.deep.equal(judge(await live('AWS::EC2::Instance')));
      expect(judge(recorded(item))).to.have.length(3);
    });
  }

  for (const [encrypted, state] of [
    [true, 'in-use'],
    [false, 'in-use'],
    [false, 'deleting'],
  ] as const) {
    it(`is judged as live: volume, encrypted ${encrypted}, ${state}`, async () => {
      const item = volumeItem({ encrypted, state: { value: state } });
      const answer = { ...(asApiHasIt(item.configuration, capital) as object), State: state, Tags: [] };
      ec2.on(DescribeVolumesCommand).resolves({ Volumes: [answer] });
      expect(judge(recorded(item))).to.deep.equal(judge(await live('AWS::EC2::Volume')));
      expect(judge(recorded(item))).to.have.length(1);
    });
  }

  for (const permissions of [
    [],
    [permissionItem({ ipv4Ranges: [{ cidrIp: '0.0.0.0/0' }] })],
    [permissionItem({ ipProtocol: '-1', fromPort: null, toPort: null, ipv6Ranges: [{ cidrIpv6: '::/0' }] })],
  ]) {
    it(`is judged as live: security group ${JSON.stringify(permissions).slice(0, 60)}`, async () => {
      const item = securityGroupItem(permissions);
      const IpPermissions = asApiHasIt(permissions, capital) as (IpPermission & { Ipv4Ranges: never })[];
      ec2.on(DescribeSecurityGroupsCommand).resolves({
        SecurityGroups: [
          {
            GroupId: 'sg-1',
            GroupName: 'web',
            IpPermissions: IpPermissions.map(({ Ipv4Ranges, ...rest }) => ({ ...rest, IpRanges: Ipv4Ranges })),
          },
        ],
      });
      expect(judge(recorded(item))).to.deep.equal(judge(await live('AWS::EC2::SecurityGroup')));
      expect(judge(recorded(item))).to.have.length(1);
    });
  }

  it('is UNKNOWN and names the fact where Config does not tell what a prefix list holds', () => {
    const item = securityGroupItem([permissionItem({ prefixListIds: [{ prefixListId: 'pl-1' }] })]);
    const [evaluation] = judge(recorded(item));
    expect([evaluation?.status, evaluation?.message]).to.deep.equal([
      'UNKNOWN',
      'Prefix list pl-1 of security group sg-1 (web) could not be read: the source did not collect that.',
    ]);
  });

  it('is UNKNOWN and names the fact where Config does not tell the encryption', () => {
    const [evaluation] = judge(recorded(bucketItem({}, { supplementaryConfiguration: {} })));
    expect([evaluation?.status, evaluation?.message]).to.deep.equal([
      'UNKNOWN',
      'The default encryption of bucket reports could not be read: the source did not collect that.',
    ]);
  });

  for (const byDefault of [
    { sseAlgorithm: 'AES256', kmsMasterKeyID: null },
    { sseAlgorithm: 'aws:kms', kmsMasterKeyID: KMS_KEY },
    { sseAlgorithm: 'aws:kms:dsse' },
  ]) {
    it(`is judged as live: bucket ${JSON.stringify(byDefault)}`, async () => {
      const { sseAlgorithm, kmsMasterKeyID } = byDefault;
      s3.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'reports' }] });
      s3.on(GetBucketTaggingCommand).resolves({ TagSet: [] });
      s3.on(GetBucketEncryptionCommand).resolves({
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: sseAlgorithm as 'AES256',
                ...(typeof kmsMasterKeyID === 'string' && { KMSMasterKeyID: kmsMasterKeyID }),
              },
            },
          ],
        },
      });
      expect(judge(recorded(bucketItem(byDefault)))).to.deep.equal(judge(await live('AWS::S3::Bucket')));
      expect(judge(recorded(bucketItem(byDefault)))).to.have.length(1);
    });
  }

  for (const changes of [
    {},
    { backupRetentionPeriod: 0 },
    { backupRetentionPeriod: 0, readReplicaSourceDBInstanceIdentifier: 'main' },
    { dBClusterIdentifier: 'ledger' },
  ]) {
    it(`is judged as live: instance of RDS ${JSON.stringify(changes)}`, async () => {
      const item = dbInstanceItem(changes);
      rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [asApiHasIt(item.configuration, capital) as object] });
      expect(judge(recorded(item))).to.deep.equal(judge(await live('AWS::RDS::DBInstance')));
      expect(recorded(item)).to.deep.equal(await live('AWS::RDS::DBInstance'));
    });
  }

  for (const changes of [
    {},
    { backupRetentionPeriod: 0 },
    { replicationSourceIdentifier: 'main', status: 'deleting' },
  ]) {
    it(`is judged as live: cluster ${JSON.stringify(changes)}`, async () => {
      const item = dbClusterItem(changes);
      const names = (name: string) => capital(name.replace('dbcluster', 'DBCluster'));
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [asApiHasIt(item.configuration, names) as object] });
      expect(judge(recorded(item))).to.deep.equal(judge(await live('AWS::RDS::DBCluster')));
      expect(recorded(item)).to.deep.equal(await live('AWS::RDS::DBCluster'));
    });
  }
});
