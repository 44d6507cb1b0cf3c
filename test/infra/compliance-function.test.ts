import type * as pulumi from '@pulumi/pulumi';
import { expect } from 'chai';

import { ComplianceFunction } from '../../src/infra/compliance-function.ts';
import type { FunctionSpec } from '../../src/stack/spec.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import { ACCOUNT, DECRYPTS, decryptsText, functionSpec, roleSpec } from './sample-parts.ts';

const COMPONENT = 'compliancectl:infra:ComplianceFunction scanner-test';
const LAMBDA = 'aws:lambda/function:Function';
const PERMISSION = 'aws:lambda/permission:Permission';
const ALIAS = 'aws:lambda/alias:Alias';
const INVOKE_CONFIG = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig';

const RULE_ARN = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/scanner-schedule-test`;

async function graphFor(over: Partial<FunctionSpec> = {}): Promise<Graph> {
  const spec = functionSpec('scanner', over);
  return await graphOf(
    () => new ComplianceFunction({ spec, accountId: ACCOUNT, bundles: '/dist/lambda', keyArn: 'arn:key' }),
  );
}

describe('ComplianceFunction', () => {
  it('is a Lambda function of the size it was given', async () => {
    const { one } = await graphFor();
    const { inputs, parent } = one(LAMBDA, 'scanner-test');
    const { code: _, ...others } = inputs;
    expect(parent).to.equal(COMPONENT);
    expect(others).to.deep.equal({
      name: 'scanner-test',
      description: 'Scans.',
      role: `arn:aws:iam::${ACCOUNT}:role/scanner-role-test`,
      runtime: 'nodejs24.x',
      architectures: ['arm64'],
      handler: 'index.handler',
      timeout: 300,
      memorySize: 512,
      environment: { variables: { COMPLIANCE_THRESHOLD: '80' } },
      deadLetterConfig: { targetArn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:scanner-dlq-test` },
    });
  });

  it('packs its bundle, and its configuration beside it', async () => {
    const { one } = await graphFor();
    const files = await (one(LAMBDA).inputs['code'] as pulumi.asset.AssetArchive).assets;
    expect(Object.keys(files)).to.deep.equal(['.', 'config.json']);
    expect(await (files['.'] as pulumi.asset.FileArchive).path).to.equal('/dist/lambda/scanner');
    expect(await (files['config.json'] as pulumi.asset.StringAsset).text).to.equal('{"environment":"test"}');
  });

  it('reserves concurrency where it is told to, none at all too', async () => {
    const { one } = await graphFor({ reservedConcurrency: 0 });
    expect(one(LAMBDA).inputs['reservedConcurrentExecutions']).to.equal(0);
  });

  it('keeps its log for as long as it was told, and no longer than itself', async () => {
    const { one } = await graphFor();
    const { inputs, parent } = one('aws:cloudwatch/logGroup:LogGroup', '/aws/lambda/scanner-test');
    expect(inputs).to.deep.equal({ name: '/aws/lambda/scanner-test', retentionInDays: 30 });
    expect(parent).to.equal(COMPONENT);
  });

  it('has a role that names the stack’s key by its ARN', async () => {
    const { one } = await graphFor({ role: roleSpec('scanner-role-test', { policy: [DECRYPTS] }) });
    expect(one('aws:iam/rolePolicy:RolePolicy').inputs['policy']).to.equal(decryptsText('arn:key'));
  });

  it('is made when its role is allowed everything, its log group is there and its dead letters can be sent', async () => {
    const { waits } = await graphFor();
    const lambda = `${LAMBDA} scanner-test`;
    for (const before of [
      'aws:iam/role:Role scanner-role-test',
      'aws:iam/rolePolicy:RolePolicy scanner-role-test-policy',
      'aws:cloudwatch/logGroup:LogGroup /aws/lambda/scanner-test',
      'aws:sqs/queue:Queue scanner-dlq-test',
      'aws:sqs/queuePolicy:QueuePolicy scanner-dlq-test-policy',
    ]) {
      expect(waits(lambda, before), before).to.equal(true);
    }
  });

  it('lets nobody invoke it who is not named', async () => {
    const { names } = await graphFor();
    expect([names(PERMISSION), names(ALIAS), names(INVOKE_CONFIG)]).to.deep.equal([[], [], []]);
  });

  it('lets a rule invoke it, and AWS Config for its account', async () => {
    const { one } = await graphFor({
      invokers: [
        { id: 'schedule', service: 'events.amazonaws.com', sourceArn: RULE_ARN },
        { id: 'config', service: 'config.amazonaws.com', sourceAccount: ACCOUNT },
      ],
    });
    const common = { function: 'scanner-test', action: 'lambda:InvokeFunction' };
    expect(one(PERMISSION, 'scanner-test-schedule').inputs).to.deep.equal({
      ...common,
      statementId: 'schedule',
      principal: 'events.amazonaws.com',
      sourceArn: RULE_ARN,
    });
    expect(one(PERMISSION, 'scanner-test-config').inputs).to.deep.equal({
      ...common,
      statementId: 'config',
      principal: 'config.amazonaws.com',
      sourceAccount: ACCOUNT,
    });
  });

  it('hands the successes of its alias on to another function, and no others', async () => {
    const { one, waits } = await graphFor({
      invokers: [{ id: 'schedule', service: 'events.amazonaws.com', sourceArn: RULE_ARN, qualifier: 'schedule-test' }],
      onSuccess: { alias: 'schedule-test', aliasArn: 'arn:alias', functionArn: 'arn:reporter' },
    });
    expect(one(ALIAS, 'schedule-test').inputs).to.deep.equal({
      name: 'schedule-test',
      functionName: 'scanner-test',
      functionVersion: '$LATEST',
    });
    expect(one(INVOKE_CONFIG, 'scanner-test-on-success').inputs).to.deep.equal({
      functionName: 'scanner-test',
      qualifier: 'schedule-test',
      destinationConfig: { onSuccess: { destination: 'arn:reporter' } },
    });
    expect(one(PERMISSION).inputs['qualifier']).to.equal('schedule-test');
    expect(waits(`${PERMISSION} scanner-test-schedule`, `${ALIAS} schedule-test`)).to.equal(true);
  });

  it('gives its name', async () => {
    let name = '';
    const spec = functionSpec('scanner');
    await graphOf(() => {
      const made = new ComplianceFunction({ spec, accountId: ACCOUNT, bundles: '/dist/lambda' });
      made.functionName.apply((value) => (name = value));
    });
    expect(name).to.equal('scanner-test');
  });
});
