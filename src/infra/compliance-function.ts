import { join } from 'node:path';

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { FunctionSpec, InvokerSpec } from '../stack/spec.ts';
import { MessageQueue } from './message-queue.ts';
import type { KeyArn } from './policy-text.ts';
import { ServiceRole } from './service-role.ts';

export interface ComplianceFunctionArgs {
  readonly spec: FunctionSpec;
  readonly accountId: string;
  /** The folder with a folder of bundled code for each function. */
  readonly bundles: string;
  readonly keyArn?: KeyArn | undefined;
}

/** A Lambda function with its role, log group and dead-letter queue, and who may invoke it. */
export class ComplianceFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;

  constructor(args: ComplianceFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    const { spec, accountId, keyArn } = args;
    super('compliancectl:infra:ComplianceFunction', spec.name, {}, opts);
    const own = { parent: this };
    const role = new ServiceRole({ spec: spec.role, accountId, keyArn }, own);
    const logGroup = new aws.cloudwatch.LogGroup(
      spec.logGroup.name,
      { name: spec.logGroup.name, retentionInDays: spec.logGroup.retentionDays },
      own,
    );
    const deadLetters = new MessageQueue(spec.deadLetters, own);
    const lambda = new aws.lambda.Function(
      spec.name,
      {
        name: spec.name,
        description: spec.description,
        role: spec.role.arn,
        runtime: spec.runtime,
        architectures: [spec.architecture],
        handler: 'index.handler',
        code: codeOf(spec, args.bundles),
        timeout: spec.timeoutSeconds,
        memorySize: spec.memoryMegabytes,
        ...(spec.reservedConcurrency !== undefined && { reservedConcurrentExecutions: spec.reservedConcurrency }),
        environment: { variables: spec.environment },
        deadLetterConfig: { targetArn: spec.deadLetters.arn },
      },
      // The names say nothing of it: Lambda would make a log group without retention itself, and refuses a role that may not
      // send to the queue.
      { parent: this, dependsOn: [role, logGroup, deadLetters] },
    );
    const alias = this.#aliasFor(spec, lambda);
    for (const invoker of spec.invokers) this.#permit(invoker, spec, lambda, alias);
    this.functionName = lambda.name;
    this.registerOutputs({ functionName: this.functionName });
  }

  /** The alias that the schedules invoke; its successes alone go on to the other function. */
  #aliasFor({ name, onSuccess }: FunctionSpec, lambda: aws.lambda.Function): aws.lambda.Alias | undefined {
    if (onSuccess === undefined) return undefined;
    const alias = new aws.lambda.Alias(
      onSuccess.alias,
      { name: onSuccess.alias, functionName: lambda.name, functionVersion: '$LATEST' },
      { parent: this },
    );
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-on-success`,
      {
        functionName: lambda.name,
        qualifier: alias.name,
        destinationConfig: { onSuccess: { destination: onSuccess.functionArn } },
      },
      { parent: this },
    );
    return alias;
  }

  #permit(invoker: InvokerSpec, { name }: FunctionSpec, lambda: aws.lambda.Function, alias?: aws.lambda.Alias): void {
    const { id, service, sourceArn, sourceAccount, qualifier } = invoker;
    new aws.lambda.Permission(
      `${name}-${id}`,
      {
        statementId: id,
        function: lambda.name,
        action: 'lambda:InvokeFunction',
        principal: service,
        ...(sourceArn !== undefined && { sourceArn }),
        ...(sourceAccount !== undefined && { sourceAccount }),
        ...(qualifier !== undefined && { qualifier }),
      },
      { parent: this, ...(alias !== undefined && { dependsOn: [alias] }) },
    );
  }
}

/** The bundle, and what this function is told beside it. */
function codeOf({ id, config }: FunctionSpec, bundles: string): pulumi.asset.AssetArchive {
  return new pulumi.asset.AssetArchive({
    '.': new pulumi.asset.FileArchive(join(bundles, id)),
    'config.json': new pulumi.asset.StringAsset(JSON.stringify(config)),
  });
}
