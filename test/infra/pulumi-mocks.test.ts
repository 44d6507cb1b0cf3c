import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { expect } from 'chai';

import { graphOf } from '../support/pulumi-mocks.ts';

class Pair extends pulumi.ComponentResource {
  readonly queueArn: pulumi.Output<string>;

  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:Pair', name, {}, opts);
    const queue = new aws.sqs.Queue(`${name}-queue`, { name: `${name}-queue` }, { parent: this });
    this.queueArn = queue.arn;
    const document = queue.arn.apply((arn) => JSON.stringify({ Resource: arn }));
    const policy = new aws.sqs.QueuePolicy(
      `${name}-policy`,
      { queueUrl: queue.url, policy: document },
      { parent: this },
    );
    this.registerOutputs({ queueArn: queue.arn, policyId: policy.id });
  }
}

const program = () => {
  const provider = new aws.Provider('own', { region: 'eu-west-1', defaultTags: { tags: { Owner: 'team' } } });
  const pair = new Pair('pair', { providers: { aws: provider } });
  return { arn: pair.queueArn, plain: 'text', nested: { list: [pair.queueArn] } };
};

describe('the graph of a Pulumi program', () => {
  it('has every resource, with parents, providers and inputs that others gave', async () => {
    const { resources } = await graphOf(program);
    const none = { protect: false, retainOnDelete: false, ignoreChanges: [] };
    expect(resources).to.deep.equal([
      {
        type: 'pulumi:providers:aws',
        name: 'own',
        // As Pulumi hands them to a provider: text, JSON where it is none.
        inputs: {
          region: 'eu-west-1',
          defaultTags: '{"tags":{"Owner":"team"}}',
          skipCredentialsValidation: 'false',
          skipRegionValidation: 'true',
        },
        options: none,
      },
      { type: 'compliancectl:infra:Pair', name: 'pair', inputs: {}, options: none },
      {
        type: 'aws:sqs/queue:Queue',
        name: 'pair-queue',
        inputs: { name: 'pair-queue' },
        parent: 'compliancectl:infra:Pair::pair',
        provider: 'own',
        options: none,
      },
      {
        type: 'aws:sqs/queuePolicy:QueuePolicy',
        name: 'pair-policy',
        inputs: {
          queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/pair-queue',
          policy: '{"Resource":"arn:aws:sqs:eu-west-1:111122223333:pair-queue"}',
        },
        parent: 'compliancectl:infra:Pair::pair',
        provider: 'own',
        options: none,
      },
    ]);
  });

  it('has what the program gives, resolved', async () => {
    const arn = 'arn:aws:sqs:eu-west-1:111122223333:pair-queue';
    const { outputs } = await graphOf(program);
    expect(outputs).to.deep.equal({ arn, plain: 'text', nested: { list: [arn] } });
  });

  it('is of its place, and the same each time', async () => {
    const place = { partition: 'aws-cn', accountId: '999988887777', region: 'cn-north-1' };
    const { outputs } = await graphOf(program, place);
    expect(outputs['arn']).to.equal('arn:aws-cn:sqs:cn-north-1:999988887777:pair-queue');
    expect(await graphOf(program, place)).to.deep.equal(await graphOf(program, place));
  });

  it('shows what is kept when it is deleted, and what is read from an archive', async () => {
    const archive = new pulumi.asset.AssetArchive({
      'config.json': new pulumi.asset.StringAsset('{"a":1}'),
      '.': new pulumi.asset.FileArchive('dist/lambda/scanner'),
    });
    const { resources } = await graphOf(() => {
      const options = { protect: true, retainOnDelete: true, ignoreChanges: ['code'] };
      return { arn: new aws.lambda.Function('kept', { role: 'arn', code: archive }, options).arn };
    });
    expect(resources).to.deep.equal([
      {
        type: 'aws:lambda/function:Function',
        name: 'kept',
        inputs: { role: 'arn', code: { archive: { 'config.json': '{"a":1}', '.': { path: 'dist/lambda/scanner' } } } },
        options: { protect: true, retainOnDelete: true, ignoreChanges: ['code'] },
      },
    ]);
  });

  it('fails as the program fails', async () => {
    const failing = async () => {
      throw new Error('no such bundle');
    };
    const failure = await graphOf(failing).then(
      () => 'nothing',
      (error: unknown) => String(error),
    );
    expect(failure).to.equal('Error: no such bundle');
  });
});
