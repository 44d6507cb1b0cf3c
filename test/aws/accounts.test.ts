import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { openAccounts, openOwnAccount } from '../../src/aws/accounts.ts';
import type { Account, AccountSettings, ClosedAccount } from '../../src/aws/accounts.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';

const mockSts = () => mockClient(STSClient);

const settings = (changes: Partial<AccountSettings> = {}): AccountSettings => ({
  region: 'eu-west-1',
  env: {},
  signal: new AbortController().signal,
  ...changes,
});

describe('the account of the credentials at hand', () => {
  let sts: ReturnType<typeof mockSts>;
  beforeEach(() => {
    sts = mockSts();
  });
  afterEach(() => {
    sts.restore();
  });

  for (const [partition, arn] of [
    ['aws', 'arn:aws:iam::111122223333:user/ada'],
    ['aws-cn', 'arn:aws-cn:sts::111122223333:assumed-role/audit/ada'],
    ['aws-us-gov', 'arn:aws-us-gov:iam::111122223333:root'],
  ]) {
    it(`is who STS says it is, in the partition ${partition}`, async () => {
      sts.on(GetCallerIdentityCommand).resolves({ Account: '111122223333', Arn: arn });
      const { credentials, ...account } = await openOwnAccount(settings());
      expect(account).to.deep.equal({ accountId: '111122223333', partition });
      expect(credentials).to.be.a('function');
    });
  }

  it('is asked for in the region of the scan, and its connection is closed', async () => {
    const destroyed: string[] = [];
    sts.on(GetCallerIdentityCommand).callsFake(async (_input, getClient: () => STSClient) => {
      const client = getClient();
      const region = await client.config.region();
      client.destroy = () => {
        destroyed.push(region);
      };
      return { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:root' };
    });
    await openOwnAccount(settings({ region: 'ap-southeast-2' }));
    expect(destroyed).to.deep.equal(['ap-southeast-2']);
  });

  const refused = {
    'no credentials were found': {
      error: Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      }),
      gives: {
        message: 'No AWS credentials were found: Could not load credentials from any providers.',
        code: 'NO_CREDENTIALS',
        suggestions: [
          'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
          'Check a saved estate without AWS: compliancectl scan --local --snapshot FILE',
        ],
        exitCode: 3,
      },
    },
    'the credentials have expired': {
      error: serviceError('ExpiredToken', 403, 'The security token included in the request is expired'),
      gives: {
        message:
          'AWS does not accept the credentials: ExpiredToken: The security token included in the request is expired.',
        code: 'BAD_CREDENTIALS',
        suggestions: ['Sign in again (aws sso login), or renew the keys'],
        exitCode: 3,
      },
    },
    'STS refuses to say': {
      error: serviceError('AccessDenied', 403, 'Denied by a service control policy.'),
      gives: {
        message: 'AWS could not be asked whose credentials these are: Denied by a service control policy.',
        code: 'STS_UNREACHABLE',
        suggestions: ['Check the network, the region and AWS_ENDPOINT_URL'],
        exitCode: 3,
      },
    },
    'nobody is there': {
      error: networkError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
      gives: {
        message: 'AWS could not be asked whose credentials these are: connect ECONNREFUSED 127.0.0.1:1.',
        code: 'STS_UNREACHABLE',
        suggestions: ['Check the network, the region and AWS_ENDPOINT_URL'],
        exitCode: 3,
      },
    },
  };
  for (const [what, { error, gives }] of Object.entries(refused)) {
    it(`is not opened where ${what}`, async () => {
      sts.on(GetCallerIdentityCommand).rejects(error);
      expect(await userErrorOf(() => openOwnAccount(settings()))).to.deep.equal(gives);
    });
  }

  it('is not opened where the answer lacks the account', async () => {
    sts.on(GetCallerIdentityCommand).resolves({ Arn: 'arn:aws:iam::111122223333:root' });
    expect(await userErrorOf(() => openOwnAccount(settings()))).to.deep.include({
      message: 'AWS could not be asked whose credentials these are: The answer has no Account.',
      code: 'STS_UNREACHABLE',
    });
  });

  for (const error of [
    Object.assign(new Error('Request aborted'), { name: 'AbortError' }),
    serviceError('Throttling', 400, 'Rate exceeded'),
  ]) {
    it(`was interrupted where it was ended from outside, whatever the call says: ${error.name}`, async () => {
      sts.on(GetCallerIdentityCommand).rejects(error);
      expect(
        await userErrorOf(() => openOwnAccount(settings({ signal: AbortSignal.abort('interrupted') }))),
      ).to.deep.equal({
        message: 'Interrupted before AWS said whose credentials these are.',
        code: 'INTERRUPTED',
        suggestions: [],
        exitCode: 130,
      });
    });
  }

  it('throws a defect of ours on', async () => {
    const defect = new TypeError('ours');
    sts.on(GetCallerIdentityCommand).rejects(defect);
    expect(await thrownBy(() => openOwnAccount(settings()))).to.equal(defect);
  });
});

