import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Instance, Reservation } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { ec2Instances } from '../../../src/inventory/collectors/ec2-instances.ts';
import { awsError, collectFrom, handedOn, inTurn } from '../../support/collect.ts';
import { instance, tags } from '../../support/resources.ts';

const listed: Instance = { InstanceId: 'i-1', InstanceType: 't3.micro', State: { Name: 'running' } };
const bare = instance({ id: 'i-1', tags: tags({}), networkInterfaces: [], securityGroupIds: [] });

describe('collecting EC2 instances', () => {
  const ec2 = new EC2Client({ region: 'eu-west-1' });
  const aws = mockClient(ec2);
  beforeEach(() => aws.reset());

  const collect = async (...instances: readonly Instance[]) => {
    aws.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [...instances] }] });
    return (await collectFrom(ec2Instances, { ec2 })).pages;
  };

  it('gives the instances of every reservation, page by page, five hundred at a time', async () => {
    const pages = inTurn(
      {
        Reservations: [
          {
            Instances: [
              {
                ...listed,
                Tags: [
                  { Key: 'Owner', Value: 'ada' },
                  { Key: '__proto__', Value: 'x' },
                ],
              },
              { ...listed, InstanceId: 'i-2' },
            ],
          },
          { Instances: [{ ...listed, InstanceId: 'i-3', InstanceType: 'm5.large', State: { Name: 'stopped' } }] },
        ],
        NextToken: 'more',
      },
      { Reservations: [{ Instances: [{ ...listed, InstanceId: 'i-4' }] }] },
    );
    aws.on(DescribeInstancesCommand).callsFake(pages.answer);
    const { signal } = new AbortController();

    const owned = tags(JSON.parse('{"Owner":"ada","__proto__":"x"}') as Record<string, string>);
    const like = { tags: tags({}), networkInterfaces: [], securityGroupIds: [] };
    expect(await collectFrom(ec2Instances, { ec2 }, { signal })).to.deep.equal({
      pages: [
        [
          { ...bare, tags: owned },
          instance({ ...like, id: 'i-2' }),
          instance({ ...like, id: 'i-3', instanceType: 'm5.large', state: 'stopped' }),
        ],
        [instance({ ...like, id: 'i-4' })],
      ],
      gaps: [],
      error: undefined,
    });
    expect(pages.asked).to.deep.equal([
      { MaxResults: 500, NextToken: undefined },
      { MaxResults: 500, NextToken: 'more' },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal([true, true]);
  });

  it('gives every public address of every interface, each once', async () => {
    const pages = await collect({
      ...listed,
      PublicIpAddress: '198.51.100.1',
      NetworkInterfaces: [
        {
          NetworkInterfaceId: 'eni-1',
          Association: { PublicIp: '198.51.100.1' },
          PrivateIpAddresses: [
            { PrivateIpAddress: '10.0.0.1', Association: { PublicIp: '198.51.100.1' } },
            { PrivateIpAddress: '10.0.0.2', Association: { PublicIp: '198.51.100.2' } },
            { PrivateIpAddress: '10.0.0.3' },
          ],
          Ipv6Addresses: [{ Ipv6Address: '2001:db8::1' }, {}, { Ipv6Address: '2001:db8::2' }],
        },
        { NetworkInterfaceId: 'eni-2', Association: { PublicIp: '198.51.100.3' } },
        {},
      ],
    });

    expect(pages).to.deep.equal([
      [
        {
          ...bare,
          networkInterfaces: [
            { id: 'eni-1', publicIpv4: ['198.51.100.1', '198.51.100.2'], ipv6: ['2001:db8::1', '2001:db8::2'] },
            { id: 'eni-2', publicIpv4: ['198.51.100.3'], ipv6: [] },
            { id: '', publicIpv4: [], ipv6: [] },
          ],
        },
      ],
    ]);
  });

  it('lets a public address that no interface has stand alone', async () => {
    const own = { NetworkInterfaceId: 'eni-1' };
    const pages = await collect(
      { ...listed, PublicIpAddress: '198.51.100.9', NetworkInterfaces: [own] },
      { ...listed, InstanceId: 'i-2', PublicIpAddress: '', NetworkInterfaces: [own] },
    );

    const silent = { id: 'eni-1', publicIpv4: [], ipv6: [] };
    expect(pages).to.deep.equal([
      [
        { ...bare, networkInterfaces: [silent, { id: '', publicIpv4: ['198.51.100.9'], ipv6: [] }] },
        instance({ id: 'i-2', tags: tags({}), networkInterfaces: [silent], securityGroupIds: [] }),
      ],
    ]);
  });

  it('gives the security groups of the instance and of every interface, each once', async () => {
    const pages = await collect({
      ...listed,
      SecurityGroups: [{ GroupId: 'sg-1' }],
      NetworkInterfaces: [
        { NetworkInterfaceId: 'eni-1', Groups: [{ GroupId: 'sg-1' }, { GroupId: 'sg-2' }] },
        { NetworkInterfaceId: 'eni-2', Groups: [{ GroupId: 'sg-3' }] },
      ],
    });

    const silent = { publicIpv4: [], ipv6: [] };
    expect(pages).to.deep.equal([
      [
        {
          ...bare,
          networkInterfaces: [
            { id: 'eni-1', ...silent },
            { id: 'eni-2', ...silent },
          ],
          securityGroupIds: ['sg-1', 'sg-2', 'sg-3'],
        },
      ],
    ]);
  });

  it('gives an empty page where there are none', async () => {
    aws.on(DescribeInstancesCommand).resolves({ Reservations: [] });

    expect(await collectFrom(ec2Instances, { ec2 })).to.deep.equal({ pages: [[]], gaps: [], error: undefined });
  });

  it('names the partition that it was told', async () => {
    aws.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [listed] }] });
    const scope = { accountId: '111122223333', partition: 'aws-cn', region: 'cn-north-1' };

    const { pages } = await collectFrom(ec2Instances, { ec2 }, { scope });

    expect(pages).to.deep.equal([
      [{ ...bare, arn: 'arn:aws-cn:ec2:cn-north-1:111122223333:instance/i-1', region: 'cn-north-1' }],
    ]);
  });

  it('throws where the second page is denied, with the first handed on', async () => {
    const refusal = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
    aws
      .on(DescribeInstancesCommand)
      .resolvesOnce({ Reservations: [{ Instances: [listed] }], NextToken: 'more' })
      .rejectsOnce(refusal);

    expect(await collectFrom(ec2Instances, { ec2 })).to.deep.equal({ pages: [[bare]], gaps: [], error: refusal });
  });

  const lacking = (changes: Partial<Instance>): Reservation[] => [{ Instances: [{ ...listed, ...changes }] }];
  const incomplete: readonly (readonly [what: string, reservations: Reservation[] | undefined, field: string])[] = [
    ['the list', undefined, 'reservationSet'],
    ["a reservation's list", [{}], 'instancesSet'],
    ['an id', lacking({ InstanceId: undefined }), 'instanceId'],
    ['a type', lacking({ InstanceType: undefined }), 'instanceType'],
    ['a state', lacking({ State: {} }), 'instanceState'],
  ];
  for (const [what, reservations, field] of incomplete) {
    it(`throws where the answer lacks ${what}`, async () => {
      aws.on(DescribeInstancesCommand).resolves({ Reservations: reservations });

      const { pages, error } = await collectFrom(ec2Instances, { ec2 });

      expect(pages).to.deep.equal([]);
      expect(error).to.include({ name: 'MalformedAnswerError', message: `The answer has no ${field}` });
    });
  }
});
