import * as z from 'zod';

import { isAmong, keyList, keyParameter } from '../kms-key.ts';
import type { EbsVolume } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, pass, undecided } from '../verdict.ts';
import type { Fail } from '../verdict.ts';

export const ebsVolumesEncrypted = defineRule({
  id: 'ebs-volumes-encrypted',
  title: 'EBS volume is encrypted',
  rationale:
    'An unencrypted volume can be read by whoever gets at its snapshots or its disks, and every snapshot and volume made from it is unencrypted too.',
  severity: 'high',
  category: 'encryption',
  needs: { 'AWS::EC2::Volume': [] },
  remedy:
    'A volume cannot be encrypted in place: copy a snapshot of it with encryption, make a volume of the copy and swap the two. Turn on encryption by default for the account and region.',
  parameters: z.strictObject({
    key: keyParameter
      .optional()
      .describe(
        'The KMS key that volumes must be encrypted with, by ARN or by id: one, or a list of which one must be used. Any key will do when not set.',
      ),
  }),

  check(volume, { parameters }) {
    const { id, encrypted, kmsKeyId } = volume;
    if (!encrypted) return failing(volume, 'unencrypted', 'is not encrypted');
    if (parameters.key === undefined) return pass;

    if (kmsKeyId === null) return undecided(`Volume ${id} does not tell which key it is encrypted with.`);
    const right = isAmong(kmsKeyId, keyList(parameters.key));
    if (right === true) return pass;
    if (right === undefined) {
      return undecided(`Volume ${id} names its key by ${kmsKeyId}, an alias, which cannot be compared with a key.`);
    }
    return failing(volume, 'wrong-key', `is encrypted with ${kmsKeyId}, which is not an approved key`);
  },
});

/** `what` goes on a sentence that begins with the volume. */
function failing({ id, attachedInstanceIds }: EbsVolume, key: string, what: string): Fail {
  const attachment = attachedInstanceIds.length === 0 ? 'no instance' : attachedInstanceIds.join(', ');
  return fail(`Volume ${id}, attached to ${attachment}, ${what}.`, {
    facts: [{ key, message: `The volume ${what}.` }],
  });
}
