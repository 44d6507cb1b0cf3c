/** Whether a provisioned Aurora cluster runs. */
import type { StepKind } from '../step.ts';

export const dbClusterRunning: StepKind = {
  id: 'db-cluster-running',
  calls: { read: [], lower: [], raise: [] },
  transient: [],
  done: [],
  read: async () => {
    throw new Error('to be written');
  },
  write: async () => {
    throw new Error('to be written');
  },
  wait: async () => {},
};
