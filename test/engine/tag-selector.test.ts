import { expect } from 'chai';

import { tagMap } from '../../src/engine/model.ts';
import { carries } from '../../src/engine/tag-selector.ts';

const tags = tagMap([
  ['Role', 'web'],
  ['Empty', ''],
  ['a=b', 'c=d'],
]);

describe('carries', () => {
  for (const [selector, fits] of [
    ['Role', true],
    ['Role=web', true],
    ['Role=', false],
    ['Role=Web', false],
    ['role', false],
    ['Empty', true],
    ['Empty=', true],
    ['a=b', true],
    ['a=b=c=d', true],
    ['a=b=c', false],
    ['a', false],
    ['=', false],
    ['__proto__', false],
    ['constructor', false],
  ] as const) {
    it(`says ${fits} of ${selector}`, () => {
      expect(carries(tags, selector)).to.equal(fits);
    });
  }
});
