import type { Context } from 'aws-lambda';

import { openFunction } from '../src/functions/lambda.ts';
import { runScanner } from '../src/functions/scanner.ts';

const run = openFunction(import.meta.url, process.env);

/** Scheduled by EventBridge, or asked for: `{ scan_id?, time?, shard? }`. */
export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) => runScanner(event, invocation));
