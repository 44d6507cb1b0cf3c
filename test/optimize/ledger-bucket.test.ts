import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { ledgerInBucket } from '../../src/optimize/ledger-bucket.ts';
import { closed, entryText } from '../../src/optimize/ledger-entry.ts';
import { LedgerConflictError } from '../../src/optimize/ledger.ts';
import type { LedgerScope } from '../../src/optimize/ledger.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { inMemoryBucket } from '../support/bucket.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { behavesAsALedger, emptyEntry, LATER } from '../support/ledger-stores.ts';
import { SCOPE } from '../support/scaled-estate.ts';

const FOLDER = 'team/ledger/111122223333/eu-west-1/dev';
const OPEN = `${FOLDER}/open.json`;

function ledger(scope: LedgerScope = SCOPE, prefix = 'team/ledger') {
  const client = new S3Client({ region: 'eu-west-1' });
  return ledgerInBucket(client, { bucket: 'state', prefix }, scope, new AbortController().signal);
}

describe('a ledger in a bucket', () => {
  const bucket = inMemoryBucket();
  behavesAsALedger((scope) => ledger(scope));

  it('writes on condition, the archive first', async () => {
    expect([ledger().place, ledger(SCOPE, '').place]).to.deep.equal([
      `s3://state/${FOLDER}`,
      's3://state/111122223333/eu-west-1/dev',
    ]);
    const first = await ledger().create(emptyEntry());
    await ledger().replace(first, closed(first.entry, LATER));
    await ledger().create(emptyEntry('next'));
    expect(bucket.writes).to.deep.equal([
      put(OPEN, emptyEntry(), { IfNoneMatch: '*' }),
      put(`${FOLDER}/2026-11-21.run.json`, closed(emptyEntry(), LATER)),
      put(OPEN, closed(emptyEntry(), LATER), { IfMatch: '"1"' }),
      put(OPEN, emptyEntry('next'), { IfMatch: '"3"' }),
    ]);
    expect([...bucket.operations].toSorted()).to.deep.equal(['GetObject', 'PutObject']);
  });

  it('recognises its own write whose answer was lost', async () => {
    // It came through, and was sent again: the condition no longer holds.
    bucket.during('PutObject', () => bucket.objects.set(OPEN, entryText(emptyEntry())));
    const first = await ledger().create(emptyEntry());
    expect(first).to.deep.equal({ entry: emptyEntry(), version: '"0"' });
    const next = { ...emptyEntry(), snapshots: [{ resource_arn: 'arn', snapshot_id: 's', at: LATER.toISOString() }] };
    bucket.objects.set(OPEN, entryText(next));
    bucket.fail('PutObject', networkError('ECONNRESET', 'socket hang up'));
    expect((await ledger().replace(first, next)).entry).to.deep.equal(next);
  });

  it('knows who was faster by every answer of S3', async () => {
    const first = await ledger().create(emptyEntry());
    for (const [name, status] of [
      ['PreconditionFailed', 412],
      ['ConditionalRequestConflict', 409],
      ['NoSuchKey', 404],
    ] as const) {
      bucket.fail('PutObject', serviceError(name, status, 'No.'), { times: 1 });
      const error = await thrownBy(() => ledger().replace(first, closed(first.entry, LATER)));
      // The archive is written before, without a condition: it is the entry that counts.
      expect((error as Error).name, name).to.equal('UserError');
      bucket.fail('PutObject', serviceError(name, status, 'No.'), { key: OPEN, times: 1 });
      expect(await thrownBy(() => ledger().replace(first, closed(first.entry, LATER))), name).to.be.instanceOf(
        LedgerConflictError,
      );
    }
  });

  it('does not say that a write came through where that cannot be seen', async () => {
    const first = await ledger().create(emptyEntry());
    bucket.fail('PutObject', networkError('ECONNRESET', 'socket hang up'));
    bucket.fail('GetObject', networkError('ECONNRESET', 'socket hang up'));
    expect(await userErrorOf(() => ledger().replace(first, first.entry))).to.deep.equal({
      code: 'LEDGER_WRITE',
      exitCode: 3,
      message: `The ledger cannot be written: s3://state/${OPEN}: socket hang up.`,
      suggestions: ['Nothing more is changed without it; try again when S3 can be reached'],
    });
  });

  it('never overwrites what it cannot read', async () => {
    bucket.objects.set(OPEN, '<html>');
    expect(await userErrorOf(() => ledger().create(emptyEntry()))).to.deep.include({ code: 'LEDGER_DAMAGED' });
    expect((await userErrorOf(() => ledger().readOpen())).message).to.contain(`s3://state/${OPEN} is not an entry`);
    expect(bucket.writes).to.deep.equal([]);
    bucket.objects.set(OPEN, entryText(emptyEntry('run', { ...SCOPE, accountId: '999999999999' })));
    expect((await userErrorOf(() => ledger().readOpen())).code).to.equal('LEDGER_OTHER');
  });

  for (const [what, error, reading, writing] of [
    [
      'access is denied',
      serviceError('AccessDenied', 403, 'Access Denied'),
      'Allow s3:GetObject on the objects of state, and s3:ListBucket on the bucket: without the latter S3 says the same of an entry that is not there yet',
      'Allow s3:PutObject and s3:GetObject on the objects of state',
    ],
    [
      'there is no such bucket',
      serviceError('NoSuchBucket', 404, 'The specified bucket does not exist'),
      'Make the bucket state, or name another with --ledger',
      'Make the bucket state, or name another with --ledger',
    ],
    [
      'the bucket is elsewhere',
      serviceError('PermanentRedirect', 301, 'Use another endpoint'),
      'The bucket state is in another region: run with -r of that region, or name another bucket with --ledger',
      'The bucket state is in another region: run with -r of that region, or name another bucket with --ledger',
    ],
  ] as const) {
    it(`says what to do where ${what}`, async () => {
      const first = await ledger().create(emptyEntry());
      bucket.fail('PutObject', error);
      expect(await userErrorOf(() => ledger().replace(first, closed(first.entry, LATER)))).to.deep.include({
        code: 'LEDGER_WRITE',
        suggestions: [writing],
      });
      bucket.fail('GetObject', error);
      expect(await userErrorOf(() => ledger().replace(first, first.entry))).to.deep.include({
        code: 'LEDGER_WRITE',
        suggestions: [writing],
      });
      const read = await userErrorOf(() => ledger().readOpen());
      expect(read).to.deep.include({ code: 'LEDGER_READ', exitCode: 3, suggestions: [reading] });
      expect(read.message).to.match(/^The ledger cannot be read: s3:\/\/state\/team\/.*\/open\.json: \S.*\.$/);
    });
  }

  it('passes on what is a defect of ours', async () => {
    const error = new TypeError('defect');
    bucket.fail('PutObject', error);
    expect(await thrownBy(() => ledger().create(emptyEntry()))).to.equal(error);
  });
});

describe('an answer of S3 that is cut short', () => {
  it('is no write', async () => {
    const aws = mockClient(S3Client);
    try {
      aws.on(GetObjectCommand).rejects(serviceError('NoSuchKey', 404, 'none'));
      aws.on(PutObjectCommand).resolves({});
      expect((await userErrorOf(() => ledger().create(emptyEntry()))).message).to.equal(
        `The ledger cannot be written: s3://state/${OPEN}: The answer has no ETag.`,
      );
    } finally {
      aws.restore();
    }
  });
});

function put(key: string, entry: Parameters<typeof entryText>[0], condition: object = {}) {
  return { Bucket: 'state', Key: key, Body: entryText(entry), ContentType: 'application/json', ...condition };
}
