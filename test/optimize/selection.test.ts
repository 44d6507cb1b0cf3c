import { expect } from 'chai';

import { known, tagMap } from '../../src/engine/model.ts';
import { selectionOf } from '../../src/optimize/selection.ts';
import type { Candidate, Choice, SelectionCriteria } from '../../src/optimize/selection.ts';

const tagged = (...entries: readonly (readonly [string, string])[]) => known(tagMap(entries));
const DENIED = { known: false, reason: 'denied', permission: 'elasticache:ListTagsForResource' } as const;

function chosen(criteria: Partial<SelectionCriteria>, candidate: Candidate | string): Choice {
  const asked = typeof candidate === 'string' ? { names: [candidate] } : candidate;
  return selectionOf({ environment: 'dev', ...criteria }).choose(asked);
}

describe('the selection by name', () => {
  for (const name of [
    'TapStackdev',
    'tapstackdev',
    'TAPSTACKDEV',
    'tapstack-dev',
    'tapstack_dev',
    'tapstack.dev',
    'tapstack-dev-db',
    'TapStack-web-dev',
    'tapstack-web-api-dev-cluster',
    'my-tapstackdev-db',
    'acme.streamflix-dev',
    'StreamFlixDev-Cluster-1A2B',
    // Only the second of the two is followed by the suffix.
    'tapstack-prod-tapstack-dev',
  ]) {
    it(`takes ${name}`, () => {
      expect(chosen({}, name)).to.equal('selected');
    });
  }

  for (const [name, near] of [
    ['tapstack-dev2', 'the suffix dev is followed by 2'],
    ['tapstackdevops', 'the suffix dev is followed by ops'],
    ['tapstack-web-development-db', 'the suffix dev is followed by elopment'],
    ['TapStackprod', 'the suffix is prod, not dev'],
    ['streamflix2-dev', 'the suffix is 2, not dev'],
    ['tapstack', 'the suffix dev does not follow TapStack'],
    ['tapstack-db', 'the suffix dev does not follow TapStack'],
    ['tapstack-prod-db', 'the suffix dev does not follow TapStack'],
    ['dev-tapstack', 'the suffix dev does not follow TapStack'],
    ['tapstack-predev', 'the suffix dev does not follow TapStack'],
  ] as const) {
    it(`explains why ${name} is none`, () => {
      expect(chosen({}, name)).to.deep.equal({ near });
    });
  }

  for (const name of ['mytapstackdev', 'other-dev', 'dev', 'tap-stack-dev', '']) {
    it(`passes over ${JSON.stringify(name)}`, () => {
      expect(chosen({}, name)).to.equal('other');
    });
  }

  it('takes a suffix with separators of its own', () => {
    const environment = 'synth-a5u1v0s6';
    expect(chosen({ environment }, 'TapStacksynth-a5u1v0s6')).to.equal('selected');
    expect(chosen({ environment }, 'tapstack-web-synth-a5u1v0s6-db')).to.equal('selected');
    expect(chosen({ environment }, 'tapstack-synth')).to.deep.equal({
      near: 'the suffix synth-a5u1v0s6 does not follow TapStack',
    });
    expect(chosen({ environment }, 'tapstack-synth-a5u1v0s61')).to.deep.equal({
      near: 'the suffix synth-a5u1v0s6 is followed by 1',
    });
  });

  it('takes other names in place of its own, and takes them literally', () => {
    expect(chosen({ names: ['Shop'] }, 'shop-dev')).to.equal('selected');
    expect(chosen({ names: ['Shop'] }, 'tapstack-dev')).to.equal('other');
    expect(chosen({ names: ['a.b', 'c+'] }, 'axb-dev')).to.equal('other');
    expect(chosen({ names: ['a.b', 'c+'] }, 'c+-dev')).to.equal('selected');
    expect(chosen({ names: [] }, 'tapstack-dev')).to.equal('selected');
  });

  it("goes by a service's name or its cluster's, and never by both read as one", () => {
    const names = (cluster: string, service: string) => ({ names: [`${cluster}/${service}`, service, cluster] });
    expect(chosen({}, names('TapStackdev', 'web'))).to.equal('selected');
    expect(chosen({}, names('shared', 'tapstack-web-dev'))).to.equal('selected');
    expect(chosen({}, names('tapstack-shared', 'web-dev'))).to.deep.equal({
      near: 'the suffix dev does not follow TapStack',
    });
    expect(chosen({}, { names: ['TapStackdev/web'] })).to.equal('selected');
  });

  it('needs no tags', () => {
    expect(selectionOf({ environment: 'dev' }).byTags).to.equal(false);
    expect(selectionOf({ environment: 'dev', tags: {}, stacks: [] }).byTags).to.equal(false);
    expect(chosen({}, { names: ['tapstack-dev'], tags: DENIED })).to.equal('selected');
  });
});

