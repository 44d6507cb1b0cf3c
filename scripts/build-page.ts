/**
 * Bundles the script and the style of the HTML reports, page-src/, into a module of src/report/: a renderer reads no
 * files, and runs from the sources as it does from dist/.
 *
 *     npm run page                          writes
 *     node scripts/build-page.ts --check    writes nothing, and fails where it is out of date
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const page = 'src/report/html/page-assets.ts';

const content = `// Written by scripts/build-page.ts from page-src/: change that, then npm run page.
export const PAGE_SCRIPT = ${JSON.stringify(await bundled('main.ts'))};
export const PAGE_STYLE = ${JSON.stringify(await bundled('page.css'))};
`;

if (!process.argv.includes('--check')) writeFileSync(join(root, page), content);
else if (readFileSync(join(root, page), 'utf8') !== content) {
  console.error(`Out of date: ${page}\nMend it with: npm run page`);
  process.exitCode = 1;
}

/** As the first browsers with `light-dark()` understand it. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'page-src', entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles.map(({ text }) => text.trimEnd()).join('');
}
