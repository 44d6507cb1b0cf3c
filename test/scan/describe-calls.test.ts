import { expect } from 'chai';

import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { s3BucketEncrypted } from '../../src/engine/rules/s3-bucket-encrypted.ts';
import { describeCalls } from '../../src/scan/describe-calls.ts';
import { userErrorOf } from '../support/errors.ts';
import { chosen, live, plan } from '../support/plans.ts';

const AS_TEXT = { json: false, 'print-iam-policy': false };
const rules = chosen(ec2RequiredTags, s3BucketEncrypted);

describe('the calls that a scan would make', () => {
  it('are a list for people, with the permission where it is called otherwise', () => {
    expect(describeCalls(plan({ rules }), AS_TEXT).join('')).to.equal(
      `\
2 rules need these calls, and no others:

sts:GetCallerIdentity   once an account
ec2:DescribeInstances   a page at a time in every region
s3:ListBuckets          a page at a time in every region (permission s3:ListAllMyBuckets)
s3:GetBucketEncryption  once for every AWS::S3::Bucket (permission s3:GetEncryptionConfiguration)
`,
    );
  });

  it('are those of one rule, by way of roles and in all regions', () => {
    const source = live({ regions: 'all', roles: [{ roleArn: 'arn:aws:iam::111122223333:role/x' }] });
    expect(describeCalls(plan({ rules: chosen(ec2RequiredTags), source }), AS_TEXT).join('')).to.equal(
      `\
1 rule needs these calls, and no others:

sts:AssumeRole         once an account
sts:GetCallerIdentity  once an account
ec2:DescribeRegions    once an account
ec2:DescribeInstances  a page at a time in every region
`,
    );
  });

  it('are a document for programs', () => {
    const document = {
      schema: 'compliancectl.calls/1',
      calls: [
        { api: 'sts:GetCallerIdentity', permission: 'sts:GetCallerIdentity', times: 'once an account' },
        {
          api: 'ec2:DescribeInstances',
          permission: 'ec2:DescribeInstances',
          times: 'a page at a time in every region',
        },
      ],
    };
    expect(describeCalls(plan({ rules: chosen(ec2RequiredTags) }), { ...AS_TEXT, json: true })).to.deep.equal([
      `${JSON.stringify(document, undefined, 2)}\n`,
    ]);
  });

  for (const json of [false, true]) {
    it(`are allowed by a policy${json ? ', which is JSON already' : ''}`, () => {
      const policy = {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'ReadEC2',
            Effect: 'Allow',
            Action: ['ec2:DescribeInstances'],
            Resource: '*',
            Condition: { StringEquals: { 'ec2:Region': ['eu-west-1'] } },
          },
        ],
      };
      expect(describeCalls(plan({ rules: chosen(ec2RequiredTags) }), { json, 'print-iam-policy': true })).to.deep.equal(
        [`${JSON.stringify(policy, undefined, 2)}\n`],
      );
    });
  }

  it('are none for a snapshot, and it says so', async () => {
    const ofSnapshot = plan({ rules, source: { kind: 'snapshot', file: 'estate.ndjson.gz' } });
    expect(await userErrorOf(() => describeCalls(ofSnapshot, AS_TEXT))).to.deep.equal({
      message: 'A snapshot is checked without any call to AWS.',
      code: 'NO_CALLS',
      suggestions: ['Leave --snapshot out to see what reading live AWS would take'],
      exitCode: 2,
    });
  });
});
