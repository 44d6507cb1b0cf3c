import { z } from 'zod';

import { configurationSchema } from './schema.ts';

/** The JSON Schema of compliancectl.yaml, for editors: of what a person may write, so nothing with a default is required. */
export function configurationJsonSchema(): object {
  return {
    $id: 'compliancectl.schema.json',
    title: 'compliancectl.yaml',
    ...z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }),
  };
}
