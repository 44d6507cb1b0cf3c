import {
  ConfigServiceClient,
  GetResourceConfigHistoryCommand,
  PutEvaluationsCommand,
} from '@aws-sdk/client-config-service';
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import type { Instance } from '@aws-sdk/client-ec2';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import { evaluateConfigRules as evaluate } from '../../src/functions/config-evaluator.ts';
import type { EvaluatorAnswer, Publication, Sinks } from '../../src/functions/config-evaluator.ts';
import type { ScanAnswer } from '../../src/functions/scan-answer.ts';
import type { ConfigItem } from '../../src/inventory/config-item.ts';
import { serviceError } from '../support/aws-errors.ts';
import {
  bucketItem,
  CAPTURED,
  dbClusterItem,
  dbInstanceItem,
  instanceItem,
  permissionItem,
  securityGroupItem,
  volumeItem,
} from '../support/config-items.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';
import type { TestInvocation } from '../support/invocation.ts';

const ACCOUNT = '111122223333';
const NOTIFIED = '2026-11-20T06:00:05.000Z';
const REQUEST = '6f9d8f4e-0000-4000-8000-000000000001';

/** Of every client: a scan makes its own. */
const mockAws = () => ({
  config: mockClient(ConfigServiceClient),
  ec2: mockClient(EC2Client),
  rds: mockClient(RDSClient),
  s3: mockClient(S3Client),
});

/** Sinks that remember what they were handed. */
function remembering(): Sinks & { readonly published: (readonly [readonly Evaluation[], Publication])[] } {
  const published: (readonly [readonly Evaluation[], Publication])[] = [];
  return { published, publish: async (evaluations, publication) => void published.push([evaluations, publication]) };
}

