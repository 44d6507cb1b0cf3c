/** What Application Auto Scaling holds resources at. */
import type { ScalableDimension, ServiceNamespace } from '@aws-sdk/client-application-auto-scaling';

import type { Clients } from '../../aws/clients.ts';
import { present } from '../../aws/errors.ts';
import type { Fact } from '../../engine/model.ts';
import { DESCRIBE_SCALABLE_TARGETS } from '../calls.ts';
import type { ScalingLimits } from '../model.ts';
import { readFact } from './read-fact.ts';

/** What can be scaled: a service's namespace, with what of it. */
export interface Scaled {
  readonly ServiceNamespace: ServiceNamespace;
  readonly ScalableDimension: ScalableDimension;
}

export const TASKS: Scaled = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' };
export const REPLICAS: Scaled = {
  ServiceNamespace: 'elasticache',
  ScalableDimension: 'elasticache:replication-group:Replicas',
};

/** As many as one answer holds (docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html). */
const IDS_AT_ONCE = 50;

export interface ScalingContext {
  readonly clients: Clients;
  readonly signal: AbortSignal;
}

/**
 * The limits of those that are registered, by the ids that Application Auto Scaling knows them by: `service/web/api`.
 *
 * @throws what the call throws
 */
export async function scalingLimits(
  scaled: Scaled,
  ids: readonly string[],
  { clients, signal }: ScalingContext,
): Promise<Map<string, ScalingLimits>> {
  const limits = new Map<string, ScalingLimits>();
  // No ids at all would be everything that is registered.
  if (ids.length === 0) return limits;
  const { paginateDescribeScalableTargets } = await import('@aws-sdk/client-application-auto-scaling');
  const client = await clients.applicationAutoScaling();
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const request = { ...scaled, ResourceIds: ids.slice(start, start + IDS_AT_ONCE) };
    const pages = paginateDescribeScalableTargets({ client, pageSize: IDS_AT_ONCE }, request, { abortSignal: signal });
    for await (const { ScalableTargets } of pages) {
      for (const target of present(ScalableTargets, 'ScalableTargets')) {
        limits.set(present(target.ResourceId, 'ResourceId'), {
          min: present(target.MinCapacity, 'MinCapacity'),
          max: present(target.MaxCapacity, 'MaxCapacity'),
        });
      }
    }
  }
  return limits;
}

/** Each one's limits, `null` where it has none; all unknown where the call gives nothing. */
export async function scalingFacts(
  scaled: Scaled,
  ids: readonly string[],
  context: ScalingContext,
): Promise<(id: string) => Fact<ScalingLimits | null>> {
  const limits = await readFact(DESCRIBE_SCALABLE_TARGETS, context.signal, () => scalingLimits(scaled, ids, context));
  return (id) => (limits.known ? { known: true, value: limits.value.get(id) ?? null } : limits);
}
