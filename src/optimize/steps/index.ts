/** Every kind of step. */
import type { StepId, StepKind } from '../step.ts';
import { auroraCluster } from './aurora-cluster.ts';
import { cacheReplicas } from './cache-replicas.ts';
import { dbClusterRunning } from './db-cluster-running.ts';
import { dbInstanceRunning } from './db-instance-running.ts';
import { ec2Running } from './ec2-running.ts';
import { ecsMinimum } from './ecs-minimum.ts';
import { ecsTasks } from './ecs-tasks.ts';
import { groupSize } from './group-size.ts';

export const STEP_KINDS: Readonly<Record<StepId, StepKind>> = {
  'aurora-cluster': auroraCluster,
  'cache-replicas': cacheReplicas,
  'ecs-minimum': ecsMinimum,
  'ecs-tasks': ecsTasks,
  'db-cluster-running': dbClusterRunning,
  'db-instance-running': dbInstanceRunning,
  'ec2-running': ec2Running,
  'group-size': groupSize,
};
