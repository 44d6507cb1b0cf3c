import { expect } from 'chai';

import { ruleForConfigRule } from '../../src/functions/config-rule-choice.ts';
import { userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';

const MEND = "Mend the Config rule's parameters, or deploy the stack again";

function choose(ruleParameters: string | null | undefined, config: object = {}) {
  const { configuration } = invocation(config);
  return ruleForConfigRule({ configRuleName: 'our-rule-dev', ruleParameters }, configuration);
}

describe('what a deployment says of AWS Config rules', () => {
  it('is that none is ours, that each resource is answered for, and that a failure weighs high, where it says nothing', () => {
    expect(invocation().configuration.configRules).to.deep.equal({
      rules: {},
      periodic: 'resources',
      severity: 'high',
    });
  });

  it('is refused where it is neither of the two ways to answer', async () => {
    const error = await userErrorOf(() => invocation({ configRules: { periodic: 'never' } }));
    expect([error.code, error.message]).to.deep.equal([
      'FUNCTION_CONFIG',
      'config.json is not what a deployment writes: configRules.periodic: Invalid option: expected one of "resources"|"account".',
    ]);
  });
});

describe('the rule behind an AWS Config rule', () => {
  for (const [what, ruleParameters, config] of [
    ['the parameter ruleId', '{"ruleId":"rds-backup-retention"}', {}],
    ['the configuration', '{}', { configRules: { rules: { 'our-rule-dev': 'rds-backup-retention' } } }],
    [
      'the configuration, without parameters',
      null,
      { configRules: { rules: { 'our-rule-dev': 'rds-backup-retention' } } },
    ],
    [
      'the parameter, which weighs more',
      '{"ruleId":"rds-backup-retention"}',
      { configRules: { rules: { 'our-rule-dev': 'ec2-no-public-ip' } } },
    ],
  ] as const) {
    it(`is told by ${what}`, () => {
      const { rule, parameters } = choose(ruleParameters, config);
      expect(rule.id).to.equal('rds-backup-retention');
      expect(parameters).to.deep.equal({ minimumDays: 1, replicas: 'skip' });
    });
  }

  it('keeps the severity and the parameters that are configured', () => {
    const settings = {
      rules: { 'rds-backup-retention': { severity: 'critical', parameters: { minimumDays: 14, replicas: 'judge' } } },
    };
    const chosen = choose('{"ruleId":"rds-backup-retention","minimumDays":"7"}', { settings });
    expect([chosen.severity, chosen.parameters]).to.deep.equal(['critical', { minimumDays: 7, replicas: 'judge' }]);
  });

  it('is one that takes part in no scan until it is given its parameter', () => {
    const chosen = choose('{"ruleId":"ec2-approved-instance-type","approved":"[\\"t3.*\\"]"}');
    expect(chosen.parameters).to.deep.include({ approved: ['t3.*'] });
  });

  it('may be one that the settings leave out', () => {
    const chosen = choose('{"ruleId":"ec2-no-public-ip"}', { settings: { select: ['ec2-required-tags'] } });
    expect([chosen.rule.id, chosen.parameters]).to.deep.equal(['ec2-no-public-ip', { allow: [] }]);
  });

  it('may be a custom rule', () => {
    const custom = {
      id: 'ec2-is-small',
      title: 'Small',
      resourceType: 'AWS::EC2::Instance',
      assert: '`true`',
      message: 'No.',
    };
    expect(choose('{"ruleId":"ec2-is-small"}', { settings: { customRules: [custom] } }).rule.id).to.equal(
      'ec2-is-small',
    );
  });

  it('takes text as text, lists in place of lists, and maps into maps', () => {
    const settings = {
      rules: { 'ec2-required-tags': { parameters: { tags: ['Owner', 'Environment'], values: { Owner: '[a-z]+' } } } },
    };
    const given = { ruleId: 'ec2-required-tags', tags: '["Owner","Team"]', values: '{"Team":"[A-Z]+"}', minimum: 1 };
    expect(choose(JSON.stringify(given), { settings }).parameters).to.deep.equal({
      tags: ['Owner', 'Team'],
      minimum: 1,
      values: { Owner: '[a-z]+', Team: '[A-Z]+' },
    });
  });

  for (const [what, ruleParameters, message] of [
    ['names none of our rules', '{}', 'The AWS Config rule our-rule-dev names none of our rules.'],
    [
      'names none of our rules, by a number',
      '{"ruleId":7}',
      'The AWS Config rule our-rule-dev names none of our rules.',
    ],
    [
      'has parameters that are not JSON',
      '{',
      'The AWS Config rule our-rule-dev has parameters that are not a JSON object.',
    ],
    [
      'has parameters that are a list',
      '[]',
      'The AWS Config rule our-rule-dev has parameters that are not a JSON object.',
    ],
    [
      'has text where a number belongs',
      '{"ruleId":"rds-backup-retention","minimumDays":"many"}',
      'The AWS Config rule our-rule-dev has parameters that rds-backup-retention does not take: minimumDays: Invalid input: expected number, received string.',
    ],
    [
      'has a list where a number belongs',
      '{"ruleId":"rds-backup-retention","minimumDays":[7]}',
      'The AWS Config rule our-rule-dev has parameters that rds-backup-retention does not take: minimumDays: Invalid input: expected number, received array.',
    ],
    [
      'has a parameter that the rule has not',
      '{"ruleId":"rds-backup-retention","days":"7"}',
      'The AWS Config rule our-rule-dev has parameters that rds-backup-retention does not take: Unrecognized key: "days".',
    ],
  ] as const) {
    it(`is refused where it ${what}`, async () => {
      const suggestions = message.includes('none of our rules')
        ? ['Give the Config rule the parameter ruleId, or deploy the stack again']
        : [MEND];
      expect(await userErrorOf(() => choose(ruleParameters))).to.deep.equal({
        message,
        code: 'CONFIG_RULE',
        suggestions,
        exitCode: 2,
      });
    });
  }

  it('is refused where there is no such rule', async () => {
    const error = await userErrorOf(() => choose('{"ruleId":"rds-backup-retentoin"}'));
    expect([error.message, error.code, error.suggestions[0]]).to.deep.equal([
      'There is no rule rds-backup-retentoin.',
      'UNKNOWN_RULE',
      'Did you mean rds-backup-retention?',
    ]);
  });

  it('is not one that every object has', async () => {
    const { configuration } = invocation();
    const error = await userErrorOf(() => ruleForConfigRule({ configRuleName: 'constructor' }, configuration));
    expect(error.message).to.equal('The AWS Config rule constructor names none of our rules.');
  });
});
