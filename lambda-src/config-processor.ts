import type { Context } from 'aws-lambda';

import { processComplianceChanges } from '../src/functions/config-processor.ts';
import { openFunction } from '../src/functions/lambda.ts';
import { publishComplianceChange } from '../src/functions/publish-evaluations.ts';

const run = openFunction(import.meta.url, process.env);

/** Fed by EventBridge with "Config Rules Compliance Change", through a queue. */
export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) =>
    processComplianceChanges(event, invocation, {
      publish: (evaluations, publication) => publishComplianceChange(evaluations, publication, invocation),
    }),
  );
