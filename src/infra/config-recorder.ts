import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { RecorderSpec } from '../stack/spec.ts';
import type { ComplianceBucket } from './bucket.ts';
import type { KeyArn } from './policy-text.ts';
import { ServiceRole } from './service-role.ts';

export interface ConfigRecorderArgs {
  readonly spec: RecorderSpec;
  readonly accountId: string;
  /** Where it delivers. */
  readonly delivery: ComplianceBucket;
  readonly keyArn?: KeyArn | undefined;
}

/** AWS Config's recorder, switched on; an account has one in a region. */
export class ConfigRecorder extends pulumi.ComponentResource {
  constructor(args: ConfigRecorderArgs, opts?: pulumi.ComponentResourceOptions) {
    const { spec, accountId, delivery, keyArn } = args;
    super('compliancectl:infra:ConfigRecorder', spec.name, {}, opts);
    const role = new ServiceRole({ spec: spec.role, accountId, keyArn }, { parent: this });
    const recorder = new aws.cfg.Recorder(
      spec.name,
      {
        name: spec.name,
        roleArn: spec.role.arn,
        recordingGroup: { allSupported: false, resourceTypes: [...spec.resourceTypes] },
      },
      { parent: this, dependsOn: [role] },
    );
    // AWS Config takes a channel only where there is a recorder, and tries at once whether it can write to the bucket.
    const channel = new aws.cfg.DeliveryChannel(
      spec.channel,
      { name: spec.channel, s3BucketName: spec.bucket },
      { parent: this, dependsOn: [recorder, delivery] },
    );
    // It starts only where there is a channel.
    new aws.cfg.RecorderStatus(
      `${spec.name}-status`,
      { name: recorder.name, isEnabled: true },
      { parent: this, dependsOn: [channel] },
    );
    this.registerOutputs();
  }
}
