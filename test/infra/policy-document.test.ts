import { expect } from 'chai';

import { namesKey, policyDocument } from '../../src/infra/policy-document.ts';
import { KEY_ARN } from '../../src/stack/spec.ts';
import type { PolicyStatement } from '../../src/stack/spec.ts';
import { DECRYPTS, READS } from './sample-parts.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1';

describe('policyDocument', () => {
  it('writes a statement as IAM takes it, and keeps the reason to itself', () => {
    const statement: PolicyStatement = {
      sid: 'Metrics',
      effect: 'Deny',
      principal: '*',
      actions: ['cloudwatch:PutMetricData', 'cloudwatch:GetMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': ['A', 'B'] }, Bool: { 'aws:SecureTransport': ['false'] } },
      reason: 'It supports no resource.',
    };
    expect(policyDocument([statement])).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Metrics',
          Effect: 'Deny',
          Principal: '*',
          Action: ['cloudwatch:PutMetricData', 'cloudwatch:GetMetricData'],
          Resource: ['*'],
          Condition: {
            StringEquals: { 'cloudwatch:namespace': ['A', 'B'] },
            Bool: { 'aws:SecureTransport': ['false'] },
          },
        },
      ],
    });
  });

  it('leaves out principals and conditions that a statement does not have', () => {
    expect(policyDocument([READS]).Statement).to.deep.equal([
      { Sid: 'Reads', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::data/*'] },
    ]);
  });

  it('names services and accounts as principals', () => {
    const { Statement } = policyDocument([
      { ...READS, principal: { service: 'events.amazonaws.com' } },
      { ...READS, principal: { account: 'arn:aws:iam::111122223333:root' } },
    ]);
    expect(Statement.map((one) => 'Principal' in one && one.Principal)).to.deep.equal([
      { Service: 'events.amazonaws.com' },
      { AWS: 'arn:aws:iam::111122223333:root' },
    ]);
  });

  it('puts the key’s ARN wherever the key is named, and nowhere else', () => {
    const statement: PolicyStatement = {
      ...DECRYPTS,
      resources: ['arn:aws:s3:::{key}', KEY_ARN],
      conditions: { ArnEquals: { 'kms:KeyArn': [KEY_ARN, 'other'] } },
    };
    expect(policyDocument([statement], KEY).Statement).to.deep.equal([
      {
        Sid: 'Decrypts',
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: ['arn:aws:s3:::{key}', KEY],
        Condition: { ArnEquals: { 'kms:KeyArn': [KEY, 'other'] } },
      },
    ]);
  });
});

describe('namesKey', () => {
  it('finds the key among resources', () => {
    expect(namesKey([READS, DECRYPTS])).to.equal(true);
  });

  it('finds the key in a condition', () => {
    expect(namesKey([{ ...READS, conditions: { ArnEquals: { 'kms:KeyArn': [KEY_ARN] } } }])).to.equal(true);
  });

  it('finds none where none is named', () => {
    expect(namesKey([{ ...READS, conditions: { Bool: { 'aws:SecureTransport': ['false'] } } }])).to.equal(false);
  });
});
