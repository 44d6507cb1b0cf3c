import { expect } from 'chai';
import * as fc from 'fast-check';

import type { Status } from '../../src/engine/evaluation.ts';
import { STREAM_ORDER } from '../../src/engine/model.ts';
import type { Resource } from '../../src/engine/model.ts';
import { count, noCounts, percentage, ResourceScore } from '../../src/engine/score.ts';
import type { Counts } from '../../src/engine/score.ts';
import { bucket, instance, securityGroup, volume } from '../support/resources.ts';

type Judged = readonly [resource: Resource, ...statuses: readonly Status[]];

function scoreOf(estate: readonly Judged[]): ResourceScore {
  const score = new ResourceScore();
  for (const [resource, ...statuses] of estate) score.add(resource, statuses);
  return score;
}

const counts = (changes: Partial<Counts>): Counts => ({ ...noCounts(), ...changes });

describe('counts', () => {
  it('put every status into a place of its own', () => {
    const all = noCounts();
    for (const status of ['PASS', 'FAIL', 'FAIL', 'NOT_APPLICABLE', 'UNKNOWN', 'WAIVED'] as const) count(all, status);
    expect(all).to.deep.equal({ total: 6, compliant: 1, non_compliant: 2, not_applicable: 1, unknown: 1, waived: 1 });
  });
});

describe('a percentage', () => {
  it('has two decimals', () => {
    expect(percentage(1, 3)).to.equal(33.33);
    expect(percentage(2, 3)).to.equal(66.67);
    expect(percentage(0, 7)).to.equal(0);
    expect(percentage(7, 7)).to.equal(100);
  });

  it('is null where there is nothing to divide by', () => {
    expect(percentage(0, 0)).to.equal(null);
  });
});

