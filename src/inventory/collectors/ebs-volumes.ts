import type { Volume } from '@aws-sdk/client-ec2';

import { present } from '../../aws/errors.ts';
import { known, tagMap } from '../../engine/model.ts';
import type { EbsVolume } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { Scope } from '../collector.ts';

export const ebsVolumes = defineCollector({
  service: 'ec2',
  resourceType: 'AWS::EC2::Volume',
  list: { operation: 'DescribeVolumes', action: 'ec2:DescribeVolumes', resource: null },
  types: { 'AWS::EC2::Volume': { tags: LISTED } },

  async *collect({ clients, scope, signal }) {
    const { paginateDescribeVolumes } = await import('@aws-sdk/client-ec2');
    const client = await clients.ec2();
    for await (const page of paginateDescribeVolumes({ client, pageSize: 1000 }, {}, { abortSignal: signal })) {
      yield present(page.Volumes, 'volumeSet').map((volume) => fromVolume(volume, scope));
    }
  },
});

/** States in which an attachment holds: one that is detaching or detached says nothing of the instance any more. */
const ATTACHED = new Set(['attached', 'attaching', 'busy']);

function fromVolume(volume: Volume, { accountId, partition, region }: Scope): EbsVolume {
  const id = present(volume.VolumeId, 'volumeId');
  const attachments = (volume.Attachments ?? []).filter(({ State = '' }) => ATTACHED.has(State));
  return {
    type: 'AWS::EC2::Volume',
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:volume/${id}`,
    accountId,
    region,
    tags: known(tagMap((volume.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))),
    state: present(volume.State, 'status'),
    encrypted: present(volume.Encrypted, 'encrypted'),
    kmsKeyId: volume.KmsKeyId ?? null,
    attachedInstanceIds: attachments.flatMap(({ InstanceId }) => InstanceId ?? []),
  };
}
