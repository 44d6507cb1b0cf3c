/** Buckets, the table, the key and roles. */
import { known } from '../../../src/engine/model.ts';
import { checkBucket } from '../../../src/health/checks/bucket.ts';
import type { BucketSeen } from '../../../src/health/checks/bucket.ts';
import { checkKey } from '../../../src/health/checks/key.ts';
import type { KeySeen } from '../../../src/health/checks/key.ts';
import { checkRole } from '../../../src/health/checks/role.ts';
import type { RoleSeen } from '../../../src/health/checks/role.ts';
import { checkTable } from '../../../src/health/checks/table.ts';
import type { TableSeen } from '../../../src/health/checks/table.ts';
import { policyDocument } from '../../../src/infra/policy-document.ts';
import { denied, KEY, testCheck } from '../../support/health-checks.ts';
import { specOf } from '../../support/stacks.ts';

const REDEPLOY = '=> compliancectl deploy -e test';

describe('the check of a bucket', () => {
  const [bucket] = specOf('standard').buckets;
  if (bucket === undefined) throw new Error('The preset has a bucket.');
  const { name } = bucket;
  const [first, ...others] = bucket.lifecycle;
  if (first === undefined) throw new Error('The bucket has a lifecycle.');
  const healthy: BucketSeen = {
    versioned: true,
    encryption: known({ algorithm: 'AES256', key: null }),
    publicAccessOff: known([]),
    policy: known(JSON.stringify(policyDocument(bucket.policy))),
    lifecycle: known([...bucket.lifecycle].toReversed()),
  };
  testCheck<BucketSeen>({
    healthy,
    check: (seen, checking) => checkBucket(bucket, seen, checking),
    sound: [
      ['all of it is denied', { encryption: denied, publicAccessOff: denied, policy: denied, lifecycle: denied }],
    ],
    breaks: [
      [
        'it keeps no versions',
        { versioned: false },
        [`medium bucket-versioning: ${name} keeps no versions: what is overwritten is lost. ${REDEPLOY}`],
      ],
      [
        'it does not encrypt',
        { encryption: known(null) },
        [`high bucket-encryption: ${name} has no default encryption. ${REDEPLOY}`],
      ],
      [
        'it encrypts otherwise',
        { encryption: known({ algorithm: 'aws:kms', key: KEY }) },
        [`high bucket-encryption: ${name} encrypts with aws:kms where the settings say AES256. ${REDEPLOY}`],
      ],
      [
        'it may be public',
        { publicAccessOff: known(['BlockPublicAcls', 'BlockPublicPolicy']) },
        [
          `high bucket-public-access: ${name} does not block public access: BlockPublicAcls, BlockPublicPolicy off. ${REDEPLOY}`,
        ],
      ],
      [
        'its policy is gone',
        { policy: known(null) },
        [`high bucket-not-tls-only: The policy of ${name} does not refuse calls without TLS. ${REDEPLOY}`],
      ],
      [
        'a lifecycle rule is gone',
        { lifecycle: known(others) },
        [`medium bucket-lifecycle/${first.id}: The lifecycle rule ${first.id} of ${name} is missing. ${REDEPLOY}`],
      ],
      [
        'a lifecycle rule was changed',
        { lifecycle: known([{ ...first, expireAfterDays: 1 }, ...others]) },
        [
          `medium bucket-lifecycle/${first.id}: The lifecycle rule ${first.id} of ${name} is not as the settings say. ${REDEPLOY}`,
        ],
      ],
    ],
  });

  describe('that is encrypted with the key, and tells of its objects', () => {
    const other = 'arn:aws:kms:us-east-1:1:key/other';
    const special = {
      ...bucket,
      encryption: 'customer-key',
      notifies: true,
      versioned: false,
      policy: [
        ...bucket.policy,
        { ...bucket.policy[0], sid: 'ConfigDelivers', effect: 'Allow' } as (typeof bucket.policy)[0],
      ],
    } as const;
    testCheck<BucketSeen>({
      healthy: {
        ...healthy,
        versioned: false,
        encryption: known({ algorithm: 'aws:kms', key: KEY }),
        policy: known(JSON.stringify(policyDocument(special.policy))),
        notifies: known(true),
      },
      check: (seen, checking) => checkBucket(special, seen, checking),
      sound: [['whether it tells is denied', { notifies: denied }]],
      breaks: [
        [
          'it has AWS’s own key',
          { encryption: known({ algorithm: 'aws:kms', key: null }) },
          [`high bucket-encryption: ${name} encrypts with AWS’s own key, not with the stack’s. ${REDEPLOY}`],
        ],
        [
          'it has another key',
          { encryption: known({ algorithm: 'aws:kms', key: other }) },
          [`high bucket-encryption: ${name} encrypts with ${other}, not with the stack’s. ${REDEPLOY}`],
        ],
        [
          'it has none',
          { encryption: known({ algorithm: 'AES256', key: null }) },
          [`high bucket-encryption: ${name} encrypts with AES256 where the settings say aws:kms. ${REDEPLOY}`],
        ],
        [
          'it tells nobody',
          { notifies: known(false) },
          [`high bucket-notifications: ${name} does not tell EventBridge of new objects. ${REDEPLOY}`],
        ],
        [
          'AWS Config may not write',
          { policy: known(JSON.stringify(policyDocument(bucket.policy))) },
          [`high bucket-policy/ConfigDelivers: The policy of ${name} lacks the statement ConfigDelivers. ${REDEPLOY}`],
        ],
      ],
    });
  });
});

