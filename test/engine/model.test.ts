import { expect } from 'chai';

import { departed, known, notCollected, STREAM_ORDER, tagMap } from '../../src/engine/model.ts';
import type { Resource } from '../../src/engine/model.ts';
import { bucket, dbCluster, dbInstance, instance, prefixList, securityGroup, volume } from '../support/resources.ts';

describe('facts', () => {
  it('are known with a value, an absent one too', () => {
    expect(known(null)).to.deep.equal({ known: true, value: null });
  });

  it('are not collected where nobody asked', () => {
    expect(notCollected).to.deep.equal({ known: false, reason: 'not-collected' });
  });
});

describe('tagMap', () => {
  it('has no prototype, so that a tag may be called anything', () => {
    const tags = tagMap([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(Object.getPrototypeOf(tags)).to.equal(null);
    expect(Object.entries(tags)).to.deep.equal([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(tags['toString']).to.equal(undefined);
  });

  it('keeps the last value of a key given twice', () => {
    const tags = tagMap([
      ['Owner', 'ada'],
      ['Owner', 'grace'],
    ]);
    expect(Object.entries(tags)).to.deep.equal([['Owner', 'grace']]);
  });
});

describe('departed', () => {
  const table: readonly (readonly [resource: Resource, gives: string | undefined])[] = [
    [instance({ state: 'pending' }), undefined],
    [instance({ state: 'running' }), undefined],
    [instance({ state: 'stopping' }), undefined],
    [instance({ state: 'stopped' }), undefined],
    [instance({ state: 'shutting-down' }), 'shutting-down'],
    [instance({ state: 'terminated' }), 'terminated'],
    [volume({ state: 'available' }), undefined],
    [volume({ state: 'error' }), undefined],
    [volume({ state: 'deleting' }), 'deleting'],
    [volume({ state: 'deleted' }), 'deleted'],
    [dbInstance({ status: 'available' }), undefined],
    [dbInstance({ status: 'deleting' }), 'deleting'],
    [dbCluster({ status: 'stopped' }), undefined],
    [dbCluster({ status: 'deleting' }), 'deleting'],
    [securityGroup(), undefined],
    [prefixList(), undefined],
    [bucket(), undefined],
  ];
  for (const [resource, gives] of table) {
    const state = 'state' in resource ? resource.state : 'status' in resource ? resource.status : 'there';
    it(`gives ${gives} for ${resource.type} that is ${state}`, () => {
      expect(departed(resource)).to.equal(gives);
    });
  }
});

describe('the stream order', () => {
  const before = (first: Resource['type'], second: Resource['type']) =>
    STREAM_ORDER.indexOf(first) < STREAM_ORDER.indexOf(second);

  it('holds every type once', () => {
    const samples = [instance(), volume(), securityGroup(), prefixList(), bucket(), dbInstance(), dbCluster()];
    expect([...STREAM_ORDER].toSorted()).to.deep.equal(samples.map(({ type }) => type).toSorted());
  });

  it('puts what a relation points at first', () => {
    expect(before('AWS::EC2::PrefixList', 'AWS::EC2::SecurityGroup')).to.equal(true);
    expect(before('AWS::EC2::SecurityGroup', 'AWS::EC2::Instance')).to.equal(true);
    expect(before('AWS::EC2::Instance', 'AWS::EC2::Volume')).to.equal(true);
    expect(before('AWS::RDS::DBCluster', 'AWS::RDS::DBInstance')).to.equal(true);
  });
});
