/**
 * Lets the bundler drop the schemas of operations that are never called. Each SDK client has one module with the shapes of
 * all its operations, as array literals whose computed keys the bundler takes for side effects: half a megabyte of EC2's.
 */
import { readFile } from 'node:fs/promises';

import type { Plugin } from 'esbuild';

export const shakenSchemas: Plugin = {
  name: 'shaken-schemas',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk\/.*\/schemas\/schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: withoutSideEffects(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** The same module, each schema behind a call that is marked as pure. */
export function withoutSideEffects(source: string): string {
  return source.replaceAll(
    /^((?:export )?(?:var|const) [\w$]+ = )(\[[\s\S]*?\]);$/gm,
    (_, declaration: string, schema: string) => `${declaration}/* @__PURE__ */ (() => (${schema}))();`,
  );
}
