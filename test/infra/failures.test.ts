import { expect } from 'chai';

import { DeploymentFailure, interrupted, knownFailure, unknownFailure } from '../../src/infra/failures.ts';
import type { FailureContext } from '../../src/infra/failures.ts';
import { userErrorOf } from '../support/errors.ts';

const context: FailureContext = {
  address: { environment: 'dev', accountId: '123456789012', region: 'eu-west-1' },
  backend: { url: 's3://key:hush@bucket/state?token=hush', shown: 's3://bucket/state' },
  host: 'here',
  isRunning: (pid) => pid === 7486,
};

const thrown = (error: unknown) =>
  userErrorOf(() => {
    throw error;
  });

// What pulumi 3.259.0 wrote, but for the names.
const LOCKED = (
  holder: string,
) => `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///state/.pulumi/locks/organization/compliancectl/dev.123456789012.eu-west-1/373369f1-8189-43bb-a6c7-2455ed6bd782.json?no_tmp_dir=true: created by ${holder} at 2026-11-21T09:15:38Z
`;
const CANCEL = 'pulumi cancel --stack organization/compliancectl/dev.123456789012.eu-west-1';
const S3_CREDENTIALS =
  'error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): operation error S3: GetObject, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option, or "AWS_EC2_METADATA_DISABLED" environment variable\n';
const S3_NO_BUCKET =
  'error: error listing stacks: could not list bucket: blob (code=NotFound): operation error S3: ListObjectsV2, https response error StatusCode: 404, RequestID: IBWF, HostID: 9Gjj=, NoSuchBucket: The specified bucket does not exist\n';
const S3_DENIED =
  'error: error listing stacks: could not list bucket: blob (code=PermissionDenied): operation error S3: ListObjectsV2, https response error StatusCode: 403, RequestID: IBWF, HostID: 9Gjj=, api error AccessDenied: Access Denied\n';
const NO_KEY =
  'SDK 2026/11/21 09:28:30 WARN Response has no supported checksum. Not validating response payload.\nerror: could not create secrets manager for new stack: secrets (code=NotFound): operation error KMS: Encrypt, https response error StatusCode: 400, RequestID: FhNO, NotFoundException: Invalid keyId 0000\n';

describe('knownFailure', () => {
  for (const [what, text, expected] of [
    [
      'another run on this computer',
      LOCKED('root@here (pid 7486)'),
      {
        message: 'Another run holds the lock of this stack: process 7486 of root on here, since 2026-11-21T09:15:38Z.',
        code: 'LOCKED',
        exitCode: 3,
        suggestions: [
          'Wait until it has ended, and run the same command again',
          `Where it is surely gone, take its lock away: ${CANCEL}`,
        ],
      },
    ],
    [
      'a run on this computer that is gone',
      LOCKED('root@here (pid 7487)'),
      {
        message:
          'Another run holds the lock of this stack: process 7487 of root on here, since 2026-11-21T09:15:38Z, which is gone.',
        code: 'LOCKED',
        exitCode: 3,
        suggestions: [`Take its lock away: ${CANCEL}`],
      },
    ],
    [
      'a run on another computer',
      LOCKED('ci@runner-1 (pid 7487)'),
      {
        message:
          'Another run holds the lock of this stack: process 7487 of ci on runner-1, since 2026-11-21T09:15:38Z.',
        code: 'LOCKED',
        exitCode: 3,
        suggestions: [
          'Wait until it has ended, and run the same command again',
          `Where it is surely gone, take its lock away: ${CANCEL}`,
        ],
      },
    ],
    [
      "another run by Pulumi Cloud's words",
      'error: [409] Conflict: Another update is currently in progress.\n',
      {
        message: 'Another run is changing this stack.',
        code: 'LOCKED',
        exitCode: 3,
        suggestions: ['Wait until it has ended, and run the same command again'],
      },
    ],
    [
      'a wrong passphrase',
      'error: failed to decrypt: incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase or set PULUMI_CONFIG_PASSPHRASE_FILE to a file containing the passphrase\n',
      {
        message: 'The passphrase is not the one that the secrets of this stack were encrypted with.',
        code: 'PASSPHRASE',
        exitCode: 2,
        suggestions: ['Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with'],
      },
    ],
    [
      'a missing passphrase',
      'error: could not deserialize deployment: constructing secrets manager of type "passphrase": constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables\n',
      {
        message: 'The secrets of this stack were encrypted with a passphrase, and none is given.',
        code: 'NO_PASSPHRASE',
        exitCode: 2,
        suggestions: ['Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with'],
      },
    ],
    [
      'a missing access token',
      'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n',
      {
        message: 's3://bucket/state asks for an access token.',
        code: 'BACKEND',
        exitCode: 3,
        suggestions: ['Set PULUMI_ACCESS_TOKEN'],
      },
    ],
    [
      'a missing folder',
      'error: unable to open state directory "file:///nowhere": stat /nowhere: no such file or directory\n',
      {
        message: 'There is no folder s3://bucket/state.',
        code: 'BACKEND',
        exitCode: 3,
        suggestions: ['Make the folder, or correct the backend'],
      },
    ],
    [
      'a missing bucket',
      S3_NO_BUCKET,
      {
        message: 'There is no bucket at s3://bucket/state.',
        code: 'BACKEND',
        exitCode: 3,
        suggestions: ['Make the bucket, or correct the backend'],
      },
    ],
    [
      'a bucket of others',
      S3_DENIED,
      {
        message:
          'The backend s3://bucket/state cannot be used: error listing stacks: could not list bucket: blob (code=PermissionDenied): operation error S3: ListObjectsV2, AccessDenied: Access Denied.',
        code: 'BACKEND',
        exitCode: 3,
        suggestions: ['Check that s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject are allowed'],
      },
    ],
    [
      'no credentials for the bucket',
      S3_CREDENTIALS,
      {
        message: 'The backend s3://bucket/state cannot be used: there are no credentials that it accepts.',
        code: 'BACKEND',
        exitCode: 3,
        suggestions: [
          'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
          'Sign in again (aws sso login), or renew the keys',
        ],
      },
    ],
    [
      'a missing key',
      NO_KEY,
      {
        message:
          'The key of the secrets provider cannot be used: could not create secrets manager for new stack: secrets (code=NotFound): operation error KMS: Encrypt, NotFoundException: Invalid keyId 0000.',
        code: 'SECRETS_PROVIDER',
        exitCode: 3,
        suggestions: ['Check secretsProvider, its region, and that kms:Encrypt and kms:Decrypt are allowed'],
      },
    ],
  ] as const) {
    it(`says in one sentence that it is ${what}`, async () => {
      expect(await thrown(knownFailure(text, context))).to.deep.equal(expected);
    });
  }

  it('gives the whole command where the backend holds nothing that must not be shown', async () => {
    const backend = { url: 'file:///state', shown: 'file:///state' };
    const { suggestions } = await thrown(knownFailure(LOCKED('root@here (pid 1)'), { ...context, backend }));
    expect(suggestions).to.deep.equal([`Take its lock away: PULUMI_BACKEND_URL='file:///state' ${CANCEL}`]);
  });

  it('claims to know nothing of other failures', () => {
    expect(knownFailure('error: something new\n', context)).to.equal(undefined);
  });
});

