/**
 * Lets the bundler drop what a dynamically imported SDK package offers and nobody asks for. It keeps every export of such a
 * package: 1.5 MB of EC2's. So `const { A } = await import('@aws-sdk/…')` imports a module that exports `A` alone.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Metafile, Plugin } from 'esbuild';

const NAMESPACE = 'sdk-facade';

/** The module that can make a client of every service, whichever a function calls. */
const CLIENTS = 'src/aws/clients.ts';

/** @param called the services whose clients are wanted; all of them where not given */
export const sdkFacades = (called?: ReadonlySet<string>): Plugin => ({
  name: 'sdk-facades',
  setup(build) {
    build.onResolve({ filter: /^@(aws-sdk|smithy)\// }, ({ kind, importer, path, namespace }) => {
      if (kind !== 'dynamic-import' || namespace !== 'file' || importer.includes('/node_modules/')) return undefined;
      return { path, namespace: NAMESPACE, suffix: `?${importer}`, pluginData: importer, sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, async ({ path, pluginData }) => {
      const importer = pluginData as string;
      const names = importedNames(await readFile(importer, 'utf8'), path);
      const wanted = !importer.endsWith(CLIENTS) || called?.has(path) !== false;
      const contents = wanted ? `export { ${names.join(', ')} } from '${path}';` : names.map(absent).join('\n');
      return { contents, resolveDir: dirname(importer), loader: 'js' };
    });
  },
});

function absent(client: string): string {
  return `export class ${client} { constructor() { throw new Error('This bundle was made without ${client}.'); } }`;
}

/** The packages that a bundle's modules take commands from. */
export function servicesCalled({ inputs }: Pick<Metafile, 'inputs'>): ReadonlySet<string> {
  const imports = Object.keys(inputs).filter((input) => input.startsWith(`${NAMESPACE}:`) && !input.endsWith(CLIENTS));
  return new Set(imports.map((input) => input.slice(NAMESPACE.length + 1, input.indexOf('?'))));
}

/**
 * What a source takes from the package that it imports dynamically, sorted.
 *
 * @throws where one of its imports takes the package as a whole, and nothing could be dropped
 */
export function importedNames(source: string, path: string): string[] {
  const call = `await import('${path}')`;
  const destructured = source.split(`} = ${call}`).slice(0, -1);
  const members = source.split(`(${call}).`).slice(1);
  if (destructured.length + members.length !== source.split(`import('${path}')`).length - 1) {
    throw new Error(`A dynamic import of ${path} must be taken apart at once: const { A } = await import('${path}')`);
  }
  const names = [
    ...destructured.flatMap((before) => before.slice(before.lastIndexOf('{') + 1).split(',')),
    ...members.map((after) => /^\w+/.exec(after)?.[0] ?? ''),
  ];
  return [...new Set(names.map((name) => name.trim().split(':')[0]?.trim() ?? ''))]
    .filter((name) => name !== '')
    .toSorted();
}
