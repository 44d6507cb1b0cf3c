import { expect } from 'chai';

import { closed, complaints, keysOf, publishedSchema, wordsOnTheDocument } from '../support/json-schema.ts';
import { found, WASTE_DOCUMENTS } from '../support/waste.ts';

const SCHEMA = publishedSchema('waste');

describe('the JSON Schema of the report of waste', () => {
  for (const [name, document] of Object.entries(WASTE_DOCUMENTS)) {
    it(`describes ${name}, with every key that it has and no other`, () => {
      expect(complaints(closed(SCHEMA), document)).to.deep.equal([]);
    });
  }

  it('allows keys that are added later', () => {
    expect(complaints(SCHEMA, { ...found, added: 1 })).to.deep.equal([]);
    expect(complaints(closed(SCHEMA), { ...found, added: 1 })).to.deep.equal([' additionalProperties']);
  });

  it('holds no key that the page on it does not name', () => {
    const named = wordsOnTheDocument('waste');
    // Those of a unit price are told by the schema alone.
    const prices = ['usd', 'unit', 'usage_type', 'source', 'origin', 'date'];
    expect([...new Set(keysOf(SCHEMA))].filter((key) => !named.has(key))).to.have.members(prices);
  });

  it('refuses what is no such document', () => {
    expect(complaints(SCHEMA, { ...found, schema: 'compliancectl.waste/2' })).to.deep.equal(['/schema const']);
    expect(complaints(SCHEMA, { ...found, account_id: '1' })).to.deep.equal(['/account_id pattern']);
    expect(complaints(SCHEMA, { ...found, at: 'today' })).to.deep.equal(['/at format']);
    const { gaps: _, ...without } = found;
    expect(complaints(SCHEMA, without)).to.deep.equal([' required']);
  });
});
