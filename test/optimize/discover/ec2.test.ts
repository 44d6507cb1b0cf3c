import { DescribeInstancesCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import { known, tagMap } from '../../../src/engine/model.ts';
import { discoverEc2 } from '../../../src/optimize/discover/ec2.ts';
import { selectionOf } from '../../../src/optimize/selection.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { inTurn } from '../../support/collect.ts';
import { everything, listedInstance, stubbedAws } from '../../support/optimize-aws.ts';
import { computeInstance } from '../../support/optimize.ts';

const reserved = (...instances: readonly Instance[]) => instances.map((instance) => ({ Instances: [instance] }));

const named = (id: string, name: string, own: Instance = {}) =>
  listedInstance({ InstanceId: id, Tags: [{ Key: 'Name', Value: name }], ...own });

/** EC2 with these instances, none of whose types has disks of its own. */
function stubbed(...instances: readonly Instance[]) {
  const aws = stubbedAws();
  aws.ec2.on(DescribeInstancesCommand).resolves({ Reservations: reserved(...instances) });
  aws.ec2.on(DescribeInstanceTypesCommand).callsFake(({ InstanceTypes }: { InstanceTypes: readonly string[] }) => ({
    InstanceTypes: InstanceTypes.map((InstanceType) => ({ InstanceType, InstanceStorageSupported: false })),
  }));
  return aws;
}

const discovered = async (...instances: readonly Instance[]) =>
  (await discoverEc2(everything, stubbed(...instances).context)).found;

describe('discovering instances of EC2', () => {
  it('gives what belongs to the environment, page by page', async () => {
    const aws = stubbed();
    const pages = inTurn(
      {
        Reservations: [
          { Instances: [named('i-1', 'tapstack-dev2-web'), named('i-2', 'something')] },
          { Instances: [listedInstance({ InstanceId: 'i-3', Tags: [] })] },
        ],
        NextToken: 'more',
      },
      { Reservations: reserved(listedInstance()) },
    );
    aws.ec2.on(DescribeInstancesCommand).callsFake(pages.answer);
    const lines: string[] = [];
    const { found, nearMisses, gaps } = await discoverEc2(selectionOf({ environment: 'dev' }), {
      ...aws.context,
      onProgress: (line) => lines.push(line),
    });
    expect(found).to.deep.equal([computeInstance()]);
    expect(nearMisses).to.deep.equal([
      { kind: 'ec2', id: 'i-1', why: 'in its name tapstack-dev2-web the suffix dev is followed by 2' },
    ]);
    expect(gaps).to.deep.equal([]);
    expect(pages.asked).to.deep.equal([
      { MaxResults: 500, NextToken: undefined },
      { MaxResults: 500, NextToken: 'more' },
    ]);
    expect(aws.inputs('DescribeInstanceTypes')).to.deep.equal([
      { InstanceTypes: ['m5.large'], MaxResults: undefined, NextToken: undefined },
    ]);
    expect(lines).to.deep.equal([
      '3 EC2 instances seen, 0 of the environment',
      '4 EC2 instances seen, 1 of the environment',
    ]);
    expect(aws.calls().filter(({ signal }) => signal !== aws.signal)).to.deep.equal([]);
  });

  it('gives no member of an Auto Scaling group, and nothing that is gone', async () => {
    const grouped = { Tags: [{ Key: 'aws:autoscaling:groupName', Value: 'tapstack-dev-workers' }] };
    const found = await discovered(
      listedInstance({ InstanceId: 'i-1', ...grouped }),
      listedInstance({ InstanceId: 'i-2', State: { Name: 'terminated' } }),
      listedInstance({ InstanceId: 'i-3', State: { Name: 'shutting-down' } }),
      listedInstance({ InstanceId: 'i-4', State: { Name: 'stopped' } }),
    );
    expect(found).to.deep.equal([computeInstance({ id: 'i-4', state: 'stopped' })]);
  });

  it('tells instances apart: what they are billed as, run on and are run by', async () => {
    const found = await discovered(
      listedInstance({
        InstanceId: 'i-windows',
        UsageOperation: 'RunInstances:0002',
        Placement: { Tenancy: 'dedicated' },
        InstanceLifecycle: 'spot',
        RootDeviceType: 'instance-store',
        Operator: { Managed: true, Principal: 'eks.amazonaws.com' },
      }),
      listedInstance({
        InstanceId: 'i-host',
        UsageOperation: '',
        Placement: { Tenancy: 'host' },
        InstanceLifecycle: 'scheduled',
        Operator: { Managed: false },
      }),
      listedInstance({
        InstanceId: 'i-block',
        UsageOperation: undefined,
        Placement: undefined,
        InstanceLifecycle: 'capacity-block',
        Operator: { Managed: true },
        NetworkInterfaces: undefined,
      }),
      listedInstance({ InstanceId: 'i-lent', InstanceLifecycle: 'interruptible-capacity-reservation' }),
      listedInstance({ InstanceId: 'i-empty', InstanceLifecycle: '' as never }),
    );
    expect(found).to.deep.equal([
      computeInstance({
        id: 'i-windows',
        operation: 'RunInstances:0002',
        tenancy: 'dedicated',
        lifecycle: 'spot',
        rootDevice: 'instance-store',
        operator: 'eks.amazonaws.com',
      }),
      computeInstance({ id: 'i-host', operation: null, tenancy: 'host', lifecycle: 'scheduled' }),
      computeInstance({
        id: 'i-block',
        operation: null,
        tenancy: 'default',
        lifecycle: 'capacity-block',
        operator: 'a service of AWS',
      }),
      computeInstance({ id: 'i-lent', lifecycle: 'other' }),
      computeInstance({ id: 'i-empty' }),
    ]);
  });

  it('knows what is billed by other than the prices of its region', async () => {
    const zone = (AvailabilityZone: string) => ({ Placement: { AvailabilityZone } });
    const found = await discovered(
      listedInstance({ InstanceId: 'i-1', CapacityReservationId: 'cr-1' }),
      listedInstance({ InstanceId: 'i-2', OutpostArn: 'arn:aws:outposts:us-west-2:111122223333:outpost/op-1' }),
      listedInstance({ InstanceId: 'i-3', ...zone('us-west-2-lax-1a') }),
      listedInstance({ InstanceId: 'i-4', ...zone('us-gov-west-1a') }),
      listedInstance({ InstanceId: 'i-5', NetworkInterfaces: [{}, {}] }),
    );
    expect(found.map(({ billedBy, interfaces }) => [billedBy, interfaces])).to.deep.equal([
      ['the capacity reservation cr-1', 0],
      ['the Outpost op-1', 0],
      ['the zone us-west-2-lax-1a', 0],
      [null, 0],
      [null, 2],
    ]);
  });

  it('has no name where its tag is empty or missing', async () => {
    const found = await discovered(
      named('i-1', ''),
      listedInstance({ InstanceId: 'i-2', Tags: undefined }),
      listedInstance({ InstanceId: 'i-3', Tags: [{ Key: 'Name' }] }),
    );
    expect(found.map((instance) => [instance.id, 'name' in instance, instance.tags])).to.deep.equal([
      ['i-1', false, known(tagMap([['Name', '']]))],
      ['i-2', false, known(tagMap([]))],
      ['i-3', false, known(tagMap([['Name', '']]))],
    ]);
  });

  it('gives the addresses that it would give back, each once, and no Elastic IP', async () => {
    const lent = { IpOwnerId: 'amazon', PublicIp: '203.0.113.7' };
    const [found] = await discovered(
      listedInstance({
        NetworkInterfaces: [
          {
            Association: lent,
            PrivateIpAddresses: [
              { Association: lent },
              { Association: { IpOwnerId: '111122223333', PublicIp: '198.51.100.9' } },
              {},
            ],
          },
          { Association: { IpOwnerId: 'amazon', CarrierIp: '192.0.2.1' } },
          {},
        ],
      }),
    );
    expect(found?.publicIpv4).to.deep.equal(['203.0.113.7']);
  });

  it('chooses by tags that come with the listing, and by id', async () => {
    const team = (id: string, value: string) =>
      listedInstance({ InstanceId: id, Tags: [{ Key: 'Team', Value: value }] });
    const aws = stubbed(team('i-1', 'a'), team('i-2', 'b'), team('i-3', 'b'));
    const selection = selectionOf({ environment: 'dev', tags: { Team: 'b' }, exclude: ['i-3'] });
    const { found } = await discoverEc2(selection, aws.context);
    expect(found.map(({ id }) => id)).to.deep.equal(['i-2']);
  });

  it('calls what is nearly chosen by its id nothing but that', async () => {
    const aws = stubbed(listedInstance({ InstanceId: 'i-1', Tags: [] }));
    const near = { byTags: false, choose: () => ({ near: 'the suffix is 1, not dev' }) };
    const { nearMisses } = await discoverEc2(near, aws.context);
    expect(nearMisses).to.deep.equal([{ kind: 'ec2', id: 'i-1', why: 'the suffix is 1, not dev' }]);
  });

  it('asks for types a hundred at once, each once', async () => {
    const type = (index: number) => `m${index}.large`;
    const aws = stubbed(
      ...Array.from({ length: 102 }, (_, index) =>
        listedInstance({ InstanceId: `i-${index}`, InstanceType: type(index % 101) as never }),
      ),
    );
    const sorted = Array.from({ length: 101 }, (_, index) => type(index)).toSorted();
    const store = (InstanceType: string) => ({ InstanceType, InstanceStorageSupported: InstanceType === 'm7.large' });
    const answers = inTurn(
      { InstanceTypes: sorted.slice(0, 50).map((one) => store(one)), NextToken: 'more' },
      { InstanceTypes: sorted.slice(50, 100).map((one) => store(one)) },
      { InstanceTypes: sorted.slice(100).map((one) => store(one)) },
    );
    aws.ec2.on(DescribeInstanceTypesCommand).callsFake(answers.answer);
    const { found } = await discoverEc2(everything, aws.context);
    expect(found.filter(({ instanceStore }) => instanceStore.known && instanceStore.value)).to.deep.equal([
      computeInstance({ id: 'i-7', instanceType: 'm7.large', instanceStore: known(true) }),
    ]);
    expect(found.filter(({ instanceStore }) => !instanceStore.known)).to.deep.equal([]);
    const asked = (types: readonly string[], NextToken?: string) => ({
      InstanceTypes: types,
      MaxResults: undefined,
      NextToken,
    });
    const first = sorted.slice(0, 100);
    expect(answers.asked).to.deep.equal([asked(first), asked(first, 'more'), asked(sorted.slice(100))]);
  });

  for (const [what, error, unread] of [
    [
      'denied',
      serviceError('UnauthorizedOperation', 403, 'no policy allows it'),
      { known: false, reason: 'denied', permission: 'ec2:DescribeInstanceTypes' },
    ],
    ['throttled', serviceError('RequestLimitExceeded', 503, 'slow down'), { known: false, reason: 'throttled' }],
  ] as const) {
    it(`does not know of disks where that is ${what}, and makes no gap of it`, async () => {
      const aws = stubbed(listedInstance());
      aws.ec2.on(DescribeInstanceTypesCommand).rejects(error);
      const { found, gaps } = await discoverEc2(everything, aws.context);
      expect(found).to.deep.equal([computeInstance({ instanceStore: unread })]);
      expect(gaps).to.deep.equal([]);
    });
  }

  it('does not know of disks where the answer lacks the type, or what it has', async () => {
    for (const answer of [{}, { InstanceTypes: [] }, { InstanceTypes: [{ InstanceType: 'm5.large' as const }] }]) {
      const aws = stubbed(listedInstance());
      aws.ec2.on(DescribeInstanceTypesCommand).resolves(answer);
      const { found } = await discoverEc2(everything, aws.context);
      expect(found).to.deep.equal([computeInstance({ instanceStore: { known: false, reason: 'error' } })]);
    }
  });

  it('asks for no types where it found nothing: that would be every type there is', async () => {
    const aws = stubbed();
    const { found, gaps } = await discoverEc2(everything, aws.context);
    expect([found, gaps, aws.operations()]).to.deep.equal([[], [], ['DescribeInstances']]);
  });

  for (const [what, error, gap] of [
    [
      'denied',
      serviceError('UnauthorizedOperation', 403, 'no policy allows it'),
      {
        permission: 'ec2:DescribeInstances',
        reason: 'denied',
        message: 'Which EC2 instances there are is not known: ec2:DescribeInstances was denied (no policy allows it).',
      },
    ],
    [
      'throttled',
      serviceError('RequestLimitExceeded', 503, 'slow down'),
      {
        reason: 'throttled',
        message: 'Which EC2 instances there are is not known: DescribeInstances was throttled to the end (slow down).',
      },
    ],
  ] as const) {
    it(`makes a gap of a listing that is ${what}, and keeps what came before`, async () => {
      const aws = stubbed();
      aws.ec2
        .on(DescribeInstancesCommand)
        .resolvesOnce({ Reservations: reserved(listedInstance()), NextToken: 'more' })
        .rejects(error);
      const { found, gaps } = await discoverEc2(everything, aws.context);
      expect(found).to.deep.equal([computeInstance()]);
      expect(gaps).to.deep.equal([{ kind: 'ec2', operation: 'DescribeInstances', ...gap }]);
    });
  }

  for (const [what, answer, element] of [
    ['without the list', {}, 'Reservations'],
    ['with a reservation of nothing', { Reservations: [{}] }, 'Instances'],
    ['with an instance without a state', { Reservations: reserved(listedInstance({ State: undefined })) }, 'State'],
    [
      'with an instance without an id',
      { Reservations: reserved(listedInstance({ InstanceId: undefined })) },
      'InstanceId',
    ],
    [
      'with an instance without a type',
      { Reservations: reserved(listedInstance({ InstanceType: undefined })) },
      'InstanceType',
    ],
    [
      'with an instance without a root device',
      { Reservations: reserved(listedInstance({ RootDeviceType: undefined })) },
      'RootDeviceType',
    ],
  ] as readonly (readonly [string, object, string])[]) {
    it(`makes a gap of an answer ${what}`, async () => {
      const aws = stubbed();
      aws.ec2.on(DescribeInstancesCommand).resolves(answer);
      const { found, gaps } = await discoverEc2(everything, aws.context);
      expect(found).to.deep.equal([]);
      expect(gaps).to.deep.equal([
        {
          kind: 'ec2',
          operation: 'DescribeInstances',
          reason: 'error',
          message: `Which EC2 instances there are is not known: DescribeInstances failed (The answer has no ${element}).`,
        },
      ]);
    });
  }
});
