import type { AutoScalingGroup } from '../model.ts';
import type { Selection } from '../selection.ts';
import type { DiscoveryContext, Findings } from './findings.ts';

/** The Auto Scaling groups of the environment. */
export async function discoverAutoScaling(
  _selection: Selection,
  _context: DiscoveryContext,
): Promise<Findings<AutoScalingGroup>> {
  throw new Error('to be written');
}
