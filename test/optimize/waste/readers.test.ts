import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeAddressesCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Address, Volume } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { readIdleAddresses } from '../../../src/optimize/waste/addresses.ts';
import { readLogGroups } from '../../../src/optimize/waste/log-groups.ts';
import type { ReadingContext } from '../../../src/optimize/waste/reading.ts';
import { readVolumes } from '../../../src/optimize/waste/volumes.ts';
import { networkError, serviceError } from '../../support/aws-errors.ts';
import { onlyClients } from '../../support/clients.ts';
import { ACCOUNT, REGION } from '../../support/optimize.ts';

/** Clients of stubs, and what was said on the way. */
function stubbed() {
  const ec2 = new EC2Client({ region: REGION });
  const logs = new CloudWatchLogsClient({ region: REGION });
  const controller = new AbortController();
  const lines: string[] = [];
  const context: ReadingContext = {
    clients: onlyClients({ ec2, logs }),
    accountId: ACCOUNT,
    partition: 'aws-us-gov',
    region: REGION,
    signal: controller.signal,
    onProgress: (line) => lines.push(line),
  };
  return { ec2: mockClient(ec2), logs: mockClient(logs), controller, context, lines };
}

const CREATED = new Date('2025-03-01T10:00:00Z');

const listedVolume = (own: Volume = {}): Volume => ({
  VolumeId: 'vol-1',
  State: 'in-use',
  VolumeType: 'gp2',
  Size: 100,
  Iops: 300,
  AvailabilityZone: 'us-east-1a',
  CreateTime: CREATED,
  ...own,
});

const DENIED = serviceError('UnauthorizedOperation', 403, 'Not you.');

