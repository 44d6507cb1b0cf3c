import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { KeySpec } from '../stack/spec.ts';
import { policyText } from './policy-text.ts';

/** The stack's own KMS key. Its policy is part of it, so what uses the key finds it allowed. */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  /** @param name of the key, which has no name in AWS but its alias: `compliance-key-{env}` */
  constructor(name: string, spec: KeySpec, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:EncryptionKey', name, {}, opts);
    const key = new aws.kms.Key(
      name,
      {
        description: spec.description,
        enableKeyRotation: true,
        deletionWindowInDays: spec.deletionDays,
        policy: policyText(spec.policy),
      },
      { parent: this },
    );
    new aws.kms.Alias(spec.alias, { name: spec.alias, targetKeyId: key.keyId }, { parent: this });
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
