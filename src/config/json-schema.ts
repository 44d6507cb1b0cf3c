import * as z from 'zod';

import { configurationSchema } from './schema.ts';

/** The JSON Schema of compliancectl.yaml, for editors: of what a person may write, so nothing with a default is required. */
export function configurationJsonSchema(): object {
  return {
    $id: 'compliancectl.schema.json',
    title: 'compliancectl.yaml',
    ...z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }),
  };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly additionalProperties?: ObjectSchema | boolean;
  readonly items?: ObjectSchema;
  /** One of several shapes; what may stand in any of them may stand here. */
  readonly oneOf?: readonly ObjectSchema[];
}

/** The settings that may stand at a place in the file, in the order of the schema; none where it takes no settings. */
export function settingsAt(path: readonly PropertyKey[]): string[] {
  let place: ObjectSchema | undefined = configurationJsonSchema();
  for (const key of path) {
    const any: ObjectSchema['additionalProperties'] = place?.additionalProperties;
    place =
      typeof key === 'number'
        ? place?.items
        : (place?.properties?.[String(key)] ?? (typeof any === 'object' ? any : undefined));
  }
  const shapes = place?.oneOf ?? [place];
  return [...new Set(shapes.flatMap((shape) => Object.keys(shape?.properties ?? {})))];
}
