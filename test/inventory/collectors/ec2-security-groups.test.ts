import {
  DescribeSecurityGroupsCommand,
  EC2Client,
  EC2ServiceException,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import type {
  GetManagedPrefixListEntriesCommandInput,
  GetManagedPrefixListEntriesCommandOutput,
  IpPermission,
  SecurityGroup as SdkSecurityGroup,
} from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Gap } from '../../../src/engine/evaluation.ts';
import { known, notCollected } from '../../../src/engine/model.ts';
import type { Fact, PrefixList, Resource, ResourceType } from '../../../src/engine/model.ts';
import { openLive } from '../../../src/inventory/live.ts';
import { denied, permission, securityGroup, tags } from '../../support/resources.ts';

const READ_LIST = 'ec2:GetManagedPrefixListEntries';

/** What the rules need: the groups, and of prefix lists their entries. */
const GROUPS_AND_LISTS: [ResourceType, Set<string>][] = [
  ['AWS::EC2::SecurityGroup', new Set()],
  ['AWS::EC2::PrefixList', new Set(['entries'])],
];

const refusal = () =>
  new EC2ServiceException({
    name: 'UnauthorizedOperation',
    message: 'You are not authorized to perform this operation.',
    $fault: 'client',
    $metadata: { httpStatusCode: 403 },
  });

/** A group as AWS sends it. */
function sent(GroupId: string, ...IpPermissions: IpPermission[]): SdkSecurityGroup {
  return { GroupId, GroupName: 'web', OwnerId: '111122223333', VpcId: 'vpc-1', IpPermissions, Tags: [] };
}

/** A permission as AWS sends it: every list is there, however empty. */
function granting(changes: IpPermission): IpPermission {
  return {
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    IpRanges: [],
    Ipv6Ranges: [],
    PrefixListIds: [],
    UserIdGroupPairs: [],
    ...changes,
  };
}

const naming = (...ids: string[]) => granting({ PrefixListIds: ids.map((PrefixListId) => ({ PrefixListId })) });

/** A page of a list's entries. */
const answer = (cidrs: readonly string[], NextToken?: string): GetManagedPrefixListEntriesCommandOutput => ({
  $metadata: {},
  Entries: cidrs.map((Cidr) => ({ Cidr, Description: 'an entry' })),
  ...(NextToken !== undefined && { NextToken }),
});

const listed = (id: string, entries: Fact<readonly string[]>): PrefixList => ({
  type: 'AWS::EC2::PrefixList',
  id,
  arn: `arn:aws:ec2:eu-west-1:111122223333:prefix-list/${id}`,
  accountId: '111122223333',
  region: 'eu-west-1',
  tags: notCollected,
  entries,
});

const group = (id: string, ...prefixListIds: string[]) =>
  securityGroup({ id, ingress: prefixListIds.length === 0 ? [] : [permission({ prefixListIds })] });

const mockEc2 = () => mockClient(EC2Client);

