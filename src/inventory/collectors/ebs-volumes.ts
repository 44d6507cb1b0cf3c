import type { Volume, VolumeAttachment } from '@aws-sdk/client-ec2';

import { present } from '../../aws/errors.ts';
import type { EbsVolume } from '../../engine/model.ts';
import { defineCollector, LISTED } from '../collector.ts';
import type { Scope } from '../collector.ts';
import { listedTags } from '../tags.ts';

export const ebsVolumes = defineCollector({
  service: 'ec2',
  resourceType: 'AWS::EC2::Volume',
  list: { operation: 'DescribeVolumes', action: 'ec2:DescribeVolumes', resource: null },
  types: { 'AWS::EC2::Volume': { tags: LISTED } },

  async *collect({ clients, scope, signal }) {
    const { paginateDescribeVolumes } = await import('@aws-sdk/client-ec2');
    const client = await clients.ec2();
    // Never without a page size: an unpaginated call has half the budget. Larger pages are no faster, and hold more.
    for await (const page of paginateDescribeVolumes({ client, pageSize: 500 }, {}, { abortSignal: signal })) {
      yield present(page.Volumes, 'volumeSet').map((volume) => fromVolume(volume, scope));
    }
  },
});

export function fromVolume(volume: Volume, { accountId, partition, region }: Scope): EbsVolume {
  const id = present(volume.VolumeId, 'volumeId');
  return {
    type: 'AWS::EC2::Volume',
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:volume/${id}`,
    accountId,
    region,
    tags: listedTags(volume.Tags),
    state: present(volume.State, 'status'),
    encrypted: present(volume.Encrypted, 'encrypted'),
    // An emulator may send an empty element where AWS sends none.
    kmsKeyId: volume.KmsKeyId || null,
    attachedInstanceIds: (volume.Attachments ?? []).flatMap(instanceIdOf),
  };
}

/** What is detaching no longer counts as attached; what hangs on to it (`busy`) still does. */
const ATTACHED: ReadonlySet<string | undefined> = new Set(['attached', 'attaching', 'busy']);

/** One id or none: a volume that an AWS service has attached for a task names no instance. */
function instanceIdOf({ InstanceId, State }: VolumeAttachment): string[] {
  return InstanceId !== undefined && ATTACHED.has(State) ? [InstanceId] : [];
}
