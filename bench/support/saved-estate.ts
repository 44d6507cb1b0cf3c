/** An estate as a snapshot in a file. */
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Resource } from '../../src/engine/model.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { SnapshotWriter } from '../../src/inventory/snapshot.ts';
import { ACCOUNT, placesOf, resourcesIn } from './estate.ts';
import type { EstateSize } from './estate.ts';

/** The file with an estate: made once, and again when what makes it has changed. */
export function savedEstate(size: EstateSize, regions: readonly string[]): string {
  const sources = ['./estate.ts', '../../src/engine/model.ts', '../../src/inventory/snapshot.ts'];
  const text = sources.map((source) => readFileSync(new URL(source, import.meta.url), 'utf8')).join('');
  const key = hash('sha256', text + JSON.stringify([size, regions]), 'hex').slice(0, 12);
  const folder = new URL('../../.cache/', import.meta.url);
  const file = fileURLToPath(new URL(`bench-estate-${key}.ndjson.gz`, folder));
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, Buffer.concat(snapshot(size, regions)));
  return file;
}

function snapshot(size: EstateSize, regions: readonly string[]): Buffer[] {
  const writer = new SnapshotWriter();
  let page: Resource[] = [];
  for (const place of placesOf(size, regions)) {
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
    regions: regions.toSorted(),
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
