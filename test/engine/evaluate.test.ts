import { expect } from 'chai';
import * as z from 'zod';

import { Evaluator, REPORTED_STATUSES } from '../../src/engine/evaluate.ts';
import { factsNeeded } from '../../src/engine/needs.ts';
import type { ChosenRule } from '../../src/engine/rule.ts';
import type { Ec2Instance } from '../../src/engine/model.ts';
import { fingerprint } from '../../src/engine/evaluation.ts';
import { noCounts } from '../../src/engine/score.ts';
import type { Counts } from '../../src/engine/score.ts';
import { defineRule, judgedTypes } from '../../src/engine/rule.ts';
import type { AnyRule } from '../../src/engine/rule.ts';
import { fail, notApplicable, pass, unknown } from '../../src/engine/verdict.ts';
import { bucket, dbCluster, dbInstance, denied, instance, securityGroup, tags, volume } from '../support/resources.ts';

const about = { rationale: 'It matters.', parameters: z.strictObject({}) };

/** Says of a bucket what its name says. */
const bucketRule = defineRule({
  ...about,
  id: 's3-bucket-well-named',
  title: 'S3 bucket is well named',
  severity: 'medium',
  category: 'configuration',
  needs: { 'AWS::S3::Bucket': ['encryption'] },
  remedy: 'Name it well.',
  check({ id }) {
    switch (id) {
      case 'bad':
        return fail('Bucket bad is bad.', { facts: [{ key: 'name', message: 'Its name is bad.' }] });
      case 'worse':
        return fail('Bucket worse is worse.', { severity: 'critical' });
      case 'denied':
        return unknown('The name of bucket denied', denied('s3:GetName'));
      case 'hidden':
        return unknown('The name of bucket hidden', { known: false, reason: 'error' });
      case 'odd':
        return notApplicable('Bucket odd has no name.');
      default:
        return pass;
    }
  },
});

/** Looks from an instance at its groups. */
const groupRule = defineRule({
  ...about,
  id: 'ec2-group-found',
  title: 'EC2 instance has groups that were read',
  severity: 'high',
  category: 'exposure',
  needs: { 'AWS::EC2::Instance': [] },
  joins: { 'AWS::EC2::SecurityGroup': ['tags'] },
  remedy: 'Find the group.',
  check({ id, securityGroupIds }, context) {
    const missing = securityGroupIds.filter((group) => context.related('AWS::EC2::SecurityGroup', group) === undefined);
    return missing.length === 0 ? pass : fail(`Instance ${id} has groups that nobody saw: ${missing.join(', ')}.`);
  },
});

const tagRule = defineRule({
  ...about,
  id: 'tagged',
  title: 'Things carry a tag',
  severity: 'low',
  category: 'tagging',
  needs: {
    'AWS::EC2::Instance': ['tags'],
    'AWS::EC2::Volume': ['tags'],
    'AWS::RDS::DBCluster': [],
    'AWS::RDS::DBInstance': [],
  },
  parameters: z.strictObject({ key: z.string().default('Owner') }),
  remedy: 'Tag it.',
  check({ id, tags }, { parameters }) {
    if (!tags.known) return unknown(`The tags of ${id}`, tags);
    return tags.value[parameters.key] === undefined ? fail(`${id} lacks ${parameters.key}.`) : pass;
  },
});

