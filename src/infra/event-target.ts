import type * as aws from '@pulumi/aws';

import type { TargetSpec } from '../stack/spec.ts';

/** What EventBridge hands to whom, and what it does where that fails. */
export function eventTarget(target: TargetSpec): Omit<aws.cloudwatch.EventTargetArgs, 'rule'> {
  const { functionName, arn, input, deadLetterArn, retry } = target;
  return {
    targetId: functionName,
    arn,
    ...(input !== undefined && { inputTransformer: { inputPaths: input.paths, inputTemplate: input.template } }),
    retryPolicy: {
      maximumRetryAttempts: retry.attempts,
      maximumEventAgeInSeconds: retry.maximumAgeSeconds,
    },
    deadLetterConfig: { arn: deadLetterArn },
  };
}
