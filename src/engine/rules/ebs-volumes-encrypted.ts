import { z } from 'zod';

import { kmsKeys, usesKey } from '../kms-key.ts';
import type { EbsVolume } from '../model.ts';
import { defineRule } from '../rule.ts';
import { fail, pass, undecided } from '../verdict.ts';

export const ebsVolumesEncrypted = defineRule({
  id: 'ebs-volumes-encrypted',
  title: 'EBS volume is encrypted',
  rationale:
    'A volume that is not encrypted can be read by whoever gets hold of a snapshot of it. It cannot be encrypted in place, so the longer it lives the more work it is.',
  severity: 'high',
  category: 'encryption',
  needs: { 'AWS::EC2::Volume': [] },
  remedy:
    'Copy a snapshot of the volume with encryption, make a volume of the copy and swap the two; turn on encryption by default for the region.',
  parameters: z.strictObject({
    key: kmsKeys
      .optional()
      .describe(
        'The KMS key that volumes must be encrypted with, by ARN or id, or a list of keys; any key when not set.',
      ),
  }),

  check(volume, { parameters: { key } }) {
    const name = describe(volume);
    if (!volume.encrypted) {
      const fact = { key: 'unencrypted', message: 'The volume is not encrypted.' };
      return fail(`${name} is not encrypted.`, { facts: [fact] });
    }
    if (key === undefined) return pass;
    const matches = volume.kmsKeyId === null ? undefined : usesKey(volume.kmsKeyId, key);
    if (matches === undefined) return undecided(`${name} does not tell which KMS key it is encrypted with.`);
    if (matches) return pass;
    const fact = { key: 'wrong-key', message: `The volume is encrypted with ${volume.kmsKeyId}.` };
    return fail(`${name} is encrypted with another KMS key than is asked for.`, { facts: [fact] });
  },
});

function describe({ id, attachedInstanceIds }: EbsVolume): string {
  return attachedInstanceIds.length === 0 ? `Volume ${id}` : `Volume ${id} of ${attachedInstanceIds.join(' and ')}`;
}
