import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Volume } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { ebsVolumes } from '../../../src/inventory/collectors/ebs-volumes.ts';
import { awsError, collectFrom, handedOn, inTurn } from '../../support/collect.ts';
import { tags, volume } from '../../support/resources.ts';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const listed: Volume = { VolumeId: 'vol-1', State: 'in-use', Encrypted: true, KmsKeyId: KEY };
const unattached = volume({ attachedInstanceIds: [] });

describe('collecting EBS volumes', () => {
  const ec2 = new EC2Client({ region: 'eu-west-1' });
  const aws = mockClient(ec2);
  beforeEach(() => aws.reset());

  it('gives what AWS lists, page by page, five hundred at a time', async () => {
    const pages = inTurn(
      {
        Volumes: [
          {
            ...listed,
            Tags: [
              { Key: 'Owner', Value: 'ada' },
              { Key: '__proto__', Value: 'x' },
            ],
            Attachments: [{ InstanceId: 'i-0123456789abcdef0', State: 'attached' }],
          },
        ],
        NextToken: 'more',
      },
      { Volumes: [{ VolumeId: 'vol-2', State: 'available', Encrypted: false, Attachments: [] }] },
    );
    aws.on(DescribeVolumesCommand).callsFake(pages.answer);
    const { signal } = new AbortController();

    expect(await collectFrom(ebsVolumes, { ec2 }, { signal })).to.deep.equal({
      pages: [
        [volume({ tags: tags(JSON.parse('{"Owner":"ada","__proto__":"x"}') as Record<string, string>) })],
        [volume({ id: 'vol-2', state: 'available', encrypted: false, kmsKeyId: null, attachedInstanceIds: [] })],
      ],
      gaps: [],
      error: undefined,
    });
    expect(pages.asked).to.deep.equal([
      { MaxResults: 500, NextToken: undefined },
      { MaxResults: 500, NextToken: 'more' },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal([true, true]);
  });

  it('counts as attached what is not on its way off', async () => {
    aws.on(DescribeVolumesCommand).resolves({
      Volumes: [
        {
          ...listed,
          Attachments: [
            { InstanceId: 'i-1', State: 'attached' },
            { InstanceId: 'i-2', State: 'attaching' },
            { InstanceId: 'i-3', State: 'busy' },
            { InstanceId: 'i-4', State: 'detaching' },
            { InstanceId: 'i-5', State: 'detached' },
            { State: 'attached', AssociatedResource: 'arn:aws:ecs:eu-west-1:111122223333:task/t' },
          ],
        },
      ],
    });

    const { pages } = await collectFrom(ebsVolumes, { ec2 });

    expect(pages).to.deep.equal([[volume({ attachedInstanceIds: ['i-1', 'i-2', 'i-3'] })]]);
  });

  it('gives an empty page where there are none', async () => {
    aws.on(DescribeVolumesCommand).resolves({ Volumes: [] });

    expect(await collectFrom(ebsVolumes, { ec2 })).to.deep.equal({ pages: [[]], gaps: [], error: undefined });
  });

  it('names the partition that it was told', async () => {
    aws.on(DescribeVolumesCommand).resolves({ Volumes: [{ ...listed, KmsKeyId: '' }] });
    const scope = { accountId: '111122223333', partition: 'aws-cn', region: 'cn-north-1' };

    const { pages } = await collectFrom(ebsVolumes, { ec2 }, { scope });

    expect(pages).to.deep.equal([
      [
        {
          ...unattached,
          arn: 'arn:aws-cn:ec2:cn-north-1:111122223333:volume/vol-1',
          region: 'cn-north-1',
          kmsKeyId: null,
        },
      ],
    ]);
  });

  it('throws where the second page is denied, with the first handed on', async () => {
    const denied = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
    aws
      .on(DescribeVolumesCommand)
      .resolvesOnce({ Volumes: [listed], NextToken: 'more' })
      .rejectsOnce(denied);

    expect(await collectFrom(ebsVolumes, { ec2 })).to.deep.equal({ pages: [[unattached]], gaps: [], error: denied });
  });

  for (const [what, volumes, message] of [
    ['the list', undefined, 'The answer has no volumeSet'],
    ['an id', [{ ...listed, VolumeId: undefined }], 'The answer has no volumeId'],
    ['a state', [{ ...listed, State: undefined }], 'The answer has no status'],
    ['whether it is encrypted', [{ ...listed, Encrypted: undefined }], 'The answer has no encrypted'],
  ] as const) {
    it(`throws where the answer lacks ${what}`, async () => {
      aws.on(DescribeVolumesCommand).resolves(volumes === undefined ? {} : { Volumes: [...volumes] });

      const { pages, error } = await collectFrom(ebsVolumes, { ec2 });

      expect(pages).to.deep.equal([]);
      expect(error).to.include({ name: 'MalformedAnswerError', message });
    });
  }
});
