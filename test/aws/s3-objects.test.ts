import { expect } from 'chai';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

import { getText, listKeys, putObject, uriOf } from '../../src/aws/s3-objects.ts';
import { serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { stubbedClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';

const OBJECT = { bucket: 'compliance-results-dev', key: 'a.json' };
const JSON_BODY = { body: '{}', contentType: 'application/json' };
const signal = new AbortController().signal;
const denied = serviceError('AccessDenied', 403, 'Access Denied');
const s3 = stubbedClients().s3();

describe('an object that is put', () => {
  const bucket = inMemoryBucket();
  const put = async (options: { readonly ifAbsent?: boolean; readonly ifMatch?: string } = {}) =>
    putObject(await s3, OBJECT, JSON_BODY, { signal, ...options });

  it('is what the call is given, and nothing else', async () => {
    expect(await put()).to.equal(true);
    const gzip = { body: new Uint8Array([31, 139]), contentType: 'application/json', contentEncoding: 'gzip' } as const;
    expect(await putObject(await s3, { ...OBJECT, key: 'b.json' }, gzip, { signal, ifAbsent: true })).to.equal(true);
    expect(await put({ ifMatch: '"1"' })).to.equal(true);
    expect(bucket.writes).to.deep.equal([
      { Bucket: 'compliance-results-dev', Key: 'a.json', Body: '{}', ContentType: 'application/json' },
      {
        Bucket: 'compliance-results-dev',
        Key: 'b.json',
        Body: gzip.body,
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
        IfNoneMatch: '*',
      },
      { Bucket: 'compliance-results-dev', Key: 'a.json', Body: '{}', ContentType: 'application/json', IfMatch: '"1"' },
    ]);
  });

  it('replaces another without a condition, and leaves it alone with one that does not hold', async () => {
    bucket.objects.set('a.json', 'old');
    expect(await put({ ifAbsent: true })).to.equal(false);
    expect(await put({ ifMatch: '"7"' })).to.equal(false);
    expect(bucket.objects.get('a.json')).to.equal('old');
    expect(await put()).to.equal(true);
    expect(bucket.objects.get('a.json')).to.equal('{}');
  });

  it('is not put where the version that it is to replace is gone', async () => {
    expect(await put({ ifMatch: '"1"' })).to.equal(false);
    expect([...bucket.objects]).to.deep.equal([]);
  });

  it('is tried again where another write is in the way, and finds that one there', async () => {
    bucket.during('PutObject', () => bucket.objects.set('a.json', 'other'));
    expect(await put({ ifAbsent: true })).to.equal(false);
    expect(bucket.writes).to.have.length(2);
    expect(bucket.objects.get('a.json')).to.equal('other');
  });

  it('fails where others are in the way three times', async () => {
    const conflict = serviceError('ConditionalRequestConflict', 409, 'Conflict');
    bucket.fail('PutObject', conflict, { times: 2 });
    expect(await put({ ifAbsent: true })).to.equal(true);
    bucket.fail('PutObject', conflict, { times: 3 });
    expect(await thrownBy(() => put({ ifAbsent: true }))).to.equal(conflict);
    expect(bucket.writes).to.have.length(3 + 3);
  });

  it('fails where S3 refuses it', async () => {
    for (const error of [denied, serviceError('NoSuchBucket', 404, 'The specified bucket does not exist')]) {
      bucket.fail('PutObject', error, { times: 1 });
      expect(await thrownBy(() => put())).to.equal(error);
    }
    expect(bucket.writes).to.have.length(2);
    const gone = serviceError('NoSuchKey', 404, 'The specified key does not exist.');
    bucket.fail('PutObject', gone);
    expect(await thrownBy(() => put())).to.equal(gone);
  });

  it('fails where the answer is none of S3’s', async () => {
    mockClient(S3Client).resolves({});
    expect(await thrownBy(() => put())).to.have.property('message', 'The answer has no ETag');
  });
});

describe('an object that is read', () => {
  const bucket = inMemoryBucket();
  const text = async () => getText(await s3, OBJECT, signal);

  it('is a text and its version', async () => {
    bucket.objects.set('a.json', 'grüße');
    expect(await text()).to.deep.equal({ text: 'grüße', etag: '"0"' });
    await putObject(await s3, OBJECT, JSON_BODY, { signal });
    expect(await text()).to.deep.equal({ text: '{}', etag: '"1"' });
  });

  it('is undefined where there is none', async () => {
    expect(await text()).to.equal(undefined);
  });

  it('fails where S3 refuses it', async () => {
    bucket.fail('GetObject', denied);
    expect(await thrownBy(text)).to.equal(denied);
  });

  it('fails where the answer lacks what S3 always sends', async () => {
    const aws = mockClient(S3Client);
    aws.on(GetObjectCommand).resolves({ ETag: '"1"' });
    expect(await thrownBy(text)).to.have.property('message', 'The answer has no Body');
    aws.on(GetObjectCommand).callsFake(async () => ({ Body: { transformToString: async () => '' } }));
    expect(await thrownBy(text)).to.have.property('message', 'The answer has no ETag');
  });

  it('fails with what reading its body ends in, though that is no error', async () => {
    const transformToString = async () => {
      // oxlint-disable-next-line typescript/only-throw-error -- streams may be destroyed with anything
      throw 'cut';
    };
    mockClient(S3Client)
      .on(GetObjectCommand)
      .callsFake(async () => ({ ETag: '"1"', Body: { transformToString } }));
    expect(await thrownBy(text)).to.equal('cut');
  });
});

describe('the keys under a prefix', () => {
  const bucket = inMemoryBucket();
  const list = async () => listKeys(await s3, 'compliance-results-dev', 'scans/', signal);

  it('are those of every page', async () => {
    for (const key of ['scans/1', 'scans/2', 'scanner', 'scans/3', 'scans/4', 'scans/5']) bucket.objects.set(key, '');
    expect(await list()).to.deep.equal(['scans/1', 'scans/2', 'scans/3', 'scans/4', 'scans/5']);
  });

  it('are asked for a thousand at a time, from where the last page ended', async () => {
    const aws = mockClient(S3Client);
    const asked: ListObjectsV2CommandInput[] = [];
    aws.on(ListObjectsV2Command).callsFake(async (input: ListObjectsV2CommandInput) => {
      asked.push({ ...input });
      if (asked.length > 1) return { KeyCount: 0 };
      return { KeyCount: 1, Contents: [{ Key: 'scans/1' }], IsTruncated: true, NextContinuationToken: 'more' };
    });
    expect(await list()).to.deep.equal(['scans/1']);
    const every = { Bucket: 'compliance-results-dev', Prefix: 'scans/', MaxKeys: 1000 };
    expect(asked).to.deep.equal([
      { ...every, ContinuationToken: undefined },
      { ...every, ContinuationToken: 'more' },
    ]);
  });

  it('are none where there is none', async () => {
    expect(await list()).to.deep.equal([]);
  });

  it('are an error where S3 refuses to say', async () => {
    bucket.fail('ListObjectsV2', denied);
    expect(await thrownBy(list)).to.equal(denied);
  });

  it('are an error where the answer is none of S3’s', async () => {
    const aws = mockClient(S3Client);
    aws.on(ListObjectsV2Command).resolves({});
    expect(await thrownBy(list)).to.have.property('message', 'The answer has no KeyCount');
    aws.on(ListObjectsV2Command).resolves({ KeyCount: 1, Contents: [{}] });
    expect(await thrownBy(list)).to.have.property('message', 'The answer has no Key');
  });
});

describe('the URI of an object', () => {
  it('is how the AWS CLI writes it', () => {
    expect(uriOf({ bucket: 'b', key: 'scans/a.json' })).to.equal('s3://b/scans/a.json');
  });
});
