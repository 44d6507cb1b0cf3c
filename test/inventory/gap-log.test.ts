import { expect } from 'chai';

import type { Gap } from '../../src/engine/evaluation.ts';
import type { GapReason } from '../../src/engine/model.ts';
import { GapLog, gapOf } from '../../src/inventory/gap-log.ts';

const scope = { accountId: '111122223333', region: 'eu-west-1' };
const call = { operation: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', resource: null };
const common = { account_id: '111122223333', region: 'eu-west-1', api: 's3:GetBucketEncryption', calls: 1 };

describe('the gap of a failed call', () => {
  const messages: readonly (readonly [reason: Exclude<GapReason, 'denied'>, message: string])[] = [
    ['throttled', 's3:GetBucketEncryption was throttled to the end: What AWS said.'],
    ['unreachable', 's3:GetBucketEncryption could not be reached: What AWS said.'],
    ['deadline', 'The time ran out before s3:GetBucketEncryption was done.'],
    ['interrupted', 'The scan was interrupted before s3:GetBucketEncryption was done.'],
    ['error', 's3:GetBucketEncryption failed: What AWS said.'],
  ];
  for (const [reason, message] of messages) {
    it(`says what happened: ${reason}`, () => {
      expect(gapOf(scope, 's3', call, { reason, detail: 'What AWS said' })).to.deep.equal({
        ...common,
        reason,
        message,
      });
    });
  }

  it('names the permission, which may be called otherwise than the operation', () => {
    expect(gapOf(scope, 's3', call, { reason: 'denied', detail: 'Access Denied' })).to.deep.equal({
      ...common,
      permission: 's3:GetEncryptionConfiguration',
      reason: 'denied',
      message: 's3:GetEncryptionConfiguration was denied: Access Denied.',
    });
  });
});

describe('a gap log', () => {
  const gap = (changes: Partial<Gap>): Gap => ({ ...common, reason: 'error', message: 'm', ...changes });
  const logOf = (gaps: readonly Gap[]) => {
    const log = new GapLog();
    for (const entry of gaps) log.add(entry);
    return log.sorted();
  };

  it('is empty at first', () => {
    expect(logOf([])).to.deep.equal([]);
  });

  it('holds one gap for each account, region, API and reason, sorted', () => {
    const sorted = [
      gap({ account_id: '1', region: 'z' }),
      gap({ account_id: '2', region: 'a', api: 'ec2:B' }),
      gap({ account_id: '2', region: 'b', api: 'ec2:A' }),
      gap({ account_id: '2', region: 'b', api: 'ec2:B', reason: 'denied' }),
      gap({ account_id: '2', region: 'b', api: 'ec2:B', reason: 'throttled' }),
    ];
    expect(logOf(sorted.toReversed())).to.deep.equal(sorted);
  });

  it('counts the calls that failed alike, and leaves the same gap in whatever order they came', () => {
    const gaps = [gap({ message: 'b' }), gap({ message: 'a' }), gap({ message: 'c' })];
    const together = [gap({ message: 'a', calls: 3 })];
    expect(logOf(gaps)).to.deep.equal(together);
    expect(logOf(gaps.toReversed())).to.deep.equal(together);
  });
});
