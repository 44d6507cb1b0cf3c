import * as pulumi from '@pulumi/pulumi';

import type { PolicyStatement } from '../stack/spec.ts';
import { namesKey, policyDocument } from './policy-document.ts';

/** The ARN of the stack's own key: AWS makes it up, so it is known only once the key is there. */
export type KeyArn = pulumi.Input<string>;

/** The document as it is sent. It waits for the key only where it names the key: a preview shows the others whole. */
export function policyText(statements: readonly PolicyStatement[], keyArn?: KeyArn): pulumi.Input<string> {
  if (!namesKey(statements)) return JSON.stringify(policyDocument(statements));
  return pulumi.output(requireKeyArn(keyArn)).apply((arn) => JSON.stringify(policyDocument(statements, arn)));
}

/** @throws Error where a spec is encrypted with a key that it does not have: a defect of what made the spec */
export function requireKeyArn(keyArn: KeyArn | undefined): KeyArn {
  if (keyArn === undefined) throw new Error('A part of the stack uses its key, and the stack has none.');
  return keyArn;
}
