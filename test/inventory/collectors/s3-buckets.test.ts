import { setImmediate as turn } from 'node:timers/promises';

import { GetBucketEncryptionCommand, GetBucketTaggingCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ListBucketsCommandOutput, ServerSideEncryptionByDefault } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { known, notCollected } from '../../../src/engine/model.ts';
import { s3Buckets } from '../../../src/inventory/collectors/s3-buckets.ts';
import { awsError, collectFrom, handedOn, inTurn } from '../../support/collect.ts';
import { bucket, denied, tags } from '../../support/resources.ts';

const ONLY_ENCRYPTION = { facts: { 'AWS::S3::Bucket': ['encryption'] } };
const named = (id: string) => bucket({ id, tags: notCollected });
const listed = (Name: string) => ({ Name, BucketRegion: 'eu-west-1' });
const by = (byDefault: ServerSideEncryptionByDefault) => ({
  ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: byDefault }] },
});
const noSuchBucket = awsError('NoSuchBucket', 'The specified bucket does not exist', 404);

describe('collecting S3 buckets', () => {
  const s3 = new S3Client({ region: 'eu-west-1' });
  const aws = mockClient(s3);

  beforeEach(() => {
    aws.reset();
    aws.on(GetBucketEncryptionCommand).resolves(by({ SSEAlgorithm: 'AES256' }));
    aws.on(GetBucketTaggingCommand).rejects(awsError('NoSuchTagSet', 'The TagSet does not exist', 404));
  });

  it("gives the region's buckets, page by page, a thousand at a time", async () => {
    const pages = inTurn(
      { Buckets: [listed('reports')], ContinuationToken: 'more' },
      { Buckets: [listed('archive'), listed('zoo')] },
    );
    aws.on(ListBucketsCommand).callsFake(pages.answer);
    const { signal } = new AbortController();

    expect(await collectFrom(s3Buckets, { s3 }, { signal })).to.deep.equal({
      pages: [[bucket()], [bucket({ id: 'archive' }), bucket({ id: 'zoo' })]],
      gaps: [],
      error: undefined,
    });
    expect(pages.asked).to.deep.equal([
      { BucketRegion: 'eu-west-1', MaxBuckets: 1000, ContinuationToken: undefined },
      { BucketRegion: 'eu-west-1', MaxBuckets: 1000, ContinuationToken: 'more' },
    ]);
    expect(handedOn(signal, aws)).to.deep.equal(Array.from({ length: 2 + 3 + 3 }, () => true));
  });

  it("leaves out other regions' buckets, where the filter was ignored", async () => {
    aws.on(ListBucketsCommand).resolves({
      Buckets: [
        { Name: 'american', BucketRegion: 'us-east-1' },
        { Name: 'untold' },
        { Name: 'blank', BucketRegion: '' },
        { Name: 'ancient', BucketRegion: 'EU' },
        { Name: 'german', BucketRegion: 'eu-central-1' },
      ],
    });

    const { pages } = await collectFrom(s3Buckets, { s3 }, ONLY_ENCRYPTION);

    expect(pages).to.deep.equal([['untold', 'blank', 'ancient'].map(named)]);
    expect(aws.commandCalls(GetBucketEncryptionCommand)).to.have.length(3);
  });

  it('asks only for what is wanted', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });

    const { pages } = await collectFrom(s3Buckets, { s3 }, { facts: { 'AWS::S3::Bucket': [] } });

    expect(pages).to.deep.equal([[bucket({ tags: notCollected, encryption: notCollected })]]);
    expect(aws.calls()).to.have.length(1);
  });

  for (const [what, byDefault, encryption] of [
    ['a key', { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' }, { algorithm: 'aws:kms', kmsKeyId: 'k' }],
    ['the AWS managed key', { SSEAlgorithm: 'aws:kms' }, { algorithm: 'aws:kms', kmsKeyId: null }],
    [
      'an empty key',
      { SSEAlgorithm: 'aws:kms:dsse', KMSMasterKeyID: '' },
      { algorithm: 'aws:kms:dsse', kmsKeyId: null },
    ],
    ['an algorithm of tomorrow', { SSEAlgorithm: 'aws:new' as never }, { algorithm: 'aws:new', kmsKeyId: null }],
  ] as const) {
    it(`gives the default encryption with ${what}`, async () => {
      aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
      aws.on(GetBucketEncryptionCommand).resolves(by(byDefault));

      expect((await collectFrom(s3Buckets, { s3 })).pages).to.deep.equal([[bucket({ encryption: known(encryption) })]]);
    });
  }

  it('takes "none is configured" for an answer', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
    aws
      .on(GetBucketEncryptionCommand)
      .rejects(awsError('ServerSideEncryptionConfigurationNotFoundError', 'It was not found', 404));

    expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({
      pages: [[bucket({ encryption: known(null) })]],
      gaps: [],
      error: undefined,
    });
  });

  it('gives the tags', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
    aws.on(GetBucketTaggingCommand).resolves({ TagSet: [{ Key: 'Owner', Value: 'ada' }] });

    expect((await collectFrom(s3Buckets, { s3 })).pages).to.deep.equal([[bucket({ tags: tags({ Owner: 'ada' }) })]]);
  });

  it('gives all three where one is denied, and names the permission', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: ['a-first', 'b-second', 'c-third'].map(listed) });
    aws.on(GetBucketEncryptionCommand, { Bucket: 'b-second' }).rejects(awsError('AccessDenied', 'Access Denied', 403));

    expect(await collectFrom(s3Buckets, { s3 }, ONLY_ENCRYPTION)).to.deep.equal({
      pages: [
        [
          named('a-first'),
          bucket({ id: 'b-second', tags: notCollected, encryption: denied('s3:GetEncryptionConfiguration') }),
          named('c-third'),
        ],
      ],
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: 's3:GetBucketEncryption',
          permission: 's3:GetEncryptionConfiguration',
          reason: 'denied',
          message: 's3:GetEncryptionConfiguration was denied: Access Denied.',
          calls: 1,
        },
      ],
      error: undefined,
    });
  });

  it('keeps the order of the list, whichever bucket answers first, and the limit', async () => {
    const names = ['a-1', 'b-2', 'c-3', 'd-4', 'e-5'];
    aws.on(ListBucketsCommand).resolves({ Buckets: names.map(listed) });
    let under = 0;
    let most = 0;
    aws.on(GetBucketEncryptionCommand).callsFake(async ({ Bucket }: { Bucket: string }) => {
      under += 1;
      most = Math.max(most, under);
      for (let wait = names.length - names.indexOf(Bucket); wait > 0; wait -= 1) await turn();
      under -= 1;
      return by({ SSEAlgorithm: 'AES256' });
    });

    const { pages } = await collectFrom(s3Buckets, { s3 }, { ...ONLY_ENCRYPTION, limit: 2 });

    expect(pages).to.deep.equal([names.map(named)]);
    expect(most).to.equal(2);
  });

  it('asks twice before a bucket counts as gone', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
    aws
      .on(GetBucketEncryptionCommand)
      .rejectsOnce(noSuchBucket)
      .resolves(by({ SSEAlgorithm: 'AES256' }));

    expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({ pages: [[bucket()]], gaps: [], error: undefined });
    expect(aws.commandCalls(GetBucketEncryptionCommand)).to.have.length(2);
  });

  for (const command of [GetBucketEncryptionCommand, GetBucketTaggingCommand] as const) {
    it(`leaves out a bucket that is gone by ${command.name}`, async () => {
      aws.on(ListBucketsCommand).resolves({ Buckets: [listed('gone'), listed('reports')] });
      aws.on(command as typeof GetBucketTaggingCommand, { Bucket: 'gone' }).rejects(noSuchBucket);

      expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({ pages: [[bucket()]], gaps: [], error: undefined });
      expect(aws.commandCalls(command as typeof GetBucketTaggingCommand, { Bucket: 'gone' })).to.have.length(2);
    });
  }

  it('gives an empty page where there are none', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [] });

    expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({ pages: [[]], gaps: [], error: undefined });
  });

  it('names the partition that it was told', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [{ Name: 'reports', BucketRegion: 'us-gov-west-1' }] });
    const scope = { accountId: '111122223333', partition: 'aws-us-gov', region: 'us-gov-west-1' };

    const { pages } = await collectFrom(s3Buckets, { s3 }, { scope });

    expect(pages).to.deep.equal([[bucket({ arn: 'arn:aws-us-gov:s3:::reports', region: 'us-gov-west-1' })]]);
  });

  it('throws where the second page is denied, with the first handed on', async () => {
    const error = awsError('AccessDenied', 'Access Denied', 403);
    aws
      .on(ListBucketsCommand)
      .resolvesOnce({ Buckets: [listed('reports')], ContinuationToken: 'more' })
      .rejectsOnce(error);

    expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({ pages: [[bucket()]], gaps: [], error });
  });

  const malformed: [what: string, answer: ListBucketsCommandOutput, message: string][] = [
    ['the list', { $metadata: {} }, 'The answer has no Buckets'],
    ['a name', { $metadata: {}, Buckets: [{ BucketRegion: 'eu-west-1' }] }, 'The answer has no Name'],
  ];
  for (const [what, answer, message] of malformed) {
    it(`throws where the answer lacks ${what}`, async () => {
      aws.on(ListBucketsCommand).resolves(answer);

      const { pages, error } = await collectFrom(s3Buckets, { s3 });

      expect(pages).to.deep.equal([]);
      expect(error).to.include({ name: 'MalformedAnswerError', message });
    });
  }

  for (const [element, answer] of [
    ['ServerSideEncryptionConfiguration', {}],
    ['Rule', { ServerSideEncryptionConfiguration: { Rules: [] } }],
    ['Rule', { ServerSideEncryptionConfiguration: { Rules: undefined } }],
    ['ApplyServerSideEncryptionByDefault', { ServerSideEncryptionConfiguration: { Rules: [{}] } }],
    ['SSEAlgorithm', by({ SSEAlgorithm: undefined })],
  ] as const) {
    it(`does not know the encryption where the answer lacks the ${element}`, async () => {
      aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
      aws.on(GetBucketEncryptionCommand).resolves(answer as object);

      expect(await collectFrom(s3Buckets, { s3 })).to.deep.equal({
        pages: [[bucket({ encryption: { known: false, reason: 'error' } })]],
        gaps: [
          {
            account_id: '111122223333',
            region: 'eu-west-1',
            api: 's3:GetBucketEncryption',
            reason: 'error',
            message: `s3:GetBucketEncryption failed: The answer has no ${element}.`,
            calls: 1,
          },
        ],
        error: undefined,
      });
    });
  }

  it('does not know the tags where the answer lacks the set', async () => {
    aws.on(ListBucketsCommand).resolves({ Buckets: [listed('reports')] });
    aws.on(GetBucketTaggingCommand).resolves({ TagSet: undefined });

    const { pages } = await collectFrom(s3Buckets, { s3 });

    expect(pages).to.deep.equal([[bucket({ tags: { known: false, reason: 'error' } })]]);
  });
});
