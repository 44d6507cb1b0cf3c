import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { planStack, requireEnvironment } from '../../src/stack/plan-stack.ts';
import type { StackSpec } from '../../src/stack/spec.ts';
import { userErrorOf } from '../support/errors.ts';
import { plannedFrom, settingsFrom, specOf, STACK_ACCOUNT, stackYaml } from '../support/stacks.ts';

const functionNamed = (spec: StackSpec, name: string) => spec.functions.find((one) => one.name === name);

/** The settings in a function's config.json. */
const configOf = (spec: StackSpec, id: string) =>
  spec.functions.find((one) => one.id === id)?.config as Record<string, Record<string, unknown>>;

describe('planning a stack', () => {
  it('gives the same stack for the same request', () => {
    for (const preset of PRESET_NAMES) expect(specOf(preset)).to.deep.equal(specOf(preset));
  });

  it('puts the suffix into every name', () => {
    for (const preset of PRESET_NAMES) {
      const { topics, buckets, table, functions, schedules, events, alarms, dashboard, config, key } = specOf(preset, {
        environment: 'pr-17',
      });
      const names = [
        ...topics.flatMap(({ name, deadLetters }) => [name, deadLetters?.name ?? name]),
        ...buckets.map(({ name }) => name),
        table?.name,
        ...functions.flatMap(({ name, role, logGroup, deadLetters }) => [
          name,
          role.name,
          role.policyName,
          logGroup.name,
          deadLetters.name,
        ]),
        ...schedules.map(({ name }) => name),
        ...events.flatMap(({ name, queue }) => [name, queue?.name ?? name]),
        ...alarms.map(({ name }) => name),
        dashboard?.name,
        key?.alias,
        config?.recorder?.name,
        config?.recorder?.channel,
        config?.aggregator?.name,
        ...(config?.rules ?? []).map(({ name }) => name),
      ].filter((name) => name !== undefined);
      expect(names.filter((name) => !name.includes('-pr-17'))).to.deep.equal([]);
    }
  });

  it('keeps two environments of one account apart: no part of one has a name of the other’s', () => {
    for (const preset of PRESET_NAMES) {
      const arns = (environment: string) =>
        new Set(JSON.stringify(specOf(preset, { environment })).match(/arn:[^"]+/g));
      const shared = [...arns('one')].filter((arn) => arns('two').has(arn));
      // Buckets of the estate, and what belongs to AWS or the account as a whole.
      const ofTheEstate =
        /^arn:aws:(s3:::\*|rds:|ec2:|iam::(aws:policy|\d+:root)|cloudwatch:.*:alarm:\*|events:.*:rule\/\*)/;
      expect(shared.filter((arn) => !ofTheEstate.test(arn))).to.deep.equal([]);
    }
  });

  it('watches its own metrics alone', () => {
    for (const preset of PRESET_NAMES) {
      for (const alarm of specOf(preset).alarms) {
        expect(JSON.stringify(alarm.dimensions), alarm.name).to.match(/-test"|"Environment":"test"/);
      }
    }
  });

  describe('buckets', () => {
    const bucketOf = (yaml: string, place: Partial<StackSpec['place']> = {}, environment = 'test') =>
      plannedFrom(yaml, {
        environment,
        place: { partition: 'aws', accountId: STACK_ACCOUNT, region: 'us-east-1', ...place },
      }).spec.buckets[0];

    it('lie in the account’s own namespace', () => {
      expect(bucketOf(stackYaml('standard'))).to.include({
        bareName: 'compliance-results-test',
        name: 'compliance-results-test-111122223333-us-east-1-an',
        arn: 'arn:aws:s3:::compliance-results-test-111122223333-us-east-1-an',
        namespace: 'account-regional',
      });
    });

    it('leave out the region where S3 would refuse the name as too long', () => {
      const long = bucketOf(stackYaml('standard'), { region: 'ap-southeast-1' }, 'synth-a5u1v0s6-long1');
      expect(long).to.include({
        name: 'compliance-results-synth-a5u1v0s6-long1-111122223333',
        namespace: 'global',
      });
      for (const preset of PRESET_NAMES) {
        const { buckets } = specOf(preset, {
          environment: 'synth-a5u1v0s6-long1',
          place: { partition: 'aws', accountId: STACK_ACCOUNT, region: 'ap-southeast-1' },
        });
        for (const { name } of buckets) expect(name.length, name).to.be.at.most(63);
      }
    });

    it('have their bare names where that is asked for', () => {
      const exact = bucketOf(`${stackYaml('standard')}naming: { exactBucketNames: true }\n`);
      expect(exact).to.include({ name: 'compliance-results-test', namespace: 'global' });
    });
  });

  describe('what functions are told', () => {
    it('is exactly the rules that run here, rules of the configuration’s own among them', () => {
      const spec = plannedFrom(`${stackYaml('ec2-baseline')}
customRules:
  - id: ec2-has-backup-plan
    title: EC2 instance has a backup plan
    resourceType: AWS::EC2::Instance
    assert: contains(keys(tags), 'BackupPlan')
    message: Instance {id} has no tag BackupPlan.
`).spec;
      expect(configOf(spec, 'scanner')['settings']?.['select']).to.deep.equal([
        'ebs-volumes-encrypted',
        'ec2-no-public-ip',
        'ec2-required-tags',
        'ec2-has-backup-plan',
      ]);
    });

    it('holds no webhook and no waiver’s part that it does not use', () => {
      const spec = plannedFrom(`${stackYaml('standard')}
webhooks:
  - { name: channel, kind: slack, urlFrom: { ssm: /compliance/slack }, minimumSeverity: high }
`).spec;
      expect(configOf(spec, 'scanner')['settings']).to.have.property('webhooks');
      expect(configOf(spec, 'reporter')['settings']).to.not.have.property('webhooks');
      expect(
        functionNamed(spec, 'compliance-reporter-test')?.role.policy.flatMap(({ actions }) => actions),
      ).to.not.include('ssm:GetParameter');
    });

    it('is nothing of the deployment itself', () => {
      for (const { config } of specOf('regulated').functions) {
        expect(config)
          .to.have.property('settings')
          .that.does.not.have.any.keys('stack', 'alertEmail', 'tags', 'naming');
      }
    });

    it('is its audit bucket, for the remediator', () => {
      const spec = specOf('regulated');
      expect(configOf(spec, 'remediator')['remediation']).to.deep.include({
        auditBucket: 'compliance-audit-test-111122223333-eu-west-1-an',
        rules: { 's3-bucket-encrypted': { mode: 'apply' } },
      });
    });

    it('is nothing to mend where the settings say so', () => {
      const { remediation: _, ...configuration } = settingsFrom(stackYaml('regulated')).configuration;
      const { spec } = plannedFrom(stackYaml('regulated'), { configuration });
      expect(configOf(spec, 'remediator')).to.not.have.property('remediation');
    });
  });

  describe('what roles allow', () => {
    const actionsOn = (spec: StackSpec, name: string, service: string) =>
      functionNamed(spec, name)
        ?.role.policy.filter(({ actions }) => actions.some((action) => action.startsWith(`${service}:`)))
        .map(({ actions, resources, conditions }) => ({ actions, resources, ...(conditions && { conditions }) }));

    it('is entering the accounts that are configured', () => {
      const spec = plannedFrom(`${stackYaml('ec2-baseline')}
accounts: [{ id: "444455556666", roleArn: "arn:aws:iam::444455556666:role/compliance" }]
`).spec;
      expect(actionsOn(spec, 'compliance-scanner-test', 'sts')).to.deep.equal([
        { actions: ['sts:AssumeRole'], resources: ['arn:aws:iam::444455556666:role/compliance'] },
      ]);
    });

    it('is reading the secrets of webhooks, and decrypting through those services alone', () => {
      const spec = plannedFrom(`${stackYaml('standard')}
webhooks:
  - { name: channel, kind: slack, urlFrom: { ssm: /compliance/slack } }
  - { name: desk, kind: jira, url: "https://desk.example.com", project: SEC, credentialsFrom: { secret: jira } }
  - { name: other, kind: jira, url: "https://other.example.com", project: SEC, credentialsFrom: { secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:own-AbCdEf" } }
`).spec;
      const name = 'compliance-scanner-test';
      expect(actionsOn(spec, name, 'ssm')).to.deep.equal([
        { actions: ['ssm:GetParameter'], resources: ['arn:aws:ssm:us-east-1:111122223333:parameter/compliance/slack'] },
      ]);
      expect(actionsOn(spec, name, 'secretsmanager')).to.deep.equal([
        {
          actions: ['secretsmanager:GetSecretValue'],
          resources: [
            'arn:aws:secretsmanager:us-east-1:111122223333:secret:jira-??????',
            'arn:aws:secretsmanager:us-east-1:111122223333:secret:own-AbCdEf',
          ],
        },
      ]);
      expect(actionsOn(spec, name, 'kms')).to.deep.equal([
        {
          actions: ['kms:Decrypt'],
          resources: ['arn:aws:kms:us-east-1:111122223333:key/*'],
          conditions: {
            StringEquals: {
              'kms:ViaService': ['ssm.us-east-1.amazonaws.com', 'secretsmanager.us-east-1.amazonaws.com'],
            },
          },
        },
      ]);
    });

    it('is refused where IAM would refuse the policy as too long', async () => {
      const accounts = Array.from({ length: 200 }, (_, index) => {
        const id = String(100_000_000_000 + index);
        return `  - { id: "${id}", roleArn: "arn:aws:iam::${id}:role/compliance-reader" }`;
      });
      const error = await userErrorOf(() =>
        plannedFrom(`${stackYaml('ec2-baseline')}accounts:\n${accounts.join('\n')}\n`),
      );
      expect(error).to.include({ code: 'ROLE_POLICY_TOO_LONG' });
      expect(error.message).to.match(
        /^The role of scanner would need a policy of \d{5} characters; IAM allows 10240 in a role\.$/,
      );
    });
  });

  it('refuses an environment over Lambda’s 4 KB', async () => {
    const tags = Array.from({ length: 60 }, (_, index) => `Tag${index}-${'x'.repeat(70)}`);
    const error = await userErrorOf(() =>
      plannedFrom(
        `${stackYaml('ec2-baseline')}rules: { ec2-required-tags: { parameters: { tags: [${tags.join(', ')}], minimum: 60 } } }\n`,
      ),
    );
    expect(error).to.include({ code: 'ENVIRONMENT_TOO_LARGE' });
    expect(error.message).to.match(/^The environment of scanner would hold \d{4} bytes; Lambda allows 4096\.$/);
  });

  describe('an AWS Config recorder that the account has', () => {
    it('is used as it is, and nothing is made for one of our own', () => {
      const { spec, warnings } = plannedFrom(stackYaml('config-history'), { recorder: 'default' });
      expect(spec.config).to.not.have.property('recorder');
      expect(spec.config?.adopted).to.equal('default');
      expect(spec.buckets.map(({ purpose }) => purpose)).to.deep.equal(['reports']);
      expect(spec.outputs['config_recorder_name']).to.equal('default');
      expect(warnings).to.deep.equal([
        'The account’s AWS Config recorder default is used as it is: what it does not record, the Config rules do not see.',
      ]);
    });

    it('is the stack’s own where it has its name', () => {
      const { spec, warnings } = plannedFrom(stackYaml('config-history'), { recorder: 'config-recorder-test' });
      expect(spec).to.deep.equal(specOf('config-history'));
      expect(warnings).to.deep.equal([]);
    });

    it('is nobody’s business in a preset without AWS Config', () => {
      expect(plannedFrom(stackYaml('standard'), { recorder: 'default' })).to.deep.equal(
        plannedFrom(stackYaml('standard')),
      );
    });
  });

  describe('warnings', () => {
    it('tell of a missing address, a runtime out of support and a region named twice', () => {
      const { spec, warnings } = plannedFrom(
        'preset: standard\nruntime: nodejs20.x\nregions: [eu-west-1, eu-west-1]\n',
      );
      expect(warnings).to.deep.equal([
        'No alertEmail is configured: alerts reach the topic, and nobody by email.',
        'nodejs20.x is out of support since 2026-04-30. AWS has announced (as of 2026-11-01) that functions can no longer be created on it from 2027-02-01, nor updated from 2027-03-03: set runtime: nodejs24.x.',
        'regions names eu-west-1 more than once: it counts once.',
      ]);
      expect(configOf(spec, 'scanner')['settings']?.['regions']).to.deep.equal(['eu-west-1']);
      expect(spec.topics.flatMap(({ subscriptions, deadLetters }) => [...subscriptions, deadLetters])).to.deep.equal([
        undefined,
      ]);
    });

    it('are none for a runtime on its last day of support', () => {
      const planned = (now: string) =>
        plannedFrom(`${stackYaml('standard')}runtime: nodejs22.x\n`, { now: new Date(now) }).warnings;
      expect(planned('2027-04-30T23:59:59Z')).to.deep.equal([]);
      expect(planned('2027-05-01T00:00:00Z')).to.have.length(1);
    });
  });

  it('sends alerts to each address once', () => {
    const { spec } = plannedFrom('preset: standard\nalertEmail: [a@example.com, b@example.com, a@example.com]\n');
    expect(spec.topics[0]?.subscriptions.map(({ endpoint }) => endpoint)).to.deep.equal([
      'a@example.com',
      'b@example.com',
    ]);
  });

  it('follows what the settings override', () => {
    const { spec } = plannedFrom(`${stackYaml('standard')}
architecture: x86_64
tags: { Team: security, Project: other }
stack:
  logRetention: 90
  dashboard: false
  encryption: customer-key
  functions:
    scanner: { schedule: rate(12 hours), timeout: 600, memory: 1024, logRetention: 14, reservedConcurrency: 2 }
    tag-checker: { timeout: 30, batchSize: 5 }
  alarms: { heartbeat: false, functions: false, deadLetters: false }
`);
    expect(functionNamed(spec, 'compliance-scanner-test')).to.include({
      timeoutSeconds: 600,
      memoryMegabytes: 1024,
      reservedConcurrency: 2,
      architecture: 'x86_64',
    });
    expect(spec.functions.map(({ logGroup }) => logGroup.retentionDays)).to.deep.equal([14, 90, 90]);
    expect(spec.events[0]?.queue).to.include({ visibilitySeconds: 180, batchSize: 5 });
    expect(spec.tags).to.deep.equal({ Environment: 'test', Project: 'other', ManagedBy: 'Pulumi', Team: 'security' });
    expect(spec).to.not.have.property('dashboard');
    expect(spec.key?.alias).to.equal('alias/compliance-test');
    expect(spec.alarms.map(({ name }) => name)).to.deep.equal(['compliance-score-low-test']);
  });

  it('plans a stack of which the settings say nothing at all', () => {
    const { configuration, settings } = settingsFrom(stackYaml('standard'));
    const { stack: _, ...bare } = configuration;
    const { spec } = planStack({
      environment: 'test',
      place: { partition: 'aws-cn', accountId: STACK_ACCOUNT, region: 'cn-north-1' },
      configuration: bare,
      settings,
      now: new Date('2026-11-21T12:00:00Z'),
    });
    expect(
      spec.functions.map(({ timeoutSeconds, memoryMegabytes, logGroup }) => [
        timeoutSeconds,
        memoryMegabytes,
        logGroup.retentionDays,
      ]),
    ).to.deep.equal([
      [300, 256, 30],
      [300, 256, 30],
      [300, 256, 30],
    ]);
    expect(spec.schedules).to.deep.equal([]);
    expect(spec.alarms).to.deep.equal([]);
    expect(spec.topics[0]?.arn).to.equal('arn:aws-cn:sns:cn-north-1:111122223333:compliance-alerts-test');
  });

  it('plans a stack of which the settings say only that it has parts', () => {
    const { configuration, settings } = settingsFrom(stackYaml('regulated'));
    const spec = planStack({
      environment: 'test',
      place: { partition: 'aws', accountId: STACK_ACCOUNT, region: 'eu-west-1' },
      configuration: {
        ...configuration,
        stack: {
          metrics: {},
          dashboard: true,
          functions: { remediator: { reservedConcurrency: 1 } },
          buckets: { reports: { expireAfterDays: 30 } },
        },
      },
      settings,
      now: new Date('2026-11-21T12:00:00Z'),
    }).spec;
    expect(configOf(spec, 'config-evaluator')).to.deep.include({
      metrics: { sets: [], literal: false },
      history: { table: 'compliance-history-test', store: 'changes' },
      configRules: {
        rules: {
          'ec2-tag-checker-test': 'ec2-required-tags',
          's3-encryption-checker-test': 's3-bucket-encrypted',
          'rds-backup-checker-test': 'rds-backup-retention',
          'ec2-instance-type-checker-test': 'ec2-approved-instance-type',
        },
        periodic: 'resources',
      },
    });
    expect(spec).to.not.have.property('key');
    expect(spec.events.find(({ name }) => name === 'config-compliance-change-test')?.queue?.visibilitySeconds).to.equal(
      1800,
    );
  });

  it('requires no tags where the rule does not run, and aggregates the stack’s region where no others are listed', () => {
    const { spec } = plannedFrom(`${stackYaml('ec2-baseline')}select: [ec2-no-public-ip]\n`);
    expect(functionNamed(spec, 'compliance-scanner-test')?.environment).to.have.all.keys(
      'COMPLIANCE_THRESHOLD',
      'SNS_TOPIC_ARN',
    );
    const regulated = plannedFrom(stackYaml('regulated').replace(/regions:.*\n/, '')).spec;
    expect(regulated.config?.aggregator?.regions).to.deep.equal(['eu-west-1']);
  });

  it('hands on waivers, and that a scan may be incomplete', () => {
    const { spec } = plannedFrom(`${stackYaml('ec2-baseline')}
allowIncomplete: true
waivers: [{ rule: ec2-no-public-ip, tag: Role=bastion, owner: me, reason: the way in, expires: 2027-03-31 }]
`);
    expect(configOf(spec, 'scanner')['settings']).to.deep.include({ allowIncomplete: true });
    expect(configOf(spec, 'scanner')['settings']?.['waivers']).to.have.length(1);
  });

  it('finds the dashboard in the console of its partition', () => {
    const urlIn = (partition: string, region: string) =>
      specOf('standard', { place: { partition, accountId: STACK_ACCOUNT, region } }).outputs['dashboardUrl'];
    const page = (region: string) => `/cloudwatch/home?region=${region}#dashboards/dashboard/compliance-dashboard-test`;
    expect(urlIn('aws', 'us-east-1')).to.equal(`https://us-east-1.console.aws.amazon.com${page('us-east-1')}`);
    expect(urlIn('aws-cn', 'cn-north-1')).to.equal(`https://cn-north-1.console.amazonaws.cn${page('cn-north-1')}`);
    expect(urlIn('aws-iso', 'us-iso-east-1')).to.equal(
      `https://us-iso-east-1.console.aws.amazon.com${page('us-iso-east-1')}`,
    );
  });
});

describe('the suffix', () => {
  it('is taken as it is', () => {
    for (const name of ['dev', 'd', 'pr-1234', 'synth-a5u1v0s6', 'a2345678901234567890']) {
      expect(requireEnvironment(name)).to.equal(name);
    }
  });

  it('must be there', async () => {
    for (const name of [undefined, '']) {
      expect(await userErrorOf(() => requireEnvironment(name))).to.include({
        code: 'NO_ENVIRONMENT',
        message: 'No environment was named.',
        exitCode: 2,
      });
    }
  });

  for (const name of [
    'Dev',
    'my env',
    '-dev',
    'dev-',
    '1dev',
    'a'.repeat(21),
    'x'.repeat(60),
    'dév',
    'dev_1',
    'dev\n',
  ]) {
    it(`cannot be ${JSON.stringify(name)}`, async () => {
      const error = await userErrorOf(() => requireEnvironment(name));
      expect(error).to.include({ code: 'BAD_ENVIRONMENT_NAME', exitCode: 2 });
      expect(error.message).to.equal(
        `${JSON.stringify(name)} cannot be an environment: use up to 20 lower-case letters, digits and hyphens, the first a letter, the last no hyphen.`,
      );
    });
  }
});