describe('the check of the table', () => {
  const describeTable = '=> aws dynamodb describe-table --table-name history --region us-east-1';
  testCheck<TableSeen>({
    healthy: {
      status: 'ACTIVE',
      billing: 'PAY_PER_REQUEST',
      keys: ['resource_id', 'evaluation_timestamp'],
      recovery: known(true),
    },
    check: (seen, checking) => checkTable({ name: 'history', arn: 'arn:t' }, seen, checking),
    sound: [
      ['it is being changed', { status: 'UPDATING' }],
      ['whether it can be recovered is denied', { recovery: denied }],
    ],
    breaks: [
      [
        'its key cannot be used',
        { status: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' },
        [
          `critical table-not-active: history is INACCESSIBLE_ENCRYPTION_CREDENTIALS: nothing can be written to it. ${describeTable}`,
        ],
      ],
      [
        'it cannot be recovered',
        { recovery: known(false) },
        [
          'medium table-recovery-off: history has no point-in-time recovery. => aws dynamodb update-continuous-backups --table-name history --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --region us-east-1',
        ],
      ],
      [
        'it is provisioned',
        { billing: 'PROVISIONED' },
        [
          `medium table-differs/billing: history has billing PROVISIONED where the settings say PAY_PER_REQUEST. ${REDEPLOY}`,
        ],
      ],
      [
        'it has other keys',
        { keys: ['id'] },
        [
          `medium table-differs/keys: history has keys id where the settings say resource_id, evaluation_timestamp. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});

describe('the check of the key', () => {
  const { key } = specOf('regulated');
  if (key === undefined) throw new Error('The preset has a key.');
  const kms = (operation: string) => `=> aws kms ${operation} --key-id ${KEY} --region us-east-1`;
  testCheck<KeySeen>({
    healthy: { arn: KEY, state: 'Enabled', deletionDate: null, rotates: known(true) },
    check: (seen, checking) => checkKey(key, seen, checking),
    sound: [['whether it is rotated is denied', { rotates: denied }]],
    breaks: [
      [
        'it is off',
        { state: 'Disabled' },
        [
          `critical key-not-usable: The key alias/compliance-test is switched off: what it encrypts can be neither read nor written. ${kms('enable-key')}`,
        ],
      ],
      [
        'it is to be deleted',
        { state: 'PendingDeletion', deletionDate: new Date('2026-11-28T09:00:00Z') },
        [
          `critical key-not-usable: AWS deletes the key alias/compliance-test on 2026-11-28: then all that it encrypts is lost. ${kms('cancel-key-deletion')}`,
        ],
      ],
      [
        'it is to be deleted, and nobody says when',
        { state: 'PendingDeletion', rotates: known(false) },
        [
          `critical key-not-usable: AWS deletes the key alias/compliance-test soon: then all that it encrypts is lost. ${kms('cancel-key-deletion')}`,
        ],
      ],
      [
        'it is out of reach',
        { state: 'Unavailable' },
        [`critical key-not-usable: The key alias/compliance-test is Unavailable: it cannot be used. ${REDEPLOY}`],
      ],
      [
        'it is not rotated',
        { rotates: known(false) },
        [`medium key-rotation-off: The key alias/compliance-test is not rotated. ${kms('enable-key-rotation')}`],
      ],
    ],
  });
});

describe('the check of a role', () => {
  const role = specOf('standard').functions[0]?.role;
  if (role === undefined) throw new Error('The preset has a function.');
  const [first, ...others] = role.policy;
  testCheck<RoleSeen>({
    healthy: { policy: known(JSON.stringify(policyDocument(role.policy, KEY))) },
    check: (seen, checking) => checkRole(role, seen, checking),
    sound: [['its policy is denied', { policy: denied }]],
    breaks: [
      [
        'its policy is gone',
        { policy: known(null) },
        [
          `critical role-policy-missing: ${role.name} allows nothing: its policy ${role.policyName} is missing. ${REDEPLOY}`,
        ],
      ],
      [
        'it lacks a statement',
        { policy: known(JSON.stringify(policyDocument(others, KEY))) },
        [
          `high role-policy-differs/${first?.sid}: ${role.name} lacks the statement ${first?.sid} of its policy. ${REDEPLOY}`,
        ],
      ],
    ],
  });
});
