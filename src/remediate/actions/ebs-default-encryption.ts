import type { Call } from '../../aws/call.ts';
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { fromVolume } from '../../inventory/collectors/ebs-volumes.ts';
import { defineAction } from '../action.ts';
import type { ActionContext } from '../action.ts';
import { EBS_DEFAULT } from '../change.ts';
import type { Target } from '../change.ts';

const DESCRIBE_VOLUMES: Call = { operation: 'DescribeVolumes', action: 'ec2:DescribeVolumes', resource: null };
const GET_EBS_DEFAULT: Call = {
  operation: 'GetEbsEncryptionByDefault',
  action: 'ec2:GetEbsEncryptionByDefault',
  resource: null,
};
const ENABLE_EBS_DEFAULT: Call = {
  operation: 'EnableEbsEncryptionByDefault',
  action: 'ec2:EnableEbsEncryptionByDefault',
  resource: null,
};
const DISABLE_EBS_DEFAULT: Call = {
  operation: 'DisableEbsEncryptionByDefault',
  action: 'ec2:DisableEbsEncryptionByDefault',
  resource: null,
};

const BY_HAND = 'A volume cannot be encrypted in place: copy a snapshot of it with encryption and swap the two';

/** New volumes of the account and region are encrypted from now on; no volume that is there can be. */
export const ebsDefaultEncryption = defineAction({
  id: 'ebs-default-encryption',
  rule: 'ebs-volumes-encrypted',
  calls: {
    read: [DESCRIBE_VOLUMES, GET_EBS_DEFAULT],
    apply: [ENABLE_EBS_DEFAULT],
    undo: [DISABLE_EBS_DEFAULT],
  },

  async read(target, context) {
    const { DescribeVolumesCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await context.clients.ec2();
    try {
      const request = new DescribeVolumesCommand({ VolumeIds: [target.id] });
      const { Volumes } = await ec2.send(request, { abortSignal: context.signal });
      const volume = fromVolume(present(present(Volumes, 'volumeSet')[0], 'volume'), context.scope);
      return { resource: volume, detail: { enabled: await isEnabled(context), setting: settingOf(context) } };
    } catch (error) {
      if (awsErrorNamed(error, 'InvalidVolume.NotFound')) return undefined;
      throw error;
    }
  },

  plan({ detail: { enabled, setting }, resource }) {
    if (enabled) return { why: 'by-hand', message: `Encryption by default is on already. ${BY_HAND}.` };
    const { id } = resource;
    return {
      resource: setting,
      before: { encryptionByDefault: false },
      after: { encryptionByDefault: true },
      reversible: true,
      permissions: [ENABLE_EBS_DEFAULT.action],
      cautions: [`Volume ${id} itself stays unencrypted. ${BY_HAND}.`],
    };
  },

  async current(_target, _parts, context) {
    return { encryptionByDefault: await isEnabled(context) };
  },

  async write(_target, { to }, context) {
    const { DisableEbsEncryptionByDefaultCommand } = await import('@aws-sdk/client-ec2');
    const { EnableEbsEncryptionByDefaultCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await context.clients.ec2();
    const { signal: abortSignal } = context;
    return requestIdOf(
      to['encryptionByDefault'] === true
        ? await ec2.send(new EnableEbsEncryptionByDefaultCommand({}), { abortSignal })
        : await ec2.send(new DisableEbsEncryptionByDefaultCommand({}), { abortSignal }),
    );
  },
});

async function isEnabled({ clients, signal }: ActionContext): Promise<boolean> {
  const { GetEbsEncryptionByDefaultCommand } = await import('@aws-sdk/client-ec2');
  const ec2 = await clients.ec2();
  const answer = await ec2.send(new GetEbsEncryptionByDefaultCommand({}), { abortSignal: signal });
  return present(answer.EbsEncryptionByDefault, 'ebsEncryptionByDefault');
}

/** The setting has no ARN with AWS: this one is ours, to tell one account and region from another. */
function settingOf({ scope: { accountId, partition, region } }: ActionContext): Target {
  return {
    arn: `arn:${partition}:ec2:${region}:${accountId}:ebs-encryption-by-default`,
    id: `${accountId}/${region}`,
    type: EBS_DEFAULT,
    accountId,
    region,
  };
}
