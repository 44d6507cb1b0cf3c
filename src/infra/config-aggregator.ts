import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { ConfigSpec } from '../stack/spec.ts';

export type AggregatorSpec = NonNullable<ConfigSpec['aggregator']>;

/** One view of what AWS Config knows of several regions. */
export class ConfigAggregator extends pulumi.ComponentResource {
  constructor({ name, accountId, regions }: AggregatorSpec, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:ConfigAggregator', name, {}, opts);
    new aws.cfg.ConfigurationAggregator(
      name,
      { name, accountAggregationSource: { accountIds: [accountId], regions: [...regions] } },
      { parent: this },
    );
    this.registerOutputs();
  }
}
