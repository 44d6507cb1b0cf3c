import { expect } from 'chai';

import { compareEvaluations, compareGaps, fingerprint } from '../../src/engine/evaluation.ts';
import type { Evaluation, Gap } from '../../src/engine/evaluation.ts';

const arn = 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1';

describe('a fingerprint', () => {
  it('is the same for ever: stored baselines depend on it', () => {
    expect(fingerprint('ec2-required-tags', '111122223333', 'eu-west-1', arn)).to.equal(
      'f211f86cdc851443be0a51bf1d018e15',
    );
  });

  it('differs by rule, account, region and resource', () => {
    const all = [
      fingerprint('a', '1', 'r', arn),
      fingerprint('b', '1', 'r', arn),
      fingerprint('a', '2', 'r', arn),
      fingerprint('a', '1', 's', arn),
      fingerprint('a', '1', 'r', `${arn}2`),
    ];
    expect(new Set(all).size).to.equal(5);
  });
});

describe('the order of evaluations', () => {
  const evaluation = (
    account_id: string,
    region: string,
    resource_type: Evaluation['resource_type'],
    resource_id: string,
    rule_id: string,
  ) => ({ account_id, region, resource_type, resource_id, rule_id }) as Evaluation;

  it('goes by account, region, type, id, rule', () => {
    const sorted = [
      evaluation('1', 'b', 'AWS::S3::Bucket', 'z', 'z'),
      evaluation('2', 'a', 'AWS::EC2::Instance', 'a', 'a'),
      evaluation('2', 'b', 'AWS::EC2::Instance', 'b', 'a'),
      evaluation('2', 'b', 'AWS::EC2::Instance', 'b', 'b'),
      evaluation('2', 'b', 'AWS::EC2::Instance', 'c', 'a'),
      evaluation('2', 'b', 'AWS::EC2::Volume', 'a', 'a'),
    ];
    expect(sorted.toReversed().toSorted(compareEvaluations)).to.deep.equal(sorted);
  });

  it('goes by code unit, whatever the language of the machine', () => {
    const ids = ['B', 'a', 'b', 'ä'];
    const sorted = ids.map((id) => evaluation('1', 'a', 'AWS::S3::Bucket', id, 'r'));
    expect(sorted.toReversed().toSorted(compareEvaluations)).to.deep.equal(sorted);
  });

  it('finds nothing between an evaluation and itself', () => {
    const same = evaluation('1', 'a', 'AWS::S3::Bucket', 'b', 'r');
    expect(compareEvaluations(same, { ...same })).to.equal(0);
  });
});

describe('the order of gaps', () => {
  it('goes by account, region, API, reason', () => {
    const gap = (account_id: string, region: string, api: string, reason: Gap['reason']) =>
      ({ account_id, region, api, reason }) as Gap;
    const sorted = [
      gap('1', 'z', 'z', 'throttled'),
      gap('2', 'a', 'z', 'throttled'),
      gap('2', 'b', 'a', 'throttled'),
      gap('2', 'b', 'b', 'denied'),
      gap('2', 'b', 'b', 'error'),
    ];
    expect(sorted.toReversed().toSorted(compareGaps)).to.deep.equal(sorted);
    expect(compareGaps(gap('1', 'a', 'b', 'error'), gap('1', 'a', 'b', 'error'))).to.equal(0);
  });
});
