import { expect } from 'chai';
import fc from 'fast-check';

import { matchesWildcard } from '../../src/engine/wildcard.ts';

describe('matchesWildcard', () => {
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ['t3.micro', 't3.micro', true],
    ['t3.micro', 'T3.micro', false],
    ['t3.*', 't3.micro', true],
    ['t3.*', 't3', false],
    ['t3.*', 't3xmicro', false],
    ['*', '', true],
    ['*.large', 'm5.large', true],
    ['*.large', 'm5.xlarge', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'abbc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a**b', 'ab', true],
    ['', '', true],
    ['', 'x', false],
    ['*b*', 'abc', true],
    ['*bc*c', 'abc', false],
  ];
  for (const [pattern, text, matches] of cases) {
    it(`says ${matches} of ${JSON.stringify(pattern)} and ${JSON.stringify(text)}`, () => {
      expect(matchesWildcard(pattern, text)).to.equal(matches);
    });
  }

  it('agrees with a regular expression on every small pattern and text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(letters, text, (pattern, value) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(value);
        return matchesWildcard(pattern, value) === expected;
      }),
    );
  });
});
