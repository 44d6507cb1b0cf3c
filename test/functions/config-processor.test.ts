import { ConfigServiceClient, GetResourceConfigHistoryCommand } from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation } from '../../src/engine/evaluation.ts';
import { processComplianceChanges } from '../../src/functions/config-processor.ts';
import type { ChangePublication, ComplianceSinks } from '../../src/functions/config-processor.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { invocation } from '../support/invocation.ts';

const ACCOUNT = '111122223333';
const RECORDED = '2026-11-20T06:00:09.405Z';
const TAGS = { configRules: { rules: { 'ec2-tag-checker-dev': 'ec2-required-tags' } } };

const mockConfig = () => mockClient(ConfigServiceClient);

/** Sinks that keep the rule of the interface in memory: nothing goes back in time. */
function remembering() {
  const published: (readonly [Evaluation, ChangePublication])[] = [];
  const latest = new Map<string, Date>();
  const sinks: ComplianceSinks = {
    publish: async ([evaluation], publication) => {
      const before = latest.get(evaluation.fingerprint);
      if (before !== undefined && before >= publication.evaluatedAt) return 'stale';
      latest.set(evaluation.fingerprint, publication.evaluatedAt);
      published.push([evaluation, publication]);
      return 'stored';
    },
  };
  return { ...sinks, published };
}

interface Result {
  readonly complianceType: string;
  readonly resultRecordedTime?: string;
  readonly annotation?: string | null | undefined;
}

/** @param detail what differs from the first time that an instance lacks tags */
function change({ now = {}, old, ...detail }: { now?: Partial<Result>; old?: Result; [field: string]: unknown } = {}) {
  return {
    version: '0',
    id: '8a1f6d9e-0000-4000-8000-00000000000a',
    'detail-type': 'Config Rules Compliance Change',
    source: 'aws.config',
    account: ACCOUNT,
    time: '2026-11-20T06:00:10Z',
    region: 'eu-west-1',
    resources: [],
    detail: {
      resourceId: 'i-0123456789abcdef0',
      resourceType: 'AWS::EC2::Instance',
      awsRegion: 'eu-west-1',
      awsAccountId: ACCOUNT,
      configRuleName: 'ec2-tag-checker-dev',
      configRuleARN: `arn:aws:config:eu-west-1:${ACCOUNT}:config-rule/config-rule-abcdef`,
      messageType: 'ComplianceChangeNotification',
      newEvaluationResult: {
        evaluationResultIdentifier: { orderingTimestamp: '2026-11-20T06:00:00.000Z' },
        complianceType: 'NON_COMPLIANT',
        resultRecordedTime: RECORDED,
        configRuleInvokedTime: '2026-11-20T06:00:08.914Z',
        annotation: 'Instance i-0123456789abcdef0 lacks the tag Owner.',
        ...now,
      },
      ...(old !== undefined && { oldEvaluationResult: old }),
      notificationCreationTime: '2026-11-20T06:00:10.120Z',
      recordVersion: '1.0',
      ...detail,
    },
  };
}

