import type { Service } from '@aws-sdk/client-ecs';

import { awsErrorNamed, MalformedAnswerError, present } from '../../aws/errors.ts';
import type { StepContext, StepTarget } from '../step.ts';

/** Where ECS finds a service: its id is `cluster/service`, and neither name holds a slash. */
export function placeOf({ id }: Pick<StepTarget, 'id'>): { readonly cluster: string; readonly service: string } {
  const [cluster = '', service = ''] = id.split('/');
  return { cluster, service };
}

/**
 * The service as ECS gives it now; `undefined` where it is gone. A deleted one is shown for some time still.
 *
 * @throws what the call throws
 */
export async function liveService(target: StepTarget, { clients, signal }: StepContext): Promise<Service | undefined> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const ecs = await clients.ecs();
  const { cluster, service } = placeOf(target);
  try {
    const request = new DescribeServicesCommand({ cluster, services: [service] });
    const { services, failures = [] } = await ecs.send(request, { abortSignal: signal });
    const [found] = present(services, 'services');
    if (found !== undefined) return found.status === 'INACTIVE' ? undefined : found;
    const [failure] = failures;
    if (failure?.reason === 'MISSING') return undefined;
    throw new MalformedAnswerError(`${target.id} was not described: ${failure?.reason ?? 'no reason was given'}`);
  } catch (error) {
    if (awsErrorNamed(error, 'ClusterNotFoundException')) return undefined;
    throw error;
  }
}
