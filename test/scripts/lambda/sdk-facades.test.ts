import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';
import { build } from 'esbuild';

import { importedNames, sdkFacades, servicesCalled } from '../../../scripts/lambda/sdk-facades.ts';
import { thrownBy } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const SNS = '@aws-sdk/client-sns';

describe('what a source takes of a package', () => {
  it('is what its imports are taken apart into, each once, sorted', () => {
    const source = `
      const { PublishCommand } = await import('${SNS}');
      const {
        SNSClient,
        PublishCommand: Publish,
      } = await import('${SNS}');
      const other = new (await import('${SNS}')).ListTopicsCommand({});
      const { S3Client } = await import('@aws-sdk/client-s3');`;
    expect(importedNames(source, SNS)).to.deep.equal(['ListTopicsCommand', 'PublishCommand', 'SNSClient']);
    expect(importedNames(source, '@aws-sdk/client-s3')).to.deep.equal(['S3Client']);
  });

  it('is nothing where it imports nothing, or types alone', () => {
    expect(importedNames(`import type { SNSClient } from '${SNS}';`, SNS)).to.deep.equal([]);
  });

  it('is refused where one import takes the package as a whole', async () => {
    const message = `A dynamic import of ${SNS} must be taken apart at once: const { A } = await import('${SNS}')`;
    for (const whole of [
      `const sns = await import('${SNS}');`,
      `import('${SNS}').then(use);`,
      `return import('${SNS}')`,
    ]) {
      const source = `const { SNSClient } = await import('${SNS}');\n${whole}`;
      expect(await thrownBy(() => importedNames(source, SNS)), whole).to.have.property('message', message);
    }
  });
});

describe('the services that a bundle calls', () => {
  it('are those that a module other than the one of the clients imports', () => {
    const input = { bytes: 1, imports: [] };
    expect([
      ...servicesCalled({
        inputs: {
          'src/publish/topic.ts': input,
          'sdk-facade:@aws-sdk/client-sns?/project/src/publish/topic.ts': input,
          'sdk-facade:@aws-sdk/client-sns?/project/src/aws/clients.ts': input,
          'sdk-facade:@aws-sdk/client-s3?/project/src/aws/clients.ts': input,
          'sdk-facade:@aws-sdk/util-dynamodb?/project/src/publish/history.ts': input,
          'node_modules/@aws-sdk/client-ec2/index.js': input,
        },
      }),
    ]).to.deep.equal(['@aws-sdk/client-sns', '@aws-sdk/util-dynamodb']);
  });
});

describe('a bundle made with facades', () => {
  const folder = temporaryFolder();
  /** The text of a bundle, with packages made up for it. */
  const bundled = async (files: Readonly<Record<string, string>>, called?: ReadonlySet<string>): Promise<string> => {
    const entries = Object.entries({
      'node_modules/@aws-sdk/client-a/package.json':
        '{ "name": "@aws-sdk/client-a", "type": "module", "main": "index.js" }',
      'node_modules/@aws-sdk/client-a/index.js': `
        export class AClient {}
        export class ACommand { text = 'the command that is called'; }
        export class AnotherCommand { text = 'the command that nobody calls'; }`,
      ...files,
    });
    for (const [path, text] of entries) {
      mkdirSync(join(folder(path), '..'), { recursive: true });
      writeFileSync(folder(path), text);
    }
    const { outputFiles } = await build({
      entryPoints: [folder('src/main.js')],
      bundle: true,
      splitting: true,
      write: false,
      format: 'esm',
      platform: 'node',
      outdir: folder('out'),
      logLevel: 'silent',
      plugins: [sdkFacades(called)],
    });
    return outputFiles.map(({ text }) => text).join('\n');
  };

  it('holds what is asked for and not the rest', async () => {
    const text = await bundled({
      'src/main.js': `export const f = async () => {
        const { ACommand } = await import('@aws-sdk/client-a');
        return new ACommand();
      };`,
    });
    expect(text).to.include('the command that is called').and.not.include('the command that nobody calls');
  });

  it('cannot be made of an import that takes the package as a whole', async () => {
    const error = await thrownBy(() =>
      bundled({ 'src/main.js': `export const f = async () => (await import('@aws-sdk/client-a'));` }),
    );
    expect((error as Error).message).to.include('must be taken apart at once');
  });

  it('holds no client that nothing is called with, and says so where one is made', async () => {
    const files = {
      'src/main.js': `export * from './aws/clients.ts';`,
      'src/aws/clients.ts': `export const make = async () => {
        const { AClient } = await import('@aws-sdk/client-a');
        return new AClient();
      };`,
    };
    const absent = 'This bundle was made without AClient.';
    expect(await bundled(files, new Set())).to.include(absent);
    expect(await bundled(files, new Set(['@aws-sdk/client-a']))).to.not.include(absent);
    expect(await bundled(files)).to.not.include(absent);
  });
});
