import { expect } from 'chai';

import { foreignParts, partsToChange, sameState, stateText } from '../../src/remediate/state.ts';

describe('the state of what a change is about', () => {
  it('is the same whatever the order of keys, and as a record has it', () => {
    expect(sameState({ a: { x: 1, y: [true] }, b: null }, { b: null, a: { y: [true], x: 1 } })).to.equal(true);
    expect(sameState({ a: Object.assign(Object.create(null), { x: 1 }) }, { a: { x: 1 } })).to.equal(true);
    expect(sameState({ a: null }, {})).to.equal(false);
    expect(sameState({ a: 1 }, { a: '1' })).to.equal(false);
  });

  it('tells what someone else has changed from a change that was cut short half way', () => {
    const before = { Owner: null, Team: '' };
    const after = { Owner: 'ada', Team: 'core' };
    expect(foreignParts(before, before, after)).to.deep.equal([]);
    expect(foreignParts({ Owner: 'ada', Team: '' }, before, after)).to.deep.equal([]);
    expect(foreignParts({ Owner: 'bob', Team: '' }, before, after)).to.deep.equal(['Owner']);
    expect(foreignParts({ Owner: 'ada' }, before, after)).to.deep.equal(['Team']);
  });

  it('names the parts that are left to be changed', () => {
    expect(partsToChange({ a: 1, b: 2, c: null }, { a: 1, b: 3, c: null })).to.deep.equal(['b']);
  });

  it('is told to people in a line', () => {
    expect(stateText({ days: 7, Owner: null, Team: ' ', Name: 'web', on: false })).to.equal(
      'days: 7, Owner: none, Team: " ", Name: web, on: false',
    );
    const rule = { by: { SSEAlgorithm: 'AES256', key: null }, Blocked: { Types: ['SSE-C', 'X'] } };
    expect(stateText({ encryption: rule })).to.equal('encryption: SSEAlgorithm=AES256 key=none Types=SSE-C+X');
  });
});
