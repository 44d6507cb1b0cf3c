/** The runner with the real engine; AWS is a folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import * as pulumi from '@pulumi/pulumi/index.js';
import { expect } from 'chai';

import { stackName } from '../../src/infra/backend.ts';
import { openStack } from '../../src/infra/open-stack.ts';
import type { DeployedStack, OpenStackOptions, Progress } from '../../src/infra/open-stack.ts';
import { UserError } from '../../src/user-error.ts';
import { createBucket, withMoto } from '../support/emulated.ts';
import { thrownBy, userErrorOf } from '../support/errors.ts';
import { pulumiPrograms } from '../support/pulumi.ts';
import { startSampleCloud, thing } from '../support/sample-stack.ts';
import type { SampleCloud } from '../support/sample-stack.ts';
import { temporaryFolder } from '../support/temporary.ts';

const address = { environment: 'dev', accountId: '123456789012', region: 'eu-west-1' };

describe("the runner around Pulumi's engine", () => {
  const folder = temporaryFolder();
  let programs: string;
  let cloud: SampleCloud;
  let env: Record<string, string>;

  before(function () {
    const found = pulumiPrograms(process.env);
    if (found === undefined) {
      process.stderr.write(`\nSKIPPED: ${this.test?.parent?.title}, for want of a pulumi CLI.\n\n`);
      this.skip();
    }
    programs = found;
  });

  beforeEach(async () => {
    cloud = await startSampleCloud(folder());
    env = {
      PATH: `${programs}${delimiter}${process.env['PATH']}`,
      HOME: folder(),
      // A folder whose name a URL has to spell otherwise.
      XDG_STATE_HOME: folder('the state'),
      PULUMI_HOME: folder('home'),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      ...cloud.env,
    };
  });

  afterEach(() => cloud.stop());

  const open = (options: Partial<OpenStackOptions> = {}): Promise<DeployedStack> =>
    openStack({ address, env, directory: folder(), ...options });

  const ownState = (path = '') => join(folder('the state/compliancectl/123456789012/eu-west-1/dev'), path);

  const locks = async (): Promise<string[]> => {
    try {
      const found = await readdir(ownState('.pulumi/locks'), { recursive: true });
      return found.filter((file) => file.endsWith('.json'));
    } catch {
      return [];
    }
  };

  it('previews a stack that is not there, and leaves nothing behind', async () => {
    const stack = await open({
      program: async () => {
        const first = thing('first', { name: 'the-first', size: 1 });
        thing('second', { of: first.id });
        return {};
      },
    });
    const { changes, counts, pending } = await stack.preview();

    expect(counts).to.deep.equal({ create: 2, update: 0, replace: 0, delete: 0, same: 0 });
    expect(changes).to.deep.equal([
      { operation: 'create', type: 'sample:index:Thing', name: 'the-first', logicalName: 'first', properties: [] },
      { operation: 'create', type: 'sample:index:Thing', name: 'second', logicalName: 'second', properties: [] },
    ]);
    expect(pending).to.deep.equal([]);
    expect(cloud.things()).to.deep.equal([]);
    expect(await stack.exists()).to.equal(false);
    expect(await readdir(ownState('.pulumi'))).to.not.include('stacks');
  });

  it('makes it, changes nothing the second time, and tells of each step', async () => {
    const told: Progress[] = [];
    const stack = await open({
      onProgress: (progress) => told.push(progress),
      program: async () => {
        const first = thing('first');
        thing('second', { of: first.id });
        return { name: first.id, hidden: pulumi.secret('hush') };
      },
    });
    await stack.preview();
    const { outputs, counts, asPreviewed } = await stack.up();

    expect(counts).to.deep.equal({ create: 2, update: 0, replace: 0, delete: 0, same: 0 });
    expect(asPreviewed).to.equal(true);
    expect(outputs).to.deep.equal({ name: 'first', hidden: '[secret]' });
    expect(await stack.outputs()).to.deep.equal(outputs);
    expect(cloud.things().toSorted()).to.deep.equal(['first', 'second']);
    const step = (state: string, name: string, done: number) => ({
      kind: 'resource',
      state,
      operation: 'create',
      type: 'sample:index:Thing',
      name,
      done,
      total: 2,
    });
    expect(told).to.deep.equal([
      step('started', 'first', 0),
      step('done', 'first', 1),
      step('started', 'second', 1),
      step('done', 'second', 2),
    ]);

    const again = await stack.up();
    expect(again.counts).to.deep.equal({ create: 0, update: 0, replace: 0, delete: 0, same: 2 });
    expect(again.asPreviewed).to.equal(false);
    expect(await stack.resources()).to.deep.equal([
      { type: 'sample:index:Thing', id: 'first', logicalName: 'first' },
      { type: 'sample:index:Thing', id: 'second', logicalName: 'second' },
    ]);
  });

  it('keeps state and passphrase to the user', async () => {
    await (await open({ program: async () => ({ secret: pulumi.secret('hush') }) })).up();
    const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

    expect(await modeOf(ownState())).to.equal('700');
    expect(await modeOf(ownState('passphrase'))).to.equal('600');
    const state = await readFile(ownState(`.pulumi/stacks/compliancectl/${stackName(address)}.json`), 'utf8');
    expect(state).to.include('"secret"').and.to.not.include('hush');
    // Nothing that the CLI would note down of folders that are gone.
    expect(await readdir(folder('home'))).to.not.include('workspaces');
  });

  it('shows what would change: documents by key, code by its hash, secrets not at all', async () => {
    const policy = (action: string) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Action: action }] });
    const code = (text: string) => new pulumi.asset.AssetArchive({ 'a.mjs': new pulumi.asset.StringAsset(text) });
    await (
      await open({
        program: async () => {
          thing('one', { policy: policy('s3:GetObject'), code: code('1'), tags: { Owner: 'me' } });
          thing('other', { size: 1 });
          thing('third');
          return {};
        },
      })
    ).up();
    const { changes } = await (
      await open({
        program: async () => {
          thing('one', { policy: policy('s3:PutObject'), code: code('2'), tags: {}, secret: pulumi.secret('x') });
          thing('other', { name: 'new', size: 2 });
          return {};
        },
      })
    ).preview();
    const byName = new Map(changes.map((change) => [change.logicalName, change]));

    expect(byName.get('one')).to.deep.equal({
      operation: 'update',
      type: 'sample:index:Thing',
      name: 'one',
      logicalName: 'one',
      id: 'one',
      properties: [
        { path: 'code', before: 'code 54720a01ac1f', after: 'code 610dc1a7fd29' },
        { path: 'policy.Statement[0].Action', before: 's3:GetObject', after: 's3:PutObject' },
        { path: 'tags.Owner', before: 'me' },
        { path: 'secret', after: '[secret]' },
      ],
    });
    expect(byName.get('other')).to.deep.equal({
      operation: 'replace',
      type: 'sample:index:Thing',
      name: 'new',
      logicalName: 'other',
      id: 'other',
      properties: [
        { path: 'name', before: 'other', after: 'new', replaces: true },
        { path: 'size', before: 1, after: 2 },
      ],
    });
    expect(byName.get('third')).to.include({ operation: 'delete', id: 'third' });
  });

  it('keeps what was made when something fails, and goes on from there', async () => {
    let refused: string | undefined =
      '1 error occurred:\n\t* creating Thing (second): operation error S3: CreateBucket, https response error StatusCode: 403, RequestID: 1, HostID: 2, api error AccessDenied: Access Denied\n\n';
    const stack = await open({
      program: async () => {
        const first = thing('first');
        thing('second', { of: first.id, ...(refused !== undefined && { refused }) });
        return {};
      },
    });
    expect(await userErrorOf(() => stack.up())).to.deep.equal({
      message:
        'second (sample:index:Thing) could not be created: creating Thing (second): operation error S3: CreateBucket, AccessDenied: Access Denied.',
      code: 'DEPLOYMENT_FAILED',
      exitCode: 3,
      suggestions: ['What was done until then is kept: mend the cause, and run the same command again'],
    });
    expect(cloud.things()).to.deep.equal(['first']);
    expect(await locks()).to.deep.equal([]);

    refused = undefined;
    expect((await stack.up()).counts).to.deep.equal({ create: 1, update: 0, replace: 0, delete: 0, same: 1 });
  });

  it('throws on what the program throws, unchanged', async () => {
    const defect = new TypeError('ours');
    const stack = await open({
      program: async () => {
        throw defect;
      },
    });
    expect(await thrownBy(() => stack.preview())).to.equal(defect);
    expect(await thrownBy(() => stack.up())).to.equal(defect);
  });

  it('tells who holds the lock', async () => {
    const slow = async () => {
      thing('slow', { slow: 2500 });
      return {};
    };
    const first = (await open({ program: slow })).up();
    while ((await locks()).length === 0) await sleep(50);
    const error = await userErrorOf(async () => (await open({ program: slow })).up());

    expect(error.message).to.match(
      /^Another run holds the lock of this stack: process \d+ of \S+ on \S+, since \d{4}-\d\d-\d\dT[\d:]+Z\.$/,
    );
    expect({ ...error, message: '', suggestions: error.suggestions.length }).to.deep.equal({
      message: '',
      code: 'LOCKED',
      exitCode: 3,
      suggestions: 2,
    });
    expect((await first).counts.create).to.equal(1);
  });

  it('finishes what it has begun when interrupted, and starts nothing more', async () => {
    const controller = new AbortController();
    const slow = async () => {
      const first = thing('first', { slow: 1500 });
      thing('second', { of: first.id });
      return {};
    };
    const stack = await open({
      program: slow,
      signal: controller.signal,
      onProgress: () => {
        setTimeout(() => {
          controller.abort('interrupted');
        }, 200);
      },
    });
    expect(await userErrorOf(() => stack.up())).to.deep.equal({
      message: 'Interrupted: one resource was done by then, and the state is saved.',
      code: 'INTERRUPTED',
      exitCode: 130,
      suggestions: ['Run the same command again to go on'],
    });
    expect(await locks()).to.deep.equal([]);
    const again = await open({ program: slow });
    expect(await again.resources()).to.deep.equal([{ type: 'sample:index:Thing', id: 'first', logicalName: 'first' }]);
    expect((await again.up()).counts).to.deep.equal({ create: 1, update: 0, replace: 0, delete: 0, same: 1 });
    expect(await userErrorOf(() => stack.up())).to.deep.include({
      message: 'Interrupted before anything was changed.',
      code: 'INTERRUPTED',
    });
  });

  for (const [what, signal, exit] of [
    [
      'Ctrl-C reaches all of the processes',
      'SIGINT',
      'Interrupted: one resource was done by then, and the state is saved.',
    ],
    ['its own process is killed', 'SIGKILL', undefined],
  ] as const) {
    it(`saves the state and gives the lock back when ${what}`, async () => {
      const script = join(import.meta.dirname, '../support/slow-deployment.ts');
      // At a terminal Ctrl-C goes to a process group: to the command, and to what it has started.
      const command = spawn(process.execPath, [script, folder()], {
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { pid } = command;
      if (pid === undefined) throw new Error('It did not start.');
      let said = '';
      command.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      await once(command.stdout, 'data');
      process.kill(-pid, signal);
      await once(command, 'close');
      for (let waited = 0; (await locks()).length > 0 && waited < 10_000; waited += 100) await sleep(100);

      expect(await locks()).to.deep.equal([]);
      if (exit !== undefined) expect(said).to.equal(`started\n${exit}\n`);
      const stack = await open();
      expect((await stack.resources()).map(({ id }) => id)).to.deep.equal(['first']);
      expect((await stack.preview()).pending).to.deep.equal([]);
    });
  }

  it('refuses a wrong passphrase, though the state holds no secret', async () => {
    const backend = folder('shared');
    await mkdir(backend);
    const given = (PULUMI_CONFIG_PASSPHRASE: string) =>
      open({
        backend: 'file://shared',
        env: { ...env, CI: 'true', PULUMI_CONFIG_PASSPHRASE },
        program: async () => {
          thing('first');
          return {};
        },
      });
    await (await given('right')).up();
    const stack = await given('wrong');
    const refused = {
      message: 'The passphrase is not the one that the secrets of this stack were encrypted with.',
      code: 'PASSPHRASE',
      exitCode: 2,
      suggestions: ['Set PULUMI_CONFIG_PASSPHRASE to the one it was first deployed with'],
    };
    expect(await userErrorOf(() => stack.preview())).to.deep.equal(refused);
    expect(await userErrorOf(() => stack.up())).to.deep.equal(refused);
    expect((await (await given('right')).up()).counts.same).to.equal(1);
  });

  it('refuses CI without a backend, and a folder that is not there', async () => {
    expect(await userErrorOf(() => open({ env: { ...env, CI: '1' } }))).to.include({ code: 'NO_BACKEND', exitCode: 2 });
    const stack = await open({ backend: 'file:///nowhere/at/all', env: { ...env, PULUMI_CONFIG_PASSPHRASE: 'x' } });
    expect(await userErrorOf(() => stack.exists())).to.deep.equal({
      message: 'There is no folder file:///nowhere/at/all.',
      code: 'BACKEND',
      exitCode: 3,
      suggestions: ['Make the folder, or correct the backend'],
    });
  });

  it('takes over what was changed and deleted by hand', async () => {
    const stack = await open({
      program: async () => {
        thing('kept', { size: 1 });
        thing('lost');
        return {};
      },
    });
    await stack.up();
    await writeFile(folder('cloud/kept.json'), JSON.stringify({ name: 'kept', size: 5 }));
    await rm(folder('cloud/lost.json'));

    expect((await stack.refresh()).counts).to.deep.equal({ create: 0, update: 1, replace: 0, delete: 1, same: 0 });
    const { changes } = await stack.preview();
    const byName = new Map(changes.map(({ name, operation, properties }) => [name, { operation, properties }]));
    expect(byName.get('kept')).to.deep.equal({
      operation: 'update',
      properties: [{ path: 'size', before: 5, after: 1 }],
    });
    expect(byName.get('lost')).to.deep.equal({ operation: 'create', properties: [] });
  });

  it('forgets on a refresh what was under way when Pulumi was killed', async () => {
    const begun = Promise.withResolvers<undefined>();
    const stack = await open({
      onProgress: (progress) => {
        if (progress.kind === 'resource' && progress.state === 'started') begun.resolve(undefined);
      },
      program: async () => {
        thing('first', { slow: 60_000 });
        return {};
      },
    });
    const ended = thrownBy(() => stack.up());
    // Not the first lock that there is: making the stack takes one, too.
    await begun.promise;
    const [lock = ''] = await locks();
    const { pid } = JSON.parse(await readFile(join(ownState('.pulumi/locks'), lock), 'utf8')) as { pid: number };
    await sleep(500);
    process.kill(pid, 'SIGKILL');

    expect(await ended).to.be.instanceOf(UserError);
    const { message, suggestions } = await userErrorOf(() => stack.refresh());
    expect(message).to.match(/^Another run holds the lock of this stack: process \d+ .*, which is gone\.$/);
    expect(suggestions).to.deep.equal([
      `Take its lock away: PULUMI_BACKEND_URL='${stack.backend.shown}' pulumi cancel --stack organization/compliancectl/dev.123456789012.eu-west-1`,
    ]);
    await stack.cancel();
    expect((await stack.preview()).pending).to.deep.equal([
      { operation: 'creating', type: 'sample:index:Thing', logicalName: 'first' },
    ]);
    await stack.refresh();
    expect((await stack.preview()).pending).to.deep.equal([]);
  });

  it('deletes everything and the stack, and finds nothing to do after that', async () => {
    const told: Progress[] = [];
    const stack = await open({
      onProgress: (progress) => told.push(progress),
      program: async () => {
        thing('first');
        return {};
      },
    });
    await stack.up();
    told.length = 0;
    const deleted = await (await open({ onProgress: (progress) => told.push(progress) })).destroy();

    expect(deleted?.changes.map(({ operation, name }) => [operation, name])).to.deep.equal([['delete', 'first']]);
    expect(
      told.map((one) => (one.kind === 'resource' ? [one.state, one.name, one.done, one.total] : one)),
    ).to.deep.equal([
      ['started', 'first', 0, 1],
      ['done', 'first', 1, 1],
    ]);
    expect(cloud.things()).to.deep.equal([]);
    expect(await stack.exists()).to.equal(false);
    expect(await stack.destroy()).to.equal(undefined);
    expect(await stack.refresh()).to.deep.include({ changes: [] });
    expect(await stack.outputs()).to.deep.equal({});
    expect(await stack.resources()).to.deep.equal([]);
  });

  it('keeps the stack while something of it could not be deleted', async () => {
    const stack = await open({
      program: async () => {
        thing('first', { kept: 'BucketNotEmpty: The bucket is not empty' });
        thing('second');
        return {};
      },
    });
    await stack.up();
    expect(await userErrorOf(() => stack.destroy())).to.deep.include({
      message: 'first (sample:index:Thing) could not be deleted: BucketNotEmpty: The bucket is not empty.',
      code: 'DEPLOYMENT_FAILED',
    });
    expect((await stack.resources()).map(({ id }) => id)).to.deep.equal(['first']);
  });

  it("minds neither a Pulumi.yaml here nor the user's own stack, and keeps a log where it is asked to", async () => {
    await writeFile(folder('Pulumi.yaml'), 'name: theirs\nruntime: yaml\nbackend:\n  url: s3://theirs\n');
    const stack = await open({
      env: { ...env, PULUMI_STACK: 'theirs', PULUMI_CONFIG_PASSPHRASE: '' },
      debugLog: folder('debug.log'),
      program: async () => ({ here: 'yes', hidden: pulumi.secret('hush') }),
    });
    expect((await stack.up()).outputs).to.deep.equal({ here: 'yes', hidden: '[secret]' });
    const log = await readFile(folder('debug.log'), 'utf8');
    expect(log).to.include('$ pulumi up --yes').and.to.not.include('hush');
  });

  describe('with the state in a bucket, its secrets encrypted by a key of KMS', () => {
    const moto = withMoto();

    it('deploys from anywhere without a passphrase, and says which bucket is not there', async () => {
      const region = 'eu-west-1';
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const endpoint = moto().url;
      await createBucket(endpoint, region, 'state');
      const key = await new KMSClient({ endpoint, region, credentials }).send(new CreateKeyCommand({}));
      const settings = `region=${region}&endpoint=${new URL(endpoint).host}&disableSSL=true&s3ForcePathStyle=true`;
      const options = {
        env: {
          ...env,
          CI: 'true',
          AWS_ACCESS_KEY_ID: 'test',
          AWS_SECRET_ACCESS_KEY: 'test',
          AWS_ENDPOINT_URL_KMS: endpoint,
          AWS_EC2_METADATA_DISABLED: 'true',
        },
        secretsProvider: `awskms://${key.KeyMetadata?.KeyId}?region=${region}`,
        program: async () => {
          thing('first');
          return { hidden: pulumi.secret('hush') };
        },
      };
      const stack = await open({ ...options, backend: `s3://state/stacks?${settings}` });
      expect((await stack.up()).counts.create).to.equal(1);
      const elsewhere = await open({ ...options, backend: `s3://state/stacks?${settings}` });
      expect((await elsewhere.up()).counts).to.deep.equal({ create: 0, update: 0, replace: 0, delete: 0, same: 1 });
      expect(await elsewhere.outputs()).to.deep.equal({ hidden: '[secret]' });

      const lost = await open({ ...options, backend: `s3://nowhere/stacks?${settings}` });
      expect(await userErrorOf(() => lost.preview())).to.deep.include({
        message: 'There is no bucket at s3://nowhere/stacks.',
        code: 'BACKEND',
        exitCode: 3,
      });
      const keyless = await open({
        ...options,
        backend: `s3://state/others?${settings}`,
        secretsProvider: `awskms://alias/none?region=${region}`,
      });
      expect(await userErrorOf(() => keyless.up())).to.deep.include({ code: 'SECRETS_PROVIDER', exitCode: 3 });
    });
  });
});
