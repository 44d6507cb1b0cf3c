import { expect } from 'chai';

import { functionConfiguration } from '../../src/functions/configuration.ts';
import { optimizeSchema } from '../../src/optimize/settings.ts';
import { userErrorOf } from '../support/errors.ts';

const config = (changes: object = {}) =>
  JSON.stringify({ schema: 'compliancectl.function/1', environment: 'dev', settings: {}, ...changes });

describe('the configuration of a function', () => {
  it('has the defaults of the settings, and no sink that is not named', () => {
    const { rules, ...rest } = functionConfiguration(config(), {});
    expect(rest).to.deep.equal({
      preset: 'standard',
      threshold: 80,
      allowIncomplete: false,
      waivers: [],
      optimize: optimizeSchema.parse({}),
      environment: 'dev',
      results: { records: false },
      alerts: { mode: 'every' },
      tagChecks: { prefix: 'checks/', metrics: false },
      configRules: { rules: {}, periodic: 'resources', severity: 'high' },
      reports: { notify: [] },
    });
    expect(rules.map(({ rule }) => rule.id)).to.deep.equal([
      'ebs-volumes-encrypted',
      'ec2-no-public-ip',
      'ec2-required-tags',
      'ec2-security-group-restricted',
      'rds-backup-retention',
      's3-bucket-encrypted',
    ]);
  });

  it('takes every sink from the file', () => {
    const sinks = {
      results: { bucket: 'compliance-results-dev', records: true },
      history: { table: 'compliance-history-dev', store: 'changes' },
      metrics: { sets: ['score', 'categories'], literal: true },
      alerts: { topicArn: 'arn:alerts', criticalTopicArn: 'arn:critical', mode: 'changes' },
      tagChecks: { prefix: 'scans/', metrics: true },
      reports: { bucket: 'compliance-reports-dev', notify: ['weekly'] },
    };
    expect(functionConfiguration(config(sinks), {})).to.deep.include(sinks);
  });

  it('obeys the names that S0 and S1 give the environment (S0-7, S1-4)', () => {
    const env = {
      COMPLIANCE_THRESHOLD: '95',
      MIN_REQUIRED_TAGS: '2',
      REQUIRED_TAGS: 'Team, Stage ,Cost',
      BUCKET_NAME: 'from-env',
      SNS_TOPIC_ARN: 'arn:sns',
      TOPIC_ARN: 'arn:topic',
    };
    const file = config({
      settings: { select: ['ec2-required-tags'], threshold: 50 },
      results: { bucket: 'from-file' },
    });
    const { threshold, rules, results, alerts } = functionConfiguration(file, env);
    expect({ threshold, results, alerts }).to.deep.equal({
      threshold: 95,
      results: { bucket: 'from-env', records: false },
      alerts: { topicArn: 'arn:sns', mode: 'every' },
    });
    expect(rules.map(({ parameters }) => parameters)).to.deep.equal([
      { tags: ['Team', 'Stage', 'Cost'], minimum: 2, values: {} },
    ]);
  });

  it('takes TOPIC_ARN where SNS_TOPIC_ARN is not set', () => {
    expect(functionConfiguration(config(), { TOPIC_ARN: 'arn:topic' }).alerts).to.deep.equal({
      topicArn: 'arn:topic',
      mode: 'every',
    });
  });

  const unusable: readonly [name: string, text: string, why: string][] = [
    ['text that is no JSON', '{', 'it is not JSON'],
    [
      'another schema',
      config({ schema: 'compliancectl.function/2' }),
      'schema: Invalid input: expected "compliancectl.function/1"',
    ],
    ['no object', '7', 'Invalid input: expected object, received number'],
    ['a sink that there is not', config({ kafka: {} }), 'Unrecognized key: "kafka"'],
    ['a setting that there is not', config({ settings: { treshold: 1 } }), 'settings: Unrecognized key: "treshold"'],
    [
      'a table without a mode',
      config({ history: { table: 't' } }),
      'history.store: Invalid option: expected one of "changes"|"every"',
    ],
  ];
  for (const [name, text, why] of unusable) {
    it(`is refused with ${name}`, async () => {
      expect(await userErrorOf(() => functionConfiguration(text, {}))).to.deep.equal({
        message: `config.json is not what a deployment writes: ${why}.`,
        code: 'FUNCTION_CONFIG',
        suggestions: ['Deploy the stack again with this version'],
        exitCode: 2,
      });
    });
  }

  it('is refused with an environment that says no number', async () => {
    expect(await userErrorOf(() => functionConfiguration(config(), { COMPLIANCE_THRESHOLD: 'high' }))).to.deep.equal({
      message: 'COMPLIANCE_THRESHOLD is "high", which is not a number from 0 to 100.',
      code: 'BAD_ENVIRONMENT',
      suggestions: ['Unset COMPLIANCE_THRESHOLD, or give it a number'],
      exitCode: 2,
    });
  });
});
