import type { Context } from 'aws-lambda';

import { openFunction } from '../src/functions/lambda.ts';
import { remediate } from '../src/functions/remediator.ts';

const run = openFunction(import.meta.url, process.env);

export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) => remediate(event, invocation, () => new Date()));
