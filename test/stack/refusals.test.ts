import { expect } from 'chai';

import { plannedFrom, stackYaml } from '../support/stacks.ts';
import { userErrorOf } from '../support/errors.ts';

const refusalOf = async (yaml: string) => {
  const { code, message, suggestions, exitCode } = await userErrorOf(() => plannedFrom(yaml));
  expect({ code, exitCode }).to.deep.equal({ code: 'STACK_SETTING', exitCode: 2 });
  return [message, ...suggestions];
};

const OTHER = 'Choose another preset where that is not wanted';

describe('a stack that cannot be', () => {
  const REFUSED: readonly [yaml: string, ...sentences: string[]][] = [
    [
      `${stackYaml('ec2-baseline')}stack: { functions: { reporter: { memory: 512 } } }`,
      'stack.functions.reporter: the preset ec2-baseline has no such function.',
      'Its functions: scanner',
    ],
    [
      `${stackYaml('reporting')}stack: { buckets: { audit: { expireAfterDays: 3 } } }`,
      'stack.buckets.audit: the preset reporting has no such bucket.',
    ],
    [
      `${stackYaml('reporting')}stack: { history: changes }`,
      'stack.history: the preset reporting has no history table.',
      'Choose the preset standard',
    ],
    [
      `${stackYaml('standard')}stack: { configRules: { every: Six_Hours } }`,
      'stack.configRules: the preset standard does not use AWS Config.',
      'Choose config-history or regulated',
    ],
    [
      `${stackYaml('config-history')}stack: { dashboard: true }`,
      'stack.dashboard: the preset config-history puts no metrics that a dashboard could show.',
    ],
    [
      `${stackYaml('reporting')}stack: { alarms: { score: true } }`,
      'stack.alarms.score: the alarm on the score needs the metrics of the set score.',
      'Add score to stack.metrics.sets',
    ],
    [
      `${stackYaml('tag-events')}stack: { alarms: { heartbeat: true } }`,
      'stack.alarms.heartbeat: the alarm on missing scans needs a scan that puts metrics.',
    ],
    [
      `${stackYaml('standard')}stack: { alarms: { nonCompliantInstances: 5 } }`,
      'stack.alarms.nonCompliantInstances: the alarm needs the metrics of the tag checker.',
      'Set stack.tagCheckMetrics: true',
    ],
    [
      `${stackYaml('standard')}stack: { functions: { scanner: { schedule: cron(0 0 ? * MON *) } } }`,
      'stack.functions.scanner.schedule: an alarm looks back seven days, so it cannot tell that two scans are missing which are further apart.',
      'Scan at least every three days, or set stack.alarms.heartbeat: false',
    ],
    [
      'preset: regulated\nrules: { ec2-approved-instance-type: { parameters: { approved: [t3.*] } } }',
      'tags.Owner: the preset regulated needs the tag Owner on all that it creates.',
      'Set tags: { Owner: platform-team }',
    ],
    [
      'preset: regulated\ntags: { Owner: " " }\nrules: { ec2-approved-instance-type: { parameters: { approved: [t3.*] } } }',
      'tags.Owner: the preset regulated needs the tag Owner on all that it creates.',
      'Set tags: { Owner: platform-team }',
    ],
    [
      'preset: regulated\ntags: { Owner: security }',
      'rules.ec2-approved-instance-type.parameters.approved: the preset regulated makes a Config rule of ec2-approved-instance-type, which has nothing to go by without it.',
      'Set rules.ec2-approved-instance-type.parameters.approved',
    ],
    [
      `${stackYaml('config-history')}select: [ec2-required-tags, s3-bucket-encrypted]`,
      'select: the preset config-history makes a Config rule of rds-backup-retention, which the settings leave out.',
      'Leave rds-backup-retention in',
    ],
    [
      `${stackYaml('regulated')}stack: { logRetention: 30 }`,
      'stack.logRetention: the preset regulated keeps logs for exactly 7 days.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { functions: { remediator: { logRetention: 14 } } }`,
      'stack.functions.remediator.logRetention: the preset regulated keeps logs for exactly 7 days.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { encryption: AES256 }`,
      'stack.encryption: the preset regulated encrypts every bucket with KMS.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { functions: { config-evaluator: { schedule: rate(12 hours) } } }`,
      'stack.functions.config-evaluator.schedule: the preset regulated checks at least every 6 hours.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { configRules: { every: Twelve_Hours } }`,
      'stack.configRules.every: the preset regulated evaluates its rules at least every 6 hours.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { functions: { remediator: { reservedConcurrency: 2 } } }`,
      'stack.functions.remediator.reservedConcurrency: two runs at once would mend the same things.',
      'Leave it at 1',
    ],
    [
      `${stackYaml('regulated')}stack: { buckets: { reports: { expireAfterDays: 90 } } }`,
      'stack.buckets.reports.expireAfterDays: the preset regulated keeps reports for 30 days.',
      OTHER,
    ],
    [
      `${stackYaml('regulated')}stack: { buckets: { audit: { expireAfterDays: 30 } } }`,
      'stack.buckets.audit.expireAfterDays: the audit trail outlives the reports.',
      'Keep it for more than 30 days',
    ],
    [
      `${stackYaml('regulated')}remediation: { rules: {}, auditBucket: my-audit }`,
      'remediation.auditBucket: the preset regulated has an audit bucket of its own.',
      'Leave it out for this environment',
    ],
  ];

  for (const [yaml, ...sentences] of REFUSED) {
    it(`is refused with the reason: ${sentences[0]}`, async () => {
      expect(await refusalOf(yaml)).to.deep.equal(sentences);
    });
  }

  it('is not one that is stricter than it must be', () => {
    for (const settings of [
      'stack: { functions: { config-evaluator: { schedule: rate(1 hour) } } }',
      'stack: { configRules: { every: Three_Hours } }',
      'stack: { buckets: { audit: { expireAfterDays: 2555 } } }',
      'stack: { logRetention: 7, encryption: customer-key }',
    ]) {
      expect(plannedFrom(`${stackYaml('regulated')}${settings}`).spec.preset).to.equal('regulated');
    }
  });
});