describe('the selection by tags and stacks', () => {
  const team = { tags: { Environment: 'dev', Team: 'video' } };
  const both = tagged(['Environment', 'dev'], ['Team', 'video'], ['Owner', 'a']);

  it('takes what carries every tag with its very value, whatever its name', () => {
    expect(selectionOf({ environment: 'dev', ...team }).byTags).to.equal(true);
    expect(chosen(team, { names: ['anything'], tags: both })).to.equal('selected');
    expect(chosen(team, { names: ['tapstack-dev'], tags: tagged(['Environment', 'dev']) })).to.equal('other');
    expect(chosen(team, { names: ['x'], tags: tagged(['Environment', 'Dev'], ['Team', 'video']) })).to.equal('other');
    expect(chosen(team, { names: ['tapstack'], tags: both })).to.equal('selected');
  });

  it('takes what belongs to one of the stacks', () => {
    const stacks = ['TapStackdev', 'Shop'];
    const of = (stack: string) => ({ names: ['x'], tags: tagged(['aws:cloudformation:stack-name', stack]) });
    expect(selectionOf({ environment: 'dev', stacks }).byTags).to.equal(true);
    expect(chosen({ stacks }, of('Shop'))).to.equal('selected');
    expect(chosen({ stacks }, of('TapStackprod'))).to.equal('other');
    expect(chosen({ stacks }, { names: ['tapstack-dev'], tags: tagged() })).to.equal('other');
    expect(chosen({ stacks, tags: { Team: 'video' } }, of('Shop'))).to.equal('other');
  });

  it('does not know where tags could not be read, or were not', () => {
    expect(chosen(team, { names: ['x'], tags: DENIED })).to.equal('unknown');
    expect(chosen(team, { names: ['x'] })).to.equal('unknown');
  });

  it('goes by names too where names are given', () => {
    const criteria = { ...team, names: ['TapStack'] };
    expect(chosen(criteria, { names: ['tapstack-dev'], tags: both })).to.equal('selected');
    expect(chosen(criteria, { names: ['tapstack-dev'], tags: DENIED })).to.equal('unknown');
    expect(chosen(criteria, { names: ['tapstack-dev'], tags: tagged() })).to.equal('other');
    expect(chosen(criteria, { names: ['other-dev'], tags: DENIED })).to.equal('other');
    expect(chosen(criteria, { names: ['other-dev'], tags: both })).to.equal('other');
    const near = { near: 'the suffix dev is followed by 2' };
    expect(chosen(criteria, { names: ['tapstack-dev2'], tags: both })).to.deep.equal(near);
    expect(chosen(criteria, { names: ['tapstack-dev2'], tags: DENIED })).to.deep.equal(near);
    expect(chosen(criteria, { names: ['tapstack-dev2'], tags: tagged() })).to.equal('other');
  });
});

describe('what is excluded', () => {
  it('is left alone by id, name or pattern, near misses among them', () => {
    const exclude = ['TapStack-Dev-Main', '*-keep', 'billing*'];
    expect(chosen({ exclude }, 'tapstack-dev-main')).to.equal('other');
    expect(chosen({ exclude }, 'tapstack-dev-keep')).to.equal('other');
    expect(chosen({ exclude }, 'tapstack-dev-other')).to.equal('selected');
    expect(chosen({ exclude }, 'tapstack-keep')).to.equal('other');
    const service = { names: ['TapStackdev/billing-api', 'billing-api', 'TapStackdev'] };
    expect(chosen({ exclude }, service)).to.equal('other');
    expect(chosen({ exclude, tags: { Team: 'video' } }, { names: ['x-keep'], tags: DENIED })).to.equal('other');
  });
});
