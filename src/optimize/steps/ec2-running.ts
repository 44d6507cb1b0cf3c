/** Whether an instance of EC2 runs. */
import type { StepKind } from '../step.ts';

export const ec2Running: StepKind = {
  id: 'ec2-running',
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
