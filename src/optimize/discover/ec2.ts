import type { ComputeInstance } from '../model.ts';
import type { Selection } from '../selection.ts';
import type { DiscoveryContext, Findings } from './findings.ts';

/** The instances of EC2 of the environment, but for those of Auto Scaling groups. */
export async function discoverEc2(
  _selection: Selection,
  _context: DiscoveryContext,
): Promise<Findings<ComputeInstance>> {
  throw new Error('to be written');
}
