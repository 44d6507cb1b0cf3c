/** How an Auto Scaling group is emptied: its minimum and its desired capacity, at once. Pure. */
import type { AutoScalingGroup } from '../model.ts';
import type { PlannedRow } from './row-parts.ts';

export function planAutoScaling(_resource: AutoScalingGroup): PlannedRow {
  throw new Error('to be written');
}
