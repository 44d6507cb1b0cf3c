import { expect } from 'chai';

import { readStackState } from '../../src/infra/stack-state.ts';

const urn = (rest: string) => `urn:pulumi:dev.123456789012.eu-west-1::compliancectl::${rest}`;

describe('readStackState', () => {
  it('reads what AWS has, what was under way, and what the secrets are encrypted with', () => {
    const bucket = {
      urn: urn('a:b:C$aws:s3/bucket:Bucket::results'),
      type: 'aws:s3/bucket:Bucket',
      custom: true,
      id: 'r-1',
    };
    const exported = {
      version: 3,
      deployment: {
        secrets_providers: { type: 'passphrase', state: { salt: 'v1:salt' } },
        resources: [
          { urn: urn('pulumi:pulumi:Stack::compliancectl-dev'), type: 'pulumi:pulumi:Stack', custom: false },
          { urn: urn('pulumi:providers:aws::aws'), type: 'pulumi:providers:aws', custom: true, id: 'x' },
          { urn: urn('a:b:C::c'), type: 'a:b:C', custom: false },
          bucket,
        ],
        pending_operations: [
          {
            type: 'creating',
            resource: { urn: urn('aws:sqs/queue:Queue::a::b'), type: 'aws:sqs/queue:Queue', custom: true },
          },
        ],
      },
    };
    expect(readStackState(JSON.stringify(exported))).to.deep.equal({
      resources: [{ type: 'aws:s3/bucket:Bucket', id: 'r-1', logicalName: 'results' }],
      pending: [{ operation: 'creating', type: 'aws:sqs/queue:Queue', logicalName: 'a::b' }],
      settings: { encryptionsalt: 'v1:salt' },
    });
  });

  it('reads a stack with a key of KMS, nothing in it yet', () => {
    const state = { url: 'awskms://alias/state?region=eu-west-1', encryptedkey: 'N2M0' };
    const exported = { version: 3, deployment: { secrets_providers: { type: 'cloud', state } } };
    expect(readStackState(JSON.stringify(exported))).to.deep.equal({
      resources: [],
      pending: [],
      settings: { secretsprovider: 'awskms://alias/state?region=eu-west-1', encryptedkey: 'N2M0' },
    });
  });

  it('reads a stack of which nothing is known yet', () => {
    expect(readStackState('{"version":3,"deployment":null}')).to.deep.equal({
      resources: [],
      pending: [],
      settings: {},
    });
  });
});
