import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { RoleSpec } from '../stack/spec.ts';
import { POLICY_VERSION } from './policy-document.ts';
import type { PolicyDocument } from './policy-document.ts';
import { policyText } from './policy-text.ts';
import type { KeyArn } from './policy-text.ts';

export interface ServiceRoleArgs {
  readonly spec: RoleSpec;
  readonly accountId: string;
  readonly keyArn?: KeyArn | undefined;
}

/** An IAM role that a service assumes, with all that it allows. */
export class ServiceRole extends pulumi.ComponentResource {
  constructor({ spec, accountId, keyArn }: ServiceRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:ServiceRole', spec.name, {}, opts);
    const role = new aws.iam.Role(
      spec.name,
      {
        name: spec.name,
        description: spec.description,
        assumeRolePolicy: JSON.stringify(trustPolicy(spec.service, accountId)),
        // A policy that somebody attached by hand does not keep the role from being deleted.
        forceDetachPolicies: true,
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      spec.policyName,
      { name: spec.policyName, role: role.name, policy: policyText(spec.policy, keyArn) },
      { parent: this },
    );
    for (const policyArn of spec.managedPolicies) {
      new aws.iam.RolePolicyAttachment(
        `${spec.name}-${policyArn.slice(policyArn.lastIndexOf('/') + 1)}`,
        { role: role.name, policyArn },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

/**
 * Who may assume a role. AWS Config says for which account it does so, Lambda does not
 * (docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html).
 */
export function trustPolicy(service: RoleSpec['service'], accountId: string): PolicyDocument {
  return {
    Version: POLICY_VERSION,
    Statement: [
      {
        Sid: 'Service',
        Effect: 'Allow',
        Principal: { Service: service },
        Action: ['sts:AssumeRole'],
        ...(service === 'config.amazonaws.com' && {
          Condition: { StringEquals: { 'aws:SourceAccount': [accountId] } },
        }),
      },
    ],
  };
}
