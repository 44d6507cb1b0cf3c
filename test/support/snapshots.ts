/** Snapshots as files: an estate without AWS. */
import { writeFileSync } from 'node:fs';

import { FACT_NAMES } from '../../src/engine/model.ts';
import type { Resource, ResourceType } from '../../src/engine/model.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { SnapshotWriter } from '../../src/inventory/snapshot.ts';

/** The bytes of a snapshot that was saved with every fact, of one account and region, with nothing missed. */
export function snapshotBytes(resources: readonly Resource[]): Buffer {
  const inventory: Inventory = {
    source: 'live',
    accounts: ['111122223333'],
    regions: ['eu-west-1'],
    facts: new Map(Object.entries(FACT_NAMES).map(([type, facts]) => [type as ResourceType, new Set(facts)])),
    async *pages() {
      yield resources;
    },
    coverage: () => ({ gaps: [], listings: 1, complete: true }),
  };
  const writer = new SnapshotWriter();
  writer.add(resources);
  const origin = { toolVersion: '1.2.3', scanId: 'scan-1', collectedAt: new Date('2026-11-03T04:05:06.789Z') };
  return Buffer.concat([...writer.finish(inventory, origin)]);
}

export function writeSnapshot(file: string, resources: readonly Resource[]): void {
  writeFileSync(file, snapshotBytes(resources));
}
