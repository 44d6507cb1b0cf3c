import { expect } from 'chai';

import type { ResourceType } from '../../src/engine/model.ts';
import { known, notCollected } from '../../src/engine/model.ts';
import type { Collector } from '../../src/inventory/collector.ts';
import { GapLog } from '../../src/inventory/gap-log.ts';
import { createReader } from '../../src/inventory/read.ts';
import { awsError } from '../support/collect.ts';

const collector: Pick<Collector, 'service' | 'types'> = {
  service: 's3',
  types: {
    'AWS::S3::Bucket': {
      tags: 'listed',
      encryption: { operation: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', resource: null },
    },
  },
};
const scope = { accountId: '111122223333', partition: 'aws', region: 'eu-west-1' };
const gap = { account_id: '111122223333', region: 'eu-west-1', api: 's3:GetBucketEncryption', calls: 1 };

function reader(facts: readonly string[], signal = new AbortController().signal) {
  const gaps = new GapLog();
  const wanted = new Map<ResourceType, Set<string>>([['AWS::S3::Bucket', new Set(facts)]]);
  return { gaps, read: createReader({ collector, scope, facts: wanted, signal, gaps }) };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It did not reject.');
}

describe('reading a fact', () => {
  it('gives what the call gives', async () => {
    const { read, gaps } = reader(['encryption']);

    expect(await read('AWS::S3::Bucket', 'encryption', async () => null)).to.deep.equal(known(null));
    expect(gaps.sorted()).to.deep.equal([]);
  });

  it('does not ask for what nobody wants', async () => {
    let asked = 0;
    const { read, gaps } = reader(['tags']);
    const ask = async () => {
      asked += 1;
    };

    expect(await read('AWS::S3::Bucket', 'encryption', ask)).to.equal(notCollected);
    expect(await read('AWS::EC2::Volume', 'encryption', ask)).to.equal(notCollected);
    expect(asked).to.equal(0);
    expect(gaps.sorted()).to.deep.equal([]);
  });

  it('takes an error that is an answer for one', async () => {
    const { read, gaps } = reader(['encryption']);
    const ask = () => Promise.reject(awsError('NotThere', 'None.', 404));

    expect(await read('AWS::S3::Bucket', 'encryption', ask, { NotThere: () => 'none' })).to.deep.equal(known('none'));
    expect(gaps.sorted()).to.deep.equal([]);
  });

  it('names the permission where access was denied', async () => {
    const { read, gaps } = reader(['encryption']);
    const ask = () => Promise.reject(awsError('AccessDenied', 'Access Denied', 403));

    expect(await read('AWS::S3::Bucket', 'encryption', ask)).to.deep.equal({
      known: false,
      reason: 'denied',
      permission: 's3:GetEncryptionConfiguration',
    });
    expect(gaps.sorted()).to.deep.equal([
      {
        ...gap,
        permission: 's3:GetEncryptionConfiguration',
        reason: 'denied',
        message: 's3:GetEncryptionConfiguration was denied: Access Denied.',
      },
    ]);
  });

  it('says what else went wrong', async () => {
    const { read, gaps } = reader(['encryption']);
    const ask = () => Promise.reject(awsError('SlowDown', 'Please reduce your request rate.', 503));

    expect(await read('AWS::S3::Bucket', 'encryption', ask)).to.deep.equal({ known: false, reason: 'throttled' });
    expect(gaps.sorted()).to.deep.equal([
      {
        ...gap,
        reason: 'throttled',
        message: 's3:GetBucketEncryption was throttled to the end: Please reduce your request rate.',
      },
    ]);
  });

  for (const [cause, reason, message] of [
    ['deadline', 'deadline', 'The time ran out before s3:GetBucketEncryption was done.'],
    ['SIGINT', 'interrupted', 'The scan was interrupted before s3:GetBucketEncryption was done.'],
  ] as const) {
    it(`blames the end of the walk (${reason}) for a call that it cut short`, async () => {
      const { read, gaps } = reader(['encryption'], AbortSignal.abort(cause));
      const ask = () => Promise.reject(awsError('InternalError', 'We encountered an internal error.', 500));

      expect(await read('AWS::S3::Bucket', 'encryption', ask)).to.deep.equal({ known: false, reason });
      expect(gaps.sorted()).to.deep.equal([{ ...gap, reason, message }]);
    });
  }

  it('throws on a defect of ours, even when the walk has ended', async () => {
    const defect = new TypeError('x is not a function');
    const { read, gaps } = reader(['encryption'], AbortSignal.abort('SIGINT'));

    expect(await rejection(read('AWS::S3::Bucket', 'encryption', () => Promise.reject(defect)))).to.equal(defect);
    expect(gaps.sorted()).to.deep.equal([]);
  });

  it('throws on the failure of a call that the collector does not declare', async () => {
    const error = awsError('AccessDenied', 'Access Denied', 403);
    const { read } = reader(['tags']);

    expect(await rejection(read('AWS::S3::Bucket', 'tags', () => Promise.reject(error)))).to.equal(error);
  });
});
