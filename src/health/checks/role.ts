/** An IAM role, and whether it still allows what the stack gave it. */
import type { Fact } from '../../engine/model.ts';
import type { RoleSpec } from '../../stack/spec.ts';
import { finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { missingStatements } from './statements.ts';

export interface RoleSeen {
  /** JSON; `null` where the inline policy is not there. */
  readonly policy: Fact<string | null>;
}

export function checkRole(spec: RoleSpec, { policy }: RoleSeen, { keyArn, redeploy }: Checking): Finding[] {
  const { name, policyName } = spec;
  if (!policy.known) return [];
  if (policy.value === null) {
    return [finding('role-policy-missing', `${name} allows nothing: its policy ${policyName} is missing.`, redeploy)];
  }
  return missingStatements(policy.value, spec.policy, keyArn).map((sid) =>
    finding('role-policy-differs', `${name} lacks the statement ${sid} of its policy.`, redeploy, { subject: sid }),
  );
}
