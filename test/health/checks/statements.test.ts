import { expect } from 'chai';

import { missingStatements } from '../../../src/health/checks/statements.ts';
import { KEY_ARN } from '../../../src/stack/spec.ts';
import type { PolicyStatement } from '../../../src/stack/spec.ts';

const TLS: PolicyStatement = {
  sid: 'OnlyOverTls',
  effect: 'Deny',
  principal: '*',
  actions: ['s3:*'],
  resources: ['arn:b', 'arn:b/*'],
  conditions: { Bool: { 'aws:SecureTransport': ['false'] } },
};
const SEND: PolicyStatement = {
  sid: 'Send',
  effect: 'Allow',
  principal: { service: 'events.amazonaws.com' },
  actions: ['sqs:SendMessage'],
  resources: ['arn:q'],
};
const USE: PolicyStatement = { sid: 'Key', effect: 'Allow', actions: ['kms:Decrypt'], resources: [KEY_ARN] };
const ADMIN: PolicyStatement = { ...USE, sid: 'Admin', principal: { account: 'arn:root' } };

const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const tls = {
  Sid: 'Other',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'S3:*',
  Resource: ['arn:b/*', 'arn:b'],
  Condition: { Bool: { 'AWS:SecureTransport': 'false' } },
};

describe('the statements that a policy lacks', () => {
  it('are none where it says the same in other words', () => {
    expect(missingStatements(document(tls), [TLS])).to.deep.equal([]);
    expect(missingStatements(JSON.stringify({ Statement: tls }), [TLS])).to.deep.equal([]);
  });

  const BREAKS: readonly [what: string, statement: object][] = [
    ['allows', { ...tls, Effect: 'Allow' }],
    ['is about one only', { ...tls, Principal: { AWS: 'arn:aws:iam::1:root' } }],
    ['names nobody', { ...tls, Principal: undefined }],
    ['is about other actions', { ...tls, Action: 's3:GetObject' }],
    ['leaves the objects out', { ...tls, Resource: 'arn:b' }],
    ['has no condition', { ...tls, Condition: undefined }],
    ['has another condition', { ...tls, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
  ];
  for (const [what, statement] of BREAKS) {
    it(`are those of which the only one like it ${what}`, () => {
      expect(missingStatements(document(statement), [TLS])).to.deep.equal(['OnlyOverTls']);
    });
  }

  it('are all where there is no policy, or none that can be read', () => {
    for (const text of [null, 'no JSON', 'null', '{}', '{"Statement":[]}']) {
      expect(missingStatements(text, [TLS, SEND])).to.deep.equal(['OnlyOverTls', 'Send']);
    }
  });

  it('name a service or an account as principal', () => {
    const send = {
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com'] },
      Action: 'sqs:SendMessage',
      Resource: 'arn:q',
    };
    const admin = { Effect: 'Allow', Principal: { AWS: 'arn:root' }, Action: 'kms:Decrypt', Resource: 'arn:key' };
    expect(missingStatements(document(send, admin), [SEND, ADMIN], 'arn:key')).to.deep.equal([]);
    expect(missingStatements(document(admin), [SEND, USE], 'arn:key')).to.deep.equal(['Send', 'Key']);
  });

  it('are not said to lack where they name the key, and nobody knows which that is', () => {
    const conditioned: PolicyStatement = {
      ...SEND,
      sid: 'Conditioned',
      conditions: { ArnEquals: { 'kms:KeyArn': [KEY_ARN] } },
    };
    expect(missingStatements(document(), [USE, conditioned, SEND])).to.deep.equal(['Send']);
    expect(missingStatements(document(), [USE, conditioned], 'arn:key')).to.deep.equal(['Key', 'Conditioned']);
  });
});
