/** Whether an instance of RDS runs. */
import type { StepKind } from '../step.ts';

export const dbInstanceRunning: StepKind = {
  id: 'db-instance-running',
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
