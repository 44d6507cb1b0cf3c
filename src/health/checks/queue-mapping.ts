/** What takes messages from a queue and hands them to a function. */
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';

export interface QueueMappingSpec {
  readonly functionName: string;
  readonly queueName: string;
  readonly batchSize: number;
}

export interface QueueMappingSeen {
  readonly uuid: string;
  /** `Enabled`, `Enabling`, `Disabled`, `Disabling`, `Creating`, `Updating`, `Deleting`. */
  readonly state: string;
  readonly batchSize: number;
  /** `OK`, `No records processed`, or `PROBLEM: …`; Lambda does not always say. */
  readonly lastResult: string | null;
}

/** States that a mapping has while it is being switched off, or is off. */
const OFF = new Set(['Disabled', 'Disabling', 'Deleting']);

export function checkQueueMapping(spec: QueueMappingSpec, seen: QueueMappingSeen, checking: Checking): Finding[] {
  const { functionName, queueName } = spec;
  const { uuid, state, batchSize, lastResult } = seen;
  const enable = awsCommand(checking.region, 'lambda', 'update-event-source-mapping', '--uuid', uuid, '--enabled');
  return [
    ...(OFF.has(state)
      ? [
          finding('queue-mapping-off', `${functionName} takes nothing from ${queueName}: the mapping is ${state}.`, {
            remedy: 'Switch it on again.',
            command: enable,
          }),
        ]
      : []),
    ...(lastResult?.startsWith('PROBLEM') === true
      ? [
          finding('queue-mapping-failing', `${functionName} could not take from ${queueName}: ${lastResult}`, {
            remedy: 'See that its role may read the queue, then deploy again.',
            ...(checking.redeploy.command !== undefined && { command: checking.redeploy.command }),
          }),
        ]
      : []),
    ...differences(
      'queue-mapping-differs',
      `The mapping of ${queueName}`,
      [{ name: 'batch size', wanted: spec.batchSize, found: batchSize }],
      checking,
    ),
  ];
}
