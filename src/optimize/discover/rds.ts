import type { DatabaseInstance } from '../model.ts';
import type { Selection } from '../selection.ts';
import type { DiscoveryContext, Findings } from './findings.ts';

/** The instances of RDS of the environment. */
export async function discoverRds(
  _selection: Selection,
  _context: DiscoveryContext,
): Promise<Findings<DatabaseInstance>> {
  throw new Error('to be written');
}
