import { expect } from 'chai';

import { FindingList } from '../../page-src/narrow.ts';
import type { Choice, FilterField, SortField } from '../../page-src/narrow.ts';
import { findingOf } from '../../src/report/html/finding-of.ts';
import { finding } from '../support/scans.ts';

const findings = [
  finding({ resource_id: 'sg-1', severity: 'critical', rule_id: 'group-closed', message: 'Open on TCP 22.' }),
  finding({ resource_id: 'i-2', severity: 'low', region: 'us-east-1' }),
  finding({ resource_id: 'i-1', account_id: '444455556666', facts: [{ key: 'k', message: 'The tag Owner.' }] }),
  finding({ resource_id: 'i-3', status: 'UNKNOWN', missing_permission: 'ec2:DescribeTags' }),
  finding({
    resource_id: 'i-4',
    status: 'WAIVED',
    waiver: { owner: 'ada@example.org', reason: 'Until March', expires: '2026-12-31' },
  }),
].map(findingOf);

const list = new FindingList(findings, new Map([['group-closed', 'Security group is closed to the world']]));

function narrowed(
  values: Partial<Record<FilterField, readonly string[]>>,
  { words = '', sort }: { readonly words?: string; readonly sort?: Choice['sort'] } = {},
) {
  const sets = Object.entries(values).map(([field, any]) => [field as FilterField, new Set(any)] as const);
  return list.narrow({ values: new Map(sets), words, sort });
}

function idsOf(...choice: Parameters<typeof narrowed>) {
  return narrowed(...choice).places.map((place) => findings[place]?.id);
}

describe('FindingList', () => {
  it('has all in their order where nothing is chosen', () => {
    expect(idsOf({})).to.deep.equal(['sg-1', 'i-2', 'i-1', 'i-3', 'i-4']);
    expect(idsOf({ severity: [] })).to.deep.equal(['sg-1', 'i-2', 'i-1', 'i-3', 'i-4']);
  });

  it('takes any value of a field, and every field', () => {
    expect(idsOf({ severity: ['critical', 'low'] })).to.deep.equal(['sg-1', 'i-2']);
    expect(idsOf({ severity: ['critical', 'low'], region: ['us-east-1'] })).to.deep.equal(['i-2']);
    expect(idsOf({ account: ['444455556666'], rule: ['group-closed'] })).to.deep.equal([]);
  });

  it('takes an owner, and what has none', () => {
    const owned = new FindingList([finding({ owner: 'ada' }), finding()].map(findingOf), new Map());
    const placesOf = (owner: string, words = '') =>
      owned.narrow({ values: new Map([['owner', new Set([owner])]]), words, sort: undefined }).places;
    expect([placesOf('ada'), placesOf(''), placesOf('ada', 'ADA'), placesOf('', 'ada')]).to.deep.equal([
      [0],
      [1],
      [0],
      [],
    ]);
  });

  it('finds every word, wherever it stands, in whatever case', () => {
    const found = (words: string) => idsOf({}, { words });
    expect(found('tcp 22')).to.deep.equal(['sg-1']);
    expect(found('  CLOSED to world ')).to.deep.equal(['sg-1']);
    expect(found('describetags')).to.deep.equal(['i-3']);
    expect(found('ADA@example')).to.deep.equal(['i-4']);
    expect(found('444455556666 owner')).to.deep.equal(['i-1']);
    expect(found('tcp nothing')).to.deep.equal([]);
  });

  it('counts what each severity and status would give beside the other filters', () => {
    const { severity, status } = narrowed({ severity: ['critical'], status: ['FAIL'] }).counts;
    expect(Object.fromEntries(severity)).to.deep.equal({ critical: 1, low: 1, medium: 1 });
    expect(Object.fromEntries(status)).to.deep.equal({ FAIL: 1 });
    expect(Object.fromEntries(narrowed({}, { words: 'ada' }).counts.status)).to.deep.equal({ WAIVED: 1 });
  });

  it('sorts by weight or by text, both ways, and keeps the order of equals', () => {
    const sorted = (field: SortField, descending: boolean) => idsOf({}, { sort: { field, descending } });
    expect(sorted('severity', false)).to.deep.equal(['sg-1', 'i-1', 'i-3', 'i-4', 'i-2']);
    expect(sorted('severity', true)).to.deep.equal(['i-2', 'i-1', 'i-3', 'i-4', 'sg-1']);
    expect(sorted('status', false)).to.deep.equal(['sg-1', 'i-2', 'i-1', 'i-3', 'i-4']);
    expect(sorted('id', false)).to.deep.equal(['i-1', 'i-2', 'i-3', 'i-4', 'sg-1']);
    expect(sorted('id', true)).to.deep.equal(['sg-1', 'i-4', 'i-3', 'i-2', 'i-1']);
    expect(sorted('account', false)).to.deep.equal(['sg-1', 'i-2', 'i-3', 'i-4', 'i-1']);
  });
});