describe('the score', () => {
  it('is null for an empty estate and for one in which nothing could be judged', () => {
    expect(scoreOf([]).score()).to.equal(null);
    expect(
      scoreOf([
        [bucket({ id: 'a' }), 'UNKNOWN'],
        [bucket({ id: 'b' }), 'WAIVED'],
        [instance(), 'NOT_APPLICABLE'],
      ]).score(),
    ).to.equal(null);
  });

  it('counts a resource once, however many rules it breaks', () => {
    const score = scoreOf([
      [bucket({ id: 'a' }), 'FAIL', 'FAIL', 'PASS'],
      [bucket({ id: 'b' }), 'PASS', 'PASS'],
      [bucket({ id: 'c' }), 'PASS', 'UNKNOWN', 'WAIVED'],
    ]);
    expect(score.resources).to.equal(3);
    expect(score.score()).to.equal(66.67);
  });

  it('leaves out what no rule looked at', () => {
    const score = scoreOf([[securityGroup()], [instance()], [volume()], [bucket({ id: 'a' }), 'PASS']]);
    expect(score.resources).to.equal(1);
    expect(score.score()).to.equal(100);
    expect([...score.byInstanceType()]).to.deep.equal([]);
  });

  it('fails an instance for its volume, which counts for itself too', () => {
    const score = scoreOf([
      [instance({ id: 'i-1' }), 'PASS'],
      [instance({ id: 'i-2' }), 'PASS'],
      [volume({ id: 'vol-1', attachedInstanceIds: ['i-1'] }), 'FAIL'],
      [volume({ id: 'vol-2', attachedInstanceIds: ['i-2'] }), 'PASS'],
    ]);
    expect(score.resources).to.equal(4);
    expect(score.score()).to.equal(50);
    expect([...score.byInstanceType()]).to.deep.equal([
      ['t3.micro', counts({ total: 2, compliant: 1, non_compliant: 1 })],
    ]);
  });

  it('fails every instance that a Multi-Attach volume hangs on', () => {
    const score = scoreOf([
      [instance({ id: 'i-1' }), 'PASS'],
      [instance({ id: 'i-2', instanceType: 'm7g.large' }), 'PASS'],
      [volume({ attachedInstanceIds: ['i-1', 'i-2'] }), 'FAIL'],
    ]);
    expect(score.score()).to.equal(0);
    expect([...score.byInstanceType()]).to.deep.equal([
      ['t3.micro', counts({ total: 1, non_compliant: 1 })],
      ['m7g.large', counts({ total: 1, non_compliant: 1 })],
    ]);
  });

  it('fails an instance for its security group, which counts for itself too', () => {
    const score = scoreOf([
      [securityGroup({ id: 'sg-1' }), 'FAIL'],
      [securityGroup({ id: 'sg-2' }), 'PASS'],
      [instance({ id: 'i-1', securityGroupIds: ['sg-2', 'sg-1'] }), 'PASS'],
      [instance({ id: 'i-2', securityGroupIds: ['sg-2'] }), 'PASS'],
    ]);
    expect(score.score()).to.equal(50);
    expect([...score.byInstanceType()]).to.deep.equal([
      ['t3.micro', counts({ total: 2, compliant: 1, non_compliant: 1 })],
    ]);
  });

  it('judges an instance that only its attachments were judged for', () => {
    const score = scoreOf([
      [instance({ id: 'i-1' }), 'UNKNOWN'],
      [volume({ attachedInstanceIds: ['i-1'] }), 'PASS'],
    ]);
    expect([...score.byInstanceType()]).to.deep.equal([['t3.micro', counts({ total: 1, compliant: 1 })]]);
    expect(score.score()).to.equal(100);
  });

  it('leaves an instance that is on its way out alone, whatever is attached to it', () => {
    for (const state of ['terminated', 'shutting-down']) {
      const score = scoreOf([
        [securityGroup({ id: 'sg-1' }), 'FAIL'],
        [instance({ id: 'i-1', state, securityGroupIds: ['sg-1'] }), 'NOT_APPLICABLE'],
        [volume({ attachedInstanceIds: ['i-1'] }), 'PASS'],
      ]);
      expect(score.score()).to.equal(50);
      expect([...score.byInstanceType()]).to.deep.equal([['t3.micro', counts({ total: 1, not_applicable: 1 })]]);
    }
  });

  it('keeps attachments within their account and region', () => {
    const elsewhere = { accountId: '444455556666' };
    const score = scoreOf([
      [securityGroup({ id: 'sg-1', ...elsewhere }), 'FAIL'],
      [instance({ id: 'i-1', securityGroupIds: ['sg-1'] }), 'PASS'],
      [volume({ attachedInstanceIds: ['i-1'], region: 'us-east-1' }), 'FAIL'],
    ]);
    expect([...score.byInstanceType()]).to.deep.equal([['t3.micro', counts({ total: 1, compliant: 1 })]]);
    expect(score.score()).to.equal(33.33);
  });

  it('shows an instance type by what weighs most: fail, pass, unknown, waived, not applicable', () => {
    const score = scoreOf([
      [instance({ id: 'i-1' }), 'NOT_APPLICABLE', 'WAIVED', 'UNKNOWN', 'PASS', 'FAIL'],
      [instance({ id: 'i-2' }), 'NOT_APPLICABLE', 'WAIVED', 'UNKNOWN', 'PASS'],
      [instance({ id: 'i-3' }), 'NOT_APPLICABLE', 'WAIVED', 'UNKNOWN'],
      [instance({ id: 'i-4' }), 'NOT_APPLICABLE', 'WAIVED'],
      [instance({ id: 'i-5' }), 'NOT_APPLICABLE'],
    ]);
    expect([...score.byInstanceType()]).to.deep.equal([
      ['t3.micro', { total: 5, compliant: 1, non_compliant: 1, not_applicable: 1, unknown: 1, waived: 1 }],
    ]);
  });
});

describe('the judged', () => {
  it('are what passes or fails, instances with what is attached to them', () => {
    const score = scoreOf([
      [securityGroup({ id: 'sg-1' }), 'FAIL'],
      [securityGroup({ id: 'sg-2' }), 'PASS'],
      [instance({ id: 'i-1', securityGroupIds: ['sg-1'] }), 'PASS'],
      [instance({ id: 'i-2', securityGroupIds: ['sg-2'] }), 'UNKNOWN'],
      [instance({ id: 'i-3', securityGroupIds: [] }), 'WAIVED'],
      [volume({ attachedInstanceIds: ['i-3'] }), 'UNKNOWN', 'PASS'],
      [bucket({ id: 'a' }), 'NOT_APPLICABLE'],
    ]);
    // Beside the groups and the volume: i-1 fails for its group, i-2 and i-3 pass for what is attached.
    expect(score.judged()).to.deep.equal({ compliant: 4, nonCompliant: 2 });
    expect(score.score()).to.equal(66.67);
  });

  it('are none where nothing could be decided', () => {
    expect(scoreOf([]).judged()).to.deep.equal({ compliant: 0, nonCompliant: 0 });
    expect(scoreOf([[instance(), 'UNKNOWN']]).judged()).to.deep.equal({ compliant: 0, nonCompliant: 0 });
  });
});