describe('a setting of the stack that AWS does not take', () => {
  const REFUSED: readonly [settings: string, sentence: string][] = [
    ['alertEmail: nobody', 'alertEmail: is not an email address.'],
    ['stack: { logRetention: 8 }', 'stack.logRetention: expected one of 1, 3, 5, 7, 14, 30,'],
    [
      'stack: { functions: { scanner: { timeout: 901 } } }',
      'stack.functions.scanner.timeout: is more than the 900 seconds that Lambda allows.',
    ],
    [
      'stack: { functions: { scanner: { memory: 64 } } }',
      'stack.functions.scanner.memory: Too small: expected number to be >=128.',
    ],
    [
      'stack: { functions: { scanner: { schedule: hourly } } }',
      'stack.functions.scanner.schedule: is not a schedule such as rate(6 hours) or cron(0 0 * * ? *).',
    ],
    [
      'stack: { functions: { reporter: { schedules: { daily: cron(0 0 * * *) } } } }',
      'stack.functions.reporter.schedules.daily: has 5 fields, and a cron expression of AWS has 6.',
    ],
    [
      'stack: { functions: { tag-checker: { batchSize: 11 } } }',
      'stack.functions.tag-checker.batchSize: Too big: expected number to be <=10.',
    ],
    ['runtime: nodejs16.x', 'runtime: expected one of nodejs18.x, nodejs20.x, nodejs22.x, nodejs24.x.'],
    ['tags: { "aws:owner": me }', 'tags.aws:owner: begins with aws:, which AWS keeps for itself.'],
    ['tags: { "Own;er": me }', 'tags.Own;er: is not the key of a tag.'],
    ['tags: { Owner: "a\\nb" }', 'tags.Owner: is not the value of a tag.'],
  ];

  for (const [settings, sentence] of REFUSED) {
    it(`is refused where it is written: ${settings}`, async () => {
      const { code, message } = await userErrorOf(() =>
        plannedFrom(`${stackYaml('standard').replace(/alertEmail.*\n/, '')}${settings}\n`),
      );
      expect(code).to.equal('CONFIG_INVALID');
      expect(message).to.include(sentence);
      expect(message).to.match(/compliancectl\.yaml:2:\d+/);
    });
  }

  it('is refused where tags are more than fit', async () => {
    const tags = Array.from({ length: 41 }, (_, index) => `  k${index}: v`).join('\n');
    const { message } = await userErrorOf(() => plannedFrom(`preset: standard\ntags:\n${tags}\n`));
    expect(message).to.include('tags: are more than 40: AWS allows 50, and some are set already.');
  });
});