describe('readVolumes', () => {
  const idsOf = async (...volumes: readonly Volume[]) => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [...volumes] });
    return (await readVolumes(context)).found.map(({ id }) => id);
  };

  it('reads a volume as it is', async () => {
    const { ec2, context } = stubbed();
    const Tags = [
      { Key: 'name', Value: 'no' },
      { Key: 'Name', Value: 'data' },
    ];
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        listedVolume({ VolumeId: 'vol-1', State: 'available', VolumeType: 'gp3', Iops: 4000, Throughput: 250, Tags }),
        listedVolume({ VolumeId: 'vol-2', VolumeType: 'gp2', Iops: undefined, Tags: [{ Key: 'Name', Value: '' }] }),
      ],
    });
    expect(await readVolumes(context)).to.deep.equal({
      found: [
        {
          id: 'vol-1',
          arn: `arn:aws-us-gov:ec2:${REGION}:${ACCOUNT}:volume/vol-1`,
          region: REGION,
          zone: 'us-east-1a',
          name: 'data',
          type: 'gp3',
          sizeGib: 100,
          iops: 4000,
          throughput: 250,
          attached: false,
          createdAt: CREATED,
        },
        {
          id: 'vol-2',
          arn: `arn:aws-us-gov:ec2:${REGION}:${ACCOUNT}:volume/vol-2`,
          region: REGION,
          zone: 'us-east-1a',
          name: null,
          type: 'gp2',
          sizeGib: 100,
          iops: null,
          throughput: null,
          attached: true,
          createdAt: CREATED,
        },
      ],
      seen: 2,
      answered: true,
    });
  });

  it('takes every volume that no instance has, and of the others those of gp2', async () => {
    const ids = await idsOf(
      listedVolume({ VolumeId: 'in-use-gp2' }),
      listedVolume({ VolumeId: 'in-use-gp3', VolumeType: 'gp3' }),
      listedVolume({ VolumeId: 'available-io1', VolumeType: 'io1', State: 'available' }),
      listedVolume({ VolumeId: 'restored', SnapshotId: 'snap-1', State: 'available' }),
    );
    expect(ids).to.deep.equal(['in-use-gp2', 'available-io1', 'restored']);
  });

  it('leaves out what is on its way, what AWS manages, and what lies on an Outpost', async () => {
    const ids = await idsOf(
      ...(['creating', 'deleting', 'deleted', 'error'] as const).map((State) => listedVolume({ State })),
      listedVolume({ State: 'available', Operator: { Managed: true, Principal: 'eks.amazonaws.com' } }),
      listedVolume({ State: 'available', OutpostArn: 'arn:aws:outposts:us-east-1:1:outpost/op-1' }),
      listedVolume({ VolumeId: 'own', Operator: { Managed: false }, OutpostArn: '' }),
    );
    expect(ids).to.deep.equal(['own']);
  });

  it('reads every page, and says how far it has come', async () => {
    const { ec2, context, lines } = stubbed();
    ec2
      .on(DescribeVolumesCommand)
      .resolvesOnce({ Volumes: [listedVolume()], NextToken: 'more' })
      .resolves({ Volumes: [listedVolume({ VolumeId: 'vol-2' }), listedVolume({ VolumeType: 'gp3' })] });
    const { found, seen } = await readVolumes(context);
    expect(found.map(({ id }) => id)).to.deep.equal(['vol-1', 'vol-2']);
    expect(seen).to.equal(3);
    expect(lines).to.deep.equal(['1 volumes seen', '3 volumes seen']);
    const calls = ec2.commandCalls(DescribeVolumesCommand);
    expect(calls).to.have.length(2);
    expect(calls[1]?.args[0].input).to.deep.equal({ MaxResults: 500, NextToken: 'more' });
  });

  it('finds nothing where there is nothing', async () => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    expect(await readVolumes(context)).to.deep.equal({ found: [], seen: 0, answered: true });
  });

  it('says which permission is missing', async () => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeVolumesCommand).rejects(DENIED);
    expect(await readVolumes(context)).to.deep.equal({
      found: [],
      seen: 0,
      answered: false,
      gap: {
        kind: 'volumes',
        operation: 'DescribeVolumes',
        permission: 'ec2:DescribeVolumes',
        reason: 'denied',
        message: 'Which volumes there are is not known: ec2:DescribeVolumes was denied (Not you).',
      },
    });
  });

  it('keeps what it has read where a later page is turned away', async () => {
    const { ec2, context } = stubbed();
    ec2
      .on(DescribeVolumesCommand)
      .resolvesOnce({ Volumes: [listedVolume()], NextToken: 'more' })
      .rejects(serviceError('RequestLimitExceeded', 503, 'Rate exceeded.'));
    const { found, answered, gap } = await readVolumes(context);
    expect(found.map(({ id }) => id)).to.deep.equal(['vol-1']);
    expect(answered).to.equal(true);
    expect(gap).to.deep.equal({
      kind: 'volumes',
      operation: 'DescribeVolumes',
      reason: 'throttled',
      message: 'Which volumes there are is not known: DescribeVolumes was throttled to the end (Rate exceeded).',
    });
  });

  for (const missing of ['VolumeId', 'State', 'VolumeType', 'Size', 'AvailabilityZone', 'CreateTime'] as const) {
    it(`does not make up the ${missing} of a volume that has none`, async () => {
      const { ec2, context } = stubbed();
      ec2.on(DescribeVolumesCommand).resolves({ Volumes: [listedVolume({ [missing]: undefined })] });
      const { gap, answered } = await readVolumes(context);
      expect(gap?.reason).to.equal('error');
      expect(answered).to.equal(false);
    });
  }

  it('takes an answer without volumes for no answer', async () => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeVolumesCommand).resolves({});
    expect((await readVolumes(context)).gap?.message).to.equal(
      'Which volumes there are is not known: DescribeVolumes failed (The answer has no volumeSet).',
    );
  });

  it('says that it was interrupted, whatever the call says', async () => {
    const { ec2, context, controller } = stubbed();
    ec2.on(DescribeVolumesCommand).callsFake(() => {
      controller.abort();
      throw networkError('ECONNRESET', 'socket hang up');
    });
    expect((await readVolumes(context)).gap?.reason).to.equal('interrupted');
  });

  it('throws a defect of ours', async () => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeVolumesCommand).callsFake(() => {
      throw new TypeError('a defect');
    });
    const error = await readVolumes(context).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TypeError);
  });
});

