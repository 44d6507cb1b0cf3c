import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Clients } from '../../../src/aws/clients.ts';
import {
  DECRYPT_ON_BEHALF,
  GET_PARAMETER,
  GET_SECRET_VALUE,
  readSecret,
} from '../../../src/publish/webhooks/secrets.ts';
import type { SecretSource } from '../../../src/publish/webhooks/settings.ts';
import { UserError } from '../../../src/user-error.ts';
import { networkError, serviceError } from '../../support/aws-errors.ts';
import { stubbedClients } from '../../support/clients.ts';

describe('readSecret', () => {
  const ssm = mockClient(SSMClient);
  const secretsManager = mockClient(SecretsManagerClient);
  let clients: Clients;
  let now: number;
  beforeEach(() => {
    ssm.reset();
    secretsManager.reset();
    clients = stubbedClients();
    now = 0;
  });
  after(() => {
    ssm.restore();
    secretsManager.restore();
  });

  const read = (source: SecretSource) =>
    readSecret(source, { clients, clock: () => now, signal: new AbortController().signal });

  async function refusal(source: SecretSource): Promise<string> {
    try {
      await read(source);
    } catch (error) {
      if (error instanceof UserError && error.code === 'SECRET_UNREADABLE') return error.message;
      throw error;
    }
    throw new Error('It was read.');
  }

  it('reads a parameter, decrypted, without the line break that an editor left', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'https://example.org/x\n' } });
    expect(await read({ ssm: '/ops/slack' })).to.equal('https://example.org/x');
    expect(ssm.commandCalls(GetParameterCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { Name: '/ops/slack', WithDecryption: true },
    ]);
  });

  it('reads a secret, whole or one text of its JSON', async () => {
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: '{"jira":"a@b.c:token"}' });
    expect(await read({ secret: 'ops' })).to.equal('{"jira":"a@b.c:token"}');
    expect(await read({ secret: 'ops', field: 'jira' })).to.equal('a@b.c:token');
    expect(secretsManager.commandCalls(GetSecretValueCommand).map(({ args }) => args[0].input)).to.deep.equal([
      { SecretId: 'ops' },
    ]);
  });

  it('asks again after five minutes, and for other clients', async () => {
    ssm
      .on(GetParameterCommand)
      .resolvesOnce({ Parameter: { Value: 'first' } })
      .resolves({ Parameter: { Value: 'second' } });
    expect(await Promise.all([read({ ssm: 'a' }), read({ ssm: 'a' })])).to.deep.equal(['first', 'first']);
    now = 299_999;
    expect(await read({ ssm: 'a' })).to.equal('first');
    now = 300_000;
    expect(await read({ ssm: 'a' })).to.equal('second');
    clients = stubbedClients();
    await read({ ssm: 'a' });
    expect(ssm.commandCalls(GetParameterCommand)).to.have.length(3);
  });

  it('keeps no failure', async () => {
    ssm
      .on(GetParameterCommand)
      .rejectsOnce(networkError('ECONNRESET', 'read ECONNRESET'))
      .resolves({ Parameter: { Value: 'x' } });
    expect(await refusal({ ssm: 'a' })).to.equal(
      'Parameter a could not be read with ssm:GetParameter: read ECONNRESET.',
    );
    expect(await read({ ssm: 'a' })).to.equal('x');
  });

  const parameterRefusals: [error: Error, message: string][] = [
    [
      serviceError('ParameterNotFound', 400, ''),
      'Parameter /ops is not there: ssm:GetParameter did not find it in this account and region.',
    ],
    [
      serviceError('AccessDeniedException', 400, 'User is not authorized to perform: ssm:GetParameter'),
      'Parameter /ops could not be read: ssm:GetParameter was denied.',
    ],
    [
      serviceError('AccessDeniedException', 400, 'User is not authorized to perform: kms:Decrypt'),
      'Parameter /ops could not be read: kms:Decrypt was denied.',
    ],
    [
      serviceError('ThrottlingException', 400, 'Rate exceeded'),
      'Parameter /ops could not be read with ssm:GetParameter: Rate exceeded.',
    ],
  ];
  for (const [error, message] of parameterRefusals) {
    it(`says of ${error.name}: ${message}`, async () => {
      ssm.on(GetParameterCommand).rejects(error);
      expect(await refusal({ ssm: '/ops' })).to.equal(message);
    });
  }

  const secretRefusals: [error: Error, message: string][] = [
    [
      serviceError('ResourceNotFoundException', 400, "Secrets Manager can't find the specified secret."),
      'Secret ops is not there: secretsmanager:GetSecretValue did not find it in this account and region.',
    ],
    [
      serviceError('AccessDeniedException', 400, 'User is not authorized'),
      'Secret ops could not be read: secretsmanager:GetSecretValue was denied.',
    ],
    [
      serviceError('AccessDeniedException', 400, 'Access to KMS is not allowed'),
      'Secret ops could not be read: kms:Decrypt was denied.',
    ],
  ];
  for (const [error, message] of secretRefusals) {
    it(`says of ${error.name}: ${message}`, async () => {
      secretsManager.on(GetSecretValueCommand).rejects(error);
      expect(await refusal({ secret: 'ops' })).to.equal(message);
    });
  }

  it('takes no answer for an empty one', async () => {
    ssm.on(GetParameterCommand).resolves({});
    expect(await refusal({ ssm: 'a' })).to.equal(
      'Parameter a could not be read with ssm:GetParameter: The answer has no Parameter.',
    );
    ssm.on(GetParameterCommand).resolves({ Parameter: {} });
    expect(await refusal({ ssm: 'a' })).to.match(/The answer has no Parameter\.Value\.$/);
    secretsManager.on(GetSecretValueCommand).resolves({});
    expect(await refusal({ secret: 'a' })).to.match(/The answer has no SecretString\.$/);
  });

  it('says what is wrong with a secret, and not what it is', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: ' \n' } });
    expect(await refusal({ ssm: 'a' })).to.equal('Parameter a is empty.');
    secretsManager.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    expect(await refusal({ secret: 'a' })).to.equal('Secret a is binary, and must be text.');
    for (const SecretString of [
      'hunter2',
      'null',
      '"hunter2"',
      '[1]',
      '{"other":"hunter2"}',
      '{"user":{"a":"hunter2"}}',
    ]) {
      secretsManager.on(GetSecretValueCommand).resolves({ SecretString });
      expect(await refusal({ secret: 'a', field: 'user' })).to.equal('Secret a is not JSON with the text user.');
    }
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: '{}' });
    expect(await refusal({ secret: 'a', field: 'constructor' })).to.equal(
      'Secret a is not JSON with the text constructor.',
    );
  });

  it('throws a defect on', async () => {
    const defect = new TypeError('x is not a function');
    ssm.on(GetParameterCommand).callsFake(() => {
      throw defect;
    });
    let thrown: unknown;
    await read({ ssm: 'a' }).catch((error: unknown) => (thrown = error));
    expect(thrown).to.equal(defect);
  });

  it('declares its calls, and what is done on its behalf', () => {
    expect([GET_PARAMETER.action, GET_SECRET_VALUE.action, DECRYPT_ON_BEHALF.action]).to.deep.equal([
      'ssm:GetParameter',
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
  });
});
