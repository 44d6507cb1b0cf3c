import type { Context } from 'aws-lambda';

import { evaluateConfigRules } from '../src/functions/config-evaluator.ts';
import { openFunction } from '../src/functions/lambda.ts';
import { publishEvaluations } from '../src/functions/publish-evaluations.ts';

const run = openFunction(import.meta.url, process.env);

/** Invoked by AWS Config for every custom rule, or by a schedule. */
export const handler = (event: unknown, context: Context) =>
  run(context, (invocation) =>
    evaluateConfigRules(event, invocation, {
      publish: (evaluations, publication) => publishEvaluations(evaluations, publication, invocation),
    }),
  );
