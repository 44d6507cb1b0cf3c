/** AWS Config: the recorder, its channel, rules and the aggregator. */
import { known } from '../../../src/engine/model.ts';
import {
  checkAggregator,
  checkConfigRule,
  checkDeliveryChannel,
  checkRecorder,
} from '../../../src/health/checks/config.ts';
import type {
  AggregatorSeen,
  ConfigRuleSeen,
  DeliveryChannelSeen,
  RecorderSeen,
} from '../../../src/health/checks/config.ts';
import { denied, testCheck } from '../../support/health-checks.ts';
import { specOf } from '../../support/stacks.ts';

const REDEPLOY = '=> compliancectl deploy -e test';
const { config } = specOf('regulated');
const recorder = config?.recorder;
const rule = config?.rules[0];
const aggregator = config?.aggregator;
if (recorder === undefined || rule === undefined || aggregator === undefined) throw new Error('The preset has them.');

const status = (last: string, error: string | null = null) => known({ recording: true, last, error });
const start = (name: string) =>
  `=> aws configservice start-configuration-recorder --configuration-recorder-name ${name} --region us-east-1`;

describe('the check of AWS Config’s recorder', () => {
  const { name, role, resourceTypes } = recorder;
  const types = resourceTypes.toSorted();
  testCheck<RecorderSeen>({
    healthy: { roleArn: role.arn, resourceTypes: types, status: status('SUCCESS') },
    check: (seen, checking) => checkRecorder(recorder, seen, checking),
    sound: [
      ['it has just started', { status: status('PENDING') }],
      ['its status is denied', { status: denied }],
    ],
    breaks: [
      [
        'it is stopped',
        { status: known({ recording: false, last: 'FAILURE', error: null }) },
        [
          `critical recorder-stopped: AWS Config’s recorder ${name} does not record: changes are not seen. ${start(name)}`,
        ],
      ],
      [
        'it was never started',
        { status: known(null) },
        [
          `critical recorder-stopped: AWS Config’s recorder ${name} does not record: changes are not seen. ${start(name)}`,
        ],
      ],
      [
        'it fails',
        { status: status('Failure', 'AccessDenied No.') },
        [`high recorder-failing: AWS Config’s recorder ${name} fails: AccessDenied No. ${REDEPLOY}`],
      ],
      [
        'it fails without a reason',
        { status: status('FAILURE') },
        [`high recorder-failing: AWS Config’s recorder ${name} fails. ${REDEPLOY}`],
      ],
      [
        'it has another role',
        { roleArn: 'arn:r' },
        [
          `medium recorder-differs/role: AWS Config’s recorder ${name} has role arn:r where the settings say ${role.arn}. ${REDEPLOY}`,
        ],
      ],
      [
        'it records less',
        { resourceTypes: ['AWS::S3::Bucket'] },
        [
          `medium recorder-differs/resource types: AWS Config’s recorder ${name} has resource types AWS::S3::Bucket where the settings say ${types.join(', ')}. ${REDEPLOY}`,
        ],
      ],
      [
        'it records by another rule',
        { resourceTypes: null },
        [
          `medium recorder-differs/resource types: AWS Config’s recorder ${name} has resource types all but some where the settings say ${types.join(', ')}. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of a recorder that is not the stack’s', () => {
  testCheck<RecorderSeen>({
    healthy: { roleArn: 'arn:r', resourceTypes: null, status: status('SUCCESS') },
    check: (seen, checking) => checkRecorder({ name: 'default' }, seen, checking),
    breaks: [
      [
        'it is stopped',
        { status: known(null) },
        [
          `critical recorder-stopped: AWS Config’s recorder default does not record: changes are not seen. ${start('default')}`,
        ],
      ],
    ],
  });
});

describe('the check of the delivery channel', () => {
  const { channel, bucket } = recorder;
  testCheck<DeliveryChannelSeen>({
    healthy: { bucket, failures: known([]) },
    check: (seen, checking) => checkDeliveryChannel(recorder, seen, checking),
    sound: [['its status is denied', { failures: denied }]],
    breaks: [
      [
        'deliveries fail',
        { failures: known(['AccessDenied', 'NoSuchBucket']) },
        [
          `high delivery-channel-failing: AWS Config cannot deliver through ${channel}: AccessDenied; NoSuchBucket. ${REDEPLOY}`,
        ],
      ],
      [
        'it delivers elsewhere',
        { bucket: 'other' },
        [
          `medium delivery-channel-differs/bucket: ${channel} has bucket other where the settings say ${bucket}. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of an AWS Config rule', () => {
  const { name, functionArn, parameters, resourceTypes, periodic } = rule;
  const what = `The AWS Config rule ${name}`;
  testCheck<ConfigRuleSeen>({
    healthy: {
      state: 'ACTIVE',
      functionArn,
      parameters: JSON.stringify(parameters),
      resourceTypes: resourceTypes.toSorted(),
      periodic: periodic ?? null,
      failure: known(null),
    },
    check: (seen, checking) => checkConfigRule(rule, seen, checking),
    sound: [
      ['it is evaluating', { state: 'EVALUATING' }],
      ['its status is denied', { failure: denied }],
    ],
    breaks: [
      ['it is going', { state: 'DELETING' }, [`high config-rule-not-active: ${what} is DELETING. ${REDEPLOY}`]],
      [
        'its evaluations fail',
        { failure: known('LambdaError It threw') },
        [
          `high config-rule-failing: The evaluations of the AWS Config rule ${name} fail: LambdaError It threw. => aws configservice start-config-rules-evaluation --config-rule-names ${name} --region us-east-1`,
        ],
      ],
      [
        'it asks another function',
        { functionArn: 'arn:f' },
        [
          `medium config-rule-differs/function: ${what} has function arn:f where the settings say ${functionArn}. ${REDEPLOY}`,
        ],
      ],
      [
        'it is told nothing',
        { parameters: null },
        [
          `medium config-rule-differs/parameters: ${what} has parameters (none) where the settings say ${JSON.stringify(parameters)}. ${REDEPLOY}`,
        ],
      ],
      [
        'it judges other types',
        { resourceTypes: ['AWS::X::Y'] },
        [
          `medium config-rule-differs/resource types: ${what} has resource types AWS::X::Y where the settings say ${resourceTypes.toSorted().join(', ')}. ${REDEPLOY}`,
        ],
      ],
      [
        'it is asked at another time',
        { periodic: 'One_Hour' },
        [
          `medium config-rule-differs/frequency: ${what} has frequency One_Hour where the settings say ${periodic ?? '(none)'}. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of the aggregator', () => {
  const { name, accountId, regions } = aggregator;
  testCheck<AggregatorSeen>({
    healthy: { accountIds: [accountId], regions: regions.toReversed(), failures: known([]) },
    check: (seen, checking) => checkAggregator(aggregator, seen, checking),
    sound: [['its sources are denied', { failures: denied }]],
    breaks: [
      [
        'a source fails',
        { failures: known(['eu-central-1: AccessDenied']) },
        [
          `medium aggregator-failing: The aggregator ${name} does not get all: eu-central-1: AccessDenied. => (no command)`,
        ],
      ],
      [
        'it is of another account',
        { accountIds: [] },
        [
          `medium aggregator-differs/accounts: The aggregator ${name} has accounts (none) where the settings say ${accountId}. ${REDEPLOY}`,
        ],
      ],
      [
        'it lacks a region',
        { regions: ['eu-west-1'] },
        [
          `medium aggregator-differs/regions: The aggregator ${name} has regions eu-west-1 where the settings say eu-central-1, eu-west-1. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});
