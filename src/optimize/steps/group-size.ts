/** The minimum and the desired capacity of an Auto Scaling group. */
import type { StepKind } from '../step.ts';

export const groupSize: StepKind = {
  id: 'group-size',
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
