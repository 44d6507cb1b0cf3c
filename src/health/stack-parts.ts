/** The parts of a stack that its spec keeps inside others. */
import type { QueueSpec, RoleSpec, StackSpec } from '../stack/spec.ts';

export interface StackQueue {
  readonly spec: QueueSpec;
  /** Where what was not processed lies, or where events wait. */
  readonly use: 'dead-letters' | 'events';
}

export function queuesOf({ functions, topics, events }: StackSpec): StackQueue[] {
  return [
    ...functions.map(({ deadLetters }) => ({ spec: deadLetters, use: 'dead-letters' }) as const),
    ...topics.flatMap(({ deadLetters }) =>
      deadLetters === undefined ? [] : [{ spec: deadLetters, use: 'dead-letters' } as const],
    ),
    ...events.flatMap(({ queue }) => (queue === undefined ? [] : [{ spec: queue, use: 'events' } as const])),
  ];
}

export function rolesOf({ functions, config }: StackSpec): RoleSpec[] {
  return [...functions.map(({ role }) => role), ...(config?.recorder === undefined ? [] : [config.recorder.role])];
}
