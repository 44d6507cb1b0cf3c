import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';

import { found, WASTE_DOCUMENTS } from '../support/waste.ts';

const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/waste.schema.json'), 'utf8')) as object;

/** Where a document is not as the schema says, and which keyword refuses it. */
function complaints(schema: object, document: unknown): string[] {
  const { get } = formats.default;
  const dates = { date: get('date'), 'date-time': get('date-time') };
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: dates }).compile(
    schema,
  );
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

/** The same schema, which allows no key but its own. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in parts && !('additionalProperties' in parts)
    ? { ...parts, additionalProperties: false }
    : parts;
}

/** The names of all keys that the schema knows, wherever they stand. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}

describe('the JSON Schema of the report of waste', () => {
  for (const [name, document] of Object.entries(WASTE_DOCUMENTS)) {
    it(`describes ${name}, with every key that it has and no other`, () => {
      expect(complaints(closed(SCHEMA) as object, document)).to.deep.equal([]);
    });
  }

  it('allows keys that are added later', () => {
    expect(complaints(SCHEMA, { ...found, added: 1 })).to.deep.equal([]);
    expect(complaints(closed(SCHEMA) as object, { ...found, added: 1 })).to.deep.equal([' additionalProperties']);
  });

  it('holds no key that the page on it does not name', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/waste.md'), 'utf8');
    const [, section = ''] = page.split('## The JSON document');
    const named = new Set(section.split('\n## ')[0]?.match(/\w+/g));
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