/** An event of a Config rule. */
function ruleEvent(invokingEvent: object, changes: object = {}): object {
  return {
    version: '1.0',
    configRuleName: 'ec2-tag-checker-dev',
    configRuleArn: `arn:aws:config:eu-west-1:${ACCOUNT}:config-rule/config-rule-abcdef`,
    configRuleId: 'config-rule-abcdef',
    accountId: ACCOUNT,
    invokingEvent: JSON.stringify(invokingEvent),
    ruleParameters: '{"ruleId":"ec2-required-tags"}',
    resultToken: 'token',
    eventLeftScope: false,
    executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/config`,
    ...changes,
  };
}

function changed(configurationItem: ConfigItem, changes: object = {}): object {
  return ruleEvent(
    {
      messageType: 'ConfigurationItemChangeNotification',
      configurationItemDiff: null,
      configurationItem,
      notificationCreationTime: NOTIFIED,
      recordVersion: '1.3',
    },
    changes,
  );
}

/** What a Config rule is answered; a schedule is answered as a scan is. */
const evaluateConfigRules = async (...asked: Parameters<typeof evaluate>): Promise<EvaluatorAnswer> =>
  (await evaluate(...asked)) as EvaluatorAnswer;

function scheduled(changes: object = {}): object {
  return ruleEvent(
    { messageType: 'ScheduledNotification', awsAccountId: ACCOUNT, notificationCreationTime: NOTIFIED },
    changes,
  );
}

const of = (ruleId: string) => ({ ruleParameters: JSON.stringify({ ruleId }) });

/** What is put of one resource, at the moment of the item. */
function put(type: string, id: string, compliance: string, annotation: string, at = CAPTURED): object {
  return {
    Evaluations: [
      {
        ComplianceResourceType: type,
        ComplianceResourceId: id,
        ComplianceType: compliance,
        Annotation: annotation,
        OrderingTimestamp: new Date(at),
      },
    ],
    ResultToken: 'token',
  };
}

const INSTANCE = 'AWS::EC2::Instance';
const INSTANCE_ID = 'i-0123456789abcdef0';
const TAGGED = 'EC2 instance carries the required tags.';

describe('the Config evaluator', () => {
  let { config, ec2, rds, s3 } = {} as ReturnType<typeof mockAws>;
  beforeEach(() => {
    ({ config, ec2, rds, s3 } = mockAws());
    config.on(PutEvaluationsCommand).resolves({ FailedEvaluations: [] });
  });

  afterEach(() => {
    for (const aws of [config, ec2, rds, s3]) aws.restore();
  });

  const inputs = () => config.commandCalls(PutEvaluationsCommand).map(({ args }) => args[0].input);
  const warnings = ({ lines }: TestInvocation) =>
    lines.filter(({ level }) => level === 'warn').map(({ message, fields }) => [message, fields]);

  describe('on a change', () => {
    const untagged = (changes: Partial<ConfigItem> = {}) => instanceItem({}, { tags: {}, ...changes });
    const verdicts: readonly (readonly [what: string, event: object, input: object])[] = [
      ['puts what passes', changed(instanceItem()), put(INSTANCE, INSTANCE_ID, 'COMPLIANT', TAGGED)],
      [
        'puts what fails',
        changed(untagged()),
        put(
          INSTANCE,
          INSTANCE_ID,
          'NON_COMPLIANT',
          'Instance i-0123456789abcdef0 lacks the tags Environment, Owner, CostCenter.',
        ),
      ],
      [
        'puts what is not judged: it is on its way out',
        changed(instanceItem({ state: { code: 48, name: 'terminated' } })),
        put(INSTANCE, INSTANCE_ID, 'NOT_APPLICABLE', 'i-0123456789abcdef0 is terminated.'),
      ],
      [
        'puts a database under the id that Config has',
        changed(dbInstanceItem({ backupRetentionPeriod: 0 }), of('rds-backup-retention')),
        put('AWS::RDS::DBInstance', 'db-ORDERS', 'NON_COMPLIANT', 'DB instance orders keeps no automated backups.'),
      ],
      [
        'puts a cluster under the id that Config has',
        changed(dbClusterItem(), of('rds-backup-retention')),
        put('AWS::RDS::DBCluster', 'cluster-LEDGER', 'COMPLIANT', 'RDS database keeps automated backups long enough.'),
      ],
      [
        'puts a database that is none of RDS as not applicable',
        changed(dbClusterItem({ engine: 'neptune' }), of('rds-backup-retention')),
        put(
          'AWS::RDS::DBCluster',
          'cluster-LEDGER',
          'NOT_APPLICABLE',
          'ledger is a database of neptune, which is not judged as one of RDS.',
        ),
      ],
      [
        'puts a bucket under its name',
        changed(bucketItem(), of('s3-bucket-encrypted')),
        put('AWS::S3::Bucket', 'reports', 'COMPLIANT', 'S3 bucket has the required default encryption.'),
      ],
      [
        'puts a volume',
        changed(volumeItem({ encrypted: false, attachments: [] }), of('ebs-volumes-encrypted')),
        put('AWS::EC2::Volume', 'vol-1', 'NON_COMPLIANT', 'Volume vol-1, attached to no instance, is not encrypted.'),
      ],
      [
        'goes by the parameters of the Config rule',
        changed(untagged({ tags: { Team: 'x' } }), {
          ruleParameters: '{"ruleId":"ec2-required-tags","tags":"[\\"Team\\"]"}',
        }),
        put(INSTANCE, INSTANCE_ID, 'COMPLIANT', TAGGED),
      ],
      [
        'puts a type that the rule does not judge as not applicable',
        changed(volumeItem()),
        put('AWS::EC2::Volume', 'vol-1', 'NOT_APPLICABLE', 'ec2-required-tags does not judge AWS::EC2::Volume.'),
      ],
      [
        'puts a type that we do not know as not applicable',
        changed({ ...volumeItem(), resourceType: 'AWS::Lambda::Function', resourceId: 'f' }),
        put('AWS::Lambda::Function', 'f', 'NOT_APPLICABLE', 'ec2-required-tags does not judge AWS::Lambda::Function.'),
      ],
      ...['ResourceDeleted', 'ResourceDeletedNotRecorded', 'ResourceNotRecorded'].map(
        (configurationItemStatus) =>
          [
            `puts what is gone as not applicable: ${configurationItemStatus}`,
            changed(untagged({ configurationItemStatus, configuration: null, tags: null })),
            put(
              INSTANCE,
              INSTANCE_ID,
              'NOT_APPLICABLE',
              `AWS Config says of i-0123456789abcdef0: ${configurationItemStatus}.`,
            ),
          ] as const,
      ),
      [
        'judges what was discovered',
        changed(instanceItem({}, { configurationItemStatus: 'ResourceDiscovered' })),
        put(INSTANCE, INSTANCE_ID, 'COMPLIANT', TAGGED),
      ],
      [
        'puts what has left the scope as not applicable',
        changed(untagged(), { eventLeftScope: true }),
        put(INSTANCE, INSTANCE_ID, 'NOT_APPLICABLE', 'i-0123456789abcdef0 has left the scope of the Config rule.'),
      ],
    ];
    for (const [what, event, input] of verdicts) {
      it(what, async () => {
        await evaluateConfigRules(event, invocation(), remembering());
        expect(inputs()).to.deep.equal([input]);
      });
    }

    it('S2-3: stores and alerts of what it found, under the id of the invocation and the moment of the item', async () => {
      const sinks = remembering();
      const answer = await evaluateConfigRules(changed(untagged()), invocation(), sinks);

      const arn = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/${INSTANCE_ID}`;
      expect(sinks.published).to.deep.equal([
        [
          [
            {
              fingerprint: fingerprint('ec2-required-tags', ACCOUNT, 'eu-west-1', arn),
              rule_id: 'ec2-required-tags',
              severity: 'medium',
              category: 'tagging',
              resource_type: INSTANCE,
              resource_id: INSTANCE_ID,
              resource_arn: arn,
              account_id: ACCOUNT,
              region: 'eu-west-1',
              status: 'FAIL',
              message: 'Instance i-0123456789abcdef0 lacks the tags Environment, Owner, CostCenter.',
              facts: [
                { key: 'missing/Environment', message: 'The tag Environment is missing.' },
                { key: 'missing/Owner', message: 'The tag Owner is missing.' },
                { key: 'missing/CostCenter', message: 'The tag CostCenter is missing.' },
              ],
              remediation:
                'Add the missing tags to the instance, and to the launch template or Auto Scaling group that it comes from.',
            },
          ],
          { scanId: REQUEST, evaluatedAt: new Date(CAPTURED) },
        ],
      ]);
      expect(answer).to.deep.equal({
        scan_id: REQUEST,
        evaluated_at: CAPTURED,
        rules: ['ec2-required-tags'],
        compliant: 0,
        non_compliant: 1,
        not_applicable: 0,
        waived: 0,
        unknown: 0,
        put: 1,
        gaps: 0,
        complete: true,
      });
    });

    it('stores what is gone under the identity that it had, so that its findings end', async () => {
      const sinks = remembering();
      const settings = { rules: { 'rds-backup-retention': { severity: 'critical' } } };
      const item = dbInstanceItem({}, { configurationItemStatus: 'ResourceDeleted', configuration: null });
      await evaluateConfigRules(changed(item, of('rds-backup-retention')), invocation({ settings }), sinks);

      const [evaluation] = sinks.published[0]?.[0] ?? [];
      const arn = `arn:aws:rds:eu-west-1:${ACCOUNT}:db:orders`;
      expect(evaluation).to.deep.equal({
        fingerprint: fingerprint('rds-backup-retention', ACCOUNT, 'eu-west-1', arn),
        rule_id: 'rds-backup-retention',
        severity: 'critical',
        category: 'backup',
        resource_type: 'AWS::RDS::DBInstance',
        resource_id: 'orders',
        resource_arn: arn,
        account_id: ACCOUNT,
        region: 'eu-west-1',
        status: 'NOT_APPLICABLE',
        message: 'AWS Config says of db-ORDERS: ResourceDeleted.',
      });
    });

    for (const [item, arn] of [
      [volumeItem(), `arn:aws:ec2:eu-west-1:${ACCOUNT}:volume/vol-1`],
      [securityGroupItem(), `arn:aws:ec2:eu-west-1:${ACCOUNT}:security-group/sg-1`],
      [bucketItem(), 'arn:aws:s3:::reports'],
      [dbClusterItem({}, { resourceName: null }), `arn:aws:rds:eu-west-1:${ACCOUNT}:cluster:cluster-LEDGER`],
    ] as const) {
      it(`knows the ARN of what is gone: ${arn}`, async () => {
        const sinks = remembering();
        const ruleId = {
          'AWS::EC2::Volume': 'ebs-volumes-encrypted',
          'AWS::EC2::SecurityGroup': 'ec2-security-group-restricted',
          'AWS::S3::Bucket': 's3-bucket-encrypted',
        }[item.resourceType];
        await evaluateConfigRules(
          changed({ ...item, configurationItemStatus: 'ResourceDeleted' }, of(ruleId ?? 'rds-backup-retention')),
          invocation(),
          sinks,
        );
        expect(sinks.published[0]?.[0].map((evaluation) => evaluation.resource_arn)).to.deep.equal([arn]);
      });
    }

    it('publishes nothing of a type that no rule judges', async () => {
      const sinks = remembering();
      await evaluateConfigRules(changed(volumeItem()), invocation(), sinks);
      expect(sinks.published).to.deep.equal([]);
    });

    it('puts what is waived as not applicable, with until when and why, and stores it as waived', async () => {
      const sinks = remembering();
      const settings = {
        waivers: [
          { rule: 'ec2-required-tags', account: ACCOUNT, owner: 'ada', reason: 'Moves out', expires: '2026-11-20' },
        ],
      };
      const answer = await evaluateConfigRules(changed(untagged()), invocation({ settings }), sinks);

      expect(inputs()).to.deep.equal([
        put(INSTANCE, INSTANCE_ID, 'NOT_APPLICABLE', 'Waived until 2026-11-20: Moves out'),
      ]);
      expect(sinks.published[0]?.[0].map(({ status }) => status)).to.deep.equal(['WAIVED']);
      expect([answer.waived, answer.non_compliant]).to.deep.equal([1, 0]);
    });

    it('judges waivers as of the item, not as of today', async () => {
      const settings = {
        waivers: [
          { rule: 'ec2-required-tags', account: ACCOUNT, owner: 'ada', reason: 'Moves out', expires: '2026-11-19' },
        ],
      };
      await evaluateConfigRules(changed(untagged()), invocation({ settings }), remembering());
      expect(inputs()[0]?.Evaluations?.[0]?.ComplianceType).to.equal('NON_COMPLIANT');
    });

    it('reads live what decides and the item lacks', async () => {
      s3.on(GetBucketEncryptionCommand, { Bucket: 'reports' }).rejects(
        serviceError('ServerSideEncryptionConfigurationNotFoundError', 404, 'None'),
      );
      const item = bucketItem({}, { supplementaryConfiguration: {} });
      await evaluateConfigRules(changed(item, of('s3-bucket-encrypted')), invocation(), remembering());
      expect(inputs()).to.deep.equal([
        put('AWS::S3::Bucket', 'reports', 'NON_COMPLIANT', 'Bucket reports has no default encryption.'),
      ]);
    });

    it('reads prefix lists live where they decide', async () => {
      ec2
        .on(GetManagedPrefixListEntriesCommand, { PrefixListId: 'pl-1' })
        .resolves({ Entries: [{ Cidr: '0.0.0.0/0' }] });
      const item = securityGroupItem([permissionItem({ prefixListIds: [{ prefixListId: 'pl-1' }] })]);
      const { put: puts } = await evaluateConfigRules(
        changed(item, of('ec2-security-group-restricted')),
        invocation(),
        remembering(),
      );
      expect([puts, inputs()[0]?.Evaluations?.[0]?.ComplianceType]).to.deep.equal([1, 'NON_COMPLIANT']);
    });

    it('puts no verdict where it has none, and says what would settle it', async () => {
      s3.on(GetBucketEncryptionCommand).rejects(serviceError('AccessDenied', 403, 'No'));
      const [run, sinks] = [invocation(), remembering()];
      const item = bucketItem({}, { supplementaryConfiguration: {} });
      const answer = await evaluateConfigRules(changed(item, of('s3-bucket-encrypted')), run, sinks);

      expect(inputs()).to.deep.equal([]);
      expect([answer.unknown, answer.put, answer.gaps]).to.deep.equal([1, 0, 1]);
      expect(sinks.published[0]?.[0].map((each) => [each.status, each.missing_permission])).to.deep.equal([
        ['UNKNOWN', 's3:GetEncryptionConfiguration'],
      ]);
      expect(warnings(run).map(([message, fields]) => [message, fields])).to.deep.equal([
        [
          'Could not be read',
          {
            account_id: ACCOUNT,
            region: 'eu-west-1',
            api: 's3:GetBucketEncryption',
            permission: 's3:GetEncryptionConfiguration',
            reason: 'denied',
            message: 's3:GetEncryptionConfiguration was denied: No.',
            calls: 1,
          },
        ],
        [
          'No verdict',
          {
            count: 1,
            resources: ['reports'],
            first:
              'The default encryption of bucket reports could not be read: s3:GetEncryptionConfiguration was denied.',
          },
        ],
      ]);
    });

    it('puts no verdict on an item that is not whole', async () => {
      const [run, sinks] = [invocation(), remembering()];
      const answer = await evaluateConfigRules(changed(instanceItem({ state: null })), run, sinks);

      expect(inputs()).to.deep.equal([]);
      expect(answer.unknown).to.equal(1);
      expect(sinks.published[0]?.[0].map(({ status, message }) => [status, message])).to.deep.equal([
        ['UNKNOWN', "AWS Config's record of i-0123456789abcdef0 does not have configuration.state as AWS records it."],
      ]);
    });

    it('marks a trial run as one, and leaves nothing behind', async () => {
      const sinks = remembering();
      await evaluateConfigRules(changed(instanceItem(), { resultToken: 'TESTMODE' }), invocation(), sinks);
      expect(inputs()).to.deep.equal([
        { ...put(INSTANCE, INSTANCE_ID, 'COMPLIANT', TAGGED), ResultToken: 'TESTMODE', TestMode: true },
      ]);
      expect(sinks.published).to.deep.equal([]);
    });
  });

  describe('on a change too large for an event', () => {
    const oversized = (changes: object = {}) => {
      const { tags: _, configuration: __, supplementaryConfiguration: ___, ...head } = instanceItem();
      return ruleEvent({
        messageType: 'OversizedConfigurationItemChangeNotification',
        configurationItemSummary: { changeType: 'UPDATE', ...head, ...changes },
        notificationCreationTime: NOTIFIED,
        recordVersion: '1.0',
      });
    };

    it('fetches the item as it was, and judges it', async () => {
      config.on(GetResourceConfigHistoryCommand).resolves({
        configurationItems: [
          {
            accountId: ACCOUNT,
            awsRegion: 'eu-west-1',
            resourceType: INSTANCE,
            resourceId: INSTANCE_ID,
            configurationItemStatus: 'OK',
            configurationItemCaptureTime: new Date(CAPTURED),
            tags: { Owner: 'ada' },
            configuration: JSON.stringify(instanceItem().configuration),
          },
        ],
      });
      await evaluateConfigRules(oversized(), invocation(), remembering());

      expect(config.commandCalls(GetResourceConfigHistoryCommand)[0]?.args[0].input).to.deep.equal({
        resourceType: INSTANCE,
        resourceId: INSTANCE_ID,
        laterTime: new Date(CAPTURED),
        limit: 1,
      });
      expect(inputs()).to.deep.equal([
        put(
          INSTANCE,
          INSTANCE_ID,
          'NON_COMPLIANT',
          'Instance i-0123456789abcdef0 lacks the tags Environment, CostCenter.',
        ),
      ]);
    });

    it('fetches nothing of what is gone', async () => {
      await evaluateConfigRules(oversized({ configurationItemStatus: 'ResourceDeleted' }), invocation(), remembering());
      expect(config.commandCalls(GetResourceConfigHistoryCommand)).to.have.length(0);
      expect(inputs()[0]?.Evaluations?.[0]?.ComplianceType).to.equal('NOT_APPLICABLE');
    });

    it('throws where Config has no such item, so that it is tried again', async () => {
      config.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [] });
      const error = await thrownBy(() => evaluateConfigRules(oversized(), invocation(), remembering()));
      expect((error as Error).message).to.equal(
        'AWS Config has no record of i-0123456789abcdef0 at or before 2026-11-20T06:00:00.000Z.',
      );
      expect(inputs()).to.deep.equal([]);
    });
  });

  const instanceOf = (id: string, tags: Readonly<Record<string, string>> = {}): Instance => ({
    InstanceId: id,
    InstanceType: 't3.micro',
    State: { Name: 'running' },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  const WHOLE = { Environment: 'dev', Owner: 'ada', CostCenter: '42' };
  const found = (...instances: Instance[]) =>
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: instances }] });

  describe('S4-1: periodically', () => {
    it('puts a verdict a resource, and reads only what the rule judges', async () => {
      found(instanceOf('i-1', WHOLE), instanceOf('i-2'));
      const sinks = remembering();
      const answer = await evaluateConfigRules(scheduled(), invocation(), sinks);

      const [first, second] = [
        put(INSTANCE, 'i-1', 'COMPLIANT', TAGGED, NOTIFIED),
        put(INSTANCE, 'i-2', 'NON_COMPLIANT', 'Instance i-2 lacks the tags Environment, Owner, CostCenter.', NOTIFIED),
      ] as { Evaluations: object[] }[];
      expect(inputs()).to.deep.equal([
        { Evaluations: [...first!.Evaluations, ...second!.Evaluations], ResultToken: 'token' },
      ]);
      expect(ec2.calls()).to.have.length(1);
      expect(answer).to.deep.include({ compliant: 1, non_compliant: 1, put: 2, complete: true });
      expect(sinks.published.map(([evaluations, publication]) => [evaluations.length, publication])).to.deep.equal([
        [2, { scanId: REQUEST, evaluatedAt: new Date(NOTIFIED) }],
      ]);
    });

    it('puts databases under the ids that Config has', async () => {
      const instance = {
        DBInstanceIdentifier: 'orders',
        DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
        DBInstanceStatus: 'available',
        Engine: 'postgres',
        EngineVersion: '17.2',
        BackupRetentionPeriod: 7,
      };
      rds.on(DescribeDBInstancesCommand).resolves({
        DBInstances: [{ ...instance, DbiResourceId: 'db-ORDERS' }, instance],
      });
      rds.on(DescribeDBClustersCommand).resolves({
        DBClusters: [
          {
            DBClusterIdentifier: 'ledger',
            DBClusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:ledger',
            DbClusterResourceId: 'cluster-LEDGER',
            Status: 'available',
            Engine: 'aurora-postgresql',
            BackupRetentionPeriod: 7,
          },
        ],
      });
      const run = invocation();
      const answer = await evaluateConfigRules(scheduled(of('rds-backup-retention')), run, remembering());

      const ids = inputs().flatMap(({ Evaluations = [] }) => Evaluations.map((each) => each.ComplianceResourceId));
      expect(ids).to.deep.equal(['cluster-LEDGER', 'db-ORDERS']);
      expect(answer).to.deep.include({ compliant: 3, put: 2 });
      expect(warnings(run)).to.deep.equal([['AWS did not tell how Config knows these', { resources: ['orders'] }]]);
    });

    it('puts a second batch past a hundred', async () => {
      found(...Array.from({ length: 101 }, (_, index) => instanceOf(`i-${index}`, WHOLE)));
      await evaluateConfigRules(scheduled(), invocation(), remembering());
      expect(inputs().map(({ Evaluations = [] }) => Evaluations.length)).to.deep.equal([100, 1]);
    });

    it('tells Config that there is nothing to judge, where there is nothing', async () => {
      found();
      const sinks = remembering();
      await evaluateConfigRules(scheduled(), invocation(), sinks);
      expect(inputs()).to.deep.equal([
        put('AWS::::Account', ACCOUNT, 'NOT_APPLICABLE', 'There is nothing to judge.', NOTIFIED),
      ]);
      expect(sinks.published).to.deep.equal([]);
    });

    it('throws where nothing could be read', async () => {
      ec2.on(DescribeInstancesCommand).rejects(serviceError('UnauthorizedOperation', 403, 'No'));
      const sinks = remembering();
      const error = await thrownBy(() => evaluateConfigRules(scheduled(), invocation(), sinks));
      expect((error as Error).message).to.equal('Nothing could be read: ec2:DescribeInstances was denied: No.');
      expect([inputs(), sinks.published]).to.deep.equal([[], []]);
    });

    it('puts nothing for what it did not see, and keeps what it did', async () => {
      rds.on(DescribeDBInstancesCommand).rejects(serviceError('AccessDenied', 403, 'No'));
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
      const run = invocation();
      const answer = await evaluateConfigRules(scheduled(of('rds-backup-retention')), run, remembering());
      expect(inputs()).to.deep.equal([]);
      expect(answer).to.deep.include({ put: 0, gaps: 1, complete: true });
      expect(warnings(run).map(([message]) => message)).to.deep.equal(['Could not be read']);
    });

    it('puts what it has where the time runs out', async () => {
      const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
      ec2
        .on(DescribeInstancesCommand)
        .resolvesOnce({ Reservations: [{ Instances: [instanceOf('i-1', WHOLE)] }], NextToken: 'more' })
        .rejects(aborted);
      const run = invocation({}, { remaining: () => 45_000 });
      const answer = await evaluateConfigRules(scheduled(), run, remembering());
      expect(inputs()).to.deep.equal([put(INSTANCE, 'i-1', 'COMPLIANT', TAGGED, NOTIFIED)]);
      expect(answer).to.deep.include({ compliant: 1, put: 1, gaps: 1, complete: false });
      expect(warnings(run).map(([, fields]) => (fields as { message: string }).message)).to.deep.equal([
        'The time ran out before ec2:DescribeInstances was done.',
      ]);
    });
  });

  describe('periodically, with one answer for the account', () => {
    const forAccount = (changes: object = {}, ruleId = 'ec2-required-tags', settings: object = {}) => ({
      event: scheduled(of(ruleId)),
      run: invocation({ settings, configRules: { periodic: 'account', ...changes } }),
    });
    const answered = (compliance: string, annotation: string) => [
      put('AWS::::Account', ACCOUNT, compliance, annotation, NOTIFIED),
    ];

    it('says how many fail, and which first', async () => {
      found(instanceOf('i-2'), instanceOf('i-1', { Owner: 'ada' }), instanceOf('i-3', WHOLE));
      const { event, run } = forAccount();
      const sinks = remembering();
      await evaluateConfigRules(event, run, sinks);
      expect(inputs()).to.deep.equal(
        answered(
          'NON_COMPLIANT',
          '2 of 3 resources failed, i-1 first: Instance i-1 lacks the tags Environment, CostCenter.',
        ),
      );
      expect(sinks.published[0]?.[0].map((each) => each.resource_id)).to.deep.equal(['i-1', 'i-2', 'i-3']);
    });

    it('is compliant where all that is judged passes', async () => {
      found(instanceOf('i-1', WHOLE), instanceOf('i-2', WHOLE), {
        ...instanceOf('i-3'),
        State: { Name: 'terminated' },
      });
      const { event, run } = forAccount();
      await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal(answered('COMPLIANT', '2 resources passed.'));
    });

    it('counts apart what is waived', async () => {
      found(instanceOf('i-1', WHOLE), instanceOf('i-2'));
      const waiver = { rule: 'ec2-required-tags', owner: 'ada', reason: 'Moves', expires: '2026-12-01' };
      const { event, run } = forAccount({}, 'ec2-required-tags', { waivers: [{ ...waiver, arn: '*/i-2' }] });
      await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal(answered('COMPLIANT', '1 resource passed. 1 is waived.'));
    });

    it('is not applicable where all that fails is waived', async () => {
      found(instanceOf('i-1'), instanceOf('i-2'));
      const waiver = { rule: 'ec2-required-tags', owner: 'ada', reason: 'Moves', expires: '2026-12-01' };
      const { event, run } = forAccount({}, 'ec2-required-tags', { waivers: [{ ...waiver, account: ACCOUNT }] });
      await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal(answered('NOT_APPLICABLE', 'There is nothing to judge. 2 are waived.'));
    });

    it('fails what is seen to fail, whatever was not seen', async () => {
      rds.on(DescribeDBInstancesCommand).rejects(serviceError('AccessDenied', 403, 'No'));
      rds.on(DescribeDBClustersCommand).resolves({
        DBClusters: [
          {
            DBClusterIdentifier: 'ledger',
            DBClusterArn: 'arn:aws:rds:eu-west-1:111122223333:cluster:ledger',
            Status: 'available',
            Engine: 'mysql',
            BackupRetentionPeriod: 0,
          },
        ],
      });
      const { event, run } = forAccount({}, 'rds-backup-retention');
      await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal(
        answered(
          'NON_COMPLIANT',
          '1 of 1 resource failed, ledger first: DB cluster ledger keeps no automated backups.',
        ),
      );
    });

    it('says nothing where something was not seen and nothing fails', async () => {
      rds.on(DescribeDBInstancesCommand).rejects(serviceError('AccessDenied', 403, 'No'));
      rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
      const { event, run } = forAccount({}, 'rds-backup-retention');
      await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal([]);
    });

    it('says nothing where something is undecided and nothing fails', async () => {
      ec2.on(DescribeSecurityGroupsCommand).resolves({
        SecurityGroups: [
          {
            GroupId: 'sg-1',
            GroupName: 'web',
            IpPermissions: [
              {
                IpProtocol: 'tcp',
                FromPort: 22,
                ToPort: 22,
                IpRanges: [{ CidrIp: 'anywhere' }],
                Ipv6Ranges: [],
                PrefixListIds: [],
              },
            ],
          },
        ],
      });
      const { event, run } = forAccount({}, 'ec2-security-group-restricted');
      const answer = await evaluateConfigRules(event, run, remembering());
      expect(inputs()).to.deep.equal([]);
      expect(answer).to.deep.include({ unknown: 1, gaps: 0, put: 0 });
    });
  });

  describe('S2-5: on the schedule', () => {
    const schedule = {
      version: '0',
      id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: ACCOUNT,
      time: '2026-11-20T06:00:00Z',
      region: 'eu-west-1',
      resources: [],
      detail: {},
    };
    const settings = { select: ['ec2-required-tags', 'ebs-volumes-encrypted'] };

    it('is a scan by every rule of the settings, told of as one, and puts nothing', async () => {
      found(instanceOf('i-1', WHOLE));
      ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'in-use', Encrypted: false }] });
      const [run, sinks] = [invocation({ settings }), remembering()];
      const answer = (await evaluate(schedule, run, sinks)) as ScanAnswer;

      expect(config.calls()).to.have.length(0);
      expect(sinks.published).to.deep.equal([]);
      const { scan_id, report_timestamp, summary, scan } = answer;
      expect({ scan_id, report_timestamp }).to.deep.equal({
        scan_id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
        report_timestamp: '2026-11-20T06:00:00.000Z',
      });
      expect(summary).to.deep.include({ compliant: 1, non_compliant: 1 });
      expect(scan?.evaluations.map((each) => [each.rule_id, each.resource_id, each.status])).to.deep.equal([
        ['ebs-volumes-encrypted', 'vol-1', 'FAIL'],
      ]);
      expect(run.lines.map(({ level, message }) => [level, message])).to.deep.equal([
        ['info', 'Scan started'],
        ['info', 'Scan finished'],
        ['info', 'Rule evaluated'],
        ['info', 'Rule evaluated'],
      ]);
    });

    it('is a shard of a scan by the rules that are named', async () => {
      found(instanceOf('i-1', WHOLE));
      const event = { rules: ['ec2-required-tags'], time: '2026-11-20T06:00:00Z' };
      const answer = (await evaluate(event, invocation({ settings }), remembering())) as ScanAnswer;
      expect(answer.scan_id).to.equal(REQUEST);
      expect(Object.keys(answer.scan?.by_rule ?? {})).to.deep.equal(['ec2-required-tags']);
      expect(ec2.commandCalls(DescribeVolumesCommand)).to.have.length(0);
    });
  });

  describe('where its answer is not taken', () => {
    const throttled = serviceError('ThrottlingException', 400, 'Rate exceeded');

    it('throws that AWS Config refused, when the evaluations are stored', async () => {
      config.on(PutEvaluationsCommand).rejects(throttled);
      const sinks = remembering();
      expect(await thrownBy(() => evaluateConfigRules(changed(instanceItem()), invocation(), sinks))).to.equal(
        throttled,
      );
      expect(sinks.published).to.have.length(1);
    });

    it('throws that a sink refused, when the verdicts are put', async () => {
      const failing: Sinks = { publish: () => Promise.reject(new Error('The table is gone.')) };
      const error = await thrownBy(() => evaluateConfigRules(changed(instanceItem()), invocation(), failing));
      expect((error as Error).message).to.equal('The table is gone.');
      expect(inputs()).to.have.length(1);
    });

    it('throws both', async () => {
      config.on(PutEvaluationsCommand).rejects(throttled);
      const failing: Sinks = { publish: () => Promise.reject(new Error('The table is gone.')) };
      const error = (await thrownBy(() =>
        evaluateConfigRules(changed(instanceItem()), invocation(), failing),
      )) as AggregateError;
      expect(error.message).to.equal('ThrottlingException: Rate exceeded Error: The table is gone.');
      expect(error.errors).to.have.length(2);
    });

    it('throws what Config does not take of the evaluations', async () => {
      config.on(PutEvaluationsCommand).callsFake(({ Evaluations }: { Evaluations: object[] }) => ({
        FailedEvaluations: Evaluations,
      }));
      const error = await thrownBy(() => evaluateConfigRules(changed(instanceItem()), invocation(), remembering()));
      expect((error as Error).message).to.equal(
        'AWS Config did not take 1 of 1 evaluations, that of i-0123456789abcdef0 first.',
      );
      expect(inputs()).to.have.length(3);
    });
  });

  describe('refuses', () => {
    for (const [what, event, message] of [
      ['nothing', undefined, 'The event is neither of an AWS Config rule nor of a schedule.'],
      ['null', null, 'The event is neither of an AWS Config rule nor of a schedule.'],
      ['text', 'hello', 'The event is neither of an AWS Config rule nor of a schedule.'],
      ['another event', { source: 'aws.ec2' }, 'The event is neither of an AWS Config rule nor of a schedule.'],
      [
        'a schedule without a time',
        { source: 'aws.events' },
        'The event is not one of a schedule: time: is not a time such as 2026-11-21T06:00:00Z.',
      ],
      [
        'a list of no rules',
        { rules: [], time: CAPTURED },
        'The event is not one of a schedule: rules: Too small: expected array to have >=1 items.',
      ],
      [
        'an invoking event that is not JSON',
        ruleEvent({}, { invokingEvent: '{' }),
        'The event is not one of an AWS Config rule: invokingEvent: is not JSON.',
      ],
      [
        'another kind of message',
        ruleEvent({ messageType: 'ConfigurationSnapshotDeliveryCompleted' }),
        "The event is not one of an AWS Config rule: invokingEvent.messageType: Invalid discriminator value. Expected 'ConfigurationItemChangeNotification' | 'OversizedConfigurationItemChangeNotification' | 'ScheduledNotification'.",
      ],
      [
        'a message without its item',
        ruleEvent({ messageType: 'ConfigurationItemChangeNotification' }),
        'The event is not one of an AWS Config rule: invokingEvent.configurationItem: Invalid input: expected object, received undefined.',
      ],
      [
        'an event without a token',
        scheduled({ resultToken: undefined }),
        'The event is not one of an AWS Config rule: resultToken: Invalid input: expected string, received undefined.',
      ],
    ] as const) {
      it(`${what}, in one sentence`, async () => {
        const error = await userErrorOf(() => evaluateConfigRules(event, invocation(), remembering()));
        expect([error.code, error.message]).to.deep.equal(['BAD_EVENT', message]);
      });
    }

    it('a Config rule of another account', async () => {
      const event = scheduled({ accountId: '999988887777' });
      expect(await userErrorOf(() => evaluateConfigRules(event, invocation(), remembering()))).to.deep.equal({
        code: 'CONFIG_ACCOUNT',
        message: 'The Config rule is of account 999988887777, and this function judges account 111122223333 alone.',
        suggestions: ['Deploy the stack in that account too'],
        exitCode: 2,
      });
    });

    it('a Config rule that names none of ours', async () => {
      const event = scheduled({ ruleParameters: '{}' });
      const error = await userErrorOf(() => evaluateConfigRules(event, invocation(), remembering()));
      expect([error.code, error.message]).to.deep.equal([
        'CONFIG_RULE',
        'The AWS Config rule ec2-tag-checker-dev names none of our rules.',
      ]);
    });
  });
});
