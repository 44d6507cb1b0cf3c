import { expect } from 'chai';

import { ConfigRules } from '../../src/infra/config-rules.ts';
import { graphOf } from './component-graph.ts';
import { ACCOUNT, configRuleSpec } from './sample-parts.ts';

const RULE = 'aws:cfg/rule:Rule';

const CHANGES = [
  { eventSource: 'aws.config', messageType: 'ConfigurationItemChangeNotification' },
  { eventSource: 'aws.config', messageType: 'OversizedConfigurationItemChangeNotification' },
];

describe('ConfigRules', () => {
  it('asks the function of every change of its types', async () => {
    const { one } = await graphOf(() => new ConfigRules('config-rules-test', [configRuleSpec('evaluator')]));
    const rule = one(RULE, 'tag-checker-test');
    expect(rule.parent).to.equal('compliancectl:infra:ConfigRules config-rules-test');
    expect(rule.inputs).to.deep.equal({
      name: 'tag-checker-test',
      description: 'EC2 instance has its tags',
      inputParameters: '{"ruleId":"ec2-required-tags"}',
      scope: { complianceResourceTypes: ['AWS::EC2::Instance'] },
      source: {
        owner: 'CUSTOM_LAMBDA',
        sourceIdentifier: `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:evaluator-test`,
        sourceDetails: CHANGES,
      },
    });
  });

  it('asks it at times too where it is told to', async () => {
    const spec = configRuleSpec('evaluator', { periodic: 'Six_Hours' });
    const { one } = await graphOf(() => new ConfigRules('config-rules-test', [spec]));
    expect(one(RULE).inputs['source']).to.have.deep.property('sourceDetails', [
      ...CHANGES,
      { eventSource: 'aws.config', messageType: 'ScheduledNotification', maximumExecutionFrequency: 'Six_Hours' },
    ]);
  });
});
