import { expect } from 'chai';

import { rules } from '../../src/engine/rules/index.ts';
import { describeRuleById, describeRules } from '../../src/scan/describe-rules.ts';
import { userErrorOf } from '../support/errors.ts';

describe('the rules as they describe themselves', () => {
  it('are all there, in their order', () => {
    expect(describeRules().map(({ id }) => id)).to.deep.equal(rules.map(({ id }) => id));
  });

  it('say everything of one rule, the permissions that the collectors know among it', () => {
    expect(describeRuleById('s3-bucket-encrypted')).to.deep.include({
      id: 's3-bucket-encrypted',
      title: 'S3 bucket has the required default encryption',
      severity: 'high',
      category: 'encryption',
      resource_types: ['AWS::S3::Bucket'],
      permissions: ['s3:GetEncryptionConfiguration', 's3:ListAllMyBuckets'],
      frameworks: [],
    });
  });

  it('are the same one by one', () => {
    expect(rules.map(({ id }) => describeRuleById(id))).to.deep.equal(describeRules());
  });

  it('describe their parameters, with the default where there is one', () => {
    const { parameters } = describeRuleById('rds-backup-retention');
    expect(parameters.map(({ name, default: value }) => [name, value])).to.deep.equal([
      ['minimumDays', 1],
      ['replicas', 'skip'],
    ]);
  });

  it('describe every parameter in whole sentences', () => {
    const described = describeRules().flatMap(({ id, parameters }) =>
      parameters.map(({ name, description }) => ({ parameter: `${id} ${name}`, description })),
    );
    expect(described.filter(({ description }) => !/^[A-Z`].*\.$/s.test(description))).to.deep.equal([]);
  });

  it('name the nearest rule where there is none of that id', async () => {
    expect(await userErrorOf(() => describeRuleById('s3-bucket-encryptd'))).to.deep.equal({
      message: 'There is no rule s3-bucket-encryptd.',
      code: 'UNKNOWN_RULE',
      suggestions: ['Did you mean s3-bucket-encrypted?', 'List them all: compliancectl rules'],
      exitCode: 2,
    });
  });
});