describe('accounts behind roles', () => {
  let sts: ReturnType<typeof mockSts>;
  beforeEach(() => {
    sts = mockSts();
  });
  afterEach(() => {
    sts.restore();
  });

  const role = (account: string) => `arn:aws:iam::${account}:role/audit`;
  const withoutCredentials = (accounts: readonly (Account | ClosedAccount)[]) =>
    accounts.map((account) => ('credentials' in account ? { ...account, credentials: 'some' } : account));

  it('are opened each for itself, in the order of the list', async () => {
    sts
      .on(GetCallerIdentityCommand)
      .resolvesOnce({ Account: '111122223333', Arn: 'arn:aws:sts::111122223333:assumed-role/audit/compliancectl' })
      .rejectsOnce(serviceError('AccessDenied', 403, 'User is not authorized to perform: sts:AssumeRole.'))
      .resolvesOnce({ Account: '777788889999', Arn: 'arn:aws:sts::777788889999:assumed-role/audit/compliancectl' });
    const accounts = await openAccounts(
      [
        { roleArn: role('111122223333') },
        { id: '444455556666', roleArn: role('444455556666'), externalId: 'x' },
        { id: '000011112222', roleArn: role('777788889999') },
      ],
      settings(),
    );
    expect(withoutCredentials(accounts)).to.deep.equal([
      { accountId: '111122223333', partition: 'aws', credentials: 'some' },
      {
        accountId: '444455556666',
        operation: 'AssumeRole',
        failure: { reason: 'denied', detail: 'User is not authorized to perform: sts:AssumeRole' },
      },
      {
        accountId: '000011112222',
        operation: 'GetCallerIdentity',
        failure: {
          reason: 'error',
          detail: 'Role arn:aws:iam::777788889999:role/audit belongs to account 777788889999, not 000011112222',
        },
      },
    ]);
  });

  it('are none of them opened where there are no credentials to ask with', async () => {
    const error = Object.assign(new Error('Nothing found'), { name: 'CredentialsProviderError' });
    sts.on(GetCallerIdentityCommand).rejects(error);
    const { code, exitCode } = await userErrorOf(() => openAccounts([{ roleArn: role('111122223333') }], settings()));
    expect({ code, exitCode }).to.deep.equal({ code: 'NO_CREDENTIALS', exitCode: 3 });
  });

  it('throw a defect of ours on', async () => {
    const defect = new TypeError('ours');
    sts.on(GetCallerIdentityCommand).rejects(defect);
    expect(await thrownBy(() => openAccounts([{ roleArn: role('111122223333') }], settings()))).to.equal(defect);
  });

  it('are none where no role is given', async () => {
    expect(await openAccounts([], settings())).to.deep.equal([]);
  });
});
