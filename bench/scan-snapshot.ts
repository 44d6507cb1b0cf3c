// A scan of a saved estate of 100,000 resources: node bench/scan-snapshot.ts (after npm run build)
import { parseArgs } from 'node:util';

import { FULL_SIZE, REGIONS } from './support/estate.ts';
import { measureCommand } from './support/processes.ts';
import { savedEstate } from './support/saved-estate.ts';
import { profiling, SCAN, scanRows } from './support/scan-report.ts';
import { printTable } from './support/table.ts';

const { values } = parseArgs({
  options: {
    /** Folder for a processor profile. */
    'cpu-prof': { type: 'string' },
  },
});

const measured = await measureCommand([...SCAN, '--snapshot', savedEstate(FULL_SIZE, REGIONS)], {
  nodeOptions: profiling(values['cpu-prof']),
});
printTable('Scan of a snapshot', scanRows(measured, { seconds: '3 s', memory: '' }));
