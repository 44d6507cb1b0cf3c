// Bundles every handler of lambda-src/ into dist/lambda/<name>/: npm run build
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { build } from 'esbuild';
import type { BuildOptions, Metafile } from 'esbuild';

import { sdkFacades, servicesCalled } from './lambda/sdk-facades.ts';
import { shakenSchemas } from './lambda/shaken-schemas.ts';

const root = join(import.meta.dirname, '..');

for (const file of readdirSync(join(root, 'lambda-src'))) {
  const name = basename(file, '.ts');
  const folder = join(root, 'dist/lambda', name);
  const options = optionsFor(file, folder);
  // Twice: what a function calls is known when it has been bundled, and clients of other services need not come along.
  const draft = await bundle({ ...options, write: false, plugins: [sdkFacades()] });
  const metafile = await bundle({ ...options, plugins: [sdkFacades(servicesCalled(draft)), shakenSchemas] });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`dist/lambda/${name}: ${Math.round(bytes / 1024)} KB`);
}

function optionsFor(file: string, folder: string): BuildOptions {
  return {
    stdin: {
      contents: `import './scripts/lambda/old-runtimes.ts';\nexport * from './lambda-src/${file}';`,
      resolveDir: root,
    },
    entryNames: 'index',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // A service's client is loaded when it is first asked for: a chunk of its own.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    format: 'esm',
    // The oldest runtime that a function may choose; what it lacks beside syntax is in lambda/old-runtimes.ts.
    target: 'node18',
    // Without `module` first, the CommonJS twin of every SDK package comes along.
    mainFields: ['module', 'main'],
    // Names and lines stay as they are: whoever reads a stack trace at night is grateful for both.
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
}

async function bundle(options: BuildOptions): Promise<Metafile> {
  return (await build({ ...options, metafile: true })).metafile;
}