const choose = (rule: AnyRule, parameters: object = {}): ChosenRule => ({
  rule,
  parameters: rule.parameters.parse(parameters),
});
const counts = (changes: Partial<Counts>): Counts => ({ ...noCounts(), ...changes });
const everything = { reported: new Set(['PASS', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED'] as const) };

describe('factsNeeded', () => {
  it('gives the facts of every rule by type, those of joined types too', () => {
    expect(factsNeeded([choose(bucketRule), choose(groupRule), choose(tagRule)])).to.deep.equal(
      new Map([
        ['AWS::S3::Bucket', new Set(['encryption'])],
        ['AWS::EC2::Instance', new Set(['tags'])],
        ['AWS::EC2::SecurityGroup', new Set(['tags'])],
        ['AWS::EC2::Volume', new Set(['tags'])],
        ['AWS::RDS::DBCluster', new Set()],
        ['AWS::RDS::DBInstance', new Set()],
      ]),
    );
  });

  it('gives nothing for no rules', () => {
    expect(factsNeeded([])).to.deep.equal(new Map());
  });
});

describe('judgedTypes', () => {
  it('are those a rule judges, not those it joins', () => {
    expect(judgedTypes(groupRule)).to.deep.equal(['AWS::EC2::Instance']);
  });
});

describe('an evaluation', () => {
  const evaluator = () => new Evaluator([choose(bucketRule)], everything);
  const common = (id: string) => ({
    fingerprint: fingerprint('s3-bucket-well-named', '111122223333', 'eu-west-1', `arn:aws:s3:::${id}`),
    rule_id: 's3-bucket-well-named',
    severity: 'medium',
    category: 'configuration',
    resource_type: 'AWS::S3::Bucket',
    resource_id: id,
    resource_arn: `arn:aws:s3:::${id}`,
    account_id: '111122223333',
    region: 'eu-west-1',
  });

  it('of a pass says what is well, and nothing to do', () => {
    expect(evaluator().evaluate(bucket({ id: 'good' }))).to.deep.equal([
      { ...common('good'), status: 'PASS', message: 'S3 bucket is well named.' },
    ]);
  });

  it('of a failure has its facts and the remedy', () => {
    expect(evaluator().evaluate(bucket({ id: 'bad' }))).to.deep.equal([
      {
        ...common('bad'),
        status: 'FAIL',
        message: 'Bucket bad is bad.',
        facts: [{ key: 'name', message: 'Its name is bad.' }],
        remediation: 'Name it well.',
      },
    ]);
  });

  it('of a failure weighs what the verdict says, before what the rule says', () => {
    expect(evaluator().evaluate(bucket({ id: 'worse' }))).to.deep.equal([
      {
        ...common('worse'),
        severity: 'critical',
        status: 'FAIL',
        message: 'Bucket worse is worse.',
        remediation: 'Name it well.',
      },
    ]);
  });

  it('of an unknown names the missing permission, where there is one', () => {
    expect(evaluator().evaluate(bucket({ id: 'denied' }))).to.deep.equal([
      {
        ...common('denied'),
        status: 'UNKNOWN',
        message: 'The name of bucket denied could not be read: s3:GetName was denied.',
        missing_permission: 's3:GetName',
      },
    ]);
    expect(evaluator().evaluate(bucket({ id: 'hidden' }))).to.deep.equal([
      {
        ...common('hidden'),
        status: 'UNKNOWN',
        message: 'The name of bucket hidden could not be read: the call failed.',
      },
    ]);
  });

  it('of what does not apply says why', () => {
    expect(evaluator().evaluate(bucket({ id: 'odd' }))).to.deep.equal([
      { ...common('odd'), status: 'NOT_APPLICABLE', message: 'Bucket odd has no name.' },
    ]);
  });

  it('names the owner of what somebody may have to act on, where a rule needs the tags of the type', () => {
    const both = new Evaluator([choose(tagRule, { key: 'Team' }), choose(bucketRule)], everything);
    const ownerOf = (resource: Parameters<Evaluator['evaluate']>[0]) =>
      both.evaluate(resource).map(({ status, owner }) => [status, owner]);
    expect(ownerOf(volume({ tags: tags({ Owner: ' ada ' }) }))).to.deep.equal([['FAIL', 'ada']]);
    expect(ownerOf(volume({ tags: tags({ Owner: 'x'.repeat(300) }) }))).to.deep.equal([['FAIL', 'x'.repeat(256)]]);
    expect(ownerOf(volume({ tags: tags({ Owner: ' ', owner: 'eve' }) }))).to.deep.equal([['FAIL', undefined]]);
    expect(ownerOf(volume({ tags: tags({ Owner: 'ada', Team: 'a' }) }))).to.deep.equal([['PASS', undefined]]);
    expect(ownerOf(volume({ tags: denied('ec2:DescribeVolumes') }))).to.deep.equal([['UNKNOWN', undefined]]);
    // Nothing asks for the tags of buckets: a scan of live AWS would not have them.
    expect(ownerOf(bucket({ id: 'bad', tags: tags({ Owner: 'ada' }) }))).to.deep.equal([['FAIL', undefined]]);
  });

  it('is made for every rule of the type and for no other', () => {
    const both = new Evaluator([choose(groupRule), choose(tagRule), choose(bucketRule)], everything);
    const ruleIds = (resource: Parameters<Evaluator['evaluate']>[0]) =>
      both.evaluate(resource).map(({ rule_id }) => rule_id);
    expect(ruleIds(securityGroup())).to.deep.equal([]);
    expect(ruleIds(instance())).to.deep.equal(['ec2-group-found', 'tagged']);
    expect(ruleIds(volume())).to.deep.equal(['tagged']);
  });

  it('goes by the parameters that were chosen', () => {
    const evaluator = new Evaluator([choose(tagRule, { key: 'Team' })]);
    expect(evaluator.evaluate(instance({ id: 'i-1' })).map(({ message }) => message)).to.deep.equal([
      'i-1 lacks Team.',
    ]);
  });
});

describe('the evaluator', () => {
  it('hands out failures, unknowns and waivers unless it is asked for more', () => {
    expect([...REPORTED_STATUSES]).to.deep.equal(['FAIL', 'UNKNOWN', 'WAIVED']);
    const evaluator = new Evaluator([choose(bucketRule)]);
    const reported = ['good', 'bad', 'denied', 'odd'].flatMap((id) => evaluator.evaluate(bucket({ id })));
    expect(reported.map(({ resource_id }) => resource_id)).to.deep.equal(['bad', 'denied']);
    expect(evaluator.totals().summary.total_evaluations).to.equal(4);
  });

  it('judges nothing that is on its way out, not even by a rule that would fail it', () => {
    const evaluator = new Evaluator([choose(tagRule, { key: 'Team' })], everything);
    const leaving = [
      instance({ id: 'i-1', state: 'terminated' }),
      volume({ id: 'vol-1', state: 'deleting' }),
      dbInstance({ id: 'orders', status: 'deleting' }),
      dbCluster({ id: 'ledger', status: 'deleting' }),
    ];
    const verdicts = leaving
      .flatMap((resource) => evaluator.evaluate(resource))
      .map(({ status, message }) => `${status} ${message}`);
    expect(verdicts).to.deep.equal([
      'NOT_APPLICABLE i-1 is terminated.',
      'NOT_APPLICABLE vol-1 is deleting.',
      'NOT_APPLICABLE orders is deleting.',
      'NOT_APPLICABLE ledger is deleting.',
    ]);
  });

  it('gives a rule what a resource points at, from its own account and region only', () => {
    const evaluator = new Evaluator([choose(groupRule)]);
    evaluator.evaluate(securityGroup({ id: 'sg-here' }));
    evaluator.evaluate(securityGroup({ id: 'sg-there', region: 'us-east-1' }));
    evaluator.evaluate(securityGroup({ id: 'sg-theirs', accountId: '444455556666' }));
    const [finding] = evaluator.evaluate(
      instance({ id: 'i-1', securityGroupIds: ['sg-here', 'sg-there', 'sg-theirs', 'i-1'] }),
    );
    expect(finding?.message).to.equal('Instance i-1 has groups that nobody saw: sg-there, sg-theirs, i-1.');
  });

  it('counts everything by every key, sorted', () => {
    const evaluator = new Evaluator([choose(bucketRule), choose(tagRule), choose(groupRule)]);
    evaluator.evaluate(securityGroup({ id: 'sg-1' }));
    evaluator.evaluate(instance({ id: 'i-1', instanceType: 't3.micro' }));
    evaluator.evaluate(instance({ id: 'i-2', instanceType: 'm7g.large', region: 'us-east-1' }));
    evaluator.evaluate(instance({ id: 'i-3', instanceType: 'm7g.large', state: 'terminated' }));
    evaluator.evaluate(volume({ id: 'vol-1', attachedInstanceIds: ['i-1'] }));
    for (const id of ['good', 'bad', 'worse', 'denied']) evaluator.evaluate(bucket({ id, accountId: '999988887777' }));

    const totals = evaluator.totals();
    expect(totals).to.deep.equal({
      summary: {
        total_resources: 8,
        total_evaluations: 11,
        compliant: 4,
        non_compliant: 4,
        not_applicable: 2,
        unknown: 1,
        waived: 0,
        compliance_percentage: 50,
        evaluated_percentage: 88.89,
        score: 16.67,
      },
      by_resource_type: {
        'AWS::EC2::Instance': counts({ total: 6, compliant: 3, non_compliant: 1, not_applicable: 2 }),
        'AWS::EC2::Volume': counts({ total: 1, non_compliant: 1 }),
        'AWS::S3::Bucket': counts({ total: 4, compliant: 1, non_compliant: 2, unknown: 1 }),
      },
      by_rule: {
        'ec2-group-found': counts({ total: 3, compliant: 1, non_compliant: 1, not_applicable: 1 }),
        's3-bucket-well-named': counts({ total: 4, compliant: 1, non_compliant: 2, unknown: 1 }),
        tagged: counts({ total: 4, compliant: 2, non_compliant: 1, not_applicable: 1 }),
      },
      by_severity: {
        critical: counts({ total: 1, non_compliant: 1 }),
        high: counts({ total: 3, compliant: 1, non_compliant: 1, not_applicable: 1 }),
        low: counts({ total: 4, compliant: 2, non_compliant: 1, not_applicable: 1 }),
        medium: counts({ total: 3, compliant: 1, non_compliant: 1, unknown: 1 }),
      },
      by_category: {
        configuration: counts({ total: 4, compliant: 1, non_compliant: 2, unknown: 1 }),
        exposure: counts({ total: 3, compliant: 1, non_compliant: 1, not_applicable: 1 }),
        tagging: counts({ total: 4, compliant: 2, non_compliant: 1, not_applicable: 1 }),
      },
      by_region: {
        'eu-west-1': counts({ total: 9, compliant: 3, non_compliant: 3, not_applicable: 2, unknown: 1 }),
        'us-east-1': counts({ total: 2, compliant: 1, non_compliant: 1 }),
      },
      by_account: {
        '111122223333': counts({ total: 7, compliant: 3, non_compliant: 2, not_applicable: 2 }),
        '999988887777': counts({ total: 4, compliant: 1, non_compliant: 2, unknown: 1 }),
      },
      by_instance_type: {
        'm7g.large': counts({ total: 2, non_compliant: 1, not_applicable: 1 }),
        't3.micro': counts({ total: 1, non_compliant: 1 }),
      },
    });
    expect(Object.keys(totals.by_severity)).to.deep.equal(['critical', 'high', 'low', 'medium']);
    expect(Object.keys(totals.by_instance_type)).to.deep.equal(['m7g.large', 't3.micro']);
  });

  it('has no percentages and no score where nothing was judged', () => {
    const evaluator = new Evaluator([choose(bucketRule)]);
    evaluator.evaluate(bucket({ id: 'odd' }));
    expect(evaluator.totals().summary).to.deep.equal({
      total_resources: 1,
      total_evaluations: 1,
      compliant: 0,
      non_compliant: 0,
      not_applicable: 1,
      unknown: 0,
      waived: 0,
      compliance_percentage: null,
      evaluated_percentage: null,
      score: null,
    });
  });

  it('could decide nothing where all is unknown', () => {
    const evaluator = new Evaluator([choose(bucketRule)]);
    evaluator.evaluate(bucket({ id: 'denied' }));
    const { compliance_percentage, evaluated_percentage, score } = evaluator.totals().summary;
    expect({ compliance_percentage, evaluated_percentage, score }).to.deep.equal({
      compliance_percentage: null,
      evaluated_percentage: 0,
      score: null,
    });
  });
});

describe('an Evaluator that is to judge by tags', () => {
  const tagRule = defineRule({
    id: 'instance-is-micro',
    title: 'Instance is micro',
    rationale: 'Because.',
    severity: 'low',
    category: 'configuration',
    needs: { 'AWS::EC2::Instance': [] },
    remedy: 'Make it micro.',
    parameters: z.strictObject({}),
    check: ({ instanceType }) => (instanceType === 't3.micro' ? pass : fail('It is not.')),
  });
  const judge = (selectors: string[], resource: Ec2Instance) => {
    const evaluator = new Evaluator([{ rule: tagRule, parameters: {} }], { tags: selectors });
    const [evaluation] = evaluator.evaluate(resource);
    return { evaluation, summary: evaluator.totals().summary };
  };
  const large = instance({ id: 'i-1', instanceType: 'm5.large', tags: tags({ Role: 'web', Stage: 'prod' }) });

  it('judges what carries all of them', () => {
    expect(judge(['Role', 'Stage=prod'], large).evaluation?.status).to.equal('FAIL');
  });

  it('does not count what lacks one', () => {
    const { evaluation, summary } = judge(['Role=web', 'Stage=dev'], large);
    expect(evaluation).to.equal(undefined);
    expect(summary).to.include({ total_resources: 0, total_evaluations: 0, score: null });
  });

  it('cannot tell where the tags are unread', () => {
    const { evaluation } = judge(['Role=web'], instance({ id: 'i-1', tags: denied('ec2:DescribeTags') }));
    expect(evaluation).to.deep.include({
      status: 'UNKNOWN',
      message: 'The tags of i-1 could not be read: ec2:DescribeTags was denied.',
      missing_permission: 'ec2:DescribeTags',
    });
  });

  it('lets a terminated one be, tags or no tags', () => {
    const gone = instance({ id: 'i-1', state: 'terminated', tags: denied('ec2:DescribeTags') });
    expect(judge(['Role=web'], gone).summary).to.include({ not_applicable: 1, unknown: 0 });
  });
});
