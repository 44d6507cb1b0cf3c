/** How an instance of EC2 is stopped. Pure. */
import type { ComputeInstance } from '../model.ts';
import type { PlannedRow } from './row-parts.ts';

export function planEc2(_resource: ComputeInstance): PlannedRow {
  throw new Error('to be written');
}
