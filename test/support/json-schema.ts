/** JSON Schemas that are published, against the documents that they describe and the pages that explain them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const DOCS = join(import.meta.dirname, '../../docs');

/** The schema of that name in docs/. */
export function publishedSchema(name: string): object {
  return JSON.parse(readFileSync(join(DOCS, `${name}.schema.json`), 'utf8')) as object;
}

/** The words of the section on the JSON document in the page of that name in docs/. */
export function wordsOnTheDocument(name: string): ReadonlySet<string> {
  const [, section = ''] = readFileSync(join(DOCS, `${name}.md`), 'utf8').split('## The JSON document');
  return new Set(section.split('\n## ')[0]?.match(/\w+/g));
}

/** Where a document is not as the schema says, and which keyword refuses it. */
export function complaints(schema: object, document: unknown): string[] {
  const { get } = formats.default;
  const dates = { date: get('date'), 'date-time': get('date-time') };
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: dates }).compile(
    schema,
  );
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

/** The same schema, which allows no key but its own. */
export function closed(schema: object): object {
  return closedPart(schema) as object;
}

function closedPart(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedPart);
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closedPart(value)]));
  return 'properties' in parts && !('additionalProperties' in parts)
    ? { ...parts, additionalProperties: false }
    : parts;
}

/** The names of all keys that the schema knows, wherever they stand. */
export function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}
