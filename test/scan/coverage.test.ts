import { expect } from 'chai';

import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { ec2SecurityGroupRestricted } from '../../src/engine/rules/ec2-security-group-restricted.ts';
import { s3BucketEncrypted } from '../../src/engine/rules/s3-bucket-encrypted.ts';
import { GLOBAL } from '../../src/inventory/live.ts';
import { apisFor, coveredBy } from '../../src/scan/coverage.ts';
import { chosen, inventory, plan } from '../support/plans.ts';
import { gap } from '../support/scans.ts';

const A = '111122223333';
const B = '444455556666';
const [EU, US] = ['eu-west-1', 'us-east-1'];
const [TAGS, BUCKETS, GROUPS] = [ec2RequiredTags.id, s3BucketEncrypted.id, ec2SecurityGroupRestricted.id];

const rules = chosen(ec2RequiredTags, s3BucketEncrypted, ec2SecurityGroupRestricted);
const scanned = inventory([], { accounts: [A, B], regions: [EU, US] });

/** Every rule, account and region of a scan that was not fully evaluated. */
function uncovered(changes: Partial<Parameters<typeof coveredBy>[2]>): string[] {
  const covered = coveredBy(plan({ rules }), scanned, { gaps: [], complete: true, ...changes });
  return [TAGS, BUCKETS, GROUPS].flatMap((rule) =>
    [A, B].flatMap((account) =>
      [EU, US].filter((region) => !covered(rule, account, region)).map((region) => `${rule} ${account} ${region}`),
    ),
  );
}

describe('where a scan saw everything', () => {
  it('is everywhere, where nothing was missed', () => {
    expect(uncovered({})).to.deep.equal([]);
  });

  it('is nowhere, where it was cut short', () => {
    expect(uncovered({ complete: false })).to.have.length(12);
  });

  it('is not where a rule, an account or a region was no part of it', () => {
    const covered = coveredBy(plan({ rules: chosen(ec2RequiredTags) }), scanned, { gaps: [], complete: true });
    expect([
      covered(TAGS, A, EU),
      covered(BUCKETS, A, EU),
      covered(TAGS, '777788889999', EU),
      covered(TAGS, A, 'eu-north-1'),
    ]).to.deep.equal([true, false, false, false]);
  });

  it('is not where only resources with some tag were judged', () => {
    const covered = coveredBy(plan({ rules, tags: ['Owner'] }), scanned, { gaps: [], complete: true });
    expect(covered(TAGS, A, EU)).to.equal(false);
  });

  it('is not where a listing that the rule needs failed', () => {
    const gaps = [gap({ account_id: A, region: EU, api: 'ec2:DescribeInstances' })];
    expect(uncovered({ gaps })).to.deep.equal([`${TAGS} ${A} ${EU}`]);
  });

  it('is not where a fact of what the rule looks at failed', () => {
    const gaps = [
      gap({ account_id: B, region: US, api: 'ec2:GetManagedPrefixListEntries' }),
      gap({ account_id: B, region: EU, api: 's3:GetBucketEncryption' }),
    ];
    expect(uncovered({ gaps })).to.deep.equal([`${BUCKETS} ${B} ${EU}`, `${GROUPS} ${B} ${US}`]);
  });

  it('is wherever what failed is no concern of the rule', () => {
    expect(uncovered({ gaps: [gap({ account_id: A, region: EU, api: 's3:GetBucketTagging' })] })).to.deep.equal([]);
  });

  for (const api of ['sts:AssumeRole', 'ec2:DescribeRegions']) {
    it(`is nowhere in an account that a gap concerns as a whole (${api})`, () => {
      expect(uncovered({ gaps: [gap({ account_id: A, region: GLOBAL, api })] })).to.deep.equal(
        [TAGS, BUCKETS, GROUPS].flatMap((rule) => [EU, US].map((region) => `${rule} ${A} ${region}`)),
      );
    });
  }
});

describe('apisFor', () => {
  it('gives what reading the facts may call, and what finds out accounts and regions', () => {
    expect([...apisFor(plan({ rules: chosen(ec2RequiredTags) }).facts)]).to.deep.equal([
      'sts:AssumeRole',
      'sts:GetCallerIdentity',
      'ec2:DescribeRegions',
      'ec2:DescribeInstances',
    ]);
  });
});
