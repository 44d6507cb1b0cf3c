/** The fewest tasks that Application Auto Scaling lets an ECS service have. Without lowering it first, tasks would come back. */
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_SCALABLE_TARGETS, REGISTER_SCALABLE_TARGET } from '../calls.ts';
import { scalingLimits, TASKS } from '../discover/scaling-limits.ts';
import type { StepKind, StepTarget } from '../step.ts';

/** Nothing is waited for: what is registered holds at once. */
export const ecsMinimum: StepKind = {
  id: 'ecs-minimum',
  role: 'uses',
  calls: {
    read: [DESCRIBE_SCALABLE_TARGETS],
    lower: [REGISTER_SCALABLE_TARGET],
    raise: [REGISTER_SCALABLE_TARGET],
  },
  transient: ['ConcurrentUpdateException'],
  done: [],

  async read(target, context) {
    const id = resourceId(target);
    const limits = (await scalingLimits(TASKS, [id], context)).get(id);
    return limits === undefined ? undefined : { numbers: { min: limits.min } };
  },

  async write(target, { from, to }, { clients, signal }) {
    const { min } = to;
    if (min === undefined || min === from['min']) return [];
    const { RegisterScalableTargetCommand } = await import('@aws-sdk/client-application-auto-scaling');
    const client = await clients.applicationAutoScaling();
    // Without a maximum it is a change and never makes a target anew: one that has been deleted stays so.
    const request = new RegisterScalableTargetCommand({
      ...TASKS,
      ResourceId: resourceId(target),
      MinCapacity: min,
    });
    return requestIdOf(await client.send(request, { abortSignal: signal }));
  },
};

function resourceId({ id }: StepTarget): string {
  return `service/${id}`;
}
