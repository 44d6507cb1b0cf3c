/** Every kind of step. */
import type { StepId, StepKind } from '../step.ts';
import { auroraCluster } from './aurora-cluster.ts';
import { cacheReplicas } from './cache-replicas.ts';
import { ecsMinimum } from './ecs-minimum.ts';
import { ecsTasks } from './ecs-tasks.ts';

export const STEP_KINDS: Readonly<Record<StepId, StepKind>> = {
  'aurora-cluster': auroraCluster,
  'cache-replicas': cacheReplicas,
  'ecs-minimum': ecsMinimum,
  'ecs-tasks': ecsTasks,
};
