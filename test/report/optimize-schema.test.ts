import { expect } from 'chai';

import { closed, complaints, keysOf, publishedSchema, wordsOnTheDocument } from '../support/json-schema.ts';
import { denied, OPTIMIZE_DOCUMENTS, planned } from '../support/optimize-documents.ts';

const SCHEMA = publishedSchema('optimize');

describe('the JSON Schema of the document of optimize', () => {
  for (const [name, document] of Object.entries(OPTIMIZE_DOCUMENTS)) {
    it(`describes ${name}, with every key that it has and no other`, () => {
      expect(complaints(closed(SCHEMA), document)).to.deep.equal([]);
    });
  }

  it('allows keys that are added later', () => {
    expect(complaints(SCHEMA, { ...planned, added: 1 })).to.deep.equal([]);
    expect(complaints(closed(SCHEMA), { ...planned, added: 1 })).to.deep.equal([' additionalProperties']);
  });

  it('holds no key that the page on it does not name', () => {
    const named = wordsOnTheDocument('optimize');
    // Those of a unit price are told by the schema alone.
    const prices = ['usd', 'unit', 'usage_type', 'source', 'origin', 'date'];
    expect([...new Set(keysOf(SCHEMA))].filter((key) => !named.has(key))).to.have.members(prices);
  });

  it('refuses what is no such document', () => {
    expect(complaints(SCHEMA, { ...planned, schema: 'compliancectl.optimize/2' })).to.deep.equal(['/schema const']);
    expect(complaints(SCHEMA, { ...planned, account_id: '1' })).to.deep.equal(['/account_id pattern']);
    expect(complaints(SCHEMA, { ...planned, at: 'today' })).to.deep.equal(['/at format']);
    const { gaps: _, ...without } = denied;
    expect(complaints(SCHEMA, without)).to.deep.equal([' required']);
  });
});
