/** How an ECS service on Fargate is scaled down: its tasks, and before them the minimum that automatic scaling holds them at. Pure. */
import type { FargateService } from '../model.ts';
import type { OptimizeSettings } from '../settings.ts';
import type { Step } from '../step.ts';
import { commonCautions, leftAlone, lowered, scalesUp, scalingUnread, targetOf } from './row-parts.ts';
import type { PlannedRow } from './row-parts.ts';

/** Fewer would not outlive the loss of one. */
const FEWEST_TASKS = 2;

export function planEcs(service: FargateService, settings: OptimizeSettings['ecs']): PlannedRow {
  const { desired, running, scaling } = service;
  const other = otherThanFargate(service);
  if (other !== undefined) return leftAlone('skipped', other);

  const tasks = Math.max(settings.tasks, FEWEST_TASKS);
  const target = targetOf(service);
  const limits = scaling.known ? scaling.value : null;
  const minimum = limits === null ? undefined : lowered({ min: limits.min }, { min: tasks });
  const move = lowered({ desired }, { desired: tasks });
  const steps: Step[] = [
    ...(minimum === undefined ? [] : [{ id: 'ecs-minimum' as const, target, ...minimum }]),
    ...(move === undefined ? [] : [{ id: 'ecs-tasks' as const, target, ...move }]),
  ];
  if (steps.length === 0) return leftAlone('already', `It is to run ${tasksOf(desired)}.`);
  const blocked = unsettledService(service);
  if (blocked !== undefined) return leftAlone('blocked', blocked);

  return {
    state: 'change',
    steps,
    cautions: [
      ...(running < desired ? [`Of its ${tasksOf(desired)} ${running} run now.`] : []),
      ...(scaling.known ? [] : [scalingUnread(scaling)]),
      ...(limits === null ? [] : scalesUp(limits, Math.min(desired, tasks), 'tasks')),
      ...commonCautions(service),
    ],
    lost: [],
  };
}

function otherThanFargate({ scheduling, launch }: FargateService): string | undefined {
  if (scheduling === 'DAEMON') return 'It is a daemon service: it runs one task on every instance.';
  switch (launch) {
    case 'FARGATE':
    case 'FARGATE_SPOT':
      return undefined;
    case 'EC2':
    case 'EXTERNAL':
      return `Its tasks run on ${launch}: fewer of them save nothing by themselves.`;
    case 'mixed':
      return 'Its capacity providers are several: only services on Fargate alone are scaled down.';
  }
}

function unsettledService({ status, deploying }: FargateService): string | undefined {
  if (status !== 'ACTIVE') return `Its status is ${status}: it takes changes when it is ACTIVE.`;
  if (deploying) return 'A deployment is under way.';
  return undefined;
}

function tasksOf(count: number): string {
  return count === 1 ? '1 task' : `${count} tasks`;
}
