import * as z from 'zod';

import { defineRule } from '../rule.ts';
import { fail, notApplicable, pass } from '../verdict.ts';
import { matchesWildcard } from '../wildcard.ts';

export const ec2ApprovedInstanceType = defineRule({
  id: 'ec2-approved-instance-type',
  title: 'EC2 instance is of an approved type',
  rationale:
    'A type that nobody approved may cost a multiple of what was planned for, or lack what the estate relies on.',
  severity: 'medium',
  category: 'configuration',
  needs: { 'AWS::EC2::Instance': [] },
  remedy: 'Stop the instance, change its type to an approved one and start it again, or add its type to the list.',
  requiredParameter: 'approved',
  parameters: z.strictObject({
    approved: z
      .array(z.string().regex(/^[A-Za-z0-9.*-]+$/, { error: 'is not an instance type, with or without wildcards' }))
      .min(1)
      .optional()
      .describe(
        'The instance types that may be used. `*` stands for any characters, or none: `t3.*`. The rule judges nothing when not set.',
      ),
  }),

  check({ id, instanceType }, { parameters: { approved } }) {
    if (approved === undefined) return notApplicable(`There is no list of approved types to judge instance ${id} by.`);
    if (approved.some((pattern) => matchesWildcard(pattern, instanceType))) return pass;
    return fail(`Instance ${id} is of type ${instanceType}, which is not approved.`);
  },
});
