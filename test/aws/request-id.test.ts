import { expect } from 'chai';

import { requestIdOf } from '../../src/aws/request-id.ts';

describe('the ids of requests', () => {
  it('are none where AWS gives none', () => {
    expect(requestIdOf({ $metadata: { requestId: 'r-1' } })).to.deep.equal(['r-1']);
    expect(requestIdOf({})).to.deep.equal([]);
  });
});
