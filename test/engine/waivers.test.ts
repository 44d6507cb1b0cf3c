import { expect } from 'chai';

import { Evaluator } from '../../src/engine/evaluate.ts';
import { ec2RequiredTags } from '../../src/engine/rules/ec2-required-tags.ts';
import { WaiverBook } from '../../src/engine/waivers.ts';
import type { Waiver } from '../../src/engine/waivers.ts';
import { denied, instance, tags } from '../support/resources.ts';

const asOf = new Date('2026-11-21T12:00:00Z');
const rule = 'ec2-required-tags';
const base = { rule, owner: 'ada', reason: 'legacy', expires: '2026-12-31' };
const note = { owner: 'ada', reason: 'legacy', expires: '2026-12-31' };
const bastion = instance({ id: 'i-bastion', tags: tags({ Role: 'bastion' }) });
const scanned = { rules: new Set([rule]), accounts: new Set(['111122223333']) };

const book = (...waivers: Waiver[]) => new WaiverBook(waivers, asOf);

describe('WaiverBook', () => {
  const scopes: [what: string, scope: Partial<Waiver>, covers: boolean][] = [
    ['the ARN itself', { arn: bastion.arn }, true],
    ['an ARN pattern', { arn: 'arn:aws:ec2:*:111122223333:instance/*' }, true],
    ['the ARN of another', { arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-other' }, false],
    ['a tag with its value', { tag: 'Role=bastion' }, true],
    ['a tag with another value', { tag: 'Role=web' }, false],
    ['a tag with any value', { tag: 'Role' }, true],
    ['a tag that it lacks', { tag: 'constructor' }, false],
    ['its account', { account: '111122223333' }, true],
    ['another account', { account: '999999999999' }, false],
  ];
  for (const [what, scope, covers] of scopes) {
    it(`${covers ? 'covers' : 'does not cover'} a resource by ${what}`, () => {
      expect(book({ ...base, ...scope }).cover(rule, bastion)).to.deep.equal(covers ? note : undefined);
    });
  }

  it('does not cover another rule', () => {
    expect(book({ ...base, account: '111122223333' }).cover('ec2-no-public-ip', bastion)).to.equal(undefined);
  });

  it('does not cover by a tag that could not be read', () => {
    const unread = instance({ tags: denied('ec2:DescribeTags') });
    expect(book({ ...base, tag: 'Role' }).cover(rule, unread)).to.equal(undefined);
  });

  it('splits a tag at its first equals sign alone', () => {
    const odd = instance({ tags: tags({ Query: 'a=b' }) });
    expect(book({ ...base, tag: 'Query=a=b' }).cover(rule, odd)).to.deep.equal(note);
  });

  it('holds to the end of its last day, and not a day longer', () => {
    const today = book({ ...base, account: '111122223333', expires: '2026-11-21' });
    const yesterday = book({ ...base, account: '111122223333', expires: '2026-11-20' });
    expect(today.cover(rule, bastion)).to.deep.equal({ ...note, expires: '2026-11-21' });
    expect(yesterday.cover(rule, bastion)).to.equal(undefined);
  });

  it('covers by the first that holds, and counts the failure for each', () => {
    const waivers = book(
      { ...base, account: '111122223333', expires: '2026-01-01' },
      { ...base, tag: 'Role', ticket: 'SEC-1' },
      { ...base, arn: bastion.arn, owner: 'bob' },
    );
    expect(waivers.cover(rule, bastion)).to.deep.equal({ ...note, ticket: 'SEC-1' });
    expect(waivers.uses(scanned)).to.deep.equal([
      { rule_id: rule, scope: 'account:111122223333', ...note, expires: '2026-01-01', state: 'expired', matched: 1 },
      { rule_id: rule, scope: 'tag:Role', ...note, ticket: 'SEC-1', state: 'active', matched: 1 },
      { rule_id: rule, scope: bastion.arn, ...note, owner: 'bob', state: 'active', matched: 1 },
    ]);
  });

  it('reports as unused only what was in the scan', () => {
    const states = book(
      { ...base, arn: 'arn:aws:ec2:*:111122223333:instance/i-gone' },
      { ...base, arn: 'arn:aws:ec2:*:999999999999:instance/i-gone' },
      { ...base, arn: 'arn:aws:s3:::gone' },
      { ...base, account: '999999999999' },
      { ...base, tag: 'Role' },
      { ...base, rule: 'ec2-no-public-ip', tag: 'Role' },
    )
      .uses(scanned)
      .map(({ state }) => state);
    expect(states).to.deep.equal(['unused', 'not_scanned', 'unused', 'not_scanned', 'unused', 'not_scanned']);
  });
});

describe('an Evaluator with waivers', () => {
  it('counts a covered failure as WAIVED, for neither side of the score', () => {
    const waivers = book({ ...base, tag: 'Role=bastion' });
    const evaluator = new Evaluator([{ rule: ec2RequiredTags, parameters: ec2RequiredTags.parameters.parse({}) }], {
      waivers,
    });
    const [evaluation] = evaluator.evaluate(bastion);
    evaluator.evaluate(instance());
    expect(evaluation).to.deep.include({
      status: 'WAIVED',
      waiver: note,
      message: 'Instance i-bastion lacks the tags Environment, Owner, CostCenter.',
    });
    expect(evaluator.totals().summary).to.deep.equal({
      total_resources: 2,
      total_evaluations: 2,
      compliant: 1,
      non_compliant: 0,
      not_applicable: 0,
      unknown: 0,
      waived: 1,
      compliance_percentage: 100,
      evaluated_percentage: 100,
      score: 100,
    });
  });
});
