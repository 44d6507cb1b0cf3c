// Removes a build folder: node scripts/clean.js dist
import { rmSync } from 'node:fs';

for (const folder of process.argv.slice(2))
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true });
