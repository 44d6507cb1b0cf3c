import { expect } from 'chai';

import { firstLine, providerWords } from '../../src/infra/failure-text.ts';

describe('firstLine', () => {
  it('is the first that says something, without a full stop', () => {
    expect(firstLine('\n\n  It failed.\n    at download (file.js:1)\n')).to.equal('It failed');
    expect(firstLine(' \n')).to.equal('no reason was given');
  });
});

describe('providerWords', () => {
  for (const [message, words] of [
    [
      '1 error occurred:\n\t* creating S3 Bucket (reports): operation error S3: CreateBucket, https response error StatusCode: 403, RequestID: 4A, HostID: b+/=, api error AccessDenied: Access Denied\n\n',
      'creating S3 Bucket (reports): operation error S3: CreateBucket, AccessDenied: Access Denied',
    ],
    [
      'sdk-v2/provider2.go:572: sdk.helper_schema: creating IAM Role (r): operation error IAM: CreateRole, https response error StatusCode: 409, RequestID: 4a-5b, EntityAlreadyExists: Role with name r already exists.: provider=aws@7.48.0',
      'creating IAM Role (r): operation error IAM: CreateRole, EntityAlreadyExists: Role with name r already exists',
    ],
    ['2 errors occurred:\n\t* the first\n\t* the second\n', 'the first'],
    ['', 'no reason was given'],
  ] as const) {
    it(`are ${words}`, () => {
      expect(providerWords(message)).to.equal(words);
    });
  }
});