describe('readIdleAddresses', () => {
  const idle = (own: Address = {}): Address => ({
    AllocationId: 'eipalloc-1',
    PublicIp: '203.0.113.7',
    Domain: 'vpc',
    PublicIpv4Pool: 'amazon',
    NetworkBorderGroup: REGION,
    ...own,
  });

  it('reads an address as it is, in one call without pages', async () => {
    const { ec2, context, lines } = stubbed();
    ec2.on(DescribeAddressesCommand).resolves({
      Addresses: [
        idle({ Tags: [{ Key: 'Name', Value: 'nat' }], NetworkBorderGroup: 'us-east-1-bos-1' }),
        idle({ AllocationId: 'eipalloc-2', PublicIpv4Pool: undefined, NetworkBorderGroup: undefined }),
      ],
    });
    const arn = `arn:aws-us-gov:ec2:${REGION}:${ACCOUNT}:elastic-ip`;
    const common = { region: REGION, publicIp: '203.0.113.7' };
    expect((await readIdleAddresses(context)).found).to.deep.equal([
      { ...common, id: 'eipalloc-1', arn: `${arn}/eipalloc-1`, borderGroup: 'us-east-1-bos-1', name: 'nat' },
      { ...common, id: 'eipalloc-2', arn: `${arn}/eipalloc-2`, borderGroup: REGION, name: null },
    ]);
    expect(ec2.commandCalls(DescribeAddressesCommand).map(({ args }) => args[0].input)).to.deep.equal([{}]);
    expect(lines).to.deep.equal(['2 addresses seen']);
  });

  for (const [what, own] of [
    ['is associated', { AssociationId: 'eipassoc-1' }],
    ['an instance has', { InstanceId: 'i-1' }],
    ['a network interface has', { NetworkInterfaceId: 'eni-1' }],
    ['a load balancer manages', { ServiceManaged: 'alb' }],
    ['is of a pool of one’s own', { PublicIpv4Pool: 'ipv4pool-ec2-0123' }],
    ['is of an Outpost', { CustomerOwnedIp: '198.51.100.1' }],
    ['is of a carrier', { CarrierIp: '198.51.100.1' }],
  ] as const) {
    it(`leaves one out that ${what}`, async () => {
      const { ec2, context } = stubbed();
      ec2.on(DescribeAddressesCommand).resolves({ Addresses: [idle(own), idle({ AllocationId: 'eipalloc-2' })] });
      expect((await readIdleAddresses(context)).found.map(({ id }) => id)).to.deep.equal(['eipalloc-2']);
    });
  }

  it('says which permission is missing, and takes an answer without addresses for none', async () => {
    const { ec2, context } = stubbed();
    ec2.on(DescribeAddressesCommand).rejectsOnce(DENIED).resolves({});
    expect((await readIdleAddresses(context)).gap).to.deep.include({
      kind: 'addresses',
      operation: 'DescribeAddresses',
      permission: 'ec2:DescribeAddresses',
      message: 'Which addresses there are is not known: ec2:DescribeAddresses was denied (Not you).',
    });
    expect((await readIdleAddresses(context)).gap?.reason).to.equal('error');
  });
});

describe('readLogGroups', () => {
  const group = { logGroupName: '/aws/lambda/web', creationTime: CREATED.getTime(), storedBytes: 12 };

  it('reads groups whose events never expire, of every page', async () => {
    const { logs, context, lines } = stubbed();
    logs
      .on(DescribeLogGroupsCommand)
      .resolvesOnce({ logGroups: [group, { ...group, retentionInDays: 30 }], nextToken: 'more' })
      .resolves({
        logGroups: [
          { ...group, logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS', retentionPolicyName: 'keep' },
          { ...group, logGroupName: 'delivered', logGroupClass: 'DELIVERY' },
        ],
      });
    const arn = `arn:aws-us-gov:logs:${REGION}:${ACCOUNT}:log-group`;
    const common = { region: REGION, createdAt: CREATED, storedBytes: 12 };
    expect(await readLogGroups(context)).to.deep.equal({
      found: [
        {
          ...common,
          name: '/aws/lambda/web',
          arn: `${arn}:/aws/lambda/web`,
          logClass: 'STANDARD',
          accountPolicy: null,
        },
        { ...common, name: 'rare', arn: `${arn}:rare`, logClass: 'INFREQUENT_ACCESS', accountPolicy: 'keep' },
      ],
      seen: 4,
      answered: true,
    });
    expect(lines).to.deep.equal(['2 log groups seen', '4 log groups seen']);
    const calls = logs.commandCalls(DescribeLogGroupsCommand);
    expect(calls).to.have.length(2);
    expect(calls[1]?.args[0].input).to.deep.equal({ limit: 50, nextToken: 'more' });
  });

  it('says which permission is missing', async () => {
    const { logs, context } = stubbed();
    logs.on(DescribeLogGroupsCommand).rejects(serviceError('AccessDeniedException', 400, 'Not you.'));
    expect((await readLogGroups(context)).gap).to.deep.include({
      kind: 'log-groups',
      permission: 'logs:DescribeLogGroups',
      message: 'Which log groups there are is not known: logs:DescribeLogGroups was denied (Not you).',
    });
  });

  for (const missing of ['logGroupName', 'creationTime', 'storedBytes'] as const) {
    it(`does not make up the ${missing} of a group that has none`, async () => {
      const { logs, context } = stubbed();
      logs.on(DescribeLogGroupsCommand).resolves({ logGroups: [{ ...group, [missing]: undefined }] });
      expect((await readLogGroups(context)).gap?.reason).to.equal('error');
    });
  }

  it('takes an answer without groups for no answer', async () => {
    const { logs, context } = stubbed();
    logs.on(DescribeLogGroupsCommand).resolves({});
    expect((await readLogGroups(context)).gap?.reason).to.equal('error');
  });
});
