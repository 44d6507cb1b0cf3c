// A scan of a saved estate of 100,000 resources: node bench/scan-snapshot.ts (after npm run build)
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import type { Resource } from '../src/engine/model.ts';
import type { Inventory } from '../src/inventory/inventory.ts';
import { SnapshotWriter } from '../src/inventory/snapshot.ts';
import { ACCOUNT, FULL_SIZE, placesOf, REGIONS, resourcesIn } from './support/estate.ts';
import { measureCommand } from './support/processes.ts';
import { profiling, SCAN, scanRows } from './support/scan-report.ts';
import { printTable } from './support/table.ts';

const { values } = parseArgs({
  options: {
    /** Folder for a processor profile. */
    'cpu-prof': { type: 'string' },
  },
});

const measured = await measureCommand([...SCAN, '--snapshot', savedEstate()], {
  nodeOptions: profiling(values['cpu-prof']),
});
printTable('Scan of a snapshot', scanRows(measured, { seconds: '3 s', memory: '' }));

/** The file with the estate: made once, and again when what makes it has changed. */
function savedEstate(): string {
  const sources = ['./support/estate.ts', '../src/engine/model.ts', '../src/inventory/snapshot.ts'];
  const text = sources.map((source) => readFileSync(new URL(source, import.meta.url), 'utf8')).join('');
  const folder = new URL('../.cache/', import.meta.url);
  const file = fileURLToPath(new URL(`bench-estate-${hash('sha256', text, 'hex').slice(0, 12)}.ndjson.gz`, folder));
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, Buffer.concat(snapshot()));
  return file;
}

function snapshot(): Buffer[] {
  const writer = new SnapshotWriter();
  let page: Resource[] = [];
  for (const place of placesOf(FULL_SIZE, REGIONS)) {
    for (const resource of resourcesIn(place)) {
      page.push(resource);
      if (page.length < 1000) continue;
      writer.add(page);
      page = [];
    }
  }
  writer.add(page);
  const inventory: Inventory = {
    source: 'live',
    accounts: [ACCOUNT],
    regions: REGIONS.toSorted(),
    facts: new Map([
      ['AWS::EC2::PrefixList', new Set(['tags', 'entries'])],
      ['AWS::EC2::SecurityGroup', new Set(['tags'])],
      ['AWS::EC2::Instance', new Set(['tags'])],
      ['AWS::EC2::Volume', new Set(['tags'])],
      ['AWS::RDS::DBCluster', new Set(['tags'])],
      ['AWS::RDS::DBInstance', new Set(['tags'])],
      ['AWS::S3::Bucket', new Set(['tags', 'encryption'])],
    ]),
    async *pages() {},
    coverage: () => ({ gaps: [], listings: 1, complete: true }),
  };
  const collectedAt = new Date('2026-11-16T06:00:00.000Z');
  return [...writer.finish(inventory, { toolVersion: '0.1.0', scanId: 'bench', collectedAt })];
}
