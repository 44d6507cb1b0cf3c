/** S3 as it answers: the list of an account's buckets, and what one bucket says of itself. */
import type { S3Bucket } from '../../src/engine/model.ts';
import { ACCOUNT, buckets } from '../support/estate.ts';
import type { Place } from '../support/estate.ts';
import { element, failed, list, ok } from './answer.ts';
import type { Answer, Request } from './answer.ts';
import { pageFor, S3_PAGING } from './paging.ts';
import { Shelf } from './shelf.ts';

const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** S3 for the whole account, rendered now: its list knows no region unless it is asked for one. */
export function createS3(places: readonly Place[]): (request: Request) => Answer {
  const byRegion = new Map(places.map((place) => [place.region, [...buckets(place)]]));
  const all = [...byRegion.values()].flat();
  const shelves = new Map([...byRegion].map(([region, standing]) => [region, shelfOf(standing)]));
  const everywhere = shelfOf(all);
  const answers = new Map(
    all.map((bucket) => [bucket.id, { GetBucketEncryption: encryption(bucket), GetBucketTagging: tagging(bucket) }]),
  );
  const nothing = shelfOf([]);

  return (request) => {
    const { operation, bucket, parameters } = request;
    if (operation === 'ListBuckets') {
      const region = parameters.get('bucket-region');
      return listBuckets(request, region === null ? everywhere : (shelves.get(region) ?? nothing));
    }
    const ofBucket = answers.get(bucket ?? '');
    if (ofBucket === undefined) return failed('s3', 404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (operation === 'GetBucketEncryption' || operation === 'GetBucketTagging') return ofBucket[operation];
    return failed('s3', 501, 'NotImplemented', `This server does not answer ${operation}.`);
  };
}

function shelfOf(standing: readonly S3Bucket[]): Shelf {
  return new Shelf(
    standing.map(
      ({ id, arn, region }) =>
        `<Bucket>${element('BucketArn', arn)}${element('Name', id)}<CreationDate>2026-03-02T09:14:31.000Z</CreationDate>${element('BucketRegion', region)}</Bucket>`,
    ),
  );
}

function listBuckets(request: Request, shelf: Shelf): Answer {
  const page = pageFor(request, shelf, S3_PAGING);
  if ('status' in page) return page;
  return ok(
    `<ListAllMyBucketsResult ${NAMESPACE}><Owner><ID>${ACCOUNT}</ID></Owner><Buckets>`,
    page.body,
    `</Buckets>${element('ContinuationToken', page.token)}</ListAllMyBucketsResult>`,
  );
}

function encryption({ encryption: fact }: S3Bucket): Answer {
  if (!fact.known || fact.value === null) {
    const message = 'The server side encryption configuration was not found';
    return failed('s3', 404, 'ServerSideEncryptionConfigurationNotFoundError', message);
  }
  const { algorithm, kmsKeyId } = fact.value;
  return ok(
    `<ServerSideEncryptionConfiguration ${NAMESPACE}><Rule><ApplyServerSideEncryptionByDefault>${element('SSEAlgorithm', algorithm)}${element('KMSMasterKeyID', kmsKeyId)}</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`,
  );
}

function tagging({ tags }: S3Bucket): Answer {
  const entries = tags.known ? Object.entries(tags.value) : [];
  if (entries.length === 0) return failed('s3', 404, 'NoSuchTagSet', 'The TagSet does not exist');
  const set = entries.map(([key, value]) => `${element('Key', key)}${element('Value', value)}`);
  return ok(`<Tagging ${NAMESPACE}>${list('TagSet', set, 'Tag')}</Tagging>`);
}