describe('the judged instances', () => {
  const elsewhere = { accountId: '444455556666', region: 'us-east-1' };
  const here = { accountId: '111122223333', region: 'eu-west-1' };

  it('are each with where it is and how it fared, what is attached to it included', () => {
    const score = scoreOf([
      [securityGroup({ id: 'sg-1' }), 'FAIL'],
      [instance({ id: 'i-1', securityGroupIds: ['sg-1'] }), 'PASS'],
      [instance({ id: 'i-2', securityGroupIds: [], instanceType: 'm7g.large' }), 'PASS'],
      [instance({ id: 'i-3', securityGroupIds: [] }), 'PASS'],
      [volume({ attachedInstanceIds: ['i-3'] }), 'FAIL'],
      [instance({ id: 'i-1', ...elsewhere }), 'PASS'],
    ]);
    expect([...score.instances()]).to.deep.equal([
      { ...here, id: 'i-1', instanceType: 't3.micro', compliant: false },
      { ...here, id: 'i-2', instanceType: 'm7g.large', compliant: true },
      { ...here, id: 'i-3', instanceType: 't3.micro', compliant: false },
      { ...elsewhere, id: 'i-1', instanceType: 't3.micro', compliant: true },
    ]);
  });

  it('leave out what no rule looked at, could decide or had to', () => {
    const score = scoreOf([
      [instance({ id: 'i-1' })],
      [instance({ id: 'i-2' }), 'UNKNOWN'],
      [instance({ id: 'i-3' }), 'WAIVED'],
      [instance({ id: 'i-4', state: 'terminated' }), 'NOT_APPLICABLE'],
      [instance({ id: 'i-5' }), 'UNKNOWN', 'PASS'],
    ]);
    expect([...score.instances()].map(({ id }) => id)).to.deep.equal(['i-5']);
  });
});

describe('any score', () => {
  const someStatuses = fc.array(fc.constantFrom<Status>('PASS', 'FAIL', 'UNKNOWN', 'WAIVED', 'NOT_APPLICABLE'), {
    maxLength: 3,
  });
  const someIds = (prefix: string) => fc.uniqueArray(fc.integer({ min: 0, max: 4 }).map((n) => `${prefix}-${n}`));
  const somewhere = fc.record({
    accountId: fc.constantFrom('111122223333', '444455556666'),
    region: fc.constantFrom('eu-west-1', 'us-east-1'),
  });
  const someResource = fc.oneof(
    fc.tuple(fc.nat(4), somewhere).map(([n, where]) => securityGroup({ id: `sg-${n}`, ...where })),
    fc
      .tuple(fc.nat(4), somewhere, someIds('sg'), fc.constantFrom('running', 'terminated'))
      .map(([n, where, securityGroupIds, state]) => instance({ id: `i-${n}`, securityGroupIds, state, ...where })),
    fc
      .tuple(fc.nat(4), somewhere, someIds('i'))
      .map(([n, where, attachedInstanceIds]) => volume({ id: `vol-${n}`, attachedInstanceIds, ...where })),
    fc.nat(4).map((n) => bucket({ id: `bucket-${n}` })),
  );
  const identity = ([{ type, id, accountId, region }]: Judged) => [type, id, accountId, region].join();
  const inStreamOrder = (estate: readonly Judged[]) =>
    estate.toSorted(([a], [b]) => STREAM_ORDER.indexOf(a.type) - STREAM_ORDER.indexOf(b.type));
  const someEstate = fc
    .uniqueArray(
      someStatuses.chain((statuses) => fc.tuple(someResource, ...statuses.map((status) => fc.constant(status)))),
      { selector: identity, maxLength: 25 },
    )
    .map(inStreamOrder);

  it('is null or between 0 and 100', () => {
    fc.assert(
      fc.property(someEstate, (estate) => {
        const score = scoreOf(estate).score();
        expect(score === null || (score >= 0 && score <= 100)).to.equal(true);
      }),
    );
  });

  it('is never raised by a failing resource more', () => {
    fc.assert(
      fc.property(someEstate, someResource, (estate, added) => {
        const failing: Judged = [added, 'FAIL'];
        const without = estate.filter((judged) => identity(judged) !== identity(failing));
        const before = scoreOf(without).score() ?? 100;
        const after = scoreOf(inStreamOrder([...without, failing])).score() ?? 100;
        expect(after).to.be.at.most(before);
      }),
    );
  });

  it('does not depend on the order of resources within the stream order', () => {
    const shuffled = someEstate.chain((estate) =>
      fc.tuple(
        fc.constant(estate),
        fc.shuffledSubarray(estate, { minLength: estate.length, maxLength: estate.length }).map(inStreamOrder),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([estate, other]) => {
        const [a, b] = [scoreOf(estate), scoreOf(other)];
        expect(a.score()).to.equal(b.score());
        expect(a.resources).to.equal(b.resources);
        expect(Object.fromEntries(a.byInstanceType())).to.deep.equal(Object.fromEntries(b.byInstanceType()));
      }),
    );
  });
});