const queuedAs = (...events: readonly unknown[]) => ({
  Records: events.map((event, index) => ({
    messageId: `message-${index}`,
    receiptHandle: 'handle',
    body: typeof event === 'string' ? event : JSON.stringify(event),
    attributes: {},
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-west-1:${ACCOUNT}:config-processor-queue-dev`,
    awsRegion: 'eu-west-1',
  })),
});

const ARN = `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/i-0123456789abcdef0`;

describe('S4-2: the Config processor', () => {
  let config: ReturnType<typeof mockConfig>;
  beforeEach(() => {
    config = mockConfig();
  });
  afterEach(() => {
    config.restore();
  });

  it('makes a failure of one of our rules an evaluation as our own are', async () => {
    const sinks = remembering();
    const run = invocation(TAGS);
    expect(await processComplianceChanges(change(), run, sinks)).to.deep.equal({ outcome: 'stored' });

    expect(sinks.published).to.deep.equal([
      [
        {
          fingerprint: fingerprint('ec2-required-tags', ACCOUNT, 'eu-west-1', ARN),
          rule_id: 'ec2-required-tags',
          severity: 'medium',
          category: 'tagging',
          resource_type: 'AWS::EC2::Instance',
          resource_id: 'i-0123456789abcdef0',
          resource_arn: ARN,
          account_id: ACCOUNT,
          region: 'eu-west-1',
          status: 'FAIL',
          message: 'Instance i-0123456789abcdef0 lacks the tag Owner.',
          remediation:
            'Add the missing tags to the instance, and to the launch template or Auto Scaling group that it comes from.',
          change: 'new',
        },
        { scanId: '8a1f6d9e-0000-4000-8000-00000000000a', evaluatedAt: new Date(RECORDED), transition: 'new' },
      ],
    ]);
    expect(config.calls()).to.have.length(0);
    expect(run.lines).to.deep.equal([
      {
        level: 'info',
        message: 'Compliance change',
        fields: { rule: 'ec2-required-tags', resource: ARN, status: 'FAIL', outcome: 'stored' },
      },
    ]);
  });

  it("makes a failure of AWS's own rule an evaluation under the rule's name", async () => {
    const sinks = remembering();
    const event = change({
      configRuleName: 'cloudtrail-enabled',
      resourceType: 'AWS::::Account',
      resourceId: ACCOUNT,
      now: { annotation: null },
    });
    await processComplianceChanges(event, invocation(TAGS), sinks);

    const arn = `arn:aws:iam::${ACCOUNT}:root`;
    expect(sinks.published[0]?.[0]).to.deep.equal({
      fingerprint: fingerprint('cloudtrail-enabled', ACCOUNT, 'eu-west-1', arn),
      rule_id: 'cloudtrail-enabled',
      severity: 'high',
      category: 'configuration',
      resource_type: 'AWS::::Account',
      resource_id: ACCOUNT,
      resource_arn: arn,
      account_id: ACCOUNT,
      region: 'eu-west-1',
      status: 'FAIL',
      message: `AWS::::Account ${ACCOUNT} is not compliant, says the rule cloudtrail-enabled.`,
      change: 'new',
    });
  });

  for (const [what, settings, severity] of [
    ["the rule's own", {}, 'medium'],
    ['the one that is configured', { rules: { 'ec2-required-tags': { severity: 'critical' } } }, 'critical'],
  ] as const) {
    it(`S4-5: weighs a failure of ours by ${what}`, async () => {
      const sinks = remembering();
      await processComplianceChanges(change(), invocation({ ...TAGS, settings }), sinks);
      expect(sinks.published[0]?.[0].severity).to.equal(severity);
    });
  }

  it("S4-5: weighs a failure of AWS's own rules as is configured", async () => {
    const sinks = remembering();
    await processComplianceChanges(change(), invocation({ configRules: { severity: 'critical' } }), sinks);
    expect(sinks.published.map(([each]) => [each.rule_id, each.severity])).to.deep.equal([
      ['ec2-tag-checker-dev', 'critical'],
    ]);
  });

  const OLD_FAIL = { complianceType: 'NON_COMPLIANT', resultRecordedTime: '2026-11-19T06:00:00Z' };
  const OLD_PASS = { complianceType: 'COMPLIANT', resultRecordedTime: '2026-11-19T06:00:00Z' };
  for (const [now, old, status, transition, changed] of [
    ['NON_COMPLIANT', undefined, 'FAIL', 'new', 'new'],
    ['NON_COMPLIANT', OLD_PASS, 'FAIL', 'new', 'new'],
    ['NON_COMPLIANT', OLD_FAIL, 'FAIL', 'none', 'unchanged'],
    ['COMPLIANT', OLD_FAIL, 'PASS', 'resolved', undefined],
    ['COMPLIANT', undefined, 'PASS', 'none', undefined],
    ['NOT_APPLICABLE', OLD_FAIL, 'NOT_APPLICABLE', 'resolved', undefined],
    ['NOT_APPLICABLE', OLD_PASS, 'NOT_APPLICABLE', 'none', undefined],
    ['INSUFFICIENT_DATA', OLD_FAIL, 'UNKNOWN', 'none', undefined],
  ] as const) {
    it(`takes ${now} after ${old?.complianceType ?? 'nothing'} for ${status}, ${transition}`, async () => {
      const sinks = remembering();
      const event = change({ now: { complianceType: now }, ...(old !== undefined && { old }) });
      await processComplianceChanges(event, invocation(TAGS), sinks);
      expect(
        sinks.published.map(([each, publication]) => [each.status, publication.transition, each.change]),
      ).to.deep.equal([[status, transition, changed]]);
    });
  }

  for (const [config_, complianceType, annotation, message] of [
    [TAGS, 'COMPLIANT', 'Anything', 'EC2 instance carries the required tags.'],
    [{}, 'COMPLIANT', 'Anything', 'Anything'],
    [
      {},
      'COMPLIANT',
      undefined,
      'AWS::EC2::Instance i-0123456789abcdef0 is compliant, says the rule ec2-tag-checker-dev.',
    ],
    [
      TAGS,
      'NOT_APPLICABLE',
      '',
      'AWS::EC2::Instance i-0123456789abcdef0 is not judged, says the rule ec2-tag-checker-dev.',
    ],
    [
      TAGS,
      'INSUFFICIENT_DATA',
      null,
      'AWS::EC2::Instance i-0123456789abcdef0 cannot be judged for want of data, says the rule ec2-tag-checker-dev.',
    ],
  ] as const) {
    it(`says: ${message}`, async () => {
      const sinks = remembering();
      await processComplianceChanges(change({ now: { complianceType, annotation } }), invocation(config_), sinks);
      expect(sinks.published[0]?.[0].message).to.equal(message);
    });
  }

  for (const [config_, status] of [
    [TAGS, 'WAIVED'],
    [{}, 'NOT_APPLICABLE'],
  ] as const) {
    it(`takes what says that it is waived for ${status} ${config_ === TAGS ? 'by a rule of ours' : 'by any other'}`, async () => {
      const sinks = remembering();
      const now = { complianceType: 'NOT_APPLICABLE', annotation: 'Waived until 2027-01-31: Moves out' };
      await processComplianceChanges(change({ now }), invocation(config_), sinks);
      expect(sinks.published[0]?.[0].status).to.equal(status);
    });
  }

  describe('the ARN, which the event has not', () => {
    const database = { resourceType: 'AWS::RDS::DBInstance', resourceId: 'db-ORDERS' };
    const identityOf = async (detail: object, run = invocation()) => {
      const sinks = remembering();
      await processComplianceChanges(change({ ...detail }), run, sinks);
      const [evaluation] = sinks.published[0]!;
      return [evaluation.resource_id, evaluation.resource_arn];
    };

    for (const [resourceType, resourceId, arn] of [
      ['AWS::EC2::Volume', 'vol-1', `arn:aws:ec2:eu-west-1:${ACCOUNT}:volume/vol-1`],
      ['AWS::EC2::SecurityGroup', 'sg-1', `arn:aws:ec2:eu-west-1:${ACCOUNT}:security-group/sg-1`],
      ['AWS::S3::Bucket', 'reports', 'arn:aws:s3:::reports'],
    ] as const) {
      it(`is told from the id of ${resourceType}`, async () => {
        expect(await identityOf({ resourceType, resourceId })).to.deep.equal([resourceId, arn]);
        expect(config.calls()).to.have.length(0);
      });
    }

    it('is asked of Config for a database, which Config knows by another id', async () => {
      const arn = `arn:aws:rds:eu-west-1:${ACCOUNT}:db:orders`;
      config.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [{ arn, resourceName: 'orders' }] });

      expect(await identityOf(database)).to.deep.equal(['orders', arn]);
      expect(config.commandCalls(GetResourceConfigHistoryCommand)[0]?.args[0].input).to.deep.equal({
        ...database,
        laterTime: new Date(RECORDED),
        limit: 1,
      });
    });

    it('goes with the id of Config where there is no name', async () => {
      const arn = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`;
      config.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [{ arn }] });
      expect(await identityOf({ resourceType: 'AWS::Lambda::Function', resourceId: 'f' })).to.deep.equal(['f', arn]);
    });

    for (const [what, configurationItems] of [
      ['has no item', []],
      ['has an item without one', [{ resourceName: 'orders' }]],
    ] as const) {
      it(`is made of type and id where Config ${what}`, async () => {
        config.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [...configurationItems] });
        expect(await identityOf(database)).to.deep.equal(['db-ORDERS', 'AWS::RDS::DBInstance/db-ORDERS']);
      });
    }

    for (const [what, detail] of [
      ['account', { ...database, awsAccountId: '999988887777' }],
      ['region', { ...database, awsRegion: 'us-east-1' }],
    ] as const) {
      it(`is made of type and id where the resource is of another ${what}`, async () => {
        expect(await identityOf(detail)).to.deep.equal(['db-ORDERS', 'AWS::RDS::DBInstance/db-ORDERS']);
        expect(config.calls()).to.have.length(0);
      });
    }

    it('throws where the question is denied', async () => {
      const denied = serviceError('AccessDeniedException', 400, 'No');
      config.on(GetResourceConfigHistoryCommand).rejects(denied);
      expect(await thrownBy(() => identityOf(database))).to.equal(denied);
    });
  });

  describe('from a queue', () => {
    it('answers those that failed, each with its reason in the log, and keeps the rest', async () => {
      const [sinks, run] = [remembering(), invocation(TAGS)];
      const events = [change(), '{', { ...change(), 'detail-type': 'Scheduled Event' }, change({ resourceId: 'i-2' })];
      expect(await processComplianceChanges(queuedAs(...events), run, sinks)).to.deep.equal({
        batchItemFailures: [{ itemIdentifier: 'message-1' }, { itemIdentifier: 'message-2' }],
      });
      expect(sinks.published.map(([each]) => each.resource_id)).to.deep.equal(['i-0123456789abcdef0', 'i-2']);
      expect(
        run.lines
          .filter(({ level }) => level === 'error')
          .map(({ message, fields }) => [message, fields['messageId'], (fields['error'] as Error).message]),
      ).to.deep.equal([
        ['A message could not be processed', 'message-1', 'The event is not JSON.'],
        [
          'A message could not be processed',
          'message-2',
          'The event is not a change of compliance that AWS Config tells: detail-type: Invalid input: expected "Config Rules Compliance Change".',
        ],
      ]);
    });

    it('answers all of them where all failed, and does not throw', async () => {
      expect(await processComplianceChanges(queuedAs('{', '[]'), invocation(), remembering())).to.deep.equal({
        batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
      });
    });

    it('answers those that a sink refused', async () => {
      const failing: ComplianceSinks = { publish: () => Promise.reject(new Error('The table is gone.')) };
      expect(await processComplianceChanges(queuedAs(change()), invocation(), failing)).to.deep.equal({
        batchItemFailures: [{ itemIdentifier: 'message-0' }],
      });
    });

    it('hands on events one after another, each with its own time: nothing goes back', async () => {
      const [sinks, run] = [remembering(), invocation(TAGS)];
      const late = change({ now: { resultRecordedTime: '2026-11-20T05:00:00Z', complianceType: 'COMPLIANT' } });
      expect(await processComplianceChanges(queuedAs(change(), change(), late), run, sinks)).to.deep.equal({
        batchItemFailures: [],
      });
      expect(run.lines.map(({ fields }) => [fields['status'], fields['outcome']])).to.deep.equal([
        ['FAIL', 'stored'],
        ['FAIL', 'stale'],
        ['PASS', 'stale'],
      ]);
    });

    it('has nothing to do with an empty batch', async () => {
      expect(await processComplianceChanges({ Records: [] }, invocation(), remembering())).to.deep.equal({
        batchItemFailures: [],
      });
    });
  });

  for (const [what, event, why] of [
    ['nothing', undefined, 'Invalid input: expected object, received undefined'],
    [
      'another event',
      { ...change(), 'detail-type': 'Config Configuration Item Change' },
      'detail-type: Invalid input: expected "Config Rules Compliance Change"',
    ],
    ['records that are none', { Records: [null] }, 'id: Invalid input: expected string, received undefined'],
    [
      'an event without a resource',
      change({ resourceId: undefined }),
      'detail.resourceId: Invalid input: expected string, received undefined',
    ],
    [
      'an event without a time',
      change({ now: { resultRecordedTime: 'yesterday' } }),
      'detail.newEvaluationResult.resultRecordedTime: Invalid ISO datetime',
    ],
    [
      'an event with another verdict',
      change({ now: { complianceType: 'MAYBE' } }),
      'detail.newEvaluationResult.complianceType: Invalid option: expected one of "COMPLIANT"|"NON_COMPLIANT"|"NOT_APPLICABLE"|"INSUFFICIENT_DATA"',
    ],
  ] as const) {
    it(`refuses ${what}, in one sentence`, async () => {
      const error = await userErrorOf(() => processComplianceChanges(event, invocation(), remembering()));
      expect([error.code, error.message]).to.deep.equal([
        'BAD_EVENT',
        `The event is not a change of compliance that AWS Config tells: ${why}.`,
      ]);
    });
  }
});
