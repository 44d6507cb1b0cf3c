import type { Context } from 'aws-lambda';

import { openFunction } from '../src/functions/lambda.ts';
import { runReporter } from '../src/functions/reporter.ts';

const run = openFunction(import.meta.url, process.env);

/** Scheduled by EventBridge, asked for (`{ kind?, date?, time?, id? }`), or the destination of another function. */
export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) => runReporter(event, invocation));
