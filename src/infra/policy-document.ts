/** Policy documents as IAM and the services with resource policies take them. */
import { KEY_ARN } from '../stack/spec.ts';
import type { PolicyStatement } from '../stack/spec.ts';

/** What every policy document starts with: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
export const POLICY_VERSION = '2012-10-17';

export interface PolicyDocument {
  readonly Version: typeof POLICY_VERSION;
  readonly Statement: readonly object[];
}

/** @param keyArn stands in for `KEY_ARN`; the policy of a stack without a key names none */
export function policyDocument(statements: readonly PolicyStatement[], keyArn: string = KEY_ARN): PolicyDocument {
  const named = (value: string) => (value === KEY_ARN ? keyArn : value);
  return {
    Version: POLICY_VERSION,
    Statement: statements.map(({ sid, effect, principal, actions, resources, conditions }) => ({
      Sid: sid,
      Effect: effect,
      ...(principal !== undefined && { Principal: principalOf(principal) }),
      Action: actions,
      Resource: resources.map(named),
      ...(conditions !== undefined && { Condition: mapConditions(conditions, named) }),
    })),
  };
}

/** Whether a document of these says something about the stack's own key. */
export function namesKey(statements: readonly PolicyStatement[]): boolean {
  return statements.some(({ resources, conditions = {} }) => {
    const values = Object.values(conditions).flatMap((keys) => Object.values(keys).flat());
    return [...resources, ...values].includes(KEY_ARN);
  });
}

function principalOf(principal: NonNullable<PolicyStatement['principal']>): '*' | Readonly<Record<string, string>> {
  if (principal === '*') return principal;
  return 'service' in principal ? { Service: principal.service } : { AWS: principal.account };
}

type Conditions = NonNullable<PolicyStatement['conditions']>;

function mapConditions(conditions: Conditions, change: (value: string) => string): Conditions {
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, values.map(change)])),
    ]),
  );
}
