import { expect } from 'chai';

import { awsProvider } from '../../src/infra/aws-provider.ts';
import { graphOf } from './component-graph.ts';
import { ACCOUNT, bareStack } from './sample-parts.ts';

/** A provider's inputs are text, every one. */
async function inputsFor(endpoint?: string): Promise<Record<string, unknown>> {
  const { one } = await graphOf(() => awsProvider(bareStack(), endpoint));
  return { ...one('pulumi:providers:aws', 'compliancectl-test').inputs };
}

describe('awsProvider', () => {
  it('works in the stack’s region and account alone, and puts its tags on everything', async () => {
    expect(await inputsFor()).to.deep.equal({
      region: 'eu-west-1',
      allowedAccountIds: `["${ACCOUNT}"]`,
      defaultTags: '{"tags":{"Environment":"test","ManagedBy":"Pulumi"}}',
      skipCredentialsValidation: 'false',
      skipRegionValidation: 'true',
    });
  });

  it('asks an emulator for every service, and nobody else', async () => {
    const { endpoints, ...others } = await inputsFor('http://127.0.0.1:5000');
    const services = JSON.parse(String(endpoints)) as Record<string, string>[];
    expect(services).to.have.length(1);
    expect(new Set(Object.values(services[0] ?? {}))).to.deep.equal(new Set(['http://127.0.0.1:5000']));
    expect(Object.keys(services[0] ?? {})).to.deep.equal([
      'cloudwatch',
      'configservice',
      'dynamodb',
      'events',
      'iam',
      'kms',
      'lambda',
      'logs',
      's3',
      's3control',
      'sns',
      'sqs',
      'sts',
    ]);
    expect(others).to.include({
      s3UsePathStyle: 'true',
      skipCredentialsValidation: 'true',
      skipMetadataApiCheck: 'true',
      allowedAccountIds: `["${ACCOUNT}"]`,
    });
    expect(others).not.to.have.property('skipRequestingAccountId');
  });
});
