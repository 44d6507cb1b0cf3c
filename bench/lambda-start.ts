// How large each function's bundle is, and how long a cold container takes to load it: node bench/lambda-start.ts
// (after npm run build)
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { zipSync } from 'fflate';
import type { Zippable } from 'fflate';

import { nodeOf } from '../test/support/node-versions.ts';
import { median, printTable, whole } from './support/table.ts';

const RUNS = 11;
const RUNTIMES = [24, 22];

const bundles = fileURLToPath(new URL('../dist/lambda', import.meta.url));
const nodes = await Promise.all(RUNTIMES.map(nodeOf));
const folder = mkdtempSync(join(tmpdir(), 'compliancectl-bench-'));
try {
  cpSync(bundles, folder, { recursive: true });
  const rows = readdirSync(folder).map((name) => {
    const config = { schema: 'compliancectl.function/1', environment: 'bench', settings: {} };
    const { files, zipped, unpacked } = sizeOf(join(folder, name));
    writeFileSync(join(folder, name, 'config.json'), JSON.stringify(config));
    const times = nodes.map((node) => median(Array.from({ length: RUNS }, () => importTime(node, join(folder, name)))));
    return [name, whole(unpacked / 1000), whole(zipped / 1000), whole(files), ...times.map((time) => time.toFixed(0))];
  });
  const heads = RUNTIMES.map((major) => `import on ${major}, ms`);
  printTable(`Bundles; medians of ${RUNS} imports, each in a process of its own`, [
    ['function', 'KB', 'KB zipped', 'files', ...heads],
    ...rows,
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function sizeOf(bundle: string): { files: number; zipped: number; unpacked: number } {
  const entries = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  const contents: Zippable = Object.fromEntries(
    paths.map((path) => [path.slice(bundle.length + 1), readFileSync(path)]),
  );
  const unpacked = paths.reduce((sum, path) => sum + readFileSync(path).length, 0);
  return { files: paths.length, zipped: zipSync(contents).length, unpacked };
}

/** Milliseconds from the start of the import to its end, without those that Node takes to start. */
function importTime(node: string, bundle: string): number {
  const url = pathToFileURL(join(bundle, 'index.mjs')).href;
  const script = `const start = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - start);`;
  const { stdout, stderr } = spawnSync(node, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const time = Number(stdout);
  if (stdout === '' || Number.isNaN(time)) throw new Error(`${bundle} could not be loaded: ${stderr}`);
  return time;
}