describe('unknownFailure', () => {
  it("gives Pulumi's own words, without credentials", async () => {
    const text = 'Previewing update (dev):\nerror: cannot reach https://me:hush@host/state?key=hush.\n';
    expect(await thrown(unknownFailure(text))).to.deep.equal({
      message: 'Pulumi failed: cannot reach https://host/state.',
      code: 'PULUMI_FAILED',
      exitCode: 3,
      suggestions: ['What was done until then is kept: run the same command again'],
    });
    expect((await thrown(unknownFailure('update failed'))).message).to.equal('Pulumi failed: update failed.');
    expect((await thrown(unknownFailure(''))).message).to.equal('Pulumi failed: no reason was given.');
  });
});

describe('DeploymentFailure', () => {
  const failure = (name: string, message = 'AccessDenied: no') =>
    ({ operation: 'create', type: 'aws:s3/bucket:Bucket', name, message }) as const;

  it('names the first three, and how many more there are', async () => {
    const error = new DeploymentFailure(
      ['a', 'b', 'c', 'd', 'e'].map((name) => failure(name)),
      undefined,
    );
    expect(await thrown(error)).to.deep.equal({
      message: `${['a', 'b', 'c'].map((name) => `${name} (aws:s3/bucket:Bucket) could not be created: AccessDenied: no.`).join('\n')}\nSo it is with 2 more.`,
      code: 'DEPLOYMENT_FAILED',
      exitCode: 3,
      suggestions: ['What was done until then is kept: mend the cause, and run the same command again'],
    });
    expect(error.failures.map(({ name }) => name)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('says what to do about credentials', async () => {
    const error = new DeploymentFailure([failure('a', 'ExpiredToken: The security token is expired')], undefined);
    expect(await thrown(error)).to.deep.include({
      code: 'BAD_CREDENTIALS',
      suggestions: [
        'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
        'Sign in again (aws sso login), or renew the keys',
      ],
    });
  });
});

describe('interrupted', () => {
  for (const [done, message] of [
    [0, 'Interrupted before anything was changed.'],
    [1, 'Interrupted: one resource was done by then, and the state is saved.'],
    [5, 'Interrupted: 5 resources were done by then, and the state is saved.'],
  ] as const) {
    it(`tells of ${done} that were done`, async () => {
      expect(await thrown(interrupted(done))).to.deep.equal({
        message,
        code: 'INTERRUPTED',
        exitCode: 130,
        suggestions: ['Run the same command again to go on'],
      });
    });
  }
});
