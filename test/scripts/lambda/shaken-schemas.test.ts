import { join } from 'node:path';

import { expect } from 'chai';
import { build } from 'esbuild';

import { shakenSchemas, withoutSideEffects } from '../../../scripts/lambda/shaken-schemas.ts';

const root = join(import.meta.dirname, '../../..');

describe('a module of schemas', () => {
  it('has each behind a call that is marked as pure, and else is what it was', () => {
    const source = `const _A = "Attributes";
import { TypeRegistry } from "@smithy/core/schema";
export var Error$ = [-3, n0, _E,
    { [_e]: 400 },
    [_m],
    [0]
];
n0_registry.registerError(Error$, Error);
var List = [1, n0, _L,
    0, [() => Item$,
        0]
];
const Flat = [0, n0, _F, 8, 0];
var AssetIdList = 64 | 0;
let none = [1];
`;
    expect(withoutSideEffects(source)).to.equal(`const _A = "Attributes";
import { TypeRegistry } from "@smithy/core/schema";
export var Error$ = /* @__PURE__ */ (() => ([-3, n0, _E,
    { [_e]: 400 },
    [_m],
    [0]
]))();
n0_registry.registerError(Error$, Error);
var List = /* @__PURE__ */ (() => ([1, n0, _L,
    0, [() => Item$,
        0]
]))();
const Flat = /* @__PURE__ */ (() => ([0, n0, _F, 8, 0]))();
var AssetIdList = 64 | 0;
let none = [1];
`);
  });
});

describe('a bundle made with shaken schemas', () => {
  const bundled = async (contents: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: root },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      logLevel: 'silent',
      plugins: [shakenSchemas],
    });
    return outputFiles.map(({ text }) => text).join('\n');
  };

  it('holds the schemas of the commands that are called, and no others', async () => {
    const text = await bundled(`export { PublishCommand } from '@aws-sdk/client-sns';`);
    expect(text).to.match(/var Publish\$ = /);
    expect(text).to.not.match(/var CreatePlatformApplication\$ = /);
  });

  it('gives a command the same schema as the package itself', async () => {
    const text = await bundled(`
      import { PublishCommand } from '@aws-sdk/client-sns';
      export const schema = new PublishCommand({}).schema;`);
    const made = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { schema: unknown };
    const { PublishCommand } = await import('@aws-sdk/client-sns');
    expect(plain(made.schema)).to.deep.equal(plain(new PublishCommand({ Message: '' }).schema));
  });
});

/** A schema with those that it refers to, as plain values. */
function plain(schema: unknown): unknown {
  return JSON.parse(
    JSON.stringify(schema, (_, value: unknown) => (typeof value === 'function' ? (value as () => unknown)() : value)),
  );
}
