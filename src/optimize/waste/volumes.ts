import type { Volume as ListedVolume } from '@aws-sdk/client-ec2';

import { present } from '../../aws/errors.ts';
import { DESCRIBE_VOLUMES } from './calls.ts';
import type { Volume } from './model.ts';
import { nameTag, readAll } from './reading.ts';
import type { Reading, ReadingContext } from './reading.ts';

/** Volumes that no instance has, and those of gp2. */
export async function readVolumes(context: ReadingContext): Promise<Reading<Volume>> {
  return readAll(
    {
      kind: 'volumes',
      call: DESCRIBE_VOLUMES,
      things: 'volumes',
      pages: () => pagesOf(context),
      take: (volume) => (isOfInterest(volume) ? fromVolume(volume, context) : undefined),
    },
    context,
  );
}

async function* pagesOf({ clients, signal }: ReadingContext): AsyncGenerator<readonly ListedVolume[]> {
  const { paginateDescribeVolumes } = await import('@aws-sdk/client-ec2');
  const client = await clients.ec2();
  for await (const page of paginateDescribeVolumes({ client, pageSize: 500 }, {}, { abortSignal: signal })) {
    yield present(page.Volumes, 'volumeSet');
  }
}

/**
 * Not what is being made or deleted, what a service of AWS's manages (it alone may change that), or what lies on an Outpost, whose
 * storage was paid with the rack.
 */
function isOfInterest({ State, VolumeType, Operator, OutpostArn }: ListedVolume): boolean {
  const state = present(State, 'status');
  if (Operator?.Managed === true || Boolean(OutpostArn)) return false;
  return state === 'available' || (state === 'in-use' && present(VolumeType, 'volumeType') === 'gp2');
}

function fromVolume(volume: ListedVolume, { accountId, partition, region }: ReadingContext): Volume {
  const id = present(volume.VolumeId, 'volumeId');
  return {
    id,
    arn: `arn:${partition}:ec2:${region}:${accountId}:volume/${id}`,
    region,
    zone: present(volume.AvailabilityZone, 'availabilityZone'),
    name: nameTag(volume.Tags ?? []),
    type: present(volume.VolumeType, 'volumeType'),
    sizeGib: present(volume.Size, 'size'),
    iops: volume.Iops ?? null,
    throughput: volume.Throughput ?? null,
    attached: volume.State === 'in-use',
    createdAt: present(volume.CreateTime, 'createTime'),
  };
}
