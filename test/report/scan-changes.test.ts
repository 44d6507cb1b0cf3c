import { expect } from 'chai';

import type { Evaluation } from '../../src/engine/evaluation.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import { FindingsCollector } from '../../src/report/scan-changes.ts';
import type { EarlierScan } from '../../src/report/scan-changes.ts';
import { counts, finding, gap, head } from '../support/scans.ts';

const RULES = { by_rule: { 'ec2-required-tags': counts({ total: 1 }) } };

function collector(
  earlier: EarlierScan | undefined,
  ...documents: { readonly head?: Partial<ScanHead>; readonly evaluations: readonly Evaluation[] }[]
) {
  const own = new FindingsCollector(earlier);
  for (const document of documents) {
    const reader = own.read(head({ ...RULES, ...document.head }));
    for (const evaluation of document.evaluations) reader.evaluation(evaluation);
    reader.end();
  }
  return own.findings();
}

const named = (fingerprint: string, changes: Partial<Evaluation> = {}) =>
  finding({ fingerprint, resource_id: fingerprint, ...changes });
const earlier = (...failures: Evaluation[]): EarlierScan => ({
  scanId: 'before',
  time: '2026-11-19T18:00:00.000Z',
  failures,
});

describe('the findings of a scan', () => {
  it('are what fails, is unknown or is waived; without an earlier scan nothing is said of changes', () => {
    const [failing, unknown, waived] = [
      named('a'),
      named('b', { status: 'UNKNOWN' }),
      named('c', { status: 'WAIVED' }),
    ];
    const passing = [named('d', { status: 'PASS' }), named('e', { status: 'NOT_APPLICABLE' })];
    expect(collector(undefined, { evaluations: [failing, unknown, waived, ...passing] })).to.deep.equal({
      evaluations: [failing, unknown, waived],
      changes: null,
    });
  });

  it('tell what is new, worse, still open and resolved since an earlier one', () => {
    const fact = (key: string) => ({ key, message: key });
    const before = earlier(
      named('same'),
      named('worse', { facts: [fact('one')] }),
      named('heavier', { severity: 'low' }),
      named('z-gone', { facts: [fact('one')] }),
      named('gone'),
      named('accepted'),
    );
    const { evaluations, changes } = collector(before, {
      evaluations: [
        named('accepted', { status: 'WAIVED' }),
        named('fresh'),
        named('heavier', { severity: 'high' }),
        named('same'),
        named('worse', { facts: [fact('one'), fact('two')] }),
      ],
    });
    expect(evaluations.map(({ fingerprint, change }) => [fingerprint, change])).to.deep.equal([
      ['accepted', undefined],
      ['fresh', 'new'],
      ['heavier', 'worse'],
      ['same', 'unchanged'],
      ['worse', 'worse'],
    ]);
    const { resolved_findings: resolved, by_owner: _, ...counted } = changes ?? { by_owner: [], resolved_findings: [] };
    expect(counted).to.deep.equal({
      since: { scan_id: 'before', report_timestamp: '2026-11-19T18:00:00.000Z' },
      new: 1,
      still_open: 3,
      worse: 2,
      resolved: 2,
      not_rechecked: 0,
    });
    expect(resolved.map(({ fingerprint }) => fingerprint)).to.deep.equal(['gone', 'z-gone']);
    expect(Object.keys(resolved[1] ?? {})).not.to.include('facts');
  });

  it('call nothing resolved that nobody could look at again', () => {
    const before = earlier(named('a'));
    const unseen = (head: Partial<ScanHead>, ...evaluations: Evaluation[]) => {
      const { changes } = collector(before, { head, evaluations });
      return [changes?.resolved, changes?.not_rechecked];
    };
    expect(unseen({ gaps: [gap()] })).to.deep.equal([0, 1]);
    expect(unseen({ complete: false })).to.deep.equal([0, 1]);
    expect(unseen({ regions: ['us-east-1'] })).to.deep.equal([0, 1]);
    expect(unseen({ by_rule: {} })).to.deep.equal([0, 1]);
    expect(unseen({}, named('a', { status: 'UNKNOWN' }))).to.deep.equal([0, 1]);
    expect(unseen({})).to.deep.equal([1, 0]);
  });

  it('are told by owner, those with the most open ones first', () => {
    const before = earlier(
      named('a', { owner: 'ada', severity: 'low' }),
      named('b', { owner: 'bob' }),
      named('c', { owner: 'ada' }),
      named('d'),
      named('e', { owner: 'eve' }),
    );
    const { changes } = collector(before, {
      evaluations: [
        named('a', { owner: 'ada' }),
        named('b', { owner: 'bob' }),
        named('e', { owner: 'eve', status: 'UNKNOWN' }),
        named('f', { owner: 'bob' }),
        named('g', { owner: '__proto__' }),
      ],
    });
    const counted = (owner: string | null, ...[fresh, still_open, worse, resolved, not_rechecked]: number[]) => ({
      owner,
      new: fresh,
      still_open,
      worse,
      resolved,
      not_rechecked,
    });
    expect(changes?.by_owner).to.deep.equal([
      counted('bob', 1, 1, 0, 0, 0),
      counted('__proto__', 1, 0, 0, 0, 0),
      counted('ada', 0, 1, 1, 1, 0),
      counted(null, 0, 0, 0, 1, 0),
      counted('eve', 0, 0, 0, 0, 1),
    ]);
  });

  it('are those of all shards of a scan, in one order', () => {
    const west = { head: { regions: ['eu-west-1'] }, evaluations: [named('w')] };
    const east = { head: { regions: ['eu-east-1'] }, evaluations: [named('e', { region: 'eu-east-1' })] };
    const before = earlier(named('gone', { region: 'eu-east-1' }), named('w'));
    const { evaluations, changes } = collector(before, west, east);
    expect(evaluations.map(({ fingerprint }) => fingerprint)).to.deep.equal(['e', 'w']);
    expect([changes?.new, changes?.still_open, changes?.resolved]).to.deep.equal([1, 1, 1]);
  });

  it('count nothing of a document that was begun and not ended', () => {
    const own = new FindingsCollector(undefined);
    own.read(head()).evaluation(named('cut off'));
    const again = own.read(head());
    again.evaluation(named('whole'));
    again.end();
    expect(own.findings().evaluations.map(({ fingerprint }) => fingerprint)).to.deep.equal(['whole']);
  });
});
