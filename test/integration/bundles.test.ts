import { execFile } from 'node:child_process';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { nodeOf } from '../support/node-versions.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);
const bundles = join(import.meta.dirname, '../../dist/lambda');

/** An event that is none for each function: when it is refused, it has loaded, configured itself and begun. */
const NONSENSE: Readonly<Record<string, object>> = {
  'config-evaluator': { nonsense: true },
  'config-processor': { nonsense: true },
  remediator: { nonsense: true },
  reporter: { kind: 'nonsense' },
  scanner: { nonsense: true },
  // Without an id it checks all that run.
  'tag-checker': { detail: { 'instance-id': 7 } },
};

describe('the bundles', () => {
  const folder = temporaryFolder();

  it('are one for each handler', () => {
    const handlers = readdirSync(join(import.meta.dirname, '../../lambda-src')).map((file) => file.replace('.ts', ''));
    expect(readdirSync(bundles).toSorted()).to.deep.equal(handlers.toSorted());
    expect(Object.keys(NONSENSE)).to.deep.equal(handlers.toSorted());
  });

  for (const major of [18, 20, 22, 24]) {
    for (const [name, event] of Object.entries(NONSENSE)) {
      it(`load on Node ${major}: ${name}`, async function () {
        this.timeout(300_000);
        cpSync(join(bundles, name), folder(), { recursive: true });
        writeFileSync(
          folder('config.json'),
          '{"schema":"compliancectl.function/1","environment":"test","settings":{}}',
        );
        const script = `
          const { handler } = await import(${JSON.stringify(pathToFileURL(folder('index.mjs')).href)});
          const context = {
            awsRequestId: 'request-1',
            invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:test',
            getRemainingTimeInMillis: () => 60_000,
          };
          await handler(${JSON.stringify(event)}, context).catch(({ name }) => console.log(process.version, name));`;
        const { stdout } = await run(await nodeOf(major), ['--input-type=module', '-e', script], { env: {} });
        const last = stdout.trim().split('\n').at(-1) ?? '';
        expect(last).to.match(new RegExp(`^v${major}\\.\\S+ UserError$`));
      });
    }
  }
});
