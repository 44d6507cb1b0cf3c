import type { Context } from 'aws-lambda';

import { openFunction } from '../src/functions/lambda.ts';
import { runTagChecker } from '../src/functions/tag-checker.ts';

const run = openFunction(import.meta.url, process.env);

/** Events of instances, in batches of a queue or directly; `{}` checks all that run. */
export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) => runTagChecker(event, invocation));