describe('the collector of security groups', () => {
  let ec2: ReturnType<typeof mockEc2>;
  // In a hook: a mock that stands while other files run would answer for them too.
  beforeEach(() => {
    ec2 = mockEc2();
  });
  afterEach(() => {
    ec2.restore();
  });

  /** Walks one region to its end. */
  async function walk(
    facts = GROUPS_AND_LISTS,
    signal = new AbortController().signal,
  ): Promise<{ pages: Resource[][]; gaps: readonly Gap[] }> {
    const credentials = async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' });
    const inventory = await openLive({
      accounts: [{ accountId: '111122223333', partition: 'aws', credentials }],
      regions: ['eu-west-1'],
      homeRegion: 'eu-west-1',
      facts: new Map(facts),
      env: {},
      signal,
    });
    const pages: Resource[][] = [];
    for await (const page of inventory.pages()) pages.push([...page]);
    return { pages, gaps: inventory.coverage().gaps };
  }

  const entryCalls = () => ec2.commandCalls(GetManagedPrefixListEntriesCommand).length;

  it('gives groups as our model has them', async () => {
    const web: SdkSecurityGroup = {
      ...sent(
        'sg-1',
        granting({
          IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }, { CidrIp: '0.0.0.0/0' }],
          Ipv6Ranges: [{ CidrIpv6: '::/0' }],
        }),
        // AWS sends no ports with a protocol that has none.
        { IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }], Ipv6Ranges: [], PrefixListIds: [] },
        granting({ FromPort: 0, ToPort: 0, UserIdGroupPairs: [{ GroupId: 'sg-2', UserId: '444455556666' }] }),
      ),
      Tags: [{ Key: 'Owner', Value: 'ada' }, { Key: 'Blank' }, { Value: 'no key' }],
    };
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [web, sent('sg-2')] });
    const expected = securityGroup({
      id: 'sg-1',
      tags: tags({ Owner: 'ada', Blank: '', '': 'no key' }),
      ingress: [
        permission({ ipv4: ['10.0.0.0/8', '0.0.0.0/0'], ipv6: ['::/0'] }),
        permission({ protocol: '-1', fromPort: null, toPort: null, ipv4: ['10.0.0.0/8'] }),
        permission({ fromPort: 0, toPort: 0 }),
      ],
    });
    expect(await walk()).to.deep.equal({ pages: [[expected, group('sg-2')]], gaps: [] });
  });

  it('asks for whole pages and reads every one', async () => {
    ec2
      .on(DescribeSecurityGroupsCommand, { MaxResults: 1000 })
      .resolvesOnce({ SecurityGroups: [sent('sg-1')], NextToken: 'more' });
    ec2.on(DescribeSecurityGroupsCommand, { MaxResults: 1000, NextToken: 'more' }).resolves({
      SecurityGroups: [sent('sg-2')],
    });
    expect(await walk()).to.deep.equal({ pages: [[group('sg-1')], [group('sg-2')]], gaps: [] });
  });

  it('gives an empty page for an account without groups', async () => {
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [] });
    expect(await walk()).to.deep.equal({ pages: [[]], gaps: [] });
    expect(entryCalls()).to.equal(0);
  });

  it('gives the prefix lists that groups name before them, each read once, with all of its entries', async () => {
    ec2
      .on(DescribeSecurityGroupsCommand)
      .resolvesOnce({
        SecurityGroups: [sent('sg-1', naming('pl-1', 'pl-2'), naming('pl-1')), sent('sg-2', naming('pl-2'))],
        NextToken: 'more',
      })
      .resolves({ SecurityGroups: [sent('sg-3', naming('pl-2', 'pl-3'))] });
    const entries: Readonly<Record<string, GetManagedPrefixListEntriesCommandOutput>> = {
      'pl-1 100 from start': answer(['10.0.0.0/8', '0.0.0.0/1'], 'rest'),
      'pl-1 100 from rest': answer(['128.0.0.0/1']),
      'pl-2 100 from start': answer(['::/0']),
      'pl-3 100 from start': answer([]),
    };
    const asked: string[] = [];
    // The paginator uses one input object for all pages: what was asked must be noted while it is asked.
    ec2.on(GetManagedPrefixListEntriesCommand).callsFake((input: GetManagedPrefixListEntriesCommandInput) => {
      const call = `${input.PrefixListId} ${input.MaxResults} from ${input.NextToken ?? 'start'}`;
      asked.push(call);
      return entries[call];
    });

    const { pages, gaps } = await walk();
    expect(gaps).to.deep.equal([]);
    expect(pages).to.deep.equal([
      [
        listed('pl-1', known(['10.0.0.0/8', '0.0.0.0/1', '128.0.0.0/1'])),
        listed('pl-2', known(['::/0'])),
        securityGroup({
          id: 'sg-1',
          ingress: [permission({ prefixListIds: ['pl-1', 'pl-2'] }), permission({ prefixListIds: ['pl-1'] })],
        }),
        group('sg-2', 'pl-2'),
      ],
      [listed('pl-3', known([])), group('sg-3', 'pl-2', 'pl-3')],
    ]);
    expect(asked.toSorted()).to.deep.equal([
      'pl-1 100 from rest',
      'pl-1 100 from start',
      'pl-2 100 from start',
      'pl-3 100 from start',
    ]);
  });

  it('goes on after a list that is denied, and says which action it lacked', async () => {
    ec2
      .on(DescribeSecurityGroupsCommand)
      .resolvesOnce({ SecurityGroups: [sent('sg-1', naming('pl-1', 'pl-2'))], NextToken: 'more' })
      .resolves({ SecurityGroups: [sent('sg-2', naming('pl-1'))] });
    ec2.on(GetManagedPrefixListEntriesCommand, { PrefixListId: 'pl-1' }).rejects(refusal());
    ec2.on(GetManagedPrefixListEntriesCommand, { PrefixListId: 'pl-2' }).resolves({ Entries: [{ Cidr: '::/0' }] });
    expect(await walk()).to.deep.equal({
      pages: [
        [listed('pl-1', denied(READ_LIST)), listed('pl-2', known(['::/0'])), group('sg-1', 'pl-1', 'pl-2')],
        [group('sg-2', 'pl-1')],
      ],
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: READ_LIST,
          permission: READ_LIST,
          reason: 'denied',
          message: `${READ_LIST} was denied: You are not authorized to perform this operation.`,
          calls: 1,
        },
      ],
    });
  });

  it('reads no list where no rule needs entries', async () => {
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [sent('sg-1', naming('pl-1'))] });
    for (const facts of [
      [['AWS::EC2::SecurityGroup', new Set<string>()]],
      [
        ['AWS::EC2::SecurityGroup', new Set<string>()],
        ['AWS::EC2::PrefixList', new Set<string>(['tags'])],
      ],
    ] satisfies [ResourceType, Set<string>][][]) {
      expect(await walk(facts)).to.deep.equal({ pages: [[group('sg-1', 'pl-1')]], gaps: [] });
    }
    expect(entryCalls()).to.equal(0);
  });

  it('leaves a gap where groups are denied', async () => {
    ec2.on(DescribeSecurityGroupsCommand).rejects(refusal());
    expect(await walk()).to.deep.equal({
      pages: [],
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: 'ec2:DescribeSecurityGroups',
          permission: 'ec2:DescribeSecurityGroups',
          reason: 'denied',
          message: 'ec2:DescribeSecurityGroups was denied: You are not authorized to perform this operation.',
          calls: 1,
        },
      ],
    });
  });

  for (const { lacks, answer } of [
    { lacks: 'securityGroupInfo', answer: {} },
    { lacks: 'groupId', answer: { SecurityGroups: [{ GroupName: 'web', IpPermissions: [] }] } },
    { lacks: 'groupName', answer: { SecurityGroups: [{ GroupId: 'sg-1', IpPermissions: [] }] } },
    { lacks: 'ipPermissions', answer: { SecurityGroups: [{ GroupId: 'sg-1', GroupName: 'web' }] } },
    ...(
      [
        ['ipProtocol', { IpProtocol: undefined }],
        ['ipRanges', { IpRanges: undefined }],
        ['ipv6Ranges', { Ipv6Ranges: undefined }],
        ['prefixListIds', { PrefixListIds: undefined }],
        ['cidrIp', { IpRanges: [{}] }],
        ['cidrIpv6', { Ipv6Ranges: [{}] }],
        ['prefixListId', { PrefixListIds: [{}] }],
      ] as const
    ).map(([lacks, changes]) => ({
      lacks,
      answer: { SecurityGroups: [sent('sg-1', granting(changes as unknown as IpPermission))] },
    })),
  ]) {
    it(`leaves a gap, and no group that looks closed, where the answer has no ${lacks}`, async () => {
      ec2.on(DescribeSecurityGroupsCommand).resolves(answer);
      expect(await walk()).to.deep.equal({
        pages: [],
        gaps: [
          {
            account_id: '111122223333',
            region: 'eu-west-1',
            api: 'ec2:DescribeSecurityGroups',
            reason: 'error',
            message: `ec2:DescribeSecurityGroups failed: The answer has no ${lacks}.`,
            calls: 1,
          },
        ],
      });
    });
  }

  for (const { lacks, answer } of [
    { lacks: 'entrySet', answer: {} },
    { lacks: 'cidr', answer: { Entries: [{ Cidr: '10.0.0.0/8' }, { Description: 'no block' }] } },
  ]) {
    it(`leaves the entries of a list unread where the answer has no ${lacks}`, async () => {
      ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [sent('sg-1', naming('pl-1'))] });
      ec2.on(GetManagedPrefixListEntriesCommand).resolves(answer);
      expect(await walk()).to.deep.equal({
        pages: [[listed('pl-1', { known: false, reason: 'error' }), group('sg-1', 'pl-1')]],
        gaps: [
          {
            account_id: '111122223333',
            region: 'eu-west-1',
            api: READ_LIST,
            reason: 'error',
            message: `${READ_LIST} failed: The answer has no ${lacks}.`,
            calls: 1,
          },
        ],
      });
    });
  }

  it('throws on a defect of ours', async () => {
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [sent('sg-1', naming('pl-1'))] });
    const defect = new TypeError('x is not a function');
    ec2.on(GetManagedPrefixListEntriesCommand).rejects(defect);
    let thrown: unknown;
    try {
      await walk();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.equal(defect);
  });

  it('reads some lists at once, and never more than a service may be asked', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `pl-${index}`);
    ec2.on(DescribeSecurityGroupsCommand).resolves({ SecurityGroups: [sent('sg-1', naming(...ids))] });
    let underWay = 0;
    let most = 0;
    ec2.on(GetManagedPrefixListEntriesCommand).callsFake(async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      underWay -= 1;
      return { Entries: [] };
    });
    const { pages } = await walk();
    expect(pages).to.deep.equal([[...ids.map((id) => listed(id, known([]))), group('sg-1', ...ids)]]);
    expect(most).to.equal(20);
  });
});
