/** How many tasks an ECS service is to run. */
import type { Service } from '@aws-sdk/client-ecs';

import { present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { DESCRIBE_SERVICES, UPDATE_SERVICE } from '../calls.ts';
import { isDeploying } from '../discover/ecs.ts';
import type { StepKind } from '../step.ts';
import { liveService, placeOf } from './live-service.ts';
import { waitOptions } from './wait-options.ts';

export const ecsTasks = {
  id: 'ecs-tasks',
  role: 'uses',
  calls: { read: [DESCRIBE_SERVICES], lower: [UPDATE_SERVICE], raise: [UPDATE_SERVICE] },
  // ECS takes a count at any time while the service is active; one that is not will not be again.
  transient: [],
  done: [],

  async read(target, context) {
    const service = await liveService(target, context);
    if (service === undefined) return undefined;
    const [busy, settling] = [busyWith(service), settlingOf(service)];
    return {
      numbers: { desired: present(service.desiredCount, 'desiredCount') },
      ...(busy !== undefined && { busy }),
      ...(settling !== undefined && { settling }),
    };
  },

  async write(target, { from, to }, { clients, signal }) {
    const { desired } = to;
    if (desired === undefined || desired === from['desired']) return [];
    const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
    const ecs = await clients.ecs();
    // Nothing else: what else is sent may start a deployment.
    const request = new UpdateServiceCommand({ ...placeOf(target), desiredCount: desired });
    return requestIdOf(await ecs.send(request, { abortSignal: signal }));
  },

  async wait(target, context) {
    const service = await liveService(target, context);
    // The waiter asks for exactly one deployment: a service that is deployed in task sets has none, and it would wait in vain.
    // Of a service that is gone it would say that all is well.
    if (service?.deployments === undefined || service.deployments.length === 0) return;
    const { waitUntilServicesStable } = await import('@aws-sdk/client-ecs');
    const client = await context.clients.ecs();
    const { cluster, service: name } = placeOf(target);
    await waitUntilServicesStable({ client, ...waitOptions(context) }, { cluster, services: [name] });
  },
} satisfies StepKind;

function busyWith(service: Service): string | undefined {
  const status = present(service.status, 'status');
  return status === 'ACTIVE' ? undefined : `is ${status}`;
}

/** ECS takes a count while it deploys, too: one that never comes to its end must not keep tasks from coming back. */
function settlingOf(service: Service): string | undefined {
  if (isDeploying(service)) return 'has a deployment under way';
  const { desiredCount, runningCount } = service;
  const [desired, running] = [present(desiredCount, 'desiredCount'), present(runningCount, 'runningCount')];
  if (running === desired) return undefined;
  return running > desired
    ? `still runs ${running} tasks in place of ${desired}`
    : `runs ${running} of ${desired} tasks`;
}
