import { z } from 'zod';

import { defineRule } from '../rule.ts';
import { fail, notApplicable, pass } from '../verdict.ts';
import { matchesWildcard } from '../wildcard.ts';

export const ec2ApprovedInstanceType = defineRule({
  id: 'ec2-approved-instance-type',
  title: 'EC2 instance is of an approved type',
  rationale:
    'A list of approved types keeps what is expensive, outdated or not covered by a reservation out of the estate.',
  severity: 'medium',
  category: 'configuration',
  needs: { 'AWS::EC2::Instance': [] },
  remedy: 'Stop the instance, change it to an approved type and start it, or have its type approved.',
  requiredParameter: 'approved',
  parameters: z.strictObject({
    approved: z
      .array(z.string().regex(/^[a-z0-9*.-]+$/, { error: 'is not an instance type: m7g.large, or t3.* for a family' }))
      .min(1)
      .optional()
      .describe('The types that may be used, with `*` for any characters: `m7g.large`, `t3.*`.'),
  }),

  check({ id, instanceType }, { parameters: { approved } }) {
    if (approved === undefined) return notApplicable('No list of approved instance types is set.');
    if (approved.some((pattern) => matchesWildcard(pattern, instanceType))) return pass;
    return fail(`Instance ${id} is of the type ${instanceType}, which is not approved.`);
  },
});
