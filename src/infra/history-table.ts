import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { TableSpec } from '../stack/spec.ts';

/** The DynamoDB table of evaluations, encrypted by DynamoDB with a key of its own. */
export class HistoryTable extends pulumi.ComponentResource {
  constructor({ name }: TableSpec, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:HistoryTable', name, {}, opts);
    new aws.dynamodb.Table(
      name,
      {
        name,
        billingMode: 'PAY_PER_REQUEST',
        hashKey: 'resource_id',
        rangeKey: 'evaluation_timestamp',
        attributes: [
          { name: 'resource_id', type: 'S' },
          { name: 'evaluation_timestamp', type: 'S' },
        ],
        pointInTimeRecovery: { enabled: true },
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
